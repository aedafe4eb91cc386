"""1,000 rounds of eight threads that claim texts and opt out at once, on SQLite and on PostgreSQL.

Run it as ``python -m tests.bench.optouts``, perhaps with ``--rounds`` or ``--database``. After the commit of an opt-out
nothing may be claimed, and no claim from before it may be posted. It ends with 1 after any violation.
"""

import sys
from pathlib import Path

from tests.bench.kit.rounds import run
from tests.opt_out_race import race
from tests.rooms import Room
from tests.stage import house_of, settings_of
from tests.text_stage import TextStage


def prepare(room: Room, folder: Path) -> None:
    TextStage(room, house_of(room, settings_of(folder))).text("hello")


if __name__ == "__main__":
    sys.exit(run("tests.bench.optouts", sys.argv[1:], prepare, race))
