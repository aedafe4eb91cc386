"""A vendor that keeps records: a strict server on this machine that answers only who asks for the right thing in the
right way, and otherwise what a test has told it to."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "an-invented-page-token"
METHOD = "GET"


@dataclass(frozen=True, slots=True)
class Told:
    """``cut`` closes the line instead of an answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


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

    def answer(self, target: str, headers: Mapping[str, str]) -> Told:
        parts = urlsplit(target)
        self.asked.append(parts.path)
        given = {name.lower(): text for name, text in headers.items()}
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

    class Line(BaseHTTPRequestHandler):
        def answer(self) -> None:
            told = keeper.answer(self.path, dict(self.headers))
            if told.cut:
                self.close_connection = True
                return
            content = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            try:
                self.send_response(told.status)
                for name, text in {"content-type": "application/json", **told.headers}.items():
                    self.send_header(name, text)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            return

    # The server calls it by a name that is not ours.
    setattr(Line, f"do_{METHOD}", Line.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    server.daemon_threads = True
    keeper.root = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield keeper
    server.shutdown()
    server.server_close()
    thread.join()
    assert keeper.wrong == []
