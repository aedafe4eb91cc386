"""A strict stand-in for the phone provider's REST: it knows a few calls, checks logins and parameters, and answers
what a test has told it to."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
LOGIN = (ACCOUNT, "an-invented-auth-token")
CALL = "CA" + "1" * 32


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    fields: Mapping[str, list[str]]

    def one(self, name: str) -> str:
        (value,) = self.fields[name]
        return value


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: JSON, or raw bytes of a content type. ``cut`` closes the line instead, ``held`` waits first."""

    status: int = 200
    body: Any = None
    kind: str = "application/json"
    cut: bool = False
    held: threading.Event | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class StrictRest:
    """``next`` are the answers to come; without one it answers 200 with the sid that was asked for."""

    root: str = ""
    login: tuple[str, str] = LOGIN
    next: list[Told] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def answer(self, asked: Asked, login: str) -> Told:
        self.asked.append(asked)
        self.came.release()
        if login != "Basic " + base64.b64encode(":".join(self.login).encode()).decode():
            return Told(401, {"code": 20003, "message": "Authenticate +18135550163", "status": 401})
        if self.next:
            return self.next.pop(0)
        if not asked.path.startswith(f"/2010-04-01/Accounts/{ACCOUNT}/"):
            return Told(404, {"code": 20404, "message": "not found", "status": 404})
        if asked.method == "DELETE":
            return Told(204)
        sid = asked.path.rsplit("/", 1)[-1].removesuffix(".json")
        texts = f"SM{len(self.asked):030x}ab"
        made = {"Calls": "CA" + "2" * 32, "Participants": "CA" + "3" * 32, "Messages": texts}.get(sid, sid)
        named = {"call_sid": made} if "/Participants" in asked.path else {"sid": made}
        return Told(201 if asked.method == "POST" else 200, {**named, "account_sid": ACCOUNT, "status": "queued"})


@contextmanager
def strict_rest(standing_in: StrictRest | None = None) -> Iterator[StrictRest]:
    rest = standing_in or StrictRest()

    class Line(BaseHTTPRequestHandler):
        def answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            asked = Asked(self.command, parts.path, parse_qs(body or parts.query, strict_parsing=bool(body)))
            told = rest.answer(asked, self.headers.get("authorization", ""))
            if told.held:
                told.held.wait(30)
            if told.cut:
                self.close_connection = True
                return
            content = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            try:
                self.send_response(told.status)
                for name, value in {"content-type": told.kind, **told.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0" if told.status == 204 else str(len(content)))
                self.end_headers()
                self.wfile.write(b"" if told.status == 204 else content)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            return

    for method in ("GET", "POST", "DELETE"):
        setattr(Line, f"do_{method}", Line.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    server.daemon_threads = True
    rest.root = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield rest
    server.shutdown()
    server.server_close()
    thread.join()
