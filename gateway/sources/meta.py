"""Meta lead ads. The webhook names a lead and holds nothing of it: the answers are fetched later by the lead's id.

Signed by ``X-Hub-Signature-256`` = ``sha256=`` and hex HMAC-SHA256 over the raw body with the app's secret.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from gateway.posted import MAX_FIELDS, document
from gateway.sources.proof import hmac_hex, is_remembered, must_match, shown, signed_by
from gateway.sources.vendor import Challenge, Delivery, Setup, Source, Unsigned
from routing.sources.heard import Heard
from routing.sources.records import Leadgen
from routing.sources.strict import Malformed
from routing.sources.told import Instant, Told, Word

MAX_CHALLENGE = 200


class Change(Told):
    field: Word = ""
    value: dict[str, Any] = Field(default_factory=dict)


class Entry(Told):
    time: Instant = None
    changes: Annotated[list[Change], Field(max_length=MAX_FIELDS)] = Field(default_factory=list)


class Notice(Told):
    entry: Annotated[list[Entry], Field(max_length=MAX_FIELDS)]


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    signature = shown(delivery, "x-hub-signature-256")
    signed_by(setup, signature, lambda secret: b"sha256=" + hmac_hex(secret, delivery.body, "sha256"))


def challenge(delivery: Delivery, setup: Setup) -> Challenge:
    """:raises Unsigned: if the handshake does not know our word."""
    asked = parse_qs(urlsplit(delivery.url).query, keep_blank_values=True)
    token, text = asked.get("hub.verify_token", [""])[0], asked.get("hub.challenge", [""])[0]
    if asked.get("hub.mode") != ["subscribe"] or not token:
        raise Unsigned("missing")
    must_match(token, (setup.verify or b"",), known=bool(setup.verify))
    if not text.isascii() or not text.isalnum() or len(text) > MAX_CHALLENGE:
        raise Malformed({"hub.challenge": "unreadable"})
    return Challenge(text)


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    notice = Notice.model_validate(document(delivery.posted))
    return tuple(
        to_fetch(change.value)
        for entry in notice.entry
        for change in entry.changes
        if change.field == "leadgen" and is_remembered(entry.time, now)
    )


def to_fetch(value: Mapping[str, Any]) -> Heard:
    told = Leadgen.model_validate(value)
    return Heard(
        "form",
        told.source_id,
        value,
        told.said(),
        happened_at=told.happened_at,
        is_partial=True,
        fetch=told.source_id,
    )


SOURCE = Source("meta", prove, read, challenge)
