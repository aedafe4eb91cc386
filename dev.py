#!/usr/bin/env python3
"""Sets Leadline up in .venv, if need be, and then: run, test, lint, bench [name]; any other word goes to `leadline`."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, UV_TOOL, UV_VERSION = ROOT / ".venv", ROOT / ".uv-tool", "0.13.9"
PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
DISTURBING = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
TRUSTED = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
LINT = (
    ("format", ("ruff", "format", "--check", ".")),
    ("rules", ("ruff", "check", ".")),
    ("types", ("mypy",)),
    ("contracts", ("lint-imports",)),
)


def main(words: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - people start it with the python3 they have
        python = newest_python() or sys.exit("dev.py: Leadline needs Python 3.11 or later on PATH, e.g. python3.12")
        os.execv(python, [python, __file__, *words])
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    for name in DISTURBING:
        os.environ.pop(name, None)
    word, *rest = words
    set_up("dev" if word in ("test", "lint", "bench") else "run")
    if word == "lint":
        return lint()
    if word == "bench" and not (rest and (ROOT / "tests" / "bench" / f"{rest[0]}.py").is_file()):
        print("python3 dev.py bench NAME, where NAME is one of:")
        print("\n".join(f"  {path.stem}" for path in sorted((ROOT / "tests" / "bench").glob("[a-z]*.py"))))
        return 2 if rest else 0
    command = command_of(word, rest)
    if word in ("test", "bench"):
        os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(command[0], command)
    return 1  # not reached: the command has taken this process's place


def command_of(word: str, rest: list[str]) -> list[str]:
    python, leadline = str(VENV / "bin" / "python"), str(VENV / "bin" / "leadline")
    if word == "test":
        # One process more than cores, as some tests only wait; whoever names a file wants its output at once.
        return [python, "-m", "pytest", *(rest or ["-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal"])]
    if word == "bench":
        return [python, "-m", f"tests.bench.{rest[0]}", *rest[1:]]
    return [leadline, "demo" if word == "run" else word, *rest]


def newest_python() -> str | None:
    """One that runs: a name on PATH may be the shim of a version that is not there."""
    found = (shutil.which(name) for name in PYTHONS)
    return next((path for path in found if path and runs(path)), None)


def runs(python: str | Path) -> bool:
    check = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(check, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def stamp(root: Path, kind: str) -> str:
    """What the environment was made from; another stamp means it has to be made again."""
    sources = (root / "requirements" / f"{kind}.txt", root / "pyproject.toml")
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def is_set_up(root: Path, kind: str) -> bool:
    """The environment of ``dev`` has everything that ``run`` wants."""
    stamps = {one: root / ".venv" / f"leadline-{one}" for one in ("run", "dev") if kind in (one, "run")}
    return (root / ".venv" / "bin" / "leadline").exists() and any(
        path.is_file() and path.read_text() == stamp(root, one) for one, path in stamps.items()
    )


def set_up(kind: str) -> None:
    if is_set_up(ROOT, kind):
        return
    UV_TOOL.mkdir(exist_ok=True)
    with (UV_TOOL / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two words at once: the second waits and finds it done
        if not is_set_up(ROOT, kind):
            make_environment(kind)


def make_environment(kind: str) -> None:
    say(f"setting up .venv from requirements/{kind}.txt (once, well under a minute)")
    os.environ["UV_PYTHON_DOWNLOADS"] = "never"
    if any(map(os.path.exists, TRUSTED)):  # else uv brings its own list, which lacks a company's proxy
        os.environ.setdefault("UV_SYSTEM_CERTS", "true")
    uv, python = shutil.which("uv") or own_uv(), str(VENV / "bin" / "python")
    for path in VENV.glob("leadline-*"):
        path.unlink()
    if not runs(python):
        shutil.rmtree(VENV, ignore_errors=True)
        step(uv, "venv", "--quiet", "--python", sys.executable, str(VENV))
    lock = str(ROOT / "requirements" / f"{kind}.txt")
    step(uv, "pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode", lock)
    step(uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    (VENV / f"leadline-{kind}").write_text(stamp(ROOT, kind))


def own_uv() -> str:
    """In an environment of its own: an exact sync would remove it from .venv."""
    home = UV_TOOL / UV_VERSION
    if not (home / "bin" / "uv").exists():
        ensurepip = importlib.util.find_spec("ensurepip")
        if ensurepip is None or ensurepip.origin is None:
            package = f"python3.{sys.version_info[1]}-venv"
            sys.exit(f"dev.py: this Python cannot make environments: run `apt install {package}`, or install uv")
        say(f"no uv on PATH: fetching uv {UV_VERSION} into .uv-tool")
        step(sys.executable, "-m", "venv", "--clear", str(home))
        pip = (str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        step(*pip, f"uv=={UV_VERSION}")
    return str(home / "bin" / "uv")


def step(*command: str) -> None:
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code:
        sys.exit(f"dev.py: this failed with code {code}: {' '.join(command)}")


def lint() -> int:
    failed = []
    for name, (program, *arguments) in LINT:
        print(f"== {name}", flush=True)
        if subprocess.run([str(VENV / "bin" / program), *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all clean")
    return 1 if failed else 0


def say(line: str) -> None:
    print(f"dev.py: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
