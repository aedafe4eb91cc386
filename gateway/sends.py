"""What other systems tell of the campaign texts they sent: one line checked, the same for the API and for a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.rulebook.numbers import e164
from routing.rules.book import Book
from routing.rules.wording.plain import plain
from routing.state.text.recorded_sends import RecordedSend

AHEAD = timedelta(minutes=5)
"""By so much another system's clock may be ahead of ours."""
FAR_BACK = timedelta(days=3_653)


@dataclass(frozen=True, slots=True)
class ToldSend:
    """``id`` is the other system's own."""

    id: str
    number: str = field(repr=False)
    campaign: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class SendRefused:
    """``fields``: name of a faulty field to the code of what is wrong with it."""

    fields: Mapping[str, str]


def checked(book: Book, told: ToldSend, now: datetime) -> RecordedSend | SendRefused:
    number = e164(told.number)
    wrong = {
        **({} if told.id and plain(told.id) == told.id else {"id": "malformed"}),
        **({} if number else {"number": "not_a_number"}),
        **({} if told.campaign in book.campaigns else {"campaign": "unknown"}),
        **({"sent_at": "in_the_future"} if told.sent_at > now + AHEAD else {}),
        **({"sent_at": "too_long_ago"} if told.sent_at < now - FAR_BACK else {}),
    }
    if wrong or number is None:
        return SendRefused(wrong)
    return RecordedSend(told.id, number, told.campaign, min(told.sent_at, now))
