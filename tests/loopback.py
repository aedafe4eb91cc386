"""A server on this machine whose answers are a function's: for stand-ins of services that other people run."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """``target`` is path and query; names of ``headers`` are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: JSON, or raw bytes of a content type. ``cut`` closes the line instead, ``held`` waits first."""

    status: int = 200
    body: Any = None
    kind: str = "application/json"
    cut: bool = False
    held: threading.Event | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if self.status == 204:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@contextmanager
def loopback(answer: Callable[[Request], Told]) -> Iterator[str]:
    """Its root URL."""

    class Line(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            given = {name.lower(): text for name, text in self.headers.items()}
            told = answer(Request(self.command, self.path, given, body))
            if told.held:
                told.held.wait(30)
            if told.cut:
                self.close_connection = True
                return
            try:
                self.send_response(told.status)
                for name, text in {"content-type": told.kind, **told.headers}.items():
                    self.send_header(name, text)
                self.send_header("content-length", str(len(told.content)))
                self.end_headers()
                self.wfile.write(told.content)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            return

    # The server calls them by names that are not ours.
    for method in ("GET", "POST", "DELETE"):
        setattr(Line, f"do_{method}", Line.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
