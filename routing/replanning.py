"""What a person answers to a question of ours by text or chat plans her inquiry again (A-54)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from routing.desk import Desk, Reply
from routing.promising import promised
from routing.pursuit import Quest, assignee, counted_at
from routing.recalling import recalled
from routing.rules import canonical
from routing.rules.planning import plan
from routing.rules.receipt import Decision
from routing.rules.values import Stated
from routing.state.admissions import Admission, Source
from routing.state.call.replies import open_leads
from routing.state.inbox import Letter
from routing.state.lead.people import Known
from routing.state.lookups import underway


@dataclass(frozen=True, slots=True)
class Replanned:
    """``admission`` is the inquiry as planned again, its letter still empty; ``reply`` what the channel has to say."""

    admission: Admission
    reply: Reply
    owner_before: str


def replan(desk: Desk, inquiry: str, said: Mapping[str, Stated], now: datetime) -> Replanned | None:
    """None where the answer would make it another lead of a category she has one of already: its owner sorts it out.

    The plan of the version it began with; its start stays what it was.
    """
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
        mine = open_leads(tx, at.practice, at.person) if at else ()
    if at is None:
        return None
    book, _, told = recalled(desk.shelf, at)
    given = MappingProxyType({**told.inquiry.attributes, **said})
    asked = replace(told.inquiry, attributes=given)
    planned = plan(book, asked, told.person, now)
    if any(lead.id != at.lead and lead.category == (planned.category or "") for lead in mine):
        return None
    quest = Quest(book, asked, planned, 0, at.step, {}, sticky=planned.sticky_owner)
    owner, looks = assignee(desk.by, quest, now)
    promise = promised(desk.new_id, planned, asked, owner, at.has_number)
    decision = Decision(
        id=desk.new_id("dc"),
        at=now,
        trigger="reply",
        inquiry=asked,
        person=told.person,
        planned_at=now,
        lead=at.lead,
        owner=owner,
        looks=looks,
        effects=(promise.id,),
    )
    capped = owner != at.owner and any(look.chosen == owner for look in looks)
    stored = {**at.stored, "inquiry": asked, "person": told.person, "planned_at": now}
    admission = Admission(
        book=book,
        plan=planned,
        decision=decision,
        source=Source(at.account, at.sid, asked.value("tracking_number"), None),
        known=Known(told.person, mine),
        person=at.person,
        stored=canonical.dumps(stored),
        offer=None,
        promise=promise,
        letter=Letter("", b""),
        counted_at=counted_at(planned, now) if capped else None,
    )
    reply = Reply(book, planned, told.person, asked, owner, None, at.has_number)
    return Replanned(admission, reply, at.owner)
