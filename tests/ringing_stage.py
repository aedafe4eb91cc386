"""A house with a queue in which several phones ring for one caller, and whole calls to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from gateway.publishing import publish_file
from rehearsal.network import CallOutcome
from rehearsal.people import HABITS, CallerHabit, CoordinatorHabit
from rehearsal.rest.double import RestDouble
from rehearsal.rest.switches import Fault, RestSwitches
from routing.attendance import seen_now
from routing.pursuit import reseat
from routing.rules.asking import milliseconds
from routing.rules.receipt import replay
from tests.rooms import PRACTICES, Room, opened_room
from tests.stage import Stage, house_of, settings_of
from tests.transfer_stage import Playing, Scene, play

DETOX = "+18505550131"
MARCUS, KEISHA, PRIYA = "marcus-bell", "keisha-rowan", "priya-nair"
NAMES = {MARCUS: "Marcus Bell", KEISHA: "Keisha Rowan", PRIYA: "Priya Nair"}
EVERYBODY = (MARCUS, KEISHA, PRIYA)
QUICK, SLOW = CoordinatorHabit(answer_s=2.0), CoordinatorHabit(answer_s=8.0)


def put_in_force(room: Room, folder: Path, mode: str, members: tuple[str, ...]) -> None:
    """Harbor Recovery with a queue in which several phones ring."""
    text = (PRACTICES / "harbor-recovery.yaml").read_text()
    old = f"members: [{MARCUS}, {KEISHA}]\n  - id: general-intake"
    assert old in text
    path = folder / "harbor-recovery.yaml"
    new = f"members: [{', '.join(members)}]\n    mode: {mode}\n  - id: general-intake"
    path.write_text(text.replace(old, new))
    publish_file(room.db, path, "test", room.now)
    room.desk.shelf.refresh()
    reseat(room.desk.by, room.book(), room.now)


@dataclass
class House:
    """Calls to the detox line; whoever has no habit accepts seven seconds after the ring."""

    stage: Stage
    folder: Path
    faults: list[Fault] = field(default_factory=list)
    scene: Scene = field(default_factory=Scene)
    acts: dict[float, Callable[[Playing], None]] = field(default_factory=dict)
    switches: RestSwitches = field(default_factory=RestSwitches)
    after_s: float = 12.0

    @property
    def room(self) -> Room:
        return self.stage.room

    def opens(self, mode: str = "simultaneous", members: tuple[str, ...] = EVERYBODY) -> None:
        put_in_force(self.room, self.folder, mode, members)

    def habits(self, **habits: CoordinatorHabit | str) -> None:
        people = {"marcus": MARCUS, "keisha": KEISHA, "priya": PRIYA}
        for who, habit in habits.items():
            self.stage.habits[people[who]] = HABITS[habit] if isinstance(habit, str) else habit

    def call(self, **habit: Any) -> CallOutcome:
        async def acting(playing: Playing, scene: Scene) -> None:
            for second, act in sorted(self.acts.items()):
                await playing.at(second)
                act(playing)

        def switched(double: RestDouble) -> None:
            double.switches.faults.extend(self.faults)
            self.switches = double.switches

        # A worker has been there before the call.
        self.room.desk.by.live.set_followed("harbor-recovery", milliseconds(self.room.now))
        outcome, self.scene = play(
            self.stage, self.folder, acting, DETOX, CallerHabit(**{"talk_s": 12.0, **habit}), switched, self.after_s
        )
        assert self.scene.faults == []
        self.check()
        return outcome

    def check(self) -> None:
        """Nothing is left half done, and every decision can be replayed."""
        assert [row for row in self.room.rows("rings") if row["settled_at"] is None] == []
        assert [row for row in self.room.rows("reservations") if row["state"] == "pending"] == []
        for row in self.room.rows("decisions"):
            book = self.room.desk.shelf.version("harbor-recovery", self.room.book().version)
            assert replay(book, str(row["receipt"])) == row["receipt"]

    @property
    def inquiry(self) -> Any:
        return self.room.rows("inquiries")[-1]

    @property
    def offers(self) -> dict[Any, Any]:
        """The newest of each coordinator."""
        rows = sorted(self.room.rows("reservations"), key=lambda row: int(str(row["fence"])))
        return {row["coordinator_id"]: row["state"] for row in rows}

    @property
    def created(self) -> list[str]:
        """The numbers REST was asked to call."""
        return [dict(each.given)["To"] for each in self.switches.asked if each.path.endswith("/Calls.json")]

    def effective(self) -> dict[str, str]:
        return dict(seen_now(self.room.desk, self.room.book(), EVERYBODY, self.room.now))

    def said_to(self, who: str) -> list[str]:
        return [words for name, words in self.scene.heard if name == NAMES[who]]


@contextmanager
def opened(url: str, live: "redis.Redis", folder: Path) -> Iterator[House]:
    with opened_room(url, live) as room:
        yield House(Stage(room, house_of(room, settings_of(folder))), folder)
