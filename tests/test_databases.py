"""The databases under the other tests."""

from sqlalchemy import inspect, text

from routing.state.database import open_engine


def test_every_test_gets_a_migrated_database_of_its_own(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        assert inspect(connection).has_table("alembic_version")
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
    engine.dispose()


def test_what_another_test_wrote_is_not_there(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert not inspect(connection).has_table("mine")
    engine.dispose()
