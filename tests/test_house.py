"""The house keeps its own rules: who may import what, what refuses strangers, and that the README tells the truth."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl

import anyio
import pytest
import redis
import typer
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from typer.core import TyperGroup

from dev import LINT
from gateway.api.table import OPERATIONS
from gateway.app import app
from gateway.commands import app as words_of_leadline
from gateway.house import House
from rehearsal.signing import SigningKey, signature
from routing.rulebook.load import read
from routing.rulebook.models import PracticeFile
from routing.settings import SETTINGS
from tests.rooms import opened_room
from tests.stage import ACCOUNT, PUBLIC, house_of, settings_of

ROOT = Path(__file__).parents[1]
ROOMS = ("gateway", "voice", "sms", "worker", "routing", "rehearsal")
PRODUCT = tuple(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
MODULES = (*PRODUCT, ROOT / "dev.py", *sorted((ROOT / "tests").rglob("*.py")))
SCRIPTS = tuple(sorted((ROOT / "routing" / "state" / "lua").glob("*.lua")))
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = tuple(sorted((ROOT / "docs").glob("*.md")))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def inside(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


TREES: Mapping[str, ast.Module] = {inside(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


# Imports

ONLY_THERE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sqlalchemy": ("routing/state/",),
        "alembic": ("routing/state/",),
        "psycopg": (),
        "redis": ("routing/state/", "gateway/keeping/embedded.py", "worker/bells.py"),
        "rq": ("worker/",),
        "starlette": ("gateway/", "rehearsal/"),
        "uvicorn": ("gateway/", "rehearsal/"),
        "twilio.rest": ("worker/outbound.py",),
        "twilio.twiml": ("voice/twiml.py", "sms/replies.py"),
        "pydantic": ("gateway/", "voice/webhooks.py", "sms/webhooks.py", "routing/rulebook/", "routing/sources/"),
        "cryptography": ("routing/state/sealed.py",),
    }
)
"""A package and the only places of the product that may import it; tests may import any."""
IMPURE = frozenset({"asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "threading", "time"})
"""Clock, chance, log and the outer world: what rules are never given."""


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_the_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("package", ONLY_THERE)
def test_a_package_is_imported_only_where_it_belongs(package: str) -> None:
    places = ONLY_THERE[package]
    users = {name for name in map(inside, PRODUCT) if any(is_of(each, package) for each in imports(TREES[name]))}
    assert {name for name in users if not name.startswith(places)} == set()


def test_the_rules_import_nothing_but_the_standard_library_and_each_other() -> None:
    for name in (each for each in TREES if each.startswith("routing/rules/")):
        for module in imports(TREES[name]):
            top = module.partition(".")[0]
            assert is_of(module, "routing.rules") or top in sys.stdlib_module_names - IMPURE, f"{name}: {module}"


def test_nothing_is_imported_inside_a_function_and_no_cycle_is_hidden() -> None:
    for name, tree in TREES.items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        within = {each for node in functions for each in ast.walk(node)}
        assert not [each for each in within if isinstance(each, ast.Import | ast.ImportFrom)], name
        assert "typing.TYPE_CHECKING" not in set(imports(tree)), name


# Names and sizes

FORBIDDEN = frozenset(
    {
        *("manager", "service", "helper", "helpers", "util", "utils", "handler", "handlers", "processor", "engine"),
        *("common", "base", "misc", "data", "info"),
    }
)
VERBS_FORBIDDEN = ("do_", "handle_", "process_")
ALLOWED: Mapping[str, str] = MappingProxyType(
    {
        "data_dir": "the setting's name is fixed: LEADLINE_DATA_DIR",
        "data_dir_of": "the same",
        "engine": "SQLAlchemy's word for what opens connections",
        "open_engine": "the same",
        "sqlite_engine": "the same",
        "manager": "a person: the practice manager of the practice file",
        "service_line": "a layer of the rules, as practices say it",
        "service_level": "the share answered in time, as call centres say it",
        "process_bind_param": "SQLAlchemy calls it",
        "process_result_value": "SQLAlchemy calls it",
    }
)
MOST_LINES = 300
LONG: Mapping[str, str] = MappingProxyType(
    {
        "routing/state/migrations/versions/0001_the_first_tables.py": "a migration is one piece",
    }
)
"""Modules that may be longer, with the reason; none is added without one."""
MOST_ARGUMENTS = 5
MANY_ARGUMENTS = frozenset(
    {
        "gateway/terminal/practices.py:explain",
        "rehearsal/commands.py:call",
        "rehearsal/commands.py:load",
        "routing/desk.py:admitted",
        "routing/going_on.py:next_turn",
        "routing/state/audit.py:audited",
        "routing/state/ledger.py:promise",
        "routing/state/ledger.py:reserve",
        "routing/state/call/talks.py:promise_once",
    }
)
"""Functions that take more than five arguments today (options of a command are arguments): the list only shrinks."""


def own_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias(asname=str(name)):
                yield name


def is_forbidden(name: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")
    return bool(FORBIDDEN.intersection(words)) or name.startswith(VERBS_FORBIDDEN)


def test_no_name_of_ours_is_a_word_that_says_nothing() -> None:
    ours = {(file, name) for file, tree in TREES.items() for name in own_names(tree) if not name.startswith("test_")}
    ours |= {(inside(path), path.stem) for path in (*MODULES, *SCRIPTS)}
    assert {(file, name) for file, name in ours if is_forbidden(name) and name not in ALLOWED} == set()


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_modules_are_short_but_for_those_with_a_reason() -> None:
    lines = {inside(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PRODUCT}
    assert {name for name, count in lines.items() if count > MOST_LINES} <= set(LONG)


def test_functions_take_few_arguments() -> None:
    found = set()
    for path in PRODUCT:
        for node in ast.walk(TREES[inside(path)]):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if len([one for one in given if one.arg not in ("self", "cls")]) > MOST_ARGUMENTS:
                    found.add(f"{inside(path)}:{node.name}")
    assert found <= MANY_ARGUMENTS


# Scripts of Redis

SHARED = "move"
"""Stands in front of every verb and is none itself."""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_lua_script_is_short_explained_owned_and_tested(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    header = " ".join(lines[: next(at for at, line in enumerate(lines) if not line.startswith("--"))])
    assert len(lines) < 60
    owners = [name for name in map(inside, PRODUCT) if f'"{script.stem}"' in (ROOT / name).read_text(encoding="utf-8")]
    if script.stem == SHARED:
        assert "Stands in front of every verb" in header
    else:
        assert all(word in header for word in ("KEYS", "ARGV", "Returns"))
        assert "repeat" in header or "Changes nothing" in header
    assert "routing/state/live/availability.py" in owners
    tests = (ROOT / "tests" / "test_availability.py").read_text(encoding="utf-8")
    assert re.search(rf"^def test_{script.stem}_", tests, re.MULTILINE)


def test_availability_alone_loads_scripts() -> None:
    loaders = [name for name in map(inside, PRODUCT) if "register_script" in (ROOT / name).read_text(encoding="utf-8")]
    assert loaders == ["routing/state/live/availability.py"]


# The door

FORM = MappingProxyType({"AccountSid": ACCOUNT, "CallSid": "CA" + "0" * 32})
FILLED = MappingProxyType({"inquiry": "iq_0123456789abcdef", "step": "1", "tag": "0123456789abcdef", "id": "somebody"})


@pytest.fixture
def house(sqlite_url: str, live: redis.Redis, tmp_path: Path) -> Iterator[House]:
    with opened_room(sqlite_url, live) as room:
        yield house_of(room, settings_of(tmp_path))


Sign = Callable[[str], dict[str, str]]
"""From a URL to the headers that sign a form posted there."""


def unsigned(url: str) -> dict[str, str]:
    return {}


def nonsense(url: str) -> dict[str, str]:
    return {"x-twilio-signature": "c2lnbmVkIGJ5IG5vYm9keQ=="}


def by_another_token(url: str) -> dict[str, str]:
    return {"x-twilio-signature": signature(SigningKey("another token"), url, FORM.items())}


def addresses(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of every route, parameters as they are written in the README."""
    for route in routes:
        if isinstance(route, Mount):
            yield from addresses(list(route.routes), prefix + route.path)
        elif isinstance(route, Route):
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", prefix + route.path)
            yield from ((method, path) for method in sorted((route.methods or set()) - {"HEAD"}))
        elif isinstance(route, WebSocketRoute):
            yield "WS", prefix + route.path


def answers(house: House, wanted: list[tuple[str, str]], sign: Sign = unsigned) -> dict[str, Response]:
    """What a stranger on another machine is told at each address."""

    async def ask() -> dict[str, Response]:
        async with AsyncClient(transport=ASGITransport(app(house), client=("203.0.113.7", 50000))) as client:
            told = {}
            for method, path in wanted:
                url = f"{PUBLIC}{path.format(**FILLED)}"
                form = FORM if method != "GET" else None
                told[f"{method} {path}"] = await client.request(method, url, data=form, headers=sign(url))
            return told

    return anyio.run(ask)


def test_every_twilio_route_refuses_whoever_has_not_signed(house: House) -> None:
    by_twilio = ("/voice/", "/sms/", "/conversations/")
    wanted = [each for each in addresses(app(house).routes) if each[1].startswith(by_twilio)]
    assert len(wanted) >= 7
    for sign in (unsigned, nonsense, by_another_token):
        for address, told in answers(house, wanted, sign).items():
            assert told.status_code == 403, (sign.__name__, address)
            assert b"<Response" not in told.content, address


def test_every_api_route_but_the_description_wants_a_token(house: House) -> None:
    wanted = [each for each in addresses(app(house).routes) if each[1].startswith("/api/v1/")]
    told = answers(house, wanted)
    assert told.pop("GET /api/v1/openapi.json").status_code == 200
    assert told
    assert {address: one.status_code for address, one in told.items()} == dict.fromkeys(told, 401)
    assert all(one.headers["www-authenticate"] == "Bearer" for one in told.values())


def test_strangers_see_a_status_and_no_details(house: House) -> None:
    told = answers(house, [("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")])
    assert told["GET /healthz"].json() == {"status": "alive"}
    assert "checks" not in told["GET /readyz"].json()
    assert told["GET /metrics"].status_code == 401


# What the README and the docs say


def section(heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of a section's tables, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rulers = [at for at, line in enumerate(cells) if set("".join(line)) <= set("-: ")]
    return [line for at, line in enumerate(cells) if at not in rulers and at + 1 not in rulers]


def quoted(cell: str) -> str:
    found = re.match(r"`([^`]+)`", cell)
    assert found, cell
    return found[1]


def commands(group: object, before: str = "leadline") -> Iterator[str]:
    if isinstance(group, TyperGroup):
        for name, word in group.commands.items():
            yield from commands(word, f"{before} {name}")
    else:
        yield before


def test_the_readme_lists_every_command() -> None:
    told = [quoted(row[0]) for row in rows(section("Commands"))]
    of_leadline = {" ".join(re.findall(r"^leadline(?: [a-z]+)+", each)) for each in told if each.startswith("leadline")}
    plugged = {
        each
        for point in entry_points(group="leadline.commands")
        for each in commands(typer.main.get_command(point.load()), f"leadline {point.name}")
    }
    assert of_leadline == set(commands(typer.main.get_command(words_of_leadline))) | plugged
    of_dev = {each.split(" ")[2] for each in told if each.startswith("python3 dev.py")}
    described = ast.get_docstring(TREES["dev.py"]) or ""
    assert of_dev == set(re.findall(r"\b(\w+)\b(?= ?(?:,|\[|;))", described.partition("then: ")[2]))
    assert {word for _, word in re.findall(r"(python3 dev\.py) (\w+)", (ROOT / ".ci" / "run").read_text())} <= of_dev
    assert all(f"`{program}" in section("Commands") for _, (program, *_) in LINT)


def test_the_readme_lists_every_url(house: House) -> None:
    told = [quoted(row[0]) for row in rows(section("URLs"))]
    assert sorted(told) == sorted(f"{method} {path}" for method, path in addresses(app(house).routes))


def test_the_readme_lists_every_setting_as_the_code_has_it() -> None:
    told = [(quoted(row[0]), row[1], row[2]) for row in rows(section("Settings"))]
    assert told == [(each.name, each.default, each.meaning) for each in SETTINGS]


def test_the_readme_says_why_each_dependency_is_there() -> None:
    wanted = [re.split(r"[^\w-]", each)[0] for each in PYPROJECT["project"]["dependencies"]]
    told = {quoted(row[0]): row[1] for row in rows(section("Dependencies"))}
    assert sorted(told) == sorted(wanted)
    assert all(told.values())


def test_the_readme_has_a_line_for_every_room() -> None:
    told = [quoted(row[0]).rstrip("/") for row in rows(section("The map of the house"))]
    assert set(ROOMS) | {"tests"} <= set(told)
    assert [each for each in told if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS], ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [each for each in targets if "://" not in each]
    assert [each for each in local if not (page.parent / each).exists()] == []


def test_the_practice_file_page_shows_every_key_in_a_file_that_can_be_published() -> None:
    page = (ROOT / "docs" / "practice-file.md").read_text(encoding="utf-8")
    example = "\n".join(re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    reading = read(example, "docs/practice-file.md")
    assert [str(each) for each in reading.findings if each.level == "refuse"] == []
    assert reading.file is not None
    assert reading.file.model_fields_set == set(PracticeFile.model_fields)


def test_the_page_about_calls_tells_of_every_webhook_of_a_call(house: House) -> None:
    there = {path for _, path in addresses(app(house).routes)}
    calls = (ROOT / "docs" / "calls.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `POST (/voice/[^`]+)`", calls, re.MULTILINE)) == {
        path for path in there if path.startswith("/voice/")
    }


def examples(page: str) -> Iterator[tuple[str, str, str, str]]:
    """Method, path, query and body of every ``curl`` to the API; a shell variable stands for an id."""
    for command in re.findall(r"^curl .*", page.replace("\\\n", " "), re.MULTILINE):
        method, body = re.search(r"-X (\w+)", command), re.search(r"-d '([^']*)'", command)
        address = re.search(r"\$API(/[^?\"\s]+)(?:\?([^\"\s]*))?", command)
        assert address, command
        path = re.sub(r"\$\w+", "somebody", address[1])
        yield (method[1] if method else "GET"), path, address[2] or "", body[1] if body else "{}"


def test_every_example_of_the_api_page_is_a_request_the_api_takes() -> None:
    shapes = {each.name: re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path)) for each in OPERATIONS}
    shown = set()
    for method, path, query, body in examples((ROOT / "docs" / "api.md").read_text(encoding="utf-8")):
        fitting = [each for each in OPERATIONS if each.method == method and shapes[each.name].fullmatch(path)]
        assert len(fitting) == 1, (method, path)
        if method == "GET":
            fitting[0].given.model_validate_strings(dict(parse_qsl(query)), strict=False)
        else:
            fitting[0].given.model_validate_json(body)
        shown.add(fitting[0].name)
    assert shown == {each.name for each in OPERATIONS}


# The files themselves

OF_ONE_MACHINE = re.compile(r"""(?<![\w.:/$}])/(?:home|root|Users|work|opt|srv|mnt)/\w""")
REGISTRIES = "|".join(("py" + "pi", "python" + "hosted", "npm" + "js", "crates"))
"""In pieces, so that this file passes its own test."""
OF_A_REGISTRY = re.compile(rf"\b(?:{REGISTRIES})\.[a-z]{{2,}}|--(?:extra-)?index-url")
PASSED_OVER = frozenset({"__pycache__", "dist"})


def committed() -> Iterator[Path]:
    """What a commit would hold; hidden folders are tools' and environments'."""
    for top in sorted(ROOT.iterdir()):
        if top.is_file() and top.name != ".git":
            yield top
        elif not top.name.startswith(".") or top.name == ".ci":
            inner = (path for path in top.rglob("*") if path.is_file())
            yield from (path for path in inner if not PASSED_OVER.intersection(path.parts))


def test_no_file_names_a_place_of_one_machine_or_a_package_registry() -> None:
    texts = {inside(path): path.read_text(encoding="utf-8") for path in committed()}
    assert [name for name, text in texts.items() if OF_ONE_MACHINE.search(text) or OF_A_REGISTRY.search(text)] == []


def test_sample_payloads_are_kept_byte_for_byte() -> None:
    lines = [line.split() for line in (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()]
    exact = [pattern for pattern, *marks in lines if "-text" in marks]
    folder = ROOT / "tests" / "payloads"
    payloads = [inside(path) for path in folder.rglob("*") if path.is_file()]
    assert payloads
    # A single star of git's does not cross a folder.
    assert [
        name for name in payloads if not any(fnmatch(name, p) and p.count("/") == name.count("/") for p in exact)
    ] == []
