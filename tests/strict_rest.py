"""A strict stand-in for the phone provider's REST: it knows a few calls, checks logins and parameters, and answers
what a test has told it to."""

import base64
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.loopback import Request, Told, loopback

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

    def answer(request: Request) -> Told:
        parts, body = urlsplit(request.target), request.body
        asked = Asked(request.method, parts.path, parse_qs(body or parts.query, strict_parsing=bool(body)))
        return rest.answer(asked, request.headers.get("authorization", ""))

    with loopback(answer) as rest.root:
        yield rest
