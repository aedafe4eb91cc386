"""What is written with an inquiry that was entered by a page, a source or a list: its keys, what she agreed to, and the
time she named."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules import canonical
from routing.rules.entered import Entered
from routing.rules.retrying import BestTime
from routing.state.admissions import Admission
from routing.state.callback.callbacks import Asked, Request, request
from routing.state.database import Database
from routing.state.inbox import Letter, file
from routing.state.ledger import NewId
from routing.state.sealed import Vault
from routing.state.tables import consents, inbox, inquiries, person_numbers, source_events, tasks

Also = Callable[[Connection, Admission], None]
DAY = timedelta(days=1)
LIST = "list:"
TOKEN_USED = "token_used"  # noqa: S105  # the name of a trap
SCOPE = "requested_callback"
"""A form's words speak of the request that is made with it, and of nothing later."""


def nonce_key(practice: str, nonce: str) -> str:
    return f"nonce:{practice}:{nonce}"


def answered_any(db: Database, keys: Iterable[str]) -> bytes | None:
    """The answer that was kept under one of them."""
    with db.reading() as tx:
        found = select(inbox.c.answer).where(inbox.c.key.in_(tuple(keys)))
        return tx.execute(found.limit(1)).scalar_one_or_none()


def is_used(db: Database, practice: str, nonce: str | None) -> bool:
    return nonce is not None and answered_any(db, (nonce_key(practice, nonce),)) is not None


def posts_of_number(db: Database, practice: str, number: str, now: datetime) -> int:
    """Forms that came in for a number within a day. What a source told of them beside is none."""
    on_it = person_numbers.c.number_index.in_(db.vault.indexes(practice, number))
    theirs = select(person_numbers.c.person_id).where(person_numbers.c.practice_id == practice, on_it)
    mine = (inquiries.c.practice_id == practice) & (inquiries.c.channel == "form")
    reported = (source_events.c.lead_id == inquiries.c.lead_id) & (source_events.c.inquiry_id == inquiries.c.id)
    came = mine & inquiries.c.person_id.in_(theirs) & (inquiries.c.received_at > now - DAY)
    came &= ~select(source_events.c.id).where(reported).exists()
    with db.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(inquiries).where(came)).scalar_one())


@dataclass(frozen=True, slots=True)
class Entry:
    """``answer`` is what a repeat is told."""

    entered: Entered
    answer: bytes
    also: Also | None = None


def beside(vault: Vault, entry: Entry, ids: NewId, now: datetime) -> Also:
    """Raises Refused there when another post with one of its keys was first."""

    def write(tx: Connection, admission: Admission) -> None:
        entered, practice = entry.entered, admission.book.practice
        inquiry = admission.decision.inquiry.id
        # The first key went in with the inquiry.
        file_all(tx, practice, Letter("", entry.answer), all_keys(practice, entered)[1:], now)
        if entered.chosen_at:
            tx.execute(update(inquiries).where(inquiries.c.id == inquiry).values(chosen_at=entered.chosen_at))
        agree(tx, vault, entered, admission, ids)
        ask_for_call(tx, entered, admission, ids, now)
        if entry.also:
            entry.also(tx, admission)

    return write


def ask_for_call(tx: Connection, entered: Entered, admission: Admission, ids: NewId, now: datetime) -> None:
    """What her owner owes is dialled by the worker when somebody is there: at once in open hours, else at the opening,
    or when she likes to be called. Nobody on a list has asked for that, and a test rings nobody."""
    task = admission.promise
    if task is None or task.kind != "call" or entered.is_test or entered.via.startswith(LIST):
        return
    best = entered.best
    wanted = Request(
        lead=admission.decision.lead,
        inquiry=admission.decision.inquiry.id,
        asked=Asked("form", entered.at, entered.chosen_at),
        due_at=entered.chosen_at or entered.wanted_at or (now if admission.plan.open else task.due_at),
        best=BestTime(*best) if best else None,
    )
    request(tx, wanted, ids, now)
    # The promise stays what its owner was told it is.
    tx.execute(update(tasks).where(tasks.c.id == task.id).values(kind="call"))


def all_keys(practice: str, entered: Entered) -> tuple[str, ...]:
    nonce = (nonce_key(practice, entered.nonce),) if entered.nonce else ()
    return (*entered.keys, *nonce)


def file_all(tx: Connection, practice: str, letter: Letter, keys: Iterable[str], now: datetime) -> None:
    for key in keys:
        file(tx, Letter(key, letter.answer), practice, None, now)


def agree(tx: Connection, vault: Vault, entered: Entered, admission: Admission, ids: NewId) -> None:
    """One line of the ledger for each way; it lifts no opt-out."""
    agreed = entered.agreed
    if agreed is None:
        return
    rows = []
    for way in agreed.ways:
        name = ids("co")
        rows.append(
            {
                "id": name,
                "practice_id": admission.book.practice,
                "person_id": admission.person,
                "channel": way,
                "purpose": SCOPE,
                "is_granted": True,
                "text_version": agreed.version,
                "evidence": vault.seal(consents.c.evidence, name, canonical.dumps(agreed.evidence)),
                "source": admission.decision.inquiry.id,
                "names_us": agreed.names_us,
                "at": entered.at,
            }
        )
    if rows:
        tx.execute(insert(consents), rows)
