"""Texts go out: each is claimed with all that may forbid it, sent once, and looked for where its answer was lost."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from routing.desk import Desk
from routing.links import Links
from routing.state.text import questions, send_ends, sends
from routing.state.text.nothing_came import came_to_nothing
from routing.state.text.opt_outs import TEXTS, Wish, note_wish
from routing.state.text.relay_wishes import RELAY
from routing.state.text.send_ends import Created, Later, Outcome, Rejected, Unknown
from routing.state.text.sends import Claim
from routing.state.text.sent_words import relay_refused
from routing.state.text.weighing import weighing
from routing.state.text.written import answered_by_person
from worker.answers import Ambiguous, Done, Gone, NotProcessed, Refused
from worker.clock import AT_ONCE, Bellringer, Kind
from worker.holding import holder, real_time
from worker.jobs import counted, done
from worker.mailing import mailed
from worker.outbound import Outbound, Outbounds
from worker.provider_codes import OPTED_OUT
from worker.text import Text

BACK_OFF = timedelta(seconds=2)
LIST_FROM = timedelta(minutes=1)
"""Clocks of ours and of the provider's may differ a little."""


def send_text(send: str) -> None:
    done("send_text", send, lambda by: perform_send(by.outbounds, by.desk, send, by.now()))


def perform_send(by: Outbounds, desk: Desk, send: str, now: datetime) -> Outcome | None:
    """None when there was nothing to do: not due, over, not wanted any more, or in other hands."""
    # A process that only does jobs has no loop that looks for new versions.
    desk.shelf.refresh()
    held = sends.claim(desk.db, send, now, holder(desk, os.getpid()), weighing(desk.db.vault, desk.shelf.books))
    if held is None:
        return None
    if held.channel == "email":
        outcome = mailed(by, desk, held, now)
    else:
        outcome = looked(by, desk, held) if held.looks_for else sent(by, desk, held, now)
    if outcome is None:
        return None
    with desk.db.writing() as tx:
        if not send_ends.settle(tx, held, outcome, now):
            return None
        if isinstance(outcome, Created):
            answered_by_person(tx, held.id, desk.new_id, now)
        if isinstance(outcome, Rejected) and outcome.code == str(OPTED_OUT):
            if held.purpose == RELAY:
                relay_refused(tx, held.id, now)
                return outcome
            wish = Wish(held.practice, held.recipient, TEXTS, is_out=True, source=held.id, by="provider")
            note_wish(tx, desk.db.vault, wish, desk.new_id, now)
        if isinstance(outcome, Rejected):
            came_to_nothing(tx, desk.db.vault, held.id, desk.new_id, now)
    return outcome


def sent(by: Outbounds, desk: Desk, held: Claim, now: datetime) -> Outcome | None:
    outbound, book = by.of(held.account), desk.shelf.book(held.practice)
    if outbound is None:
        return Rejected("no_account")
    sender = book.tracking_numbers.get(held.sender) if book else None
    if book is None or sender is None or not sender.texts:
        return Rejected("sender_not_allowed")
    if not sends.posting(desk.db, held, now):
        return None
    match outbound.text(as_text(by, desk, held)):
        case Done(sid):
            return Created(sid)
        case NotProcessed(reason, wait_ms):
            return Later(now + max(BACK_OFF, timedelta(milliseconds=wait_ms)), reason)
        case Ambiguous(reason):
            return Unknown(reason)
        case Refused(code) | Gone(code):
            return Rejected(code)


def looked(by: Outbounds, desk: Desk, held: Claim) -> Outcome:
    """What became of a request whose answer was lost: found in the list, or looked for again. Never sent again."""
    outbound: Outbound | None = by.of(held.account)
    if outbound is None or held.looks_for is None:
        return Unknown("no_account")
    found = outbound.texts_like(as_text(by, desk, held), held.looks_for - LIST_FROM)
    known = sends.known_sids(desk.db, held)
    sids = [sid for sid in getattr(found, "sids", ()) if sid not in known]
    return Created(sids[0]) if sids else Unknown("not_listed")


def as_text(by: Outbounds, desk: Desk, held: Claim) -> Text:
    prefix = "whatsapp:" if held.channel == "whatsapp" else ""
    report = Links(by.public_url, desk.db.vault).text_status(held.id)
    return Text(f"{prefix}{held.recipient}", f"{prefix}{held.sender}", held.body, report)


Perform = Callable[[Desk, str, datetime], object]


def sends_due(by: Bellringer, perform: Perform, desk: Desk, now: datetime) -> int:
    """Rings for texts that are to be sent. Where no bell is heard the clock sends them itself."""
    rings = sends.due(desk.db, now, real_time(desk), AT_ONCE)

    def begun(send: str) -> bool:
        return counted(desk, ("send_text", send), now, partial(perform, desk, send, now)) is not None

    return by.rung("send_text", rings, begun)


def questions_late(desk: Desk, now: datetime) -> int:
    """The owner calls instead (S-6)."""
    return questions.give_up(desk.db, desk.new_id, now, AT_ONCE)


def text_kinds(by: Bellringer, outbounds: Outbounds) -> dict[str, Kind]:
    perform = partial(perform_send, outbounds)
    return {
        "sends": Kind(partial(sends_due, by, perform), "texts to be sent, or looked for"),
        "questions": Kind(questions_late, "questions by text that nobody answered in time"),
    }
