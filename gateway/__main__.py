"""The gateway process: ``python -m gateway``."""

import os
import sys

import uvicorn

from gateway.app import app
from gateway.house import House, credentials_of, limiter_of
from gateway.keeping.demo import demo_token
from gateway.logs import open_log, take_over_libraries
from gateway.publishing import everybody_available, publish_folder
from routing.links import Links
from routing.now import ClockError, ProcessClock, open_clock
from routing.opening import open_desk
from routing.rulebook.findings import PracticeFileError
from routing.settings import Settings, SettingsError, read
from routing.state.database import DatabaseDown
from routing.state.practice.practices import NumberTaken
from routing.state.practice.tokens import Token, find, store
from routing.state.schema import SchemaError, check_schema
from routing.state.spool import Spool
from voice.switchboard import Switchboard

DRAIN_S = 20
LONGEST_FRAME = 16 * 1024
"""In bytes; the limits of the door come below it and are told. Compression would cost memory for each open chat."""


def main() -> int:
    try:
        settings = read(os.environ)
        house = open_gateway(settings, open_clock(settings))
        check_schema(house.desk.db)
    except SettingsError as wrong:
        sys.stderr.writelines(f"leadline: {problem}\n" for problem in wrong.problems)
        return 2
    except (ClockError, SchemaError) as wrong:
        sys.stderr.write(f"leadline: {wrong}\n")
        return 2
    try:
        publish_practices(house)
    except (PracticeFileError, NumberTaken, DatabaseDown) as wrong:
        # The last good versions stay in force; what is wrong stands in the log and in ``readyz``.
        sys.stderr.write(f"leadline: practices not published: {wrong}\n")
    uvicorn.run(
        app(house),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_S,
        ws="websockets-sansio",
        ws_max_size=LONGEST_FRAME,
        ws_per_message_deflate=False,
    )
    return 0


def open_gateway(settings: Settings, clock: ProcessClock) -> House:
    log = open_log(sys.stderr, clock.real)
    take_over_libraries(log)
    desk = open_desk(settings)
    board = Switchboard(desk, Links(settings.public_url, desk.db.vault), settings.twilio_accounts)
    spool = Spool(settings.data_dir / "spool", desk.db.vault, desk.new_id)
    return House(settings, desk, board, credentials_of(settings), clock.now, log, limiter_of(settings), spool)


def publish_practices(house: House) -> None:
    """The files of ``LEADLINE_PRACTICES``; in the demo everybody is available as well."""
    if house.settings.practices is None:
        return
    now = house.now()
    for done in publish_folder(house.desk.db, house.settings.practices, "start", now):
        if house.settings.environment == "demo":
            everybody_available(house.desk.db, done.book, now)
            token_for_demo(house, done.practice)


def token_for_demo(house: House, practice: str) -> None:
    minted = demo_token(house.settings.secret_key, practice)
    if find(house.desk.db, minted.id) is None:
        store(house.desk.db, Token(minted.id, practice, minted.digest, ("admin",), "demo", house.now()), "demo")


if __name__ == "__main__":
    sys.exit(main())
