"""Whether the database's tables are those of the code. A process on others would give every caller the static words and
not say why, so none is started (F16)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from routing.state.database import Database, DatabaseDown
from routing.state.tables import metadata

MIGRATIONS = Path(__file__).with_name("migrations") / "versions"
NEEDED = " not null"
AT_MOST = 3
"""So many are named."""


@dataclass(frozen=True, slots=True)
class Schema:
    """``found`` is the newest migration that was run, None where none was; ``wanted`` the newest this code knows.
    ``odd`` are the columns that only one of the two has, or of which only one takes no value for an answer; but for
    further ones that ask for none, which are in nobody's way."""

    found: str | None
    wanted: str
    odd: tuple[str, ...] = ()

    @property
    def is_newer(self) -> bool:
        return self.found is not None and self.found > self.wanted

    @property
    def fault(self) -> str | None:
        """What is wrong and what to do, in one line; None where nothing is."""
        if self.is_newer:
            return f"schema {self.found} is of a newer version, this code wants {self.wanted}: start that version"
        if self.found != self.wanted:
            return f"schema {self.found or 'missing'}, this code wants {self.wanted}: run `leadline migrate`"
        if self.odd:
            more = f" and {len(self.odd) - AT_MOST} more" if len(self.odd) > AT_MOST else ""
            which = ", ".join(self.odd[:AT_MOST])
            return (
                f"the tables were made before schema {self.wanted} was final and cannot be brought up to date ({which}"
                f"{more}): begin with an empty database; a demo's is in its data folder, which may be deleted"
            )
        return None


class SchemaError(RuntimeError):
    """The text says what to do."""


def check_schema(db: Database) -> None:
    """:raises SchemaError: where nothing can be written. A database that is away may be sound: callers are to hear the
    static words meanwhile, so that is no reason not to start."""
    with suppress(DatabaseDown), db.reading() as tx:
        refuse_others(tx)


def refuse_others(tx: Connection) -> None:
    """:raises SchemaError:"""
    refuse(schema(tx))


def refuse_newer(tx: Connection) -> None:
    """:raises SchemaError: where there is no way back."""
    at = Schema(found_revision(tx), wanted_revision())
    if at.is_newer:
        refuse(at)


def refuse(at: Schema) -> None:
    if at.fault:
        raise SchemaError(f"the database cannot be used: {at.fault}")


def schema(tx: Connection) -> Schema:
    found, wanted = found_revision(tx), wanted_revision()
    if found != wanted:
        return Schema(found, wanted)
    ours, theirs = columns_of_code(), frozenset(columns_found(tx))
    needed = {column for column in theirs - ours if column.endswith(NEEDED)}
    return Schema(found, wanted, tuple(sorted((ours - theirs) | needed)))


def columns_of_code() -> frozenset[str]:
    every = (column for table in metadata.tables.values() for column in table.columns)
    return frozenset(named(column.table.name, column.name, is_needed=not column.nullable) for column in every)


def columns_found(tx: Connection) -> Iterator[str]:
    for (_, table), columns in inspect(tx).get_multi_columns().items():
        if table in metadata.tables:
            yield from (named(table, column["name"], is_needed=not column["nullable"]) for column in columns)


def named(table: str, column: str, *, is_needed: bool) -> str:
    return f"{table}.{column}{NEEDED if is_needed else ''}"


def wanted_revision() -> str:
    """The newest migration this code knows; file names begin with their revision."""
    return max(path.name.split("_")[0] for path in MIGRATIONS.glob("[0-9]*_*.py"))


def found_revision(tx: Connection) -> str | None:
    """None where the database was never migrated."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
