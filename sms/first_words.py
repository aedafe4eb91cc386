"""The text that answers a form: the question it left open, or who will call and when; else none, for somebody calls."""

from dataclasses import dataclass, field
from datetime import datetime

from routing.desk import Desk, Reply
from routing.rules.contact import Request
from routing.rules.entered import Entered
from routing.rules.missing import Question
from routing.rules.texting import sending_number
from routing.rules.wording.segments import segments
from routing.settings.accounts import account_of
from routing.state.lead.entries import Also
from routing.state.text.answering import asking
from routing.state.text.conversations import Address, Message, Purpose
from routing.state.text.first_texts import FirstText, texting
from sms.answers import received
from sms.asking import first_question
from sms.reception import Reception
from sms.words import in_words, words_of


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came in; ``number`` is where she may be texted."""

    inquiry: str
    entered: Entered
    number: str = field(repr=False)


def first_text(reception: Reception, filled: Filled, reply: Reply, now: datetime) -> Also | None:
    """None where nothing is to be said, she did not ask for texts, or no number of ours may send them."""
    agreed = filled.entered.agreed
    sender = sending_number(reply.book, reply.plan.facts.get("campaign"), reply.plan.location)
    account = account_of(reception.accounts, reply.book.practice)
    if agreed is None or "text" not in agreed.ways or sender is None or account is None:
        return None
    question = open_question(reply)
    said = words(reply, question)
    if said is None:
        return None
    desk, request = reception.desk, Request(filled.inquiry, "form", filled.entered.at, filled.entered.ways)
    new = FirstText(
        address=Address("sms", account.sid, sender, filled.number),
        message=message(desk, filled, reply, (said, "question" if question else "answer"), account.sid),
        request=request,
        zip=reply.plan.facts.get("zip"),
        then=asking(filled.inquiry, question.attribute, desk.new_id, now) if question else None,
    )
    return texting(desk.db.vault, new, now)


def open_question(reply: Reply) -> Question | None:
    """What keeps her from her office, and no more: whoever calls asks the rest."""
    question = first_question(reply.book, reply.plan)
    return question if question and question.attribute in reply.plan.ask else None


def words(reply: Reply, question: Question | None) -> str | None:
    """In open hours somebody calls within minutes: then a text says nothing that helps, unless it asks."""
    said = words_of(reply.book, reply.plan.facts.get("language"))
    if question:
        return f"{received(reply, said)} {in_words(reply.book, question, said.language)[0]}"
    return None if reply.plan.open else received(reply, said)


def message(desk: Desk, filled: Filled, reply: Reply, said: tuple[str, Purpose], account: str) -> Message:
    text, purpose = said
    return Message(
        id=desk.db.vault.name("ms", reply.book.practice, filled.inquiry, "first"),
        channel="sms",
        author="leadline",
        purpose=purpose,
        body=text,
        status="accepted",
        segments=segments(text).parts,
        campaign=reply.plan.facts.get("campaign"),
        account=account,
        inquiry=filled.inquiry,
    )
