"""The one way in for all sources: prove, then read strictly, then bring to standard names."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from pydantic import ValidationError

from gateway.errors import faulty_fields
from gateway.sources import (
    callrail,
    calltrackingmetrics,
    generic,
    google_ads,
    hubspot,
    invoca,
    jotform,
    meta,
    typeform,
    whatconverts,
)
from gateway.sources.vendor import Challenge, Delivery, Setup, Source, Unsigned
from routing.sources.heard import SourceEvent
from routing.sources.mapping import event
from routing.sources.strict import Malformed

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        module.SOURCE.slug: module.SOURCE
        for module in (
            callrail,
            calltrackingmetrics,
            whatconverts,
            invoca,
            google_ads,
            meta,
            typeform,
            hubspot,
            jotform,
            generic,
        )
    }
)
"""By the word that stands in the URL."""


def read_events(source: Source, delivery: Delivery, setup: Setup, now: datetime) -> tuple[SourceEvent, ...] | Challenge:
    """A delivery may bring several events, or none that is news of a lead: that one is answered like any other.

    :raises Unsigned: it is not proved that the source sent this; nothing of it was looked at.
    :raises Malformed: with the fields that could not be read.
    """
    if delivery.method == "GET" and source.challenge:
        return source.challenge(delivery, setup)
    if delivery.method != "POST":
        raise Unsigned("shape")
    source.prove(delivery, setup, now)
    try:
        return tuple(event(heard, setup.source, now) for heard in source.read(delivery, setup, now))
    except ValidationError as error:
        raise Malformed(faulty_fields(error)) from None
