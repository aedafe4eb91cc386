"""The migrations make what the tables say, and the code can tell whether they were run."""

from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from routing.state.database import Database, DatabaseDown, open_database, open_engine
from routing.state.migrate import migrate
from routing.state.schema import MIGRATIONS, Schema, SchemaError, check_schema, schema, wanted_revision
from routing.state.sealed import Vault
from routing.state.tables import metadata


def opened(url: str) -> Database:
    return open_database(url, Vault(b"an invented secret of thirty-two bytes or more"), wait_s=5, statement_s=10)


def test_a_migrated_database_has_exactly_the_tables_of_the_code(database_url: str) -> None:
    engine = open_engine(database_url, 5, 10)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def partial_indexes() -> set[str]:
    return {
        str(index.name)
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }


def test_every_partial_index_is_partial_and_unique_in_the_database_too(database_url: str) -> None:
    engine = open_engine(database_url, 5, 10)
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if engine.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    with engine.connect() as connection:
        made = {name: str(sql).upper() for name, sql in connection.execute(text(query))}
    engine.dispose()
    assert len(partial_indexes()) >= 6
    assert {name for name, sql in made.items() if " WHERE " in sql and " UNIQUE " in sql} == partial_indexes()


def test_both_databases_mean_the_same_by_a_partial_index() -> None:
    for table in metadata.tables.values():
        for index in table.indexes:
            ours, theirs = (index.dialect_options[name]["where"] for name in ("sqlite", "postgresql"))
            assert str(ours) == str(theirs)


def told(db: Database) -> Schema:
    with db.reading() as tx:
        return schema(tx)


def test_a_database_knows_how_far_it_was_migrated(database_url: str) -> None:
    db = opened(database_url)
    assert told(db).found == wanted_revision()
    db.engine.dispose()


def test_a_database_that_was_never_migrated_says_so(tmp_path: Path) -> None:
    db = opened(f"sqlite:///{tmp_path / 'fresh.db'}")
    assert told(db).found is None
    with pytest.raises(SchemaError, match="leadline migrate"):
        check_schema(db)
    db.engine.dispose()


def test_an_older_and_a_newer_schema_are_told_apart_from_ours(database_url: str) -> None:
    db = opened(database_url)
    for other in ("0000", "9999"):
        with db.writing() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = :other"), {"other": other})
        assert told(db).found == other != wanted_revision()
        assert other in (told(db).fault or "")
    with pytest.raises(SchemaError, match="start that version"):
        migrate(database_url)
    db.engine.dispose()


def test_tables_made_before_the_schema_was_final_are_known_and_it_is_said_what_to_do(database_url: str) -> None:
    db = opened(database_url)
    assert told(db).fault is None
    with db.writing() as tx:
        tx.execute(text("ALTER TABLE rings DROP COLUMN met_at"))
        tx.execute(text("ALTER TABLE moves ADD COLUMN once INTEGER NOT NULL DEFAULT 0"))
        # One that somebody added for himself is in nobody's way.
        tx.execute(text("ALTER TABLE leads ADD COLUMN label TEXT"))
    assert told(db).odd == ("moves.once not null", "rings.met_at")
    for start in (partial(check_schema, db), partial(migrate, database_url)):
        with pytest.raises(SchemaError, match="begin with an empty database"):
            start()
    db.engine.dispose()


def test_a_database_that_is_away_is_no_reason_not_to_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no folder' / 'fresh.db'}"
    db = opened(url)
    check_schema(db)
    db.engine.dispose()
    with pytest.raises(DatabaseDown):
        migrate(url)


def test_migrating_again_changes_nothing(database_url: str) -> None:
    db = opened(database_url)
    with db.writing() as tx:
        tx.execute(text("INSERT INTO inbox (key, at, answer) VALUES ('k', '2026-11-17 19:00:00', '')"))
    migrate(database_url)
    with db.reading() as tx:
        assert tx.execute(text("SELECT count(*) FROM inbox")).scalar_one() == 1
    assert told(db).found == wanted_revision()
    db.engine.dispose()


def test_revisions_follow_each_other_without_a_gap() -> None:
    names = sorted(path.name.split("_")[0] for path in MIGRATIONS.glob("[0-9]*_*.py"))
    assert names == [f"{number:04d}" for number in range(1, len(names) + 1)]
