"""The pages of the booth: the start page with the phones, and one call's story for browsers without scripts."""

from datetime import datetime
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from rehearsal.booth.cast import Part
from rehearsal.booth.door import HEADERS
from rehearsal.booth.expecting import offered
from rehearsal.booth.live import Booth
from rehearsal.legs import Leg
from rehearsal.people import HABITS
from rehearsal.transcript import Line, written
from routing.rules.book import Queue
from routing.state.call.outcomes import TALK_OUTCOMES

ROOM = Path(__file__).parent
PAGES = Environment(loader=FileSystemLoader(ROOM / "templates"), autoescape=True, undefined=StrictUndefined)
CALLERS = (
    ("", "somebody new"),
    ("+18505550142", "Pensacola, +1 850 555 0142"),
    ("+18135550143", "Tampa, +1 813 555 0143"),
    ("+18475550144", "Evanston, +1 847 555 0144"),
    ("anonymous", "number withheld"),
)
BY_THEMSELVES = MappingProxyType(
    {
        "accepts": "answers and presses 1",
        "refuses": "answers and presses 2",
        "no-answer": "lets it ring",
        "mailbox": "leaves it to a mailbox",
        "hangs-up": "hangs up in the whisper",
        "busy": "is busy",
        "failed": "cannot be reached",
    }
)
"""What a phone does by itself, by the name of the habit."""
KEYS = tuple("123456789*0#")


def spaced(number: str) -> str:
    """A North American number as people read it."""
    parts = number[:2], number[2:5], number[5:8], number[8:]
    return " ".join(parts) if number.startswith("+1") and len(number) == 12 else number


PAGES.filters["spaced"] = spaced


def start_page(booth: Booth) -> HTMLResponse:
    now = booth.stage.now()
    return _page(
        "booth.html",
        offered=offered(booth.stage.directory, now),
        practices=[(_name(booth, practice), list(parts)) for practice, parts in groupby(_parts(booth), _practice)],
        queues={practice: _queues(booth, practice) for practice, _ in booth.stage.directory.people.values()},
        callers=CALLERS,
        habits=[(habit, BY_THEMSELVES.get(habit, habit)) for habit in HABITS],
        outcomes=[(code, code.replace("_", " ")) for code in TALK_OUTCOMES],
        keys=KEYS,
        clock=_clock(booth, now),
    )


def _parts(booth: Booth) -> list[Part]:
    return list(booth.cast.parts.values())


def _practice(part: Part) -> str:
    return part.practice


def _name(booth: Booth, practice: str) -> str:
    book = booth.stage.directory.book_of(practice)
    return book.name if book else practice


def _queues(booth: Booth, practice: str) -> list[Queue]:
    book = booth.stage.directory.book_of(practice)
    return list(book.queues.values()) if book else []


def _clock(booth: Booth, now: datetime) -> str:
    books = booth.stage.directory.books
    return f"{now.astimezone(ZoneInfo(books[0].zone)):%A %H:%M}, {books[0].zone}" if books else ""


def call_page(leg: Leg, lines: list[Line], finished: bool) -> HTMLResponse:
    """Looks again every second until the call is over."""
    return _page("call.html", to=leg.to, status=leg.status, story=written(lines), finished=finished)


def _page(name: str, **shown: object) -> HTMLResponse:
    return HTMLResponse(PAGES.get_template(name).render(shown), headers=dict(HEADERS))
