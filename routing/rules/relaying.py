"""Two-way by a coordinator's own phone: thread codes, and what her text asks of us."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from routing.rules.book import Book, Coordinator
from routing.rules.hours import verdict
from routing.rules.wording.folding import folded
from routing.rules.wording.opt_out import QUOTED

LETTERS = "ABCDEFGHJKMNPRSTWXY"
"""Without those that are read as a digit or as another letter."""
STEP, DIGITS = 7, 8
CODE = re.compile(r"[\s#(]*([A-Z][0-9]{1,4})(?!\w)(?:[:;)]+|[.,-]+(?!\d)|\s+[:;.,-]+(?=\s|$))?\s*", re.IGNORECASE)
"""With the marks that set it off; those that belong to a number or a face after it stay."""
STOP = frozenset({"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"})
START = frozenset({"start", "unstop"})
"""The provider's own words (twilio facts section 4); its YES is an answer here."""
RECENT = timedelta(hours=24)
"""Words without a code answer a thread that was relayed within this time."""
READING = timedelta(seconds=10)
"""Nobody has read of a thread so soon: such words were meant for another, or a phone wrote them by itself (F61)."""

Why = Literal["words", "stop", "start", "help", "empty", "picture", "reaction", "unclear"]


def code_of(number: int) -> str:
    """The code of a coordinator's nth thread, from 0. No number has that of another, and of eight in a row no two
    share a letter or a digit, so that a slip of the finger names none of the others."""
    block, at = divmod(number, len(LETTERS) * DIGITS)
    return f"{LETTERS[at * STEP % len(LETTERS)]}{at % DIGITS + 2}{block or ''}"


def number_in(code: str) -> int | None:
    """None for what is no code of ours."""
    block = len(LETTERS) * DIGITS
    at = next((each for each in range(block) if code_of(each) == code[:2]), 0)
    number = int(code[2:] or 0) * block + at
    return number if code_of(number) == code else None


def wants(who: Coordinator, now: datetime) -> bool:
    """By the file: she has it, and is on shift. Whether she is available is for the rows to say."""
    return who.text_relay and (who.shifts is None or verdict(who.shifts, now).open)


def whose_phone(book: Book, number: str | None) -> tuple[Coordinator, ...]:
    """Who of the practice has this phone; those whose threads are relayed to it first."""
    mine = (each for each in book.coordinators.values() if each.phone == number)
    return tuple(sorted(mine, key=lambda each: not each.text_relay))


def sender(book: Book) -> str | None:
    """Always the same number, so that all her threads stand under one name on her phone."""
    return next((each.number for each in book.tracking_numbers.values() if each.texts), None)


@dataclass(frozen=True, slots=True)
class Said:
    """What a coordinator's own text asks of us. ``code`` is as we write it; None where she named none."""

    why: Why
    code: str | None = None
    words: str = field(default="", repr=False)


def said(body: str, opt_out_type: str = "", *, pictures: bool = False, ended: bool = False) -> Said:
    """``ended``: she has stopped the relay. Then START is a wish; else only where it is all she wrote."""
    whole = folded(body)
    if opt_out_type == "STOP" or whole in STOP:
        return Said("stop")
    if whole in START or (opt_out_type == "START" and ended):
        return Said("start")
    if whole == "help" or opt_out_type == "HELP":
        return Said("help")
    if QUOTED.match(body):
        return Said("reaction")
    if pictures:
        return Said("picture")
    found = CODE.match(body)
    words = body[found.end() :].strip() if found else body.strip()
    return Said("words" if words else "empty", found.group(1).upper() if found else None, words)


def meant(recent: Mapping[str, datetime], now: datetime) -> str | None:
    """The thread that words without a code answer: the only one there is, if she can have read of it. Else she is
    asked, and nothing is guessed. ``recent``: code to when it was relayed."""
    is_read = all(now - at >= READING for at in recent.values())
    return next(iter(recent)) if len(recent) == 1 and is_read else None
