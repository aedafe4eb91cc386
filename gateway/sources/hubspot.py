"""HubSpot: contacts created or changed, several events in one delivery. An event names a contact: it is fetched later.

Version 3 signs method, URI, body and a timestamp with HMAC-SHA256 and is refused after five minutes; version 1 is the
hex SHA-256 of secret and body. Retries and batches may bring an event again.
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import AliasChoices, Field, TypeAdapter

from gateway.posted import document
from gateway.sources.proof import hmac_base64, is_remembered, must_match, recent, shown, signed_by
from gateway.sources.vendor import Delivery, Setup, Source, Unsigned
from routing.sources.heard import Heard
from routing.sources.records import PROPERTIES
from routing.sources.told import Id, Instant, Told, Word, named

MAX_AGE = timedelta(minutes=5)
MILLISECONDS = re.compile(r"[0-9]{13}")
KINDS = frozenset({"contact.creation", "contact.propertyChange"})
NEW_KINDS = frozenset({"object.creation", "object.propertyChange"})
CHANGED = ".propertyChange"
CONTACTS = "0-1"
"""The id of the object type."""


class Event(Told):
    contact: Id = Field(validation_alias=AliasChoices("objectId"))
    portal: Id = Field(validation_alias=AliasChoices("portalId"))
    kind: Word = named("subscriptionType", "eventType")
    object_type: Word = named("objectTypeId")
    happened_at: Instant = Field(default=None, validation_alias=AliasChoices("occurredAt"))
    property_name: Word = named("propertyName")
    property_value: Word = named("propertyValue")

    @property
    def is_of_a_contact(self) -> bool:
        return self.kind in KINDS or (self.kind in NEW_KINDS and self.object_type == CONTACTS)


Events = TypeAdapter(Annotated[list[dict[str, Any]], Field(max_length=200)])


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    # Whoever shows a newer signature is held to it.
    if "x-hubspot-signature-v3" in delivery.headers:
        prove_v3(delivery, setup, now)
        return
    signature = shown(delivery, "x-hubspot-signature")
    if delivery.headers.get("x-hubspot-signature-version", "v1") != "v1":
        raise Unsigned("shape")
    # A plain hash can be continued without the secret, but only by a byte that no UTF-8 text has: it is never read.
    signed_by(setup, signature, lambda secret: sha256(secret + delivery.body).hexdigest().encode())


def prove_v3(delivery: Delivery, setup: Setup, now: datetime) -> None:
    at = shown(delivery, "x-hubspot-request-timestamp")
    if not MILLISECONDS.fullmatch(at):
        raise Unsigned("shape")
    # Write-ups differ on whether the URI is decoded first; a signature over either proves the secret.
    texts = [
        delivery.method.encode() + uri.encode(errors="surrogatepass") + delivery.body + at.encode()
        for uri in dict.fromkeys((delivery.url, unquote(delivery.url)))
    ]
    expected = [hmac_base64(secret, text, "sha256") for secret in setup.secrets for text in texts]
    must_match(shown(delivery, "x-hubspot-signature-v3"), expected, known=bool(setup.secrets))
    recent(datetime.fromtimestamp(int(at) / 1000, UTC), now, MAX_AGE)


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = Events.validate_python(document(delivery.posted))
    events = [(Event.model_validate(one), one) for one in sent]
    return tuple(
        heard(event, one) for event, one in events if event.is_of_a_contact and is_remembered(event.happened_at, now)
    )


def heard(event: Event, sent: dict[str, Any]) -> Heard:
    name = PROPERTIES.get(event.property_name)
    said = {name: event.property_value} if name and event.property_value else {}
    return Heard(
        "form",
        f"{event.portal}-{event.contact}",
        sent,
        said,
        happened_at=event.happened_at,
        is_partial=True,
        fetch=event.contact,
        enriches_only=event.kind.endswith(CHANGED),
    )


SOURCE = Source("hubspot", prove, read)
