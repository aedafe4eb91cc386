"""Both invented practices many times over, so that every call of a volley finds somebody free.

An offer holds its coordinator for 40 seconds, and a practice has three people whom a call to its numbers may ring.
"""

import re
from pathlib import Path

from tests.rooms import PRACTICES

AREA_CODES = (
    *("201", "202", "203", "205", "206", "207", "208", "209", "210", "212"),
    *("213", "214", "215", "216", "217", "218", "219", "224", "225", "228"),
)
"""One for each copy: fictitious numbers are those from 555-0100 to 555-0199 of any of them."""
NUMBERS = {
    "harbor-recovery": ("+18505550131", "+18135550132", "+19045550133"),
    "lakeside-specialty": ("+18475550121", "+16305550122", "+12625550123"),
}
"""Called once in each volley; at this hour each of them finds a coordinator of its own."""


def write_copies(folder: Path) -> tuple[str, ...]:
    """Practice files into ``folder``; the numbers to call. Only ids, tracking numbers, caps and what is
    too many forms differ."""
    folder.mkdir()
    called = []
    for name, numbers in NUMBERS.items():
        text = (PRACTICES / f"{name}.yaml").read_text()
        for area_code in AREA_CODES:
            (folder / f"{name}-{area_code}.yaml").write_text(copied(text, name, area_code))
            called += [moved(number, area_code) for number in numbers]
    return tuple(called)


def copied(text: str, name: str, area_code: str) -> str:
    renamed = text.replace(f"id: {name}\n", f"id: {name}-{area_code}\n", 1)
    numbers = re.compile(r'(- \{number: |^  number: )"(\+\d+)"', re.MULTILINE)
    renumbered = numbers.sub(lambda found: f'{found[1]}"{moved(found[2], area_code)}"', renamed)
    many = re.sub(r"^policies:\n", "policies:\n  forms_per_minute: 100000\n", renumbered, flags=re.MULTILINE)
    return re.sub(r'(    phone: "\+\d+"\n)', r"\1    cap: 1000\n", many)


def moved(number: str, area_code: str) -> str:
    return f"+1{area_code}{number[5:]}"
