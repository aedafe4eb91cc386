"""Invoca: transactions of a call, sent by the template of the network. Unsigned: a key stands in the URL.

A correction is a transaction of its own; the complete call id ties all of a call together.
"""

from datetime import datetime

from pydantic import AliasChoices, Field

from gateway.posted import document, pairs
from gateway.sources.proof import keyed_by
from gateway.sources.vendor import Delivery, Setup, Source
from routing.sources.heard import Heard
from routing.sources.told import Clicked, Id, Instant, Word, named


class Transaction(Clicked):
    source_id: Id = Field(
        validation_alias=AliasChoices("complete_call_id", "call_record_id", "corrects_transaction_id", "transaction_id")
    )
    happened_at: Instant = Field(
        default=None, validation_alias=AliasChoices("start_time_utc", "start_time_local", "call_start_time")
    )
    duration: Word = ""
    phone: Word = named("calling_phone_number", "caller_id")
    name: Word = named("display_name", "caller_name")
    email: Word = named("email_address", "email")
    tracking_number: Word = named("promo_line", "promo_number", "dialed_phone_number")
    dialled_number: Word = named("destination_phone_number")
    campaign: Word = named("advertiser_campaign_name", "utm_campaign", "media_type")
    campaign_id: Word = named("advertiser_campaign_id")
    keyword: Word = named("search_keywords", "utm_term")
    landing_page: Word = named("landing_page", "calling_page")
    referrer: Word = named("referrer", "referring_url")
    location: Word = named("destination_name", "virtual_line_description")


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    keyed_by(setup, delivery.key)


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = document(delivery.posted) if delivery.posted.is_json else pairs(delivery.posted)
    told = Transaction.model_validate(sent)
    return (
        Heard(
            "call",
            told.source_id,
            sent,
            told.said(),
            happened_at=told.happened_at,
            is_partial=told.duration in ("", "0"),
        ),
    )


SOURCE = Source("invoca", prove, read)
