"""Whole calls in which the talk goes to a conference: hold, a third party, a supervisor, a referral elsewhere."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rehearsal.network import CallOutcome
from rehearsal.people import CallerHabit, CoordinatorHabit
from rehearsal.rest.double import RestDouble
from rehearsal.rest.switches import Fault
from routing.rules.book import Affiliate
from tests.rooms import Room
from tests.stage import Stage
from tests.transfer_stage import MEDICAID as MEDICAID
from tests.transfer_stage import Playing, Scene, play

DETOX = "+18505550131"
STAYS = CallerHabit(talk_s=None)
CALLER = "caller"
MARCUS, PRIYA, JOAN, RIVER = "Marcus Bell", "Priya Nair", "Joan Mercer", "+13525550141"
HOLD: Mapping[str, Any] = {"coordinator": "marcus-bell"}
THIRD: Mapping[str, Any] = {**HOLD, "to": {"coordinator": "priya-nair"}, "reason": "interpreter"}
OUTSIDE: Mapping[str, Any] = {**HOLD, "to": {"number": "+13525550142"}, "reason": "interpreter"}
REFERRAL: Mapping[str, Any] = {"to": {"affiliate": "river-house"}, "mode": "cold", "reason": "no_bed"}
LISTEN: Mapping[str, Any] = {"supervisor": "joan-mercer", "mode": "listen"}

Act = Callable[[Playing], Awaitable[object]]


def ask(what: str, wish: Mapping[str, Any], expect: int = 202, code: str | None = None) -> Act:
    async def act(playing: Playing) -> None:
        told = await playing.ask(what, wish)
        assert told.status_code == expect, told.text
        assert code is None or told.json()["error"]["code"] == code, told.text

    return act


def look(into: list[Any]) -> Act:
    async def act(playing: Playing) -> None:
        into.append(await playing.look())

    return act


def seats(into: list[dict[str, tuple[bool, bool, str]]]) -> Act:
    """Who sits in the conference that goes on: muted, on hold, heard by whom alone."""

    async def act(playing: Playing) -> None:
        rooms = [room for room in playing.exchange.registry.rooms.values() if room.started]
        named = {one.leg.sid: one.leg.who for room in rooms for one in room.participants}
        into.append(
            {
                one.leg.who if one.leg.phone else CALLER: (one.muted, one.hold, named.get(one.coached, ""))
                for room in rooms
                for one in room.participants
            }
        )

    return act


def leaves(who: str) -> Act:
    async def act(playing: Playing) -> None:
        playing.leg_of(who).hang_up()

    return act


async def caller_leaves(playing: Playing) -> None:
    next(iter(playing.exchange.registry.legs.values())).hang_up()


@dataclass
class Talk:
    """Marcus takes the call at once; Keisha is away, so that she stays out of it."""

    stage: Stage
    folder: Path
    faults: list[Fault] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)
    outside: dict[str, CoordinatorHabit] = field(default_factory=dict)
    """By number; everybody else accepts."""

    @property
    def room(self) -> Room:
        return self.stage.room

    def call(self, *acts: tuple[float, Act], excused: Sequence[str] = ()) -> CallOutcome:
        """These things happen at these seconds; ``excused`` are faults that the test is about."""

        async def run(playing: Playing, scene: Scene) -> None:
            for number, habit in self.outside.items():
                playing.exchange.phones.enter(number, habit)
            for second, act in acts:
                await playing.at(second)
                await act(playing)

        def switched(double: RestDouble) -> None:
            self.double = double

        outcome, scene = play(self.stage, self.folder, run, DETOX, STAYS, switched, 6.0)
        assert [fault for fault in scene.faults if not fault.startswith(tuple(excused) or ("-",))] == []
        self.heard = scene.heard
        assert self.room.row("inquiries")["state"] == "ended"
        assert {row["state"] for row in self.room.rows("reservations")} <= SETTLED
        assert all(row["settled_at"] for name in ("conferences", "holds", "guests") for row in self.room.rows(name))
        return outcome

    def break_rest(self, *faults: Fault) -> Act:
        async def act(playing: Playing) -> None:
            self.double.switches.faults.extend(faults)

        return act

    def words(self, who: str) -> str:
        return " ".join(words for person, words in self.heard if person == who)

    def attempt(self, who: str) -> Mapping[str, Any]:
        return self.room.row("attempts", coordinator_id=who)


SETTLED = {"wrapping", "completed", "timeout", "rejected", "canceled", "rescinded"}


def begun(stage: Stage, folder: Path, *, monitoring: bool = False) -> Talk:
    """A day on which only Marcus takes calls."""
    stage.room.wish("keisha-rowan", "away")
    in_force(stage.room, monitoring=monitoring)
    return Talk(stage, folder)


def in_force(room: Room, *, monitoring: bool = False, longest_hold_s: int = 300) -> None:
    """An affiliate, and leave to listen, in this process."""
    book = room.book()
    river = Affiliate("river-house", "River House", RIVER, "joan-mercer", contract="C-17", disclosure="disclosed")
    policies = replace(book.policies, monitoring=monitoring, longest_hold_s=longest_hold_s)
    templates = {**book.templates, "disclosed": {"en": "River House is not part of us."}}
    changed = replace(
        book,
        affiliates=MappingProxyType({"river-house": river}),
        policies=policies,
        templates=MappingProxyType(templates),
    )
    room.desk.shelf._shelve(changed)
