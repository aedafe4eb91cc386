"""WhatConverts: leads of all kinds when they come in and when they are changed. Unsigned: a key stands in the URL."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import AliasChoices, Field

from gateway.posted import document
from gateway.sources.proof import keyed_by
from gateway.sources.vendor import Delivery, Setup, Source
from routing.sources.heard import Heard, Kind
from routing.sources.told import Clicked, Id, Instant, Word, named, text_of

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "phone call": "call",
        "text message": "text",
        "chat": "chat",
        "web form": "form",
        "email": "form",
        "appointment": "form",
    }
)
"""Lead types we take; a transaction or a custom event tells of nobody who is waiting."""


class Lead(Clicked):
    source_id: Id = Field(validation_alias=AliasChoices("lead_id"))
    lead_type: Word = ""
    call_status: Word = ""
    lead_state: Word = ""
    happened_at: Instant = Field(default=None, validation_alias=AliasChoices("date_created", "last_updated"))
    additional_fields: dict[str, Any] = Field(default_factory=dict)
    phone: Word = named("contact_phone_number", "caller_number", "phone_number")
    email: Word = named("contact_email_address", "email_address")
    name: Word = named("contact_name", "caller_name")
    tracking_number: Word = named("tracking_number")
    dialled_number: Word = named("destination_number")
    campaign: Word = named("lead_campaign", "utm_campaign", "phone_name")
    keyword: Word = named("lead_keyword")
    landing_page: Word = named("landing_url", "lead_url")
    referrer: Word = named("referring_url", "referrer")

    @property
    def is_partial(self) -> bool:
        return "in progress" in (self.call_status.lower(), self.lead_state.lower())


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    keyed_by(setup, delivery.key)


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = document(delivery.posted)
    lead = Lead.model_validate(sent)
    kind = KINDS.get(lead.lead_type.lower())
    if kind is None:
        return ()
    return (
        Heard(
            kind,
            lead.source_id,
            sent,
            lead.said(),
            {key: text_of(value) for key, value in lead.additional_fields.items()},
            happened_at=lead.happened_at,
            is_partial=lead.is_partial,
        ),
    )


SOURCE = Source("whatconverts", prove, read)
