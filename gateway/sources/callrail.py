"""CallRail: calls before, during and after, texts received, form submissions.

Signed by ``Signature`` = base64 of HMAC-SHA1 over the raw body with the company's signing key. There are no retries,
and a webhook that is refused often is switched off.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import AliasChoices, Field

from gateway.posted import document, pairs
from gateway.sources.proof import hmac_base64, is_remembered, shown, signed_by
from gateway.sources.vendor import Delivery, Setup, Source
from routing.sources.heard import Heard
from routing.sources.strict import json_value
from routing.sources.told import Clicked, Flag, Id, Instant, Word, named, text_of


class Report(Clicked):
    """All events; texts and forms bring a part of it. Names before 2019 beside today's."""

    source_id: Id = Field(validation_alias=AliasChoices("resource_id", "id"))
    direction: Word = "inbound"
    agent: Word = ""
    timestamp: Instant = None
    happened_at: Instant = Field(
        default=None, validation_alias=AliasChoices("start_time", "submitted_at", "datetime", "created_at")
    )
    duration: Word = ""
    answered: Flag = False
    voicemail: Flag = False
    content: Word = ""
    form: dict[str, Any] | None = Field(default=None, validation_alias=AliasChoices("form_data"))
    phone: Word = named("customer_phone_number", "customer_number", "callernum", "source_number")
    name: Word = named("customer_name", "callername")
    tracking_number: Word = named("tracking_phone_number", "trackingnum", "destination_number")
    dialled_number: Word = named("business_phone_number", "destinationnum")
    campaign: Word = named("utm_campaign", "campaign", "source_name", "callsource", "source")
    keyword: Word = named("keywords", "utm_term")
    landing_page: Word = named("landing_page_url", "landingpage", "form_url")
    referrer: Word = named("referring_url", "referrer")

    @property
    def kind(self) -> Literal["form", "text", "call"]:
        if self.form is not None:
            return "form"
        return "text" if self.content else "call"

    @property
    def inquiry(self) -> str:
        """A text's id may be its conversation's: two texts must not count as one sent twice."""
        at = f"@{self.timestamp.isoformat()}" if self.kind == "text" and self.timestamp else ""
        return f"{self.source_id}{at}"

    @property
    def is_ours(self) -> bool:
        """Calls out and texts sent are the practice's own (``agent`` stands on sent texts only)."""
        return self.direction != "outbound" and not self.agent

    @property
    def is_partial(self) -> bool:
        return self.kind == "call" and self.duration in ("", "0") and not (self.answered or self.voicemail)


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    signed_by(setup, shown(delivery, "signature"), lambda secret: hmac_base64(secret, delivery.body, "sha1"))


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = fields(delivery)
    report = Report.model_validate(sent)
    if not report.is_ours or not is_remembered(report.timestamp, now):
        return ()
    asked = {"message": report.content} if report.kind == "text" else report.form or {}
    return (
        Heard(
            report.kind,
            report.inquiry,
            sent,
            report.said(),
            {key: text_of(value) for key, value in asked.items()},
            happened_at=report.happened_at or report.timestamp,
            is_partial=report.is_partial,
        ),
    )


def fields(delivery: Delivery) -> Mapping[str, Any]:
    """JSON, or the same names form-encoded with ``form_data`` as JSON text."""
    if delivery.posted.is_json:
        return document(delivery.posted)  # type: ignore[no-any-return]  # the model refuses what is no object
    sent: dict[str, Any] = dict(pairs(delivery.posted))
    if "form_data" in sent:
        sent["form_data"] = json_value(sent["form_data"])
    return sent


SOURCE = Source("callrail", prove, read)
