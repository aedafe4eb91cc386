"""Jotform: submissions as multipart, the answers as JSON text in ``rawRequest``. Unsigned: a key stands in the URL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AliasChoices, Field

from gateway.posted import pairs
from gateway.sources.proof import keyed_by
from gateway.sources.vendor import Delivery, Setup, Source
from routing.sources.heard import Heard
from routing.sources.strict import json_value
from routing.sources.told import Clicked, Id, Word, named, text_of

NO_QUESTIONS = frozenset(
    {"slug", "path", "buildDate", "uploadServerUrl", "eventObserver", "submitSource", "timeToSubmit"}
)


class Submission(Clicked):
    source_id: Id = Field(validation_alias=AliasChoices("submissionID", "submission_id"))
    form_id: Word = named("formID", "form_id")
    raw: Word = Field(default="{}", validation_alias=AliasChoices("rawRequest"), max_length=65_536)


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    keyed_by(setup, delivery.key)


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = dict(pairs(delivery.posted))
    told = Submission.model_validate(sent)
    asked = json_value(told.raw)
    answers = asked if isinstance(asked, dict) else {}
    questions = {key: text for key, value in answers.items() if key not in NO_QUESTIONS and (text := answer_of(value))}
    clicked = Clicked.model_validate(questions).said()
    return (Heard("form", told.source_id, sent, {**told.said(), **clicked}, questions),)


def answer_of(value: Any) -> str:
    """A name has parts, a phone number ``full`` or ``area`` and ``phone``, a choice several values."""
    if not isinstance(value, Mapping):
        return text_of(value)
    return text_of(value.get("full")) or " ".join(filter(None, map(text_of, value.values())))


SOURCE = Source("jotform", prove, read)
