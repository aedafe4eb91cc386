"""A vendor that keeps records: a strict server on this machine that answers only who asks for the right thing in the
right way, and otherwise what a test has told it to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.loopback import Request, Told, loopback

TOKEN = "an-invented-page-token"


@dataclass
class RecordKeeper:
    """``records`` by path; ``query`` must be there word for word. ``next`` are answers to come before any record."""

    records: dict[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    token: str = TOKEN
    next: list[Told] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    root: str = ""

    def answer(self, asked: Request) -> Told:
        parts, given = urlsplit(asked.target), asked.headers
        self.asked.append(parts.path)
        if asked.method != "GET":
            self.wrong.append("method")
        if dict(parse_qsl(parts.query, keep_blank_values=True)) != dict(self.query):
            self.wrong.append("query")
        if given.get("accept-encoding") != "identity" or "cookie" in given:
            self.wrong.append("headers")
        if self.next:
            return self.next.pop(0)
        if given.get("authorization") != f"Bearer {self.token}":
            return Told(401, {"error": {"code": 190, "message": "Jane Doe may not"}})
        if parts.path not in self.records:
            return Told(404, {"error": {"code": 100, "message": "Jane Doe is gone"}})
        return Told(200, self.records[parts.path])


@contextmanager
def record_keeper() -> Iterator[RecordKeeper]:
    keeper = RecordKeeper()
    with loopback(keeper.answer) as keeper.root:
        yield keeper
    assert keeper.wrong == []
