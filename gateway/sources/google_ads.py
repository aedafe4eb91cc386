"""Google Ads lead forms. The shared ``google_key`` stands in the body, so the body is read before it is trusted."""

from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, Field

from gateway.posted import document
from gateway.sources.proof import must_match
from gateway.sources.vendor import Delivery, Setup, Source, Unsigned
from routing.sources.heard import Heard
from routing.sources.strict import Malformed
from routing.sources.told import Flag, Id, Instant, Told, Word, named

SECRET = "google_key"  # noqa: S105  # the name of a field


class Column(Told):
    column_id: Word = named("column_id", "column_name")
    string_value: Word = ""


class LeadForm(Told):
    source_id: Id = Field(validation_alias=AliasChoices("lead_id"))
    columns: Annotated[list[Column], Field(max_length=100)] = Field(
        default_factory=list, validation_alias=AliasChoices("user_column_data")
    )
    is_test: Flag = False
    happened_at: Instant = Field(default=None, validation_alias=AliasChoices("lead_submit_time"))
    form_id: Word = ""
    campaign_id: Word = ""
    ad_group_id: Word = named("adgroup_id", "ad_group_id")
    asset_group_id: Word = ""
    creative_id: Word = ""
    gclid: Word = named("gcl_id", "gclid")


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    try:
        sent = document(delivery.posted)
    except Malformed:
        raise Unsigned("missing") from None
    key = sent.get(SECRET) if isinstance(sent, dict) else None
    if not isinstance(key, str) or not key:
        raise Unsigned("missing")
    must_match(key, setup.secrets, known=bool(setup.secrets))


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = document(delivery.posted)
    lead = LeadForm.model_validate(sent)
    questions = {column.column_id: column.string_value for column in lead.columns if column.column_id}
    kept = {name: value for name, value in sent.items() if name != SECRET}
    return (
        Heard(
            "form",
            lead.source_id,
            kept,
            lead.said(),
            questions,
            happened_at=lead.happened_at,
            is_test=lead.is_test,
        ),
    )


SOURCE = Source("google-ads", prove, read)
