"""The surroundings of a demo: secrets of its own, free ports, two invented practices and a clock on a working day."""

import hmac
import json
import os
import secrets
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from gateway.tokens import Minted, mint
from routing.now import CLOCK_FILE
from routing.settings.values import host_in_url
from routing.settings.values import port as port_in

DEMO_START = "2026-11-17T14:00:00-05:00"
"""A Tuesday afternoon on which both practices are open."""

REMEMBERED = "demo.json"
_SAMPLES = Path(__file__).parents[2] / "routing" / "practices"
_PRACTICE_FILES = ("harbor-recovery.yaml", "lakeside-specialty.yaml")
_KEPT = frozenset({"LEADLINE_DATA_DIR", "LEADLINE_HOST", "LEADLINE_PORT", "LEADLINE_CLOCK_SPEED", "LEADLINE_FAILPOINT"})
"""All other settings of the caller's are dropped: a demo must never meet a real account, database or number."""
_PORTS_TRIED = 100


class DemoError(Exception):
    """The demo cannot start here; the text is one line for the person who started it."""


def data_dir_of(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("LEADLINE_DATA_DIR") or ".leadline").absolute()


def demo_environ(environ: Mapping[str, str], at: str | None = None) -> dict[str, str]:
    """Prepares the data folder, which exists, and returns the environment of the demo's processes. ``at`` is an instant
    with offset. Raises DemoError."""
    folder = data_dir_of(environ)
    if not is_demo(folder) and (folder / "leadline.db").exists():
        raise DemoError(f"{folder} holds a deployment that is no demo: set LEADLINE_DATA_DIR to another folder")
    (folder / CLOCK_FILE).unlink(missing_ok=True)
    host = environ.get("LEADLINE_HOST") or "127.0.0.1"
    port = free_port(host, _wanted_port(environ))
    phone_port = free_port("127.0.0.1", port + 1)
    own = {
        **_secrets(folder),
        "LEADLINE_ENVIRONMENT": "demo",
        "LEADLINE_DATA_DIR": str(folder),
        "LEADLINE_HOST": host,
        "LEADLINE_PORT": str(port),
        "LEADLINE_PUBLIC_URL": f"http://{host_in_url(host)}:{port}",
        "LEADLINE_TWILIO_API_URL": f"http://127.0.0.1:{phone_port}",
        "LEADLINE_FALLBACK_NUMBER": "+18505550199",
        "LEADLINE_PRACTICES": str(_practices(folder)),
        "LEADLINE_CLOCK": at or DEMO_START,
        "LEADLINE_CLOCK_SPEED": environ.get("LEADLINE_CLOCK_SPEED") or "1",
    }
    _remember(folder, own)
    return {**{name: text for name, text in environ.items() if name not in dropped(environ)}, **own}


def demo_token(secret_key: str, practice: str) -> Minted:
    """The API token of a demo practice: anybody who has the demo's secret key can make it again."""
    key = f"{secret_key} demo token".encode()
    return mint(
        f"demo{hmac.digest(key, practice.encode(), 'sha256').hex()[:8]}", lambda size: drawn(key, practice, size)
    )


def drawn(key: bytes, practice: str, size: int) -> bytes:
    return hmac.digest(key, f"{practice} secret".encode(), "sha512")[:size]


def dropped(environ: Mapping[str, str]) -> list[str]:
    return sorted(name for name in environ if name.startswith("LEADLINE_") and name not in _KEPT)


def is_demo(folder: Path) -> bool:
    return (folder / REMEMBERED).exists()


def with_running_demo(environ: Mapping[str, str]) -> dict[str, str]:
    """For commands typed in another terminal: without settings of its own a command speaks to the demo of its data
    folder, if there was one."""
    folder = data_dir_of(environ)
    if environ.get("LEADLINE_ENVIRONMENT") or not is_demo(folder):
        return dict(environ)
    return {**environ, **_remembered(folder)}


def free_port(host: str, first: int) -> int:
    """``first`` or the next port above it that nobody listens on. Raises DemoError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, min(first + _PORTS_TRIED, 65536)):
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError:
                continue
            return port
    raise DemoError(f"no free port from {first} on {host}: set LEADLINE_HOST or LEADLINE_PORT")


def _wanted_port(environ: Mapping[str, str]) -> int:
    try:
        return port_in(environ.get("LEADLINE_PORT") or "8080")
    except ValueError as wrong:
        raise DemoError(f"LEADLINE_PORT {wrong}") from wrong


def _secrets(folder: Path) -> dict[str, str]:
    """Made once and kept, so that what an earlier demo sealed can still be read."""
    kept = _remembered(folder) if is_demo(folder) else {}
    return {
        "LEADLINE_SECRET_KEY": kept.get("LEADLINE_SECRET_KEY") or secrets.token_urlsafe(48),
        "LEADLINE_TWILIO_ACCOUNT_SID": kept.get("LEADLINE_TWILIO_ACCOUNT_SID") or f"AC{secrets.token_hex(16)}",
        "LEADLINE_TWILIO_AUTH_TOKEN": kept.get("LEADLINE_TWILIO_AUTH_TOKEN") or secrets.token_hex(16),
    }


def _remembered(folder: Path) -> dict[str, str]:
    try:
        kept = json.loads((folder / REMEMBERED).read_text())
    except ValueError as wrong:
        raise DemoError(f"cannot read {folder / REMEMBERED}: remove the folder to start afresh") from wrong
    return {name: str(text) for name, text in kept.items()}


def _remember(folder: Path, own: Mapping[str, str]) -> None:
    draft = folder / f"{REMEMBERED}.new"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(own, file, indent=1)
    draft.replace(folder / REMEMBERED)


def _practices(folder: Path) -> Path:
    """The two invented practices and no other, copied anew at each start."""
    copies = folder / "practices"
    copies.mkdir(mode=0o700, exist_ok=True)
    for name in _PRACTICE_FILES:
        shutil.copyfile(_SAMPLES / name, copies / name)
    return copies
