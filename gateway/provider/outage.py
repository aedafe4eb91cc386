"""While the rows cannot be written: the webhook goes to the spool, and comes from there when they can be again."""

import contextlib
from functools import partial

import anyio
from anyio import to_thread

from gateway.counts import COUNTS
from gateway.house import House
from gateway.landing.entry import FORM, form_again, keys_of
from gateway.sources.delivery import SOURCE, source_again
from routing.rulebook.findings import PracticeFileError
from routing.state.database import DatabaseDown
from routing.state.spool import Lost, Replayed, SpoolDown, Verdict
from sms import lateness
from voice.lateness import made_good

SPOOL_BUDGET_S = 0.1
LOOK_EVERY_S = 1.0


def degraded(house: House, error: Exception) -> None:
    house.log.error("degraded", error=type(error).__name__)
    COUNTS.degraded(error)


def fallback_numbers(house: House, called: str) -> tuple[str, ...]:
    """The practice's own, or the deployment's."""
    book = house.desk.shelf.by_number(called)
    own = book.policies.fallback_numbers if book else ()
    deployment = (house.settings.fallback_number,) if house.settings.fallback_number else ()
    return own or deployment


async def keep(house: House, lost: Lost, budget_s: float = SPOOL_BUDGET_S) -> bool:
    """On disk when it returns True; else the alarm is raised, and the caller hears the same."""
    try:
        with anyio.fail_after(budget_s):
            await to_thread.run_sync(house.spool.append, lost, abandon_on_cancel=True)
        COUNTS.spooled.inc()
        return True
    except (SpoolDown, TimeoutError) as error:
        COUNTS.spool_down.inc()
        house.log.critical("spool_down", error=type(error).__name__, inquiry=lost.inquiry)
        return False


async def keep_spool(house: House) -> None:
    """Once a second while there is something in it, what the last process left behind included."""
    while True:
        await anyio.sleep(LOOK_EVERY_S)
        await to_thread.run_sync(emptied, house, abandon_on_cancel=True)


def emptied(house: House) -> Replayed:
    """Asks the database only when something waits for it."""
    if house.spool.is_empty():
        return Replayed()
    try:
        with contextlib.suppress(PracticeFileError):
            house.desk.shelf.refresh()
        told = house.spool.replay(partial(settled, house))
    except DatabaseDown:
        return Replayed()
    except (SpoolDown, OSError) as error:
        COUNTS.spool_down.inc()
        house.log.critical("spool_down", error=type(error).__name__)
        return Replayed()
    if told:
        COUNTS.replayed.inc(told.done)
        house.log.warning("spool_replayed", count=told.done)
    return told


def settled(house: House, lost: Lost) -> Verdict:
    """One webhook that never fits must not hold up the others: it is set aside, and somebody is told."""
    try:
        if lost.what == FORM:
            return form_again(house.reception, keys_of(house.settings), lost)
        if lost.what == SOURCE:
            return source_again(house.desk, house.settings, lost)
        if lost.what in lateness.AGAIN:
            return lateness.made_good(house.reception, lost)
        return made_good(house.board, lost, house.now())
    except DatabaseDown:
        raise
    except Exception as error:
        COUNTS.set_aside.inc()
        house.log.critical("spool_set_aside", error=type(error).__name__, inquiry=lost.inquiry)
        return "aside"
