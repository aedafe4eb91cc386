"""CallTrackingMetrics: activities at their start and end.

Signed, where the account has a signing secret, by ``X-CTM-Signature`` = base64 of HMAC-SHA1 over ``X-CTM-Time`` and the
raw body; else a key in the URL. The vendor publishes little about either.
"""

from datetime import datetime, timedelta

from pydantic import AliasChoices, Field

from gateway.posted import document
from gateway.sources.proof import hmac_base64, keyed_by, recent, shown, signed_by
from gateway.sources.vendor import Delivery, Setup, Source, Unsigned
from routing.sources.heard import Heard, Kind
from routing.sources.mapping import CALL_SID
from routing.sources.told import Clicked, Id, Instant, Word, instant, named

MAX_AGE = timedelta(hours=1)
KINDS: tuple[tuple[str, Kind], ...] = (("form", "form"), ("chat", "chat"), ("text", "text"), ("msg", "text"))
"""A part of an activity's direction or type, and what it is; anything else is a call."""
OUT = frozenset({"outbound", "msg_outbound", "text_outbound"})


class Activity(Clicked):
    source_id: Id = Field(validation_alias=AliasChoices("id", "sid"))
    sid: Word = ""
    direction: Word = ""
    kind_said: Word = named("activity_type", "type")
    status: Word = named("call_status", "status", "dial_status")
    duration: Word = ""
    happened_at: Instant = Field(default=None, validation_alias=AliasChoices("unix_time", "called_at", "start_time"))
    phone: Word = named("contact_number", "caller_number_complete", "caller_number", "caller_phone_number")
    name: Word = named("name", "caller_name", "cnam")
    email: Word = ""
    tracking_number: Word = named("tracking_number", "tracking_number_complete", "tracking_phone_number")
    dialled_number: Word = named("business_number", "receiving_number", "destination_number")
    campaign: Word = named("campaign", "utm_campaign", "source", "source_name")
    ad_group: Word = named("adgroup", "ad_group")
    keyword: Word = named("keyword", "search_query")
    landing_page: Word = named("location", "landing_url", "last_location")
    referrer: Word = named("referrer", "referring_url")
    location: Word = named("tracking_label")

    @property
    def kind(self) -> Kind:
        said = f"{self.kind_said} {self.direction}".lower()
        return next((kind for part, kind in KINDS if part in said), "call")


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    if not (setup.secrets or setup.source.secret):
        keyed_by(setup, delivery.key)
        return
    # Digits only: time and body are signed as one text, so neither may give a letter to the other.
    at = shown(delivery, "x-ctm-time")
    sent_at = instant(at) if at.isascii() and at.isdecimal() else None
    if sent_at is None:
        raise Unsigned("shape")
    signed = at.encode() + delivery.body
    signed_by(setup, shown(delivery, "x-ctm-signature"), lambda secret: hmac_base64(secret, signed, "sha1"))
    recent(sent_at, now, MAX_AGE)


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = document(delivery.posted)
    activity = Activity.model_validate(sent)
    if activity.direction.lower() in OUT:
        return ()
    sid = {"call_sid": activity.sid} if CALL_SID.fullmatch(activity.sid) else {}
    return (
        Heard(
            activity.kind,
            activity.source_id,
            sent,
            {**activity.said(), **sid},
            happened_at=activity.happened_at,
            is_partial=activity.kind == "call" and activity.duration in ("", "0"),
        ),
    )


SOURCE = Source("calltrackingmetrics", prove, read)
