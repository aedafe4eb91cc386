"""A text, from the webhook to its answer: it says a wish, joins its thread, or opens an inquiry at the desk."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing import desk as at_desk
from routing.desk import Arrival, Busy, Reply
from routing.rules.hours import add_open_seconds
from routing.rules.lawful.ledger import START_WORD
from routing.rules.missing import Question
from routing.rules.relaying import whose_phone
from routing.rules.stops import ORDINARY_TARGET_S
from routing.rules.texting import Quiet, quiet
from routing.rules.values import Stated
from routing.state.admissions import Beside
from routing.state.database import Refused
from routing.state.inbox import Letter, answered
from routing.state.lead.people import Known, known
from routing.state.text.answering import asking
from routing.state.text.conversations import Address, Thread, ThreadOpen, recent, thread_of_person
from routing.state.text.joining import Beginning, Joining, Owed, Stranger, beginning, join, note_only
from routing.state.text.opt_outs import Wish
from routing.state.text.questions import Asked, open_question
from routing.state.text.recorded_sends import Heard, answered_campaign
from sms.answers import Line, crisis_line, first_line, last_line, wish_line, written
from sms.asking import Replied, first_question, replied
from sms.meaning import Meant, meaning
from sms.reception import Came, Reception, arrived, inquiry_of
from sms.relay_answers import by_coordinator
from sms.relaying import relay_of
from sms.webhooks import TextArrived
from sms.words import words_of

STILL_WRITING = timedelta(seconds=3)
"""Nobody has read a question so soon: this text was on its way already."""
TRIES = 6


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a text comes in. ``campaign`` is that of the send it answers, ``silence`` why the machine says
    nothing."""

    who: Known
    thread: Thread | None
    campaign: Stated | None
    silence: Quiet | None
    question: Asked | None = None

    @property
    def is_out(self) -> bool:
        return "text" in self.who.person.opted_out


def texted(reception: Reception, text: TextArrived, now: datetime, *, late: bool = False) -> bytes:
    """The TwiML that was kept with it; a copy of the webhook gets the same. ``late``: it was answered with the last
    words at ``now``, and those are kept.

    :raises UnknownNumber: ForeignAccount, Unanswerable, DatabaseDown, and Busy after six texts that were first.
    """
    came = arrived(reception, text, late=late)
    meant = meaning(came.body, came.opt_out_type)
    ours = whose_phone(came.book, came.contact)
    for _ in range(TRIES):
        repeated = answered(reception.desk.db, came.key)
        if repeated is not None:
            return repeated
        try:
            if ours:
                return by_coordinator(reception, came, meant, ours[0], now)
            seen = situation(reception, came, meant, now)
            return settled(reception, replace(came, told=seen.campaign), meant, seen, now)
        except (ThreadOpen, Refused):
            continue
    repeated = answered(reception.desk.db, came.key)
    if repeated is None:
        raise Busy
    return repeated


def situation(reception: Reception, came: Came, meant: Meant, now: datetime) -> Situation:
    db = reception.desk.db
    with db.reading() as tx:
        who = known(tx, db.vault, came.book.practice, came.contact)
        at = thread_of_person(tx, db.vault, came.book.practice, who.person.id)
        campaign = answered_campaign(tx, db.vault, Heard(came.book, came.contact, at.id if at else None), now)
        if at is None:
            return Situation(who, None, campaign, None)
        silence = quiet(recent(tx, db.vault, at, came.body, now), crisis=meant.crisis is not None)
        return Situation(who, at, campaign, silence, open_question(tx, at.id))


def settled(reception: Reception, came: Came, meant: Meant, seen: Situation, now: datetime) -> bytes:
    if seen.thread and (meant.only_wish or not seen.thread.lead_closed):
        return joined(reception, came, meant, seen, now)
    if meant.only_wish:
        return noted(reception, came, meant, seen, now)
    return begun(reception, came, meant, seen, now)


def wish_of(came: Came, meant: Meant) -> Wish | None:
    """A crisis in the same words does not undo it."""
    if meant.wanted not in ("out", "in"):
        return None
    return Wish(
        practice=came.book.practice,
        contact=came.contact,
        ways=meant.ways(came.book),
        is_out=meant.wanted == "out",
        source=f"{START_WORD}:{came.id}" if meant.wanted == "in" else came.id,
        by="text",
        certain=meant.certain,
    )


def noted(reception: Reception, came: Came, meant: Meant, seen: Situation, now: datetime) -> bytes:
    """Somebody we have no thread with: only the ledger learns of it."""
    line = in_thread(came, meant, seen)
    document = written(reception.links, reception.desk.db.vault, came, line).document
    said = Stranger(came.book.practice, Letter(came.key, document), wish_of(came, meant))
    note_only(reception.desk.db, said, reception.desk.new_id, now)
    return document


def in_thread(came: Came, meant: Meant, seen: Situation) -> Line | None:
    """The machine answers a crisis and a wish; anything else is answered by the owner."""
    if came.is_late:
        return last_line(meant)
    words = words_of(came.book, seen.who.person.language)
    if seen.silence:
        return None
    if meant.crisis:
        return crisis_line(meant.crisis, words.language)
    if meant.wanted is None or not came.may_answer:
        return None
    return wish_line(words, meant, changed=seen.is_out != (meant.wanted == "out"))


def joined(reception: Reception, came: Came, meant: Meant, seen: Situation, now: datetime) -> bytes:
    db, at = reception.desk.db, seen.thread
    if at is None:
        raise ThreadOpen
    wish = wish_of(came, meant)
    reply = reply_to_question(reception, came, meant, seen, now)
    line = reply.line if reply else in_thread(came, meant, seen)
    answer = written(reception.links, db.vault, came, line)
    joining = Joining(
        thread=at,
        address=answered_from(came, at),
        said=came.message(None, came.campaign),
        letter=Letter(came.key, answer.document),
        answers=answer.messages,
        wish=wish,
        crisis=meant.crisis.category if meant.crisis else None,
        owed=None if meant.only_wish or reply else owed(came, at, seen, now),
        beside=reply.beside if reply else None,
        relay=relay_of(reception, came, meant, seen.silence, now),
    )
    join(db, joining, reception.desk.new_id, now)
    return answer.document


def answered_from(came: Came, at: Thread) -> Address:
    """Where she writes from and to; a number that may not send texts takes the place of none that may."""
    return came.address if came.may_answer else replace(came.address, ours=at.address.ours)


def reply_to_question(reception: Reception, came: Came, meant: Meant, seen: Situation, now: datetime) -> Replied | None:
    """None where she was asked nothing, or says something more important. Who answers twice with the same number is no
    machine."""
    if seen.question is None or meant.crisis or meant.wanted or came.is_late:
        return None
    talking = seen.thread is not None and not seen.thread.waits
    if talking or now - seen.question.asked_at < STILL_WRITING:
        return None
    silent = seen.is_out or not came.may_answer or seen.silence in ("too_many_answers", "too_many_texts")
    return replied(reception.desk, seen.question, came.body, now, silent=silent)


def owed(came: Came, at: Thread, seen: Situation, now: datetime) -> Owed:
    """An answer within the response target of her category, in open seconds."""
    book = came.book
    line = next((lead for lead in seen.who.leads if lead.id == at.lead), None)
    category = book.categories.get(line.category) if line else None
    queue = book.queues[book.intake]
    target_s = category.response_target_s if category else ORDINARY_TARGET_S
    kind = "review" if seen.is_out else "text"
    return Owed(kind, "text_waiting", add_open_seconds(queue.calendar, now, target_s), queue.id)


def begun(reception: Reception, came: Came, meant: Meant, seen: Situation, now: datetime) -> bytes:
    desk, vault = reception.desk, reception.desk.db.vault
    inquiry = inquiry_of(came, crisis=meant.crisis is not None, now=now)

    def asked(reply: Reply) -> Question | None:
        plain = not (meant.crisis or meant.wanted or seen.silence or came.is_late or "text" in reply.person.opted_out)
        return first_question(reply.book, reply.plan) if plain and came.may_answer else None

    def line(reply: Reply) -> Line | None:
        if came.is_late:
            return last_line(meant)
        return None if seen.silence else first_line(reply, came, meant, asked(reply))

    def answer(reply: Reply) -> bytes:
        return written(reception.links, vault, came, line(reply), inquiry.id).document

    def beside(reply: Reply) -> Beside:
        question = asked(reply)
        thread = Beginning(
            conversation=vault.name("cv", came.address.account or "", came.sid),
            address=came.address,
            said=came.message(inquiry.id, reply.plan.facts.get("campaign")),
            answers=written(reception.links, vault, came, line(reply), inquiry.id).messages,
            wish=wish_of(came, meant),
            crisis=meant.crisis.category if meant.crisis else None,
            beside=asking(inquiry.id, question.attribute, desk.new_id, now) if question else None,
            relay=relay_of(reception, came, meant, seen.silence, now),
        )
        return beginning(vault, thread, desk.new_id, now)

    arrival = Arrival(came.book, inquiry, came.source(), came.key, beside=beside)
    return at_desk.receive(desk, arrival, answer, now)
