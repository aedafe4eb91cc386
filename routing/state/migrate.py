"""Brings a database to the newest schema. Apart from the rest, because Alembic is slow to import."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from routing.state.database import open_engine, reported
from routing.state.schema import refuse_newer, refuse_others


def migrate(url: str, revision: str = "head") -> None:
    """To ``revision``, up or down is decided by the caller's word ``head`` or a revision id; safe to run again.

    :raises SchemaError: where the tables are not those of the code even so. :raises DatabaseDown: nothing was changed.
    """
    engine = open_engine(url, wait_s=30, statement_s=600)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    try:
        with reported(), engine.begin() as connection:
            if revision == "head":
                refuse_newer(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if revision == "head":
                refuse_others(connection)
    finally:
        engine.dispose()
