"""Signed webhooks of calls that never were, as the bytes of whole requests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from gateway.provider.signed import FORM, Signed
from rehearsal.signing import SigningKey, signed_headers

PUBLIC = "https://leads.example.com"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "an-invented-auth-token"
INCOMING, STATUS = "/voice/incoming", "/voice/status"
FIELDS: Mapping[str, str] = json.loads(
    (Path(__file__).parents[2] / "payloads" / "voice_incoming.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class Call:
    """``count`` is never used twice in a run: it makes the CallSid and the caller."""

    count: int
    to: str

    def fields(self, status: str) -> dict[str, str]:
        caller = f"+1{4_000_000_000 + self.count}"
        own = {"AccountSid": ACCOUNT, "CallSid": f"CA{self.count:032x}", "CallStatus": status}
        return {**FIELDS, **own, "From": caller, "Caller": caller, "To": self.to, "Called": self.to}


def headers_of(path: str, fields: Mapping[str, str]) -> dict[str, str]:
    return signed_headers(SigningKey(TOKEN), PUBLIC + path, fields, fields["CallSid"])


def incoming_asked(call: Call) -> Signed:
    """The same as the gateway sees it."""
    fields = call.fields("ringing")
    headers = [(b"x-twilio-signature", headers_of(INCOMING, fields)["X-Twilio-Signature"].encode())]
    headers.append((b"content-type", FORM))
    scope = {"type": "http", "method": "POST", "raw_path": INCOMING.encode(), "query_string": b"", "headers": headers}
    return Signed.arrived(scope, PUBLIC, urlencode(fields).encode())


def incoming(call: Call) -> bytes:
    return posted(INCOMING, call.fields("ringing"))


def hung_up(call: Call) -> bytes:
    return posted(STATUS, call.fields("completed"))


def posted(path: str, fields: Mapping[str, str]) -> bytes:
    body = urlencode(fields)
    headers = {
        "Host": "leads.example.com",
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "Content-Length": str(len(body)),
        **headers_of(path, fields),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n{body}".encode()
