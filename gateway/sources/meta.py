"""Meta lead ads. The webhook names a lead and holds nothing of it: the answers are fetched later by the lead's id.

Signed by ``X-Hub-Signature-256`` = ``sha256=`` and hex HMAC-SHA256 over the raw body with the app's secret.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import AliasChoices, Field

from gateway.posted import MAX_FIELDS, Malformed, document
from gateway.sources.event import Challenge, Delivery, Heard, Setup, Source, SourceEvent, Unsigned
from gateway.sources.mapping import event
from gateway.sources.proof import hmac_hex, is_remembered, must_match, shown, signed_by
from gateway.sources.told import Id, Instant, Told, Word, named
from routing.rules.questions import LeadSource

MAX_CHALLENGE = 200
TEST = "<test lead:"
"""How the answers of Meta's own test leads begin."""


class Leadgen(Told):
    source_id: Id = Field(validation_alias=AliasChoices("leadgen_id", "id"))
    happened_at: Instant = Field(default=None, validation_alias=AliasChoices("created_time"))
    form_id: Word = ""
    page_id: Word = ""
    ad_id: Word = ""
    ad_group_id: Word = named("adgroup_id", "adset_id")
    ad_group: Word = named("adset_name")
    campaign_id: Word = ""
    campaign: Word = named("campaign_name")


class Change(Told):
    field: Word = ""
    value: dict[str, Any] = Field(default_factory=dict)


class Entry(Told):
    time: Instant = None
    changes: Annotated[list[Change], Field(max_length=MAX_FIELDS)] = Field(default_factory=list)


class Notice(Told):
    entry: Annotated[list[Entry], Field(max_length=MAX_FIELDS)]


class Answer(Told):
    name: Word = ""
    values: list[Word] = Field(default_factory=list, max_length=MAX_FIELDS)


class Fetched(Leadgen):
    answers: Annotated[list[Answer], Field(max_length=MAX_FIELDS)] = Field(
        default_factory=list, validation_alias=AliasChoices("field_data")
    )


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


def fetched(answer: Any, source: LeadSource, now: datetime) -> SourceEvent:
    """The lead as the Graph API tells it; its dedupe key is the webhook's, so it enriches that one.

    :raises pydantic.ValidationError: if it is no lead.
    """
    lead = Fetched.model_validate(answer)
    questions = {each.name: ", ".join(each.values) for each in lead.answers if each.name}
    is_test = any(text.lower().startswith(TEST) for text in questions.values())
    heard = Heard("form", lead.source_id, answer, lead.said(), questions, lead.happened_at, is_test=is_test)
    return event(heard, source, now)


SOURCE = Source("meta", prove, read, challenge)
