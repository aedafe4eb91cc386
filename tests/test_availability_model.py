"""Whatever happens in whatever order, the live state is what a few lines of plain Python say it is."""

from dataclasses import dataclass, field, replace

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from routing.rules.candidates import Effective
from routing.rules.orderings import Advance, Preference
from routing.state.live.availability import BRAKE_MS, OFFER_MS, TURN_KEPT_MS, Availability
from routing.state.live.claims import Claimed, Ending, Held, Offer
from routing.state.live.connection import Breaker
from tests.small_practice import START, available, book, look, queue

TEAM = ["marcus", "keisha"]
BOTH = book(queue("turns", TEAM, "round_robin"), queue("idle", TEAM))
WHO = st.sampled_from(TEAM)
WRAP_MS = 120_000
ENDING = st.sampled_from(["missed", "done", "rejected", "returned"])
RECENT = st.sampled_from([0, 0, 0, 1, 2])
"""The last claim mostly; sometimes one that is long over."""


@dataclass
class Person:
    """One coordinator as the rules of section 7 and 8 have it."""

    idle_since: int
    turns: dict[str, int]
    desired: str = "available"
    work: str = ""
    until: int = 0
    fence: int = 0
    accepted: int = 0
    misses: int = 0
    braked: int = 0
    away_since: int = 0
    took: tuple[str, int] | None = None

    def working(self, now: int) -> bool:
        return self.work == "busy" or (self.work != "" and self.until > now)

    def effective(self, now: int) -> str:
        if self.working(now):
            return self.work
        if self.desired != "available":
            return self.desired
        return "away" if self.misses >= 2 else "free"

    def in_free_list(self, now: int) -> bool:
        return self.effective(now) == "free" and self.braked <= now


@dataclass
class Made:
    """A claim as it was answered."""

    offer: Offer
    claimed: Claimed
    turn: bool = field(default=False)


class LiveState(RuleBasedStateMachine):
    live: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.live.flushall()
        self.availability = Availability(self.live, Breaker(lambda: 0.0))
        self.availability.seat(BOTH, available(BOTH), 0, START)
        self.now = START
        self.fence = int(str(self.live.get("leadline:{harbor}:fence")))
        self.step = 0
        self.made: list[Made] = []
        self.people = {
            seat.coordinator: Person(seat.idle_since_ms, {"turns": place, "idle": place})
            for place, seat in enumerate(available(BOTH), start=1)
        }

    @rule(ms=st.sampled_from([1, BRAKE_MS, OFFER_MS, WRAP_MS, TURN_KEPT_MS]))
    def time_passes(self, ms: int) -> None:
        """Offers, wrap-ups and brakes expire by nothing else."""
        self.now += ms

    @rule(who=WHO)
    def come_free(self, who: str) -> None:
        person = self.people[who]
        work = self.availability.come_free("harbor", who, self.now)
        assert work == (person.work if person.working(self.now) else "")
        if person.desired == "available" and person.misses < 2:
            return
        if person.away_since and self.now - person.away_since > TURN_KEPT_MS:
            for each in person.turns:
                person.turns[each] = self.next_fence()
        person.desired, person.misses, person.braked, person.idle_since = "available", 0, 0, self.now

    @rule(who=WHO, desired=st.sampled_from(["away", "offline"]))
    def step_away(self, who: str, desired: str) -> None:
        person = self.people[who]
        pending = self.availability.step_away("harbor", who, desired, self.now)  # type: ignore[arg-type]
        assert (pending.fence if pending else None) == (person.fence if person.work == "offered" else None)
        if person.desired == "available":
            person.away_since = self.now
        person.desired = desired

    @rule(order=st.permutations(TEAM), queue_id=st.sampled_from(["turns", "idle"]))
    def claim(self, order: list[str], queue_id: str) -> None:
        """Nobody checks eligibility below the rules, so anyone without work may be claimed (a rota does)."""
        self.step += 1
        advance = Advance("last" if queue_id == "turns" else "none")
        offer = Offer("harbor", queue_id, "iq_1", self.step, f"rs_{self.step}")
        seen = self.availability.snapshot(BOTH, queue_id, look(self.now)).candidates
        claimed = self.availability.claim(offer, Preference(tuple(order), {}, advance), seen, self.now)
        first = next((each for each in order if not self.people[each].working(self.now)), None)
        assert (claimed.coordinator if claimed else None) == first
        if claimed is None or first is None:
            return
        person = self.people[first]
        assert claimed.fence == self.next_fence()
        assert claimed.reservation == offer.reservation
        assert (claimed.settled is not None) == (person.work == "offered")
        person.took = None
        if queue_id == "turns":
            person.took = ("turns", person.turns["turns"])
            person.turns["turns"] = claimed.fence
        person.work, person.until, person.fence = "offered", self.now + OFFER_MS, claimed.fence
        self.made.append(Made(offer, claimed))

    @rule(order=st.permutations(TEAM), queue_id=st.sampled_from(["turns", "idle"]), ending=ENDING, talk=st.booleans())
    def ring(self, order: list[str], queue_id: str, ending: Ending, talk: bool) -> None:
        """An offer to its end, so that the rarer states are reached often."""
        before = len(self.made)
        self.claim(order, queue_id)
        if len(self.made) > before:
            if talk:
                self.accept(0)
            self.release(0, ending)

    @rule(which=st.integers(0, 50), order=st.permutations(TEAM))
    def repeat_a_claim(self, which: int, order: list[str]) -> None:
        if not self.made:
            return
        made = self.made[which % len(self.made)]
        seen = self.availability.snapshot(BOTH, made.offer.queue, look(self.now)).candidates
        again = self.availability.claim(made.offer, Preference(tuple(order), {}, Advance("last")), seen, self.now)
        assert again == made.claimed

    @rule(which=RECENT)
    def accept(self, which: int) -> None:
        for held, person in self.holding(which):
            accepted = self.availability.accept(held, "call", "UTC", self.now)
            if held.fence == person.accepted:
                assert accepted
                continue
            assert accepted == (person.fence == held.fence and person.work == "offered")
            if accepted:
                person.work, person.until, person.misses, person.accepted = "busy", 0, 0, held.fence

    @rule(which=RECENT, ending=ENDING)
    def release(self, which: int, ending: Ending) -> None:
        for held, person in self.holding(which):
            misses = self.availability.release(held, ending, self.now)
            if person.fence != held.fence or not person.work:
                assert misses is None
                continue
            if ending != "returned":
                wrapped = person.work == "wrapping"
                person.idle_since = min(self.now, person.idle_since) if wrapped else self.now
                person.misses = person.misses + 1 if ending == "missed" else 0
            elif person.took and person.turns[person.took[0]] == person.fence:
                person.turns[person.took[0]] = person.took[1]
            if ending == "missed":
                person.braked = self.now + BRAKE_MS
                person.away_since = self.now if person.misses == 2 else person.away_since
            person.work, person.until = "", 0
            assert misses == person.misses

    @rule(which=RECENT)
    def wrap_up(self, which: int) -> None:
        for held, person in self.holding(which):
            wrapping = self.availability.wrap_up(held, self.now + WRAP_MS, self.now)
            assert wrapping == (person.fence == held.fence and person.work in ("busy", "wrapping"))
            if wrapping and person.work == "busy":
                person.work, person.until, person.idle_since = "wrapping", self.now + WRAP_MS, self.now + WRAP_MS

    def holding(self, back: int) -> list[tuple[Held, Person]]:
        """The claim so many before the last."""
        if back >= len(self.made):
            return []
        claimed = self.made[-1 - back].claimed
        return [(Held("harbor", claimed.coordinator, claimed.fence), self.people[claimed.coordinator])]

    def next_fence(self) -> int:
        self.fence += 1
        return self.fence

    @invariant()
    def every_look_agrees(self) -> None:
        for candidate in self.availability.snapshot(BOTH, "turns", look(self.now)).candidates:
            person = self.people[candidate.id]
            expected: Effective = person.effective(self.now)  # type: ignore[assignment]
            assert candidate == replace(
                candidate,
                desired=person.desired,  # type: ignore[arg-type]
                effective=expected,
                braked_until_ms=person.braked,
                idle_since_ms=person.idle_since,
                turn=person.turns["turns"],
            )

    @invariant()
    def the_free_lists_hold_exactly_the_free_in_order(self) -> None:
        free = {who: person for who, person in self.people.items() if person.in_free_list(self.now)}
        there = sum(person.desired == "available" and person.misses < 2 for person in self.people.values())
        turns = sorted(free, key=lambda who: free[who].turns["turns"])
        idle = sorted(free, key=lambda who: (free[who].idle_since, who))
        assert self.availability.shortlist("harbor", "turns", 0, self.now) == (len(free), there, turns)
        assert self.availability.shortlist("harbor", "idle", 0, self.now) == (len(free), there, idle)


def test_any_sequence_of_verbs_leaves_what_the_model_says(live: redis.Redis) -> None:
    class OnThisServer(LiveState):
        pass

    OnThisServer.live = live
    run_state_machine_as_test(
        OnThisServer,
        settings=settings(
            max_examples=120,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
