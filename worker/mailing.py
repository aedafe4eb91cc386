"""A claimed e-mail: written with its headers, handed to the mail server once, and never again where nobody can tell
whether it was taken."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from routing.desk import Desk
from routing.rulebook.filling import worded
from routing.rules.book import Book
from routing.state.text import sends
from routing.state.text.conversations import thread
from routing.state.text.send_ends import Created, Later, Lost, Outcome, Rejected
from routing.state.text.sends import Claim
from worker.answers import Ambiguous, Done, NotProcessed, Refused
from worker.mail import Email
from worker.outbound import Outbounds

SUBJECT: Mapping[str, Mapping[str, str]] = {"email-subject": {"en": "Your request", "es": "Su solicitud"}}
"""Whoever sees the list of her letters learns nothing."""
BACK_OFF = timedelta(minutes=5)
"""Times the tries: a server that knows us not yet wants to be asked again later."""


def mailed(by: Outbounds, desk: Desk, held: Claim, now: datetime) -> Outcome | None:
    """None when it is not wanted any more."""
    book = desk.shelf.book(held.practice)
    if held.looks_for is not None:
        return Lost("not_known")
    if by.mail is None or book is None:
        return Rejected("no_mail_server")
    letter = Email(held.id, held.sender, held.recipient, subject(desk, book, held), held.body, now)
    if not sends.posting(desk.db, held, now):
        return None
    match by.mail.send(letter):
        case Done(name):
            return Created(name, "sent")
        case NotProcessed(reason):
            return Later(now + BACK_OFF * held.attempts, reason)
        case Ambiguous(reason):
            return Lost(reason)
        case Refused(code):
            return Rejected(code)


def subject(desk: Desk, book: Book, held: Claim) -> str:
    with desk.db.reading() as tx:
        at = thread(tx, desk.db.vault, held.practice, held.conversation)
    return worded(book, SUBJECT, "email-subject", (at.language if at else None) or book.languages[0], {})[0]
