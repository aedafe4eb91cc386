"""The one automatic text to somebody who filled in a form: planned in the form's transaction, if she may be texted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from routing.rulebook.jurisdictions import Signs
from routing.rules.contact import Request, may_contact
from routing.state.admissions import Admission
from routing.state.lead.contactable import Whom, contactable
from routing.state.lead.entries import Also
from routing.state.sealed import Vault
from routing.state.text.conversations import Address, Message, Opening, begin, thread_of_person
from routing.state.text.joining import Besides
from routing.state.text.sends import Outgoing, plan_send

AN_ANSWER = timedelta(minutes=10)
"""After that it is no answer to her form any more, and is not sent."""


@dataclass(frozen=True, slots=True)
class FirstText:
    """``then`` is what is written with it, such as the question it asks."""

    address: Address
    message: Message
    request: Request
    zip: str | None = None
    then: Besides | None = None


def texting(vault: Vault, new: FirstText, now: datetime) -> Also:
    """Raises Refused there when a text of hers was first."""

    def write(tx: Connection, admission: Admission) -> None:
        if not is_news(admission) or not is_lawful(tx, vault, admission, new, now):
            return
        practice, person = admission.book.practice, admission.person
        at = thread_of_person(tx, vault, practice, person)
        if at is not None and not at.lead_closed:
            # She is in a thread about something else: its coordinator writes.
            return
        name = vault.name("cv", practice, new.message.id)
        is_test = admission.decision.inquiry.is_test
        begin(tx, vault, Opening(name, practice, person, admission.decision.lead, new.address, is_test), now)
        at = thread_of_person(tx, vault, practice, person)
        if at is None:
            return
        account, ours, contact = new.address.account or "", new.address.ours or "", new.address.contact or ""
        plan_send(tx, vault, at, Outgoing(new.message, ours, account, contact, now, now + AN_ANSWER), now)
        if new.then:
            new.then(tx, at)

    return write


def is_news(admission: Admission) -> bool:
    """A second form of hers says nothing that the first was not answered to."""
    return admission.known.lead_for(admission.plan.category) is None


def is_lawful(tx: Connection, vault: Vault, admission: Admission, new: FirstText, now: datetime) -> bool:
    whom = Whom(admission.person, Signs(new.address.contact, new.zip), (new.request,))
    case = contactable(tx, vault, admission.book, whom, now)
    return may_contact(case, "text", "answer", now).allowed
