"""Where the embedded Valkey of a data folder listens."""

import hashlib
import os
import tempfile
from pathlib import Path

_LONGEST_PATH = 100
"""Bytes. A socket's path may have 104 on macOS, 108 on Linux."""


def valkey_folder(data_dir: Path) -> Path:
    return data_dir / "valkey"


def socket_path(folder: Path) -> Path:
    """In the folder itself, or, if that path is too long for a socket, in a folder of ours in the system's one for
    temporary files. That name can be guessed, so whoever listens there must check that the folder is his own."""
    plain = folder / "valkey.sock"
    if len(os.fsencode(plain)) <= _LONGEST_PATH:
        return plain
    name = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"leadline-{name}" / "valkey.sock"


def embedded_redis_url(data_dir: Path) -> str:
    return f"unix://{socket_path(valkey_folder(data_dir))}"
