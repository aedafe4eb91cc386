"""`leadline up` and `leadline demo`: the whole house on one machine, started, watched and stopped together."""

import contextlib
import fcntl
import http.client
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from gateway.keeping.children import Child, Crew
from gateway.keeping.demo import DemoError, data_dir_of, demo_environ, demo_token, dropped, is_demo
from gateway.keeping.embedded import EmbeddedError, Valkey, which_server
from gateway.terminal.screen import PracticeLines, Screen, screen_text
from routing.rulebook.yaml_file import Plain, parse
from routing.settings import Settings, SettingsError, read
from routing.settings.sockets import valkey_folder
from routing.state.database import DatabaseDown
from routing.state.migrate import migrate
from routing.state.schema import SchemaError

Commands = Mapping[str, tuple[str, ...]]

PRODUCT: Commands = MappingProxyType(
    {
        "gateway": (sys.executable, "-m", "gateway"),
        "worker": (sys.executable, "-m", "worker"),
    }
)
DEMO: Commands = MappingProxyType({**PRODUCT, "rehearsal": (sys.executable, "-m", "rehearsal")})


class HouseError(Exception):
    """The house cannot be opened here; the text is for the operator."""


def up(environ: Mapping[str, str], commands: Commands = PRODUCT) -> int:
    """With the caller's own settings, until SIGINT or SIGTERM (0); 1 if a process cannot be kept alive, 2 if the
    settings do not allow a start."""
    with _told() as outcome:
        settings = read(environ)
        if settings.environment != "demo" and is_demo(settings.data_dir):
            raise HouseError(f"{settings.data_dir} holds a demo: set LEADLINE_DATA_DIR to another folder")
        with _alone(settings.data_dir):
            outcome.code = _keep(settings, environ, commands)
    return outcome.code


def demo(environ: Mapping[str, str], at: str | None = None, commands: Commands = DEMO) -> int:
    """With sample practices and a simulated phone network. ``at`` is the instant its clock starts at, with offset.
    Exit codes as for ``up``."""
    with _told() as outcome:
        if ignored := [name for name in dropped(environ) if environ[name]]:
            _say(f"not used by the demo: {', '.join(ignored)}")
        with _alone(data_dir_of(environ)):
            surroundings = demo_environ(environ, at)
            outcome.code = _keep(read(surroundings), surroundings, commands)
    return outcome.code


class _Outcome:
    code = 2


@contextlib.contextmanager
def _told() -> Iterator[_Outcome]:
    """What stops a start is told in plain lines, without a trace."""
    outcome = _Outcome()
    try:
        yield outcome
    except SettingsError as wrong:
        for problem in wrong.problems:
            _say(f"leadline: {problem}")
    except (HouseError, DemoError, EmbeddedError, SchemaError) as wrong:
        _say(f"leadline: {wrong}")
    except DatabaseDown as wrong:
        _say(f"leadline: the database does not answer: {wrong}")


def _keep(settings: Settings, environ: Mapping[str, str], commands: Commands) -> int:
    logs = settings.data_dir / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    redis = "the one of LEADLINE_REDIS_URL"
    servers = []
    if settings.redis_embedded:
        server = which_server()
        redis = server.name
        servers.append(Valkey(valkey_folder(settings.data_dir), server=server))
    children = [Child(name, argv, environ, logs) for name, argv in commands.items()]
    text = screen_text(_screen(settings, redis))
    _say("bringing the database up to date ...")
    migrate(settings.database_url)
    _say(f"starting {redis if servers else 'Leadline'}, {', '.join(commands)} ...")
    return Crew(servers, children, _ready(settings), lambda: _show(text)).run()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One house in a data folder, which nobody else may look into."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with (folder / "supervisor.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise HouseError(f"Leadline already runs in {folder}") from held
        yield


def _ready(settings: Settings) -> Callable[[], bool]:
    """Asks the gateway itself; one that listens everywhere is asked on the loopback address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104

    def ready() -> bool:
        line = http.client.HTTPConnection(host.strip("[]"), settings.port, timeout=1.0)
        try:
            line.request("GET", "/readyz")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    return ready


def _screen(settings: Settings, redis: str) -> Screen:
    return Screen(
        gateway_url=settings.public_url,
        phone_url=f"{settings.twilio_api_url}/" if settings.environment == "demo" else None,
        redis=redis,
        data_dir=str(settings.data_dir),
        practices=tuple(tokened(settings, one) for one in practices_in(settings.practices))
        if settings.practices
        else (),
        clock=settings.clock,
        clock_speed=settings.clock_speed,
    )


def tokened(settings: Settings, practice: PracticeLines) -> PracticeLines:
    if settings.environment != "demo":
        return practice
    return replace(practice, token=demo_token(settings.secret_key, practice.id).text)


def practices_in(folder: Path) -> tuple[PracticeLines, ...]:
    """Name and numbers of each practice file; the gateway, which publishes them, says what is wrong with one."""
    tops = [parse(path.read_text(encoding="utf-8"), path.name)[0].top for path in sorted(folder.glob("*.yaml"))]
    return tuple(_lines(top) for top in tops if isinstance(top.get("practice"), dict))


def _lines(top: Mapping[str, Plain]) -> PracticeLines:
    practice, numbers = top["practice"], top.get("tracking_numbers")
    rows = [row for row in numbers if isinstance(row, dict)] if isinstance(numbers, list) else []
    return PracticeLines(
        _word(practice, "id"),
        _word(practice, "name"),
        tuple((_word(row, "number"), _word(row, "campaign")) for row in rows),
    )


def _word(mapping: Plain, key: str) -> str:
    value = mapping.get(key) if isinstance(mapping, dict) else None
    return value if isinstance(value, str) else ""


def _show(text: str) -> None:
    sys.stdout.write(f"\n{text}")
    sys.stdout.flush()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
