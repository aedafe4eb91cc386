"""Brings a database to the newest schema. Apart from the rest, because Alembic is slow to import."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from routing.state.database import open_engine


def migrate(url: str, revision: str = "head") -> None:
    """To ``revision``, up or down is decided by the caller's word ``head`` or a revision id; safe to run again."""
    engine = open_engine(url, wait_s=30, statement_s=600)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
