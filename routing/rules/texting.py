"""Texts by rule: which status outranks which, when the machine keeps quiet, and what is an answer to her."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from routing.rules.book import Book

RANKS: Mapping[str, int] = MappingProxyType(
    {
        "answered": 0,
        "accepted": 0,
        "scheduled": 0,
        "queued": 1,
        "receiving": 1,
        "sending": 2,
        "sent": 3,
        "delivered": 4,
        "partially_delivered": 4,
        "undelivered": 4,
        "failed": 4,
        "canceled": 4,
        "received": 4,
        "read": 5,
    }
)
"""Twilio's statuses, and ``answered`` for a text that is part of the answer to a webhook (twilio facts section 4.3)."""
FAILED = frozenset({"undelivered", "failed", "canceled"})

ANSWERS_AN_HOUR = 3
CRISIS_ANSWERS_AN_HOUR = 10
"""Somebody in a crisis is answered again and again; only a machine needs more than these (F61)."""
SAME_BODY = 2
TEXTS_AN_HOUR = 60
FREE_FOR = timedelta(hours=24)
"""For so long after her own text a reply is an answer and no contact that we start."""

Quiet = Literal["too_many_answers", "same_words_again", "too_many_texts"]


def outranks(new: str, old: str) -> bool:
    """Reports come in any order; of two final ones the first stays. A status that nobody knows changes nothing."""
    return RANKS.get(new, -1) > RANKS.get(old, -1)


@dataclass(frozen=True, slots=True)
class Recent:
    """Of the last hour in one conversation: automatic answers, texts that came in, and how many of those had the same
    words as the newest, itself included."""

    answers: int = 0
    texts: int = 0
    same: int = 0


def quiet(recent: Recent, *, crisis: bool) -> Quiet | None:
    """Why no automatic answer is given: two machines must not talk to each other for ever (F61)."""
    if crisis:
        return "too_many_answers" if recent.answers >= CRISIS_ANSWERS_AN_HOUR else None
    if recent.texts > TEXTS_AN_HOUR:
        return "too_many_texts"
    if recent.same >= SAME_BODY:
        return "same_words_again"
    return "too_many_answers" if recent.answers >= ANSWERS_AN_HOUR else None


def is_free(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Answers to what they start are free of quiet hours."""
    return last_inbound_at is not None and now - last_inbound_at <= FREE_FOR


def sending_number(book: Book, campaign: str | None, location: str | None) -> str | None:
    """That of the campaign, else of her office, else any that may send: carriers take texts from no others (30034)."""
    sending = [one for one in book.tracking_numbers.values() if one.texts]
    of_campaign = (one.number for one in sending if campaign and one.campaign == campaign)
    of_location = (one.number for one in sending if location and one.location == location)
    return next(iter((*of_campaign, *of_location, *(one.number for one in sending))), None)
