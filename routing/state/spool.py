"""What came in while the database could not be asked: one sealed line a webhook, on disk before the caller is answered.

Each process writes files of its own in ``$LEADLINE_DATA_DIR/spool``. A file is locked while it is written; one that
nobody holds was left behind, and whoever finds it makes it good (design section 3.6)."""

import base64
import binascii
import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Column, MetaData, Table

from routing.state.ledger import NewId
from routing.state.sealed import SealBroken, Sealed, SealedBytes, Vault

LINE: "Column[SealedBytes]" = Table("spool", MetaData(), Column("line", Sealed())).c.line
"""No table of the database: the place that a line's seal is bound to."""
WAIT_S = 0.1
"""A disk that hangs must not gather threads before it."""
ASIDE = "aside"
"""The ending of files whose lines nobody could make good; they wait for a person."""


class SpoolDown(RuntimeError):
    """The line could not be kept: disk full, folder gone or not ours. The text is the kind of error only."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A webhook that the rows know nothing of. ``what`` names its route, ``step`` the offer it belongs to; ``answer``
    is what was said instead."""

    what: str
    inquiry: str
    step: int
    at: datetime
    fields: Mapping[str, str]
    answer: bytes


Verdict = Literal["done", "later", "aside"]
"""Of a line that was replayed: it is in the rows, it is to be tried again, or it never will be."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many lines came to what end."""

    done: int = 0
    later: int = 0
    aside: int = 0

    def __bool__(self) -> bool:
        return bool(self.done or self.aside)

    def __add__(self, more: "Replayed") -> "Replayed":
        return Replayed(self.done + more.done, self.later + more.later, self.aside + more.aside)


class Spool:
    """The files of one process; safe to use from several threads."""

    def __init__(self, folder: Path, vault: Vault, new_id: NewId) -> None:
        self.folder = folder
        self._vault = vault
        self._new_id = new_id
        self._lock = threading.Lock()
        self._file: int | None = None

    def append(self, lost: Lost) -> None:
        """On disk when it returns. :raises SpoolDown: when it may not be."""
        self._write([self._sealed(lost)], lost.at)

    def is_empty(self) -> bool:
        return not any(self.folder.glob("*.jsonl"))

    def replay(self, settle: Callable[[Lost], Verdict]) -> Replayed:
        """Gives ``settle`` every line, oldest file first. A file goes when each of its lines is in the rows, set aside,
        or written down anew; should ``settle`` raise, it stays as it is.

        :raises SpoolDown: when a line could not be written anew.
        """
        self.close()
        told = Replayed()
        for path in sorted(self.folder.glob("*.jsonl")):
            with held(path) as text:
                if text is not None:
                    told += self._replay_file(path, text, settle)
        return told

    def close(self) -> None:
        """Whatever was written so far may be made good by anybody; the next line begins a new file."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _replay_file(self, path: Path, text: bytes, settle: Callable[[Lost], Verdict]) -> Replayed:
        kept: dict[Verdict, list[bytes]] = {"done": [], "later": [], "aside": []}
        for line in text.splitlines():
            sealed = parsed(line)
            if sealed is not None:
                kept[self._verdict(*sealed, settle)].append(line)
        if kept["aside"]:
            self._set_aside(path, kept["aside"])
        if kept["later"]:
            self._write(kept["later"], None)
        path.unlink(missing_ok=True)
        return Replayed(*(len(kept[verdict]) for verdict in ("done", "later", "aside")))

    def _verdict(self, name: str, sealed: bytes, settle: Callable[[Lost], Verdict]) -> Verdict:
        try:
            lost = read(self._vault.unseal(LINE, name, sealed))
        except SealBroken:
            return "aside"
        return settle(lost)

    def _sealed(self, lost: Lost) -> bytes:
        name = self._new_id("sp")
        sealed = self._vault.seal(LINE, name, written(lost))
        return json.dumps({"id": name, "sealed": base64.b64encode(sealed).decode()}).encode()

    def _write(self, lines: list[bytes], at: datetime | None) -> None:
        # Each line begins on a line of its own, whatever a write that failed half-way left before it.
        text = b"".join(b"\n" + line + b"\n" for line in lines)
        if not self._lock.acquire(timeout=WAIT_S):
            raise SpoolDown("somebody else is still writing")
        try:
            if self._file is None:
                self._file = self._opened(at)
            if os.write(self._file, text) != len(text):
                raise SpoolDown("short write")
            os.fsync(self._file)
        except OSError as error:
            raise SpoolDown(type(error).__name__) from None
        finally:
            self._lock.release()

    def _opened(self, at: datetime | None) -> int:
        """Named by its first line's instant, so that files are replayed in order."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{at:%Y%m%dT%H%M%S%f}" if at else "later"
        path = self.folder / f"{name}-{self._new_id('sp')}.jsonl"
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file).st_nlink == 0:
            # Somebody who looked between our two calls took the empty file for one that was left behind.
            os.close(file)
            return self._opened(at)
        synced(self.folder)
        return file

    def _set_aside(self, path: Path, lines: list[bytes]) -> None:
        fresh = path.with_suffix(f".{ASIDE}")
        try:
            with open(fresh, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
                out.writelines(line + b"\n" for line in lines)
                out.flush()
                os.fsync(out.fileno())
            synced(self.folder)
        except OSError as error:
            raise SpoolDown(type(error).__name__) from None


@contextmanager
def held(path: Path) -> Iterator[bytes | None]:
    """The file's text while nobody else has it; None when somebody does."""
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below, together with its lock
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file.read()


def synced(folder: Path) -> None:
    """A new name in a folder is on disk only after the folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def parsed(line: bytes) -> tuple[str, bytes] | None:
    """None for an empty or half-written line: whoever wrote that one knew that it was not kept."""
    try:
        found = json.loads(line)
        return str(found["id"]), base64.b64decode(found["sealed"], validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None


def written(lost: Lost) -> str:
    told = {"what": lost.what, "inquiry": lost.inquiry, "step": lost.step, "at": lost.at.isoformat()}
    return json.dumps({**told, "fields": dict(lost.fields), "answer": lost.answer.decode()})


def read(text: str) -> Lost:
    told = json.loads(text)
    at = datetime.fromisoformat(told["at"])
    return Lost(told["what"], told["inquiry"], told["step"], at, told["fields"], told["answer"].encode())
