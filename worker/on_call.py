"""Up the rota: a call owed at night that nobody tried in time goes to the next rung, at last to the manager."""

from datetime import datetime, timedelta

from routing.desk import Desk, count_load
from routing.rules.book import Book
from routing.state.callback.escalations import Escalation, Unattempted, escalate, unattempted
from worker.clock import AT_ONCE, Kind


def on_call_unattempted(desk: Desk, now: datetime) -> int:
    """Runs on calendar time, whatever hours a person may lawfully be dialled in (S-7)."""
    moved = 0
    for late in unattempted(desk.db, now, AT_ONCE):
        book = desk.shelf.book(late.practice)
        made = next_rung(book, late, now) if book else None
        if made and escalate(desk.db, made, desk.new_id, now):
            moved += 1
            for owner in (late.owner, made.to):
                count_load(desk, late.practice, owner, now)
    return moved


def next_rung(book: Book, late: Unattempted, now: datetime) -> Escalation | None:
    """None for an owner who is no rung of any rota: the ladder has ended, or somebody took the lead."""
    rota = next((rota for rota in book.rotas.values() if late.owner in rota.rungs), None)
    if rota is None:
        return None
    ladder = tuple(dict.fromkeys((*rota.rungs, book.manager)))
    at = ladder.index(late.owner) + 1
    return Escalation(late, ladder[at], now + timedelta(seconds=rota.target_s)) if at < len(ladder) else None


def on_call_kinds() -> dict[str, Kind]:
    return {"on_call": Kind(on_call_unattempted, "calls owed by somebody on call who did not try in time")}
