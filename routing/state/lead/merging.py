"""Two leads that turn out to be one person's become one: by hand, with audit."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Row, Table, func, select, update
from sqlalchemy.engine import Connection

from routing.state.audit import audited
from routing.state.callback.callbacks import open_of
from routing.state.database import Database
from routing.state.lead.cases import Case, CaseRefused, held
from routing.state.lead.identity import Same, inherit
from routing.state.lead.people import OptOut, opt_out, opted_out, put_behind, unwanted
from routing.state.lead.splitting import OF_INQUIRY, is_under_way
from routing.state.ledger import SAME_WAY, NewId, announce
from routing.state.sealed import Vault
from routing.state.tables import (
    assignments,
    callbacks,
    consents,
    conversations,
    inquiries,
    leads,
    messages,
    outcomes,
    people,
    person_numbers,
    tasks,
)

OF_LEAD: tuple[Table, ...] = (*OF_INQUIRY, inquiries, outcomes, conversations)
TOLD_BY_EITHER = ("campaign", "location", "payer", "level_of_care", "language")
CALL = SAME_WAY[0]
EVER = datetime.min.replace(tzinfo=UTC)
RANK = ("new", "attempted", "contacted", "not_interested", "scheduled", "showed_up", "intake_completed")


class NotMergeable(CaseRefused):
    """``why``: ``same_lead``, ``under_way`` while a call goes on, ``open_twice`` where the two people have further
    leads of one category."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def merge(db: Database, case: Case, other: str, ids: NewId, now: datetime) -> str:
    """``other`` goes into the lead of the case and is closed as its duplicate; the earlier clock wins, the further
    status stands, the owner stays (routing-semantics section 13). Who had the other.

    :raises UnknownLead: LeadClosed, NotMergeable.
    """
    if other == case.lead:
        raise NotMergeable("same_lead")
    with db.writing() as tx:
        # In one order, so that two who merge crosswise do not wait for each other.
        rows = {name: held(tx, Case(case.practice, name, case.by)) for name in sorted((case.lead, other))}
        kept, gone = rows[case.lead], rows[other]
        if is_under_way(tx, select(inquiries.c.id).where(inquiries.c.lead_id == other)):
            raise NotMergeable("under_way")
        close_duplicate(tx, kept, gone, now)
        move_all(tx, OF_LEAD, other, case.lead)
        move_tasks(tx, kept, gone, move_callback(tx, kept.id, gone.id, now), now)
        if kept.person_id != gone.person_id:
            move_person(tx, db, Same(case.practice, kept.person_id, gone.person_id), ids, now)
        tx.execute(update(leads).where(leads.c.id == case.lead).values(**together(kept, gone)))
        audited(tx, case.practice, now, case.by, "merge", case.lead, before=other, after=case.lead)
        audited(tx, case.practice, now, case.by, "merged", other, before=gone.status, after=case.lead)
        for lead in (case.lead, other):
            announce(tx, case.practice, "lead", lead, now)
    return str(gone.owner_id)


def together(kept: Row[Any], gone: Row[Any]) -> dict[str, Any]:
    both = (kept, gone)
    further = max(both, key=lambda row: RANK.index(row.status) if row.status in RANK else 0)
    return {
        "clock_started_at": min(row.clock_started_at for row in both),
        "due_at": min(row.due_at for row in both),
        "first_response_at": first(row.first_response_at for row in both),
        "contacted_at": first(row.contacted_at for row in both),
        "status": further.status,
        "version": leads.c.version + 1,
        **{name: getattr(kept, name) or getattr(gone, name) for name in TOLD_BY_EITHER},
    }


def first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def close_duplicate(tx: Connection, kept: Row[Any], gone: Row[Any], now: datetime) -> None:
    over = {"status": "closed", "closed_at": now, "close_cause": "duplicate", "merged_into": kept.id}
    tx.execute(update(leads).where(leads.c.id == gone.id).values(**over, version=leads.c.version + 1))
    still = (assignments.c.lead_id == gone.id) & assignments.c.until.is_(None)
    tx.execute(update(assignments).where(still).values(until=now))


def move_all(tx: Connection, tables: Sequence[Table], source: str, target: str) -> None:
    for table in tables:
        tx.execute(update(table).where(table.c.lead_id == source).values(lead_id=target))


def move_callback(tx: Connection, kept: str, gone: str, now: datetime) -> str:
    """Whoever is being dialled at this moment is; else the newest wish holds, at the sooner of two times unless she
    named one. The lead whose promise of a call stands."""
    mine, theirs = open_of(tx, kept), open_of(tx, gone)
    if theirs is None:
        return kept
    sooner: dict[str, Any] = {}
    if mine:
        is_mine = mine.state != "due" or wished_at(mine) >= wished_at(theirs)
        stays, goes = (mine, theirs) if is_mine else (theirs, mine)
        over = {"state": "withdrawn", "settled_at": now, "code": "merged"}
        tx.execute(update(callbacks).where(callbacks.c.id == goes.id).values(**over))
        if stays.state == "due" and stays.chosen_at is None:
            sooner = {name: min(getattr(each, name) for each in (mine, theirs)) for name in ("due_at", "waiting_key")}
    else:
        stays = theirs
    tx.execute(update(callbacks).where(callbacks.c.id == stays.id).values(lead_id=kept, **sooner))
    return str(stays.lead_id)


def wished_at(row: Row[Any]) -> datetime:
    return cast("datetime", row.requested_at or EVER)


def move_tasks(tx: Connection, kept: Row[Any], gone: Row[Any], calls_of: str, now: datetime) -> None:
    """What is owed twice is owed once."""
    still = tasks.c.lead_id.in_((kept.id, gone.id)) & (tasks.c.state == "open")
    owed = [(each.id, each.lead_id, way(each.kind)) for each in tx.execute(select(tasks).where(still))]
    standing = {each: calls_of if each == CALL else kept.id for _, _, each in owed}
    promised = {(lead, each) for _, lead, each in owed}
    twice = [id for id, lead, each in owed if lead != standing[each] and (standing[each], each) in promised]
    tx.execute(update(tasks).where(tasks.c.id.in_(twice)).values(state="withdrawn", closed_at=now))
    tx.execute(update(tasks).where(still).values(owner_id=kept.owner_id))
    tx.execute(update(tasks).where(tasks.c.lead_id == gone.id).values(lead_id=kept.id))


def way(kind: str) -> str:
    return CALL if kind in SAME_WAY else kind


def move_person(tx: Connection, db: Database, of: Same, ids: NewId, now: datetime) -> None:
    """All that is known of the one is known of the other from now on; her numbers and addresses lead here."""
    practice, kept, gone = of.practice, of.kept, of.gone
    move_numbers(tx, db.vault, of)
    move_record(tx, db.vault, of, ids, now)
    for table in (consents, inquiries, callbacks):
        tx.execute(update(table).where(table.c.person_id == gone).values(person_id=kept))
    open_both = (leads.c.person_id.in_((kept, gone))) & leads.c.closed_at.is_(None)
    categories = tx.execute(select(leads.c.category).where(leads.c.practice_id == practice, open_both)).scalars().all()
    if len(categories) != len(set(categories)):
        raise NotMergeable("open_twice")
    tx.execute(update(leads).where(leads.c.person_id == gone).values(person_id=kept))
    hers = (conversations.c.person_id == kept) & conversations.c.closed_at.is_(None)
    theirs = (conversations.c.person_id == gone) & conversations.c.closed_at.is_(None)
    if tx.execute(select(conversations.c.id).where(hers)).first() is not None:
        last = select(messages.c.created_at).where(messages.c.conversation_id == conversations.c.id)
        ended = last.order_by(messages.c.created_at.desc()).limit(1).scalar_subquery()
        tx.execute(update(conversations).where(theirs).values(closed_at=ended))
    tx.execute(update(conversations).where(conversations.c.person_id == gone).values(person_id=kept))


def move_numbers(tx: Connection, vault: Vault, of: Same) -> None:
    """She who stays is on every number of the other and meant first where that one was; the other stays on them behind
    her, as the name she may use again."""
    column = person_numbers.c.number
    mine = (person_numbers.c.practice_id == of.practice) & (person_numbers.c.person_id == of.kept)
    known = set(tx.execute(select(person_numbers.c.number_index).where(mine)).scalars())
    theirs = (person_numbers.c.practice_id == of.practice) & (person_numbers.c.person_id == of.gone)
    for row in tx.execute(select(person_numbers).where(theirs)).all():
        if row.number_index not in known:
            sealed = vault.seal(column, of.kept, vault.unseal(column, of.gone, row.number))
            put_behind(tx, row, of.kept, sealed)
        if row.is_first:
            give_way(tx, of, row)


def move_record(tx: Connection, vault: Vault, of: Same, ids: NewId, now: datetime) -> None:
    """Name, address and language where she who stays has none; what was refused at an address that leads nowhere from
    now on is refused at hers."""
    gone = tx.execute(select(people).where(people.c.id == of.gone)).one()
    email = vault.unseal(people.c.email, of.gone, gone.email) if gone.email else None
    both = (people.c.id == of.gone) | (people.c.merged_into == of.gone)
    tx.execute(update(people).where(both).values(merged_into=of.kept))
    inherit(tx, vault, of, now)
    established = func.coalesce(people.c.established, gone.established)
    kept = update(people).where(people.c.id == of.kept).values(established=established).returning(people.c.email)
    hers = tx.execute(kept).scalar_one()
    if email and hers:
        out = opted_out(tx, of.practice, vault.indexes(of.practice, email))
        contact = vault.unseal(people.c.email, of.kept, hers)
        for way in sorted(out - unwanted(tx, vault, of.practice, of.kept)):
            opt_out(tx, vault, OptOut(ids("oo"), of.practice, contact, way, True, of.gone), now)


def give_way(tx: Connection, of: Same, gone: Row[Any]) -> None:
    on_it = (person_numbers.c.practice_id == of.practice) & (person_numbers.c.number_index == gone.number_index)
    hers, theirs = on_it & (person_numbers.c.person_id == of.kept), on_it & (person_numbers.c.person_id == of.gone)
    place = tx.execute(select(person_numbers.c.place).where(hers)).scalar_one()
    tx.execute(update(person_numbers).where(theirs).values(is_first=False, place=None))
    tx.execute(update(person_numbers).where(hers).values(is_first=True, place=gone.place))
    tx.execute(update(person_numbers).where(theirs).values(place=place))
