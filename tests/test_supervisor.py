"""`leadline up` and `leadline demo` with real processes, whose places small scripts take."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from gateway.keeping.children import BACK_OFF_S, pause_before_restart
from gateway.keeping.demo import DEMO_START, DemoError, demo_environ, free_port, with_running_demo
from gateway.keeping.embedded import answers
from gateway.keeping.supervisor import practices_in
from gateway.terminal.screen import PracticeLines, Screen, screen_text
from routing.now import CLOCK_FILE
from routing.parent import bound, of_mine
from routing.settings import read
from routing.settings.sockets import socket_path, valkey_folder

UP = """
import json, os, sys
from gateway.keeping.supervisor import up
sys.exit(up(os.environ, {name: (sys.executable, "-c", script) for name, script in json.loads(sys.argv[1]).items()}))
"""
IMPATIENT_CREW = """
import json, os, sys
from pathlib import Path
from gateway.keeping.children import Child, Crew
logs = Path(os.environ["LEADLINE_DATA_DIR"])
children = [Child(name, (sys.executable, "-c", script), os.environ, logs)
            for name, script in json.loads(sys.argv[1]).items()]
crew = Crew([], children, lambda: True, lambda: print("all started", flush=True), back_off_s=(0.01,), grace_s=0.2)
sys.exit(crew.run())
"""
NOTES_ITS_PID = """
import os, signal, time
from pathlib import Path
def note(name):
    with open(Path(os.environ["LEADLINE_DATA_DIR"]) / f"{name}.pids", "a") as file:
        file.write(f"{os.getpid()}\\n")
"""
GATEWAY = (
    NOTES_ITS_PID
    + """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
note("gateway")
HTTPServer(("127.0.0.1", int(os.environ["LEADLINE_PORT"])), Ready).serve_forever()
"""
)
WORKER = (
    NOTES_ITS_PID
    + """
note("worker")
time.sleep(600)
"""
)
STUBBORN = (
    NOTES_ITS_PID
    + """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
note("worker")
time.sleep(600)
"""
)
DIES = (
    NOTES_ITS_PID
    + """
note("worker")
raise SystemExit("no configuration")
"""
)


def eventually(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)
    return what()


def alive(pid: int) -> bool:
    """A dead process that nobody has waited for is not alive."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


class House:
    """A started supervisor and what its children noted down."""

    def __init__(self, folder: Path, program: str = UP, embedded: bool = False, **children: str) -> None:
        self.folder = folder
        self.environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith("LEADLINE_")},
            "LEADLINE_ENVIRONMENT": "development",
            "LEADLINE_DATA_DIR": str(folder),
            "LEADLINE_PORT": str(unused_port()),
        }
        if not embedded:
            self.environ["LEADLINE_REDIS_URL"] = "redis://127.0.0.1:1/0"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, json.dumps(children)],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def pids(self, name: str) -> list[int]:
        path = self.folder / f"{name}.pids"
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def all_pids(self) -> list[int]:
        return [pid for path in self.folder.glob("*.pids") for pid in self.pids(path.stem)]

    def until_shown(self, words: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if words in line:
                return
        raise AssertionError(f"ended before it said {words!r}")

    def ended(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=60)
        for pid in filter(alive, self.all_pids()):
            os.kill(pid, signal.SIGKILL)


def unused_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture
def opened() -> Iterator[list[House]]:
    houses: list[House] = []
    yield houses
    for house in houses:
        house.close()


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_everything_when_told_to(tmp_path: Path, opened: list[House], order: signal.Signals) -> None:
    house = House(tmp_path, embedded=True, gateway=GATEWAY, worker=WORKER)
    opened.append(house)
    house.until_shown("Ctrl-C stops everything")
    valkey = socket_path(valkey_folder(tmp_path))
    assert answers(valkey)
    assert all(alive(pid) for pid in house.all_pids())
    house.process.send_signal(order)
    assert house.ended()[0] == 0
    assert len(house.all_pids()) == 2
    assert not any(alive(pid) for pid in house.all_pids())
    assert not answers(valkey)


def test_nothing_is_left_when_it_is_killed(tmp_path: Path, opened: list[House]) -> None:
    house = House(tmp_path, embedded=True, gateway=GATEWAY, worker=WORKER)
    opened.append(house)
    house.until_shown("Ctrl-C stops everything")
    house.process.kill()
    valkey = socket_path(valkey_folder(tmp_path))
    assert eventually(lambda: not any(map(alive, house.all_pids())) and not answers(valkey))


def test_a_child_that_died_is_started_again(tmp_path: Path, opened: list[House]) -> None:
    house = House(tmp_path, gateway=GATEWAY, worker=WORKER)
    opened.append(house)
    house.until_shown("Ctrl-C stops everything")
    (first,) = house.pids("worker")
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: len(house.pids("worker")) == 2)
    house.process.terminate()
    code, errors = house.ended()
    assert code == 0
    assert "worker ended with code -9: starting it again in 0.5 s" in errors


def test_a_valkey_that_died_is_started_again(tmp_path: Path, opened: list[House]) -> None:
    house = House(tmp_path, embedded=True, gateway=GATEWAY)
    opened.append(house)
    house.until_shown("Ctrl-C stops everything")
    valkey = socket_path(valkey_folder(tmp_path))
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(valkey))
        line.sendall(b"SHUTDOWN NOSAVE\r\n")
        line.recv(64)
    assert eventually(lambda: not answers(valkey))
    assert eventually(lambda: answers(valkey))


def test_one_that_keeps_dying_ends_the_house_loudly(tmp_path: Path, opened: list[House]) -> None:
    house = House(tmp_path, IMPATIENT_CREW, gateway=WORKER, worker=DIES)
    opened.append(house)
    code, errors = house.ended()
    assert code == 1
    assert "worker ended with code 1: it died too often, stopping everything\n" in errors
    assert "  no configuration\n" in errors
    assert str(tmp_path / "worker.log") in errors
    assert not any(alive(pid) for pid in house.all_pids())


def test_one_that_ignores_sigterm_is_killed(tmp_path: Path, opened: list[House]) -> None:
    house = House(tmp_path, IMPATIENT_CREW, worker=STUBBORN)
    opened.append(house)
    assert eventually(lambda: len(house.pids("worker")) == 1)
    house.process.terminate()
    assert house.ended()[0] == 0
    assert not any(alive(pid) for pid in house.all_pids())


def test_what_children_print_is_kept_for_us_only(tmp_path: Path, opened: list[House]) -> None:
    house = House(tmp_path, IMPATIENT_CREW, worker=DIES)
    opened.append(house)
    house.ended()
    log = tmp_path / "worker.log"
    assert log.read_text() == "no configuration\n" * 2
    assert log.stat().st_mode & 0o777 == 0o600


def test_wrong_settings_are_told_in_plain_lines(tmp_path: Path) -> None:
    environ = {**os.environ, "LEADLINE_ENVIRONMENT": "production", "LEADLINE_DATA_DIR": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", UP, "{}"], env=environ, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert all(line.startswith("leadline: LEADLINE_") for line in told.stderr.splitlines())


def test_a_data_folder_has_one_house(tmp_path: Path, opened: list[House]) -> None:
    opened.append(House(tmp_path, gateway=GATEWAY))
    opened[0].until_shown("Ctrl-C stops everything")
    opened.append(House(tmp_path, gateway=GATEWAY))
    assert opened[1].ended() == (2, f"leadline: Leadline already runs in {tmp_path}\n")


def test_a_bound_child_ends_at_once_if_its_parent_was_gone_before_it_looked() -> None:
    environ = {**of_mine(os.environ), "LEADLINE_PARENT_PID": "1"}
    late = subprocess.run(bound(["sleep", "600"]), env=environ, check=False)
    assert late.returncode == -signal.SIGTERM


def test_where_the_kernel_does_not_bind_children_a_companion_does(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid()) + ' '); time.sleep(600)"
    companion = f"import sys; from routing.parent import accompany; accompany([sys.executable, '-c', {script!r}])"
    starter = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]).wait()"
    process = subprocess.Popen([sys.executable, "-c", starter, companion])
    assert eventually(lambda: note.exists() and note.read_text().endswith(" "))
    process.kill()
    process.wait()
    assert eventually(lambda: not alive(int(note.read_text())))


@pytest.mark.parametrize(("ago", "pause"), [((), 0.5), ((5,), 1.0), ((5, 6), 2.0), ((5, 6, 7), 4.0), ((61, 62), 0.5)])
def test_each_death_within_a_minute_lengthens_the_pause(ago: tuple[int, ...], pause: float) -> None:
    assert pause_before_restart([*(1000.0 - seconds for seconds in ago), 1000.0]) == pause


def test_the_fifth_death_within_a_minute_is_the_last() -> None:
    assert pause_before_restart([1000.0] * len(BACK_OFF_S)) is not None
    assert pause_before_restart([1000.0] * (len(BACK_OFF_S) + 1)) is None


def test_the_screen_says_where_to_look_and_how_to_call() -> None:
    harbor = PracticeLines("harbor-recovery", "Harbor Recovery", (("+18505550131", "detox-search"),), "leadline_demo_x")
    screen = Screen(
        gateway_url="http://127.0.0.1:8080",
        phone_url="http://127.0.0.1:8081/",
        redis="embedded Valkey 9.1",
        data_dir="/srv/.leadline",
        practices=(harbor,),
        clock=datetime.fromisoformat(DEMO_START),
        clock_speed=60,
    )
    assert (
        screen_text(screen)
        == """\
Leadline is ready.

  demo phone     http://127.0.0.1:8081/
  API            http://127.0.0.1:8080/api/v1/openapi.json
  live state     embedded Valkey 9.1
  data and logs  /srv/.leadline
  clock          began at Tue 2026-11-17 14:00 UTC-05:00, 60 times as fast as the real one

  Harbor Recovery (harbor-recovery)
    +18505550131  detox-search
    API token  leadline_demo_x

Place a first call from another terminal:
  python3 dev.py rehearse call --to +18505550131

Ctrl-C stops everything.
"""
    )


def test_without_a_demo_phone_the_screen_promises_no_call() -> None:
    text = screen_text(Screen("https://leads.example.org", None, "redis", "/srv", ()))
    assert "rehearse" not in text
    assert "demo phone" not in text


def test_a_demo_has_settings_of_its_own(tmp_path: Path) -> None:
    real = {
        "PATH": "/bin",
        "LEADLINE_DATA_DIR": str(tmp_path),
        "LEADLINE_PORT": str(unused_port()),
        "LEADLINE_ENVIRONMENT": "production",
        "LEADLINE_DATABASE_URL": "postgresql://db/real",
        "LEADLINE_TWILIO_AUTH_TOKEN": "a-real-token",
    }
    environ = demo_environ(real)
    settings = read(environ)
    assert environ["PATH"] == "/bin"
    assert settings.environment == "demo"
    assert settings.database_url == f"sqlite:///{tmp_path}/leadline.db"
    assert "a-real-token" not in environ.values()
    assert settings.redis_embedded
    assert settings.clock == datetime.fromisoformat(DEMO_START)
    assert settings.twilio_api_url.startswith("http://127.0.0.1:")
    assert settings.practices is not None
    assert [lines.id for lines in practices_in(settings.practices)] == ["harbor-recovery", "lakeside-specialty"]


def test_a_demo_keeps_its_secrets_and_starts_its_clock_anew(tmp_path: Path) -> None:
    here = {"LEADLINE_DATA_DIR": str(tmp_path)}
    first = demo_environ(here)
    (tmp_path / CLOCK_FILE).write_text("{}")
    second = demo_environ(here, at="2026-11-18T09:00:00-05:00")
    assert {name for name in first if first[name] != second[name]} <= {
        "LEADLINE_CLOCK",
        "LEADLINE_PORT",
        "LEADLINE_PUBLIC_URL",
        "LEADLINE_TWILIO_API_URL",
    }
    assert second["LEADLINE_CLOCK"] == "2026-11-18T09:00:00-05:00"
    assert not (tmp_path / CLOCK_FILE).exists()
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600


def test_a_command_in_another_terminal_finds_the_demo(tmp_path: Path) -> None:
    here = {"LEADLINE_DATA_DIR": str(tmp_path)}
    assert with_running_demo(here) == here
    environ = demo_environ(here)
    assert with_running_demo(here) == environ
    told = {**here, "LEADLINE_ENVIRONMENT": "development"}
    assert with_running_demo(told) == told


def test_a_demo_never_enters_a_real_deployment(tmp_path: Path) -> None:
    (tmp_path / "leadline.db").touch()
    with pytest.raises(DemoError, match="holds a deployment that is no demo"):
        demo_environ({"LEADLINE_DATA_DIR": str(tmp_path)})


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port


@pytest.mark.parametrize("port", ["x", "0", "70000"])
def test_a_demo_names_a_wrong_port(tmp_path: Path, port: str) -> None:
    with pytest.raises(DemoError, match="LEADLINE_PORT must be a number"):
        demo_environ({"LEADLINE_DATA_DIR": str(tmp_path), "LEADLINE_PORT": port})
