"""What a cadence sends by itself: when its time has come a template is filled in, in the person's language, and given
to the machine that sends texts; what may not or cannot be sent stands before its owner with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from routing.desk import Desk
from routing.replying import Unwritten, fit
from routing.rulebook.filling import Unfilled, filled, opening, worded
from routing.rules.book import Book
from routing.rules.wording.neutral import reveals
from routing.settings.accounts import TwilioAccount, account_of
from routing.state.text import follow_up_ends, follow_up_plans, follow_ups
from routing.state.text.follow_up_plans import Left, Planning, Wanted
from worker.clock import AT_ONCE, Kind

STOP: Mapping[str, Mapping[str, str]] = {
    "email-stop": {
        "en": "To get no more e-mails from us, reply with the word STOP.",
        "es": "Para no recibir más correos nuestros, responda con la palabra STOP.",
    },
}


@dataclass(frozen=True, slots=True)
class Senders:
    """By whom texts of a practice go out, and whether there is a mail server."""

    accounts: Mapping[str, TwilioAccount]
    mails: bool


def written(book: Book, wanted: Wanted) -> str:
    """In her language and no other; and nothing is left blank that the template wants. :raises Left:"""
    text = book.templates.get(wanted.template, {}).get(wanted.language)
    if text is None:
        raise Left("no_template_in_language")
    try:
        body = filled(text, known(book, wanted))
        if wanted.way == "email":
            body = f"{body}\n\n{worded(book, STOP, 'email-stop', wanted.language, {})[0]}"
        body = fit(body)
    except Unfilled:
        raise Left("template_lacks_a_name") from None
    except Unwritten as wrong:
        raise Left(wrong.why) from None
    if book.policies.sms_neutral and reveals(body):
        raise Left("not_neutral")
    return body


def known(book: Book, wanted: Wanted) -> dict[str, str]:
    """Day and time are those of the call she is owed next."""
    place, owner = book.locations.get(wanted.location or ""), book.coordinators.get(wanted.owner)
    return {
        "practice": book.name,
        **({"coordinator": owner.name} if owner else {}),
        **({"location": place.name} if place else {}),
        **(opening(book, wanted.calls_at, wanted.language) if wanted.calls_at else {}),
    }


def planning(by: Senders, desk: Desk, practice: str) -> Planning | None:
    book, account = desk.shelf.book(practice), account_of(by.accounts, practice)
    return Planning(book, account.sid if account else None, by.mails, written) if book else None


def follow_ups_due(by: Senders, desk: Desk, now: datetime) -> int:
    """Ended ones first: what was withheld in the last moment is planned again in the same round."""
    ended = follow_up_ends.settle_ended(desk.db, AT_ONCE, desk.new_id, now)
    tasks = follow_ups.due(desk.db, now, AT_ONCE)
    for task in tasks:
        follow_up_plans.plan(desk.db, task, partial(planning, by, desk), desk.new_id, now)
    return ended + len(tasks)


def letter_kinds(by: Senders) -> Mapping[str, Kind]:
    return {"follow_ups": Kind(partial(follow_ups_due, by), "texts and e-mails that a cadence owes")}
