"""Any other source that posts JSON: the practice file's map says which field is which.

Signed by ``X-Leadline-Signature`` = ``t=UNIX_SECONDS,v1=HEX`` with HMAC-SHA256 over ``SECONDS.body``, or a key in
the URL.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import cast, get_args

from gateway.posted import document
from gateway.sources.proof import hmac_hex, keyed_by, recent, shown, signed_by
from gateway.sources.vendor import Delivery, Setup, Source, Unsigned
from routing.sources.heard import Heard, Kind
from routing.sources.mapping import at, translated
from routing.sources.strict import Malformed
from routing.sources.told import flag, instant

MAX_AGE = timedelta(minutes=5)
SIGNATURE = re.compile(r"t=(?P<at>[0-9]{10}),v1=(?P<made>[0-9a-f]{64})")
MAX_ID = 200


def prove(delivery: Delivery, setup: Setup, now: datetime) -> None:
    if not (setup.secrets or setup.source.secret):
        keyed_by(setup, delivery.key)
        return
    found = SIGNATURE.fullmatch(shown(delivery, "x-leadline-signature"))
    if not found:
        raise Unsigned("shape")
    signed = found["at"].encode() + b"." + delivery.body
    signed_by(setup, found["made"], lambda secret: hmac_hex(secret, signed, "sha256"))
    recent(datetime.fromtimestamp(int(found["at"]), UTC), now, MAX_AGE)


def read(delivery: Delivery, setup: Setup, now: datetime) -> tuple[Heard, ...]:
    sent = document(delivery.posted)
    if not isinstance(sent, dict):
        raise Malformed.body("no_object")
    told = {name: at(sent, path) for path, name in setup.source.fields.items()}
    if not 0 < len(told.get("source_id", "")) <= MAX_ID:
        raise Malformed({"source_id": "missing" if not told.get("source_id") else "too_long"})
    return (
        Heard(
            kind_of(told, setup),
            told["source_id"],
            sent,
            happened_at=instant(told.get("happened_at", "")),
            is_test=bool(flag(told.get("is_test", ""))),
        ),
    )


def kind_of(told: dict[str, str], setup: Setup) -> Kind:
    said = told.get("kind", "")
    meant = translated({"kind": said}, setup.source.values)["kind"].lower()
    return cast(Kind, meant) if meant in get_args(Kind) else setup.source.kind


SOURCE = Source("generic", prove, read)
