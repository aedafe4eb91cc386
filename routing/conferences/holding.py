"""Hold and resume: the caller hears music and words until whoever put her there, or the longest time, ends it."""

from datetime import datetime, timedelta

from routing.conferences.opening import Asker, Talk, opening, talk_of
from routing.desk import Desk
from routing.rules.transfer_targets import TransferRefused
from routing.state.call.moves import Move
from routing.state.conference import holds
from routing.state.conference.conferences import Written
from routing.state.conference.holds import HoldAsked
from routing.state.database import Refused


def hold(asker: Asker, call: str, who: str) -> Written:
    """``who`` has the caller.

    :raises UnknownCall: TransferRefused ``on_hold`` for a second one; ``not_live`` when the talk has just ended.
    """
    talk = talk_of(asker, call, who)
    try:
        return holds.ask(asker.desk.db, asking(asker, talk), asker.now)
    except Refused:
        with asker.desk.db.reading() as tx:
            is_held = holds.current(tx, call) is not None
        raise TransferRefused("on_hold" if is_held else "not_live") from None


def asking(asker: Asker, talk: Talk) -> HoldAsked:
    longest = timedelta(seconds=asker.book.policies.longest_hold_s)
    return HoldAsked(asker.desk.new_id("hd"), opening(asker, talk), talk.coordinator, asker.by, longest)


def resume(asker: Asker, call: str, who: str) -> Written:
    """:raises UnknownCall: TransferRefused ``not_on_hold`` when she hears no music, or is being taken back already."""
    talk = talk_of(asker, call, who)
    with asker.desk.db.writing() as tx:
        row = holds.current(tx, call)
        if row is None or row.state == "resuming":
            raise TransferRefused("not_on_hold")
        back = taking_back(asker.desk, talk.call.practice, call, asker.now)
        return holds.resume(tx, row, back, "resumed", asker.now)


def taking_back(desk: Desk, practice: str, inquiry: str, now: datetime) -> Move:
    """The call's sid and conference are those of the hold."""
    return Move(desk.new_id("mv"), practice, inquiry, "", "", "", "resume", now)
