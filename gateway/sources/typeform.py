"""Typeform: responses, whole or partial.

Signed by ``Typeform-Signature`` = ``sha256=`` and base64 HMAC-SHA256 over the raw body.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from gateway.posted import MAX_FIELDS, document
from gateway.sources.proof import hmac_base64, is_remembered, shown, signed_by
from gateway.sources.vendor import Delivery, Setup, Source
from routing.sources.heard import Heard
from routing.sources.names import CONTACT, STANDARD
from routing.sources.told import Clicked, Id, Instant, Told, Word, text_of

WHOLE, PARTIAL = "form_response", "form_response_partial"


class Question(Told):
    id: Word = ""
    ref: Word = ""
    title: Word = ""
    type: Word = ""


class Definition(Told):
    fields: Annotated[list[Question], Field(max_length=MAX_FIELDS)] = Field(default_factory=list)


class Response(Told):
    form_id: Word = ""
    token: Id
    submitted_at: Instant = None
    landed_at: Instant = None
    hidden: dict[str, Any] = Field(default_factory=dict)
    definition: Definition = Definition()
    answers: Annotated[list[dict[str, Any]], Field(max_length=MAX_FIELDS)] = Field(default_factory=list)


class Event(Told):
    event_type: Word
    form_response: Response


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    signature = shown(delivery, "typeform-signature")
    signed_by(setup, signature, lambda secret: b"sha256=" + hmac_base64(secret, delivery.body, "sha256"))


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = document(delivery.posted)
    told = Event.model_validate(sent)
    response = told.form_response
    happened_at = response.submitted_at or response.landed_at
    if told.event_type not in (WHOLE, PARTIAL) or not is_remembered(happened_at, now):
        return ()
    titles = {question.id: question.title for question in response.definition.fields}
    hidden = {name: text for name, value in response.hidden.items() if (text := text_of(value))}
    clicked = Clicked.model_validate(hidden).said()
    said = {name: text for name, text in hidden.items() if name in STANDARD and name not in CONTACT}
    questions = {name: text for name, text in hidden.items() if name not in said}
    for answer in response.answers:
        asked = Question.model_validate(answer.get("field", {}))
        questions[key_of(asked, titles, setup)] = answer_of(answer)
    said |= clicked | ({"form_id": response.form_id} if response.form_id else {})
    return (
        Heard(
            "form",
            response.token,
            sent,
            said,
            questions,
            happened_at=happened_at,
            is_partial=told.event_type == PARTIAL,
        ),
    )


def key_of(asked: Question, titles: dict[str, str], setup: Setup) -> str:
    """The name the practice's map uses, else the type where it says enough, else the reference or the title."""
    mapped = next((name for name in (asked.ref, asked.id, titles.get(asked.id, "")) if name in setup.source.fields), "")
    if mapped:
        return mapped
    if asked.type in ("phone_number", "email"):
        return asked.type
    return asked.ref or titles.get(asked.id, "") or asked.id


def answer_of(answer: dict[str, Any]) -> str:
    """Typed values: text, email, phone_number, number, boolean, date, url; choice has a label, choices several."""
    value = answer.get(str(answer.get("type", "")))
    if isinstance(value, dict):
        return text_of([value.get(name) for name in ("label", "other", "labels")])
    return text_of(value)


SOURCE = Source("typeform", prove, read)
