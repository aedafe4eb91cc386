"""Practices and their immutable rulebook versions, and what each coordinator wants to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.candidates import Desired
from routing.state.audit import audited
from routing.state.database import Database
from routing.state.tables import desired_statuses, events, practices, rulebook_versions, tracking_numbers


class NumberTaken(ValueError):
    """A tracking number already belongs to another practice."""


@dataclass(frozen=True, slots=True)
class Version:
    practice: str
    version: int
    digest: str
    source: str
    published_at: datetime
    published_by: str


def publish(db: Database, book: Book, source: str, by: str, now: datetime) -> int:
    """The version number it got; publishing the source that is in force again changes nothing.

    :raises NumberTaken: when a tracking number is another practice's; nothing is written.
    """
    with db.writing() as tx:
        current = newest(tx, book.practice)
        if current and current.digest == book.digest:
            return current.version
        version = current.version + 1 if current else 1
        if current is None:
            row = {"id": book.practice, "name": book.name, "version": version, "created_at": now}
            tx.execute(insert(practices).values(row))
        else:
            tx.execute(update(practices).where(practices.c.id == book.practice).values(name=book.name, version=version))
        claim_numbers(tx, book.practice, book.tracking_numbers)
        row = {"version": version, "digest": book.digest, "source": source, "published_at": now, "published_by": by}
        tx.execute(
            insert(rulebook_versions),
            {
                "practice_id": book.practice,
                **row,
            },
        )
        audited(tx, book.practice, now, by, "publish", f"rulebook:{version}", after=book.digest)
        tx.execute(
            insert(events),
            {
                "practice_id": book.practice,
                "at": now,
                "topic": "rulebook",
                "subject_id": str(version),
            },
        )
        return version


def claim_numbers(tx: Connection, practice: str, numbers: Iterable[str]) -> None:
    wanted = sorted(numbers)
    taken = tx.execute(
        select(tracking_numbers.c.number, tracking_numbers.c.practice_id).where(
            tracking_numbers.c.number.in_(wanted), tracking_numbers.c.practice_id != practice
        )
    ).first()
    if taken:
        raise NumberTaken(f"{taken.number} belongs to practice {taken.practice_id}")
    tx.execute(delete(tracking_numbers).where(tracking_numbers.c.practice_id == practice))
    if wanted:
        tx.execute(insert(tracking_numbers), [{"number": number, "practice_id": practice} for number in wanted])


def newest(tx: Connection, practice: str) -> Version | None:
    found = tx.execute(
        select(rulebook_versions)
        .where(rulebook_versions.c.practice_id == practice)
        .order_by(rulebook_versions.c.version.desc())
        .limit(1)
    ).first()
    return Version(*found) if found else None


def in_force(db: Database) -> dict[str, int]:
    """Practice id to the version number in force."""
    with db.reading() as tx:
        return {row.id: row.version for row in tx.execute(select(practices.c.id, practices.c.version))}


def version(db: Database, practice: str, number: int | None = None) -> Version | None:
    """One version, the newest if no number is given; None where there is none."""
    with db.reading() as tx:
        if number is None:
            return newest(tx, practice)
        found = tx.execute(
            select(rulebook_versions).where(
                rulebook_versions.c.practice_id == practice, rulebook_versions.c.version == number
            )
        ).first()
        return Version(*found) if found else None


def desire_all(
    db: Database, practice: str, coordinators: tuple[str, ...], wanted: tuple[Desired, str], now: datetime
) -> None:
    """For those who never said what they want to be; the others keep it."""
    status, by = wanted
    with db.writing() as tx:
        said = set(
            tx.execute(
                select(desired_statuses.c.coordinator_id).where(desired_statuses.c.practice_id == practice)
            ).scalars()
        )
        fresh = [who for who in coordinators if who not in said]
        if fresh:
            row = {"practice_id": practice, "status": status, "since": now, "set_by": by}
            tx.execute(insert(desired_statuses), [{**row, "coordinator_id": who} for who in fresh])


def desire(
    db: Database, practice: str, coordinator: str, wanted: tuple[Desired, str], now: datetime
) -> Literal["changed", "unchanged"]:
    """Writes what a coordinator wants to be; ``wanted`` is the status and who set it."""
    status, by = wanted
    with db.writing() as tx:
        row = {"status": status, "since": now, "set_by": by}
        found = tx.execute(
            select(desired_statuses.c.status).where(
                desired_statuses.c.practice_id == practice, desired_statuses.c.coordinator_id == coordinator
            )
        ).scalar_one_or_none()
        if found == status != "available":
            return "unchanged"
        if found is None:
            tx.execute(
                insert(desired_statuses),
                {
                    "practice_id": practice,
                    "coordinator_id": coordinator,
                    **row,
                },
            )
        else:
            tx.execute(
                update(desired_statuses)
                .where(desired_statuses.c.practice_id == practice, desired_statuses.c.coordinator_id == coordinator)
                .values(**row)
            )
        audited(tx, practice, now, by, "availability", coordinator, before=found, after=status)
        tx.execute(
            insert(events),
            {
                "practice_id": practice,
                "at": now,
                "topic": "availability",
                "subject_id": coordinator,
            },
        )
        return "changed"
