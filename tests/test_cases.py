"""What people do with a lead: taking it, moving it, trying to reach the person, promising a next step."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count, product
from threading import Barrier
from typing import get_args

import pytest
import redis

from routing.rules.calendars import Calendar
from routing.rules.response import (
    POSSIBLE,
    Direction,
    Result,
    Times,
    Way,
    is_possible,
    response_clock,
    stops_clock,
)
from routing.rules.statuses import MOVES, Cause, Standing, Status, why_not
from routing.state.lead import cases, leads, whole
from routing.state.lead.cases import (
    Attempted,
    Case,
    ImpossibleResult,
    LeadClosed,
    MoveRefused,
    NewTask,
    OptedOut,
    OwnedBy,
    Taking,
    UnknownLead,
    UnknownTask,
)
from routing.state.lead.people import OptOut, opt_out
from tests.rooms import Room, opened_room

HARBOR = "harbor-recovery"
ROUNDS = 50
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
STATUSES: tuple[Status, ...] = get_args(Status)
RINGS = count(1)


def form(room: Room, **said: str) -> Case:
    """A lead that came in by form; nobody has tried to reach the person."""
    arrival = room.arrival(channel="form", contact=f"+1727555{next(RINGS):04d}", **said)
    room.receive(arrival)
    return Case(HARBOR, str(room.row("inquiries", id=arrival.inquiry.id)["lead_id"]), "token:test")


def lead(room: Room, case: Case) -> leads.LeadLine:
    with room.db.reading() as tx:
        found = leads.line(tx, case.practice, case.lead)
    assert found
    return found


@pytest.fixture
def sqlite_room(sqlite_url: str, live: "redis.Redis") -> Iterator[Room]:
    """For tables of rules: the database makes no difference to them."""
    with opened_room(sqlite_url, live) as opened:
        yield opened


def taking(room: Room, case: Case, coordinator: str) -> Taking:
    return Taking(case, coordinator, lead(room, case).version)


def attempt(room: Room, case: Case, channel: Way = "call", result: Result = "no_answer", **more: object) -> str:
    made = Attempted(case, "keisha-rowan", channel, **{"direction": "outbound", "result": result, **more})  # type: ignore[arg-type]
    return cases.record_attempt(room.db, made, room.desk.new_id, room.now)


def reached(room: Room, **said: str) -> Case:
    case = form(room, **said)
    attempt(room, case, result="answered", talk_s=60)
    return case


def test_of_two_coordinators_who_take_a_lead_at_once_exactly_one_owns_it_and_the_other_is_told_who(room: Room) -> None:
    """S-13d."""
    rivals = ("luis-ortega", "joan-mercer")
    case = form(room, payer="commercial", level_of_care="residential")
    fresh = (f"as_race_{number}" for number in count())
    for number in range(ROUNDS):
        first, second = rivals if lead(room, case).owner not in rivals else ("dana-whitlock", "priya-nair")
        version, start = lead(room, case).version, Barrier(2)
        names = {first: next(fresh), second: next(fresh)}

        def one(
            who: str, version: int = version, start: Barrier = start, names: dict[str, str] = names
        ) -> tuple[str, str]:
            start.wait()
            try:
                cases.take(room.db, Taking(case, who, version), lambda _: names[who], room.now)
            except OwnedBy as other:
                return who, other.owner
            return who, who

        with ThreadPoolExecutor(2) as pool:
            told = dict(pool.map(one, (first, second)))
        assert set(told.values()) == {lead(room, case).owner}, number
        assert len(room.rows("assignments", lead_id=case.lead, until=None)) == 1
    history = room.rows("assignments", lead_id=case.lead)
    assert [row["reason"] for row in history].count("taken") == ROUNDS


def test_who_takes_a_lead_gets_its_tasks_and_the_history_says_from_whom(room: Room) -> None:
    case = form(room, payer="commercial", level_of_care="residential")
    before = lead(room, case)
    owner = cases.take(room.db, taking(room, case, "joan-mercer"), room.desk.new_id, room.now)
    assert owner == before.owner
    assert {row["owner_id"] for row in room.rows("tasks", lead_id=case.lead)} == {"joan-mercer"}
    newest = room.row("assignments", lead_id=case.lead, until=None)
    assert (newest["owner_id"], newest["previous_owner"], newest["made_by"]) == ("joan-mercer", owner, "token:test")
    assert room.row("audit", subject_id=case.lead)["action"] == "take"


def test_a_change_of_owner_leaves_the_response_clock_running(room: Room) -> None:
    case = form(room)
    before = lead(room, case).times
    cases.take(room.db, taking(room, case, "joan-mercer"), room.desk.new_id, room.later(minutes=3))
    assert lead(room, case).times == before


def test_taking_what_one_has_changes_nothing_even_with_an_old_version(room: Room) -> None:
    case = form(room)
    wish = taking(room, case, "joan-mercer")
    cases.take(room.db, wish, room.desk.new_id, room.now)
    after = lead(room, case)
    assert cases.take(room.db, wish, room.desk.new_id, room.now) == "joan-mercer"
    assert lead(room, case) == after


def test_a_lead_of_another_practice_is_unknown_and_stays_as_it_is(room: Room) -> None:
    case = form(room)
    foreign = Case("lakeside-specialty", case.lead, "token:other")
    with pytest.raises(UnknownLead):
        cases.take(room.db, Taking(foreign, "ines-marin", 1), room.desk.new_id, room.now)
    with pytest.raises(UnknownLead):
        cases.set_status(room.db, foreign, "closed", "spam", room.now)
    with pytest.raises(UnknownLead):
        attempt(room, foreign)
    assert lead(room, case).version == 1


@pytest.mark.parametrize(("now", "wanted"), list(product(STATUSES, STATUSES)))
def test_a_status_follows_only_those_the_table_names(now: Status, wanted: Status) -> None:
    cause: Cause = "completed" if now == "intake_completed" else "wrong_number"
    why = why_not(Standing(now, True, True), wanted, cause if wanted == "closed" else None)
    assert (why is None) == (wanted in MOVES[now])


def test_every_open_status_can_be_closed_and_closed_is_the_end() -> None:
    assert all("closed" in following for status, following in MOVES.items() if status != "closed")
    assert MOVES["closed"] == frozenset()


def test_an_open_lead_is_not_closed_without_a_cause(room: Room) -> None:
    """S-14."""
    case = form(room)
    with pytest.raises(MoveRefused, match="cause_wanted"):
        cases.set_status(room.db, case, "closed", None, room.now)
    assert lead(room, case).status == "new"


def test_nobody_is_closed_for_want_of_an_answer_who_was_never_tried(room: Room) -> None:
    """S-14."""
    case = form(room)
    with pytest.raises(MoveRefused, match="cause_unfounded"):
        cases.set_status(room.db, case, "closed", "no_response", room.now)
    attempt(room, case)
    cases.set_status(room.db, case, "closed", "no_response", room.now)
    assert (lead(room, case).status, lead(room, case).close_cause) == ("closed", "no_response")


def test_closing_withdraws_the_open_tasks_and_keeps_the_owner(room: Room) -> None:
    case = form(room)
    owner = lead(room, case).owner
    cases.set_status(room.db, case, "closed", "duplicate", room.now)
    assert {row["state"] for row in room.rows("tasks", lead_id=case.lead)} == {"withdrawn"}
    assert lead(room, case).owner == owner
    assert lead(room, case).closed_at == room.now


def test_nothing_more_is_done_with_a_closed_lead(room: Room) -> None:
    case = form(room)
    cases.set_status(room.db, case, "closed", "spam", room.now)
    with pytest.raises(LeadClosed):
        cases.take(room.db, taking(room, case, "joan-mercer"), room.desk.new_id, room.now)
    with pytest.raises(LeadClosed):
        cases.set_status(room.db, case, "contacted", None, room.now)
    with pytest.raises(LeadClosed):
        attempt(room, case)


def test_an_appointment_is_not_noted_for_somebody_who_was_never_reached(room: Room) -> None:
    case = form(room)
    attempt(room, case)
    with pytest.raises(MoveRefused, match="illegal_move") as refused:
        cases.set_status(room.db, case, "scheduled", None, room.now)
    assert refused.value.allowed == ("closed", "not_interested")


def test_a_lead_goes_from_the_first_talk_to_the_completed_intake(room: Room) -> None:
    case = reached(room)
    way: tuple[Status, ...] = ("scheduled", "showed_up", "intake_completed")
    for status in way:
        cases.set_status(room.db, case, status, None, room.now)
    cases.set_status(room.db, case, "closed", "completed", room.now)
    moves = [row["after"] for row in room.rows("audit", subject_id=case.lead) if row["action"] == "status"]
    assert moves == [*way, "closed"]


def test_a_status_that_is_set_already_is_no_second_change(room: Room) -> None:
    case = reached(room)
    cases.set_status(room.db, case, "scheduled", None, room.now)
    version = lead(room, case).version
    cases.set_status(room.db, case, "scheduled", None, room.now)
    assert lead(room, case).version == version


def every_attempt() -> Iterator[tuple[Way, Direction, Result]]:
    for way, direction in POSSIBLE:
        for result in sorted(POSSIBLE[way, direction].results):
            yield way, direction, result


@pytest.mark.parametrize(("way", "direction", "result"), list(every_attempt()))
def test_the_clock_is_stopped_by_what_reached_the_person_or_left_us_and_by_nothing_else(
    sqlite_room: Room, way: Way, direction: Direction, result: Result
) -> None:
    """Routing semantics section 13."""
    stopping = {"answered", "no_answer", "busy", "voicemail_left", "sent", "delivered"}
    assert stops_clock(way, direction, result) == (result in stopping)
    case = form(sqlite_room)
    attempt(sqlite_room, case, way, result, direction=direction)
    found = lead(sqlite_room, case)
    assert (found.first_response_at is not None) == (result in stopping)
    assert found.status == ("attempted" if result in stopping else "new")


def test_the_first_human_response_stops_the_clock_and_a_later_one_does_not_move_it(room: Room) -> None:
    case, first = form(room), room.later(minutes=4)
    attempt(room, case)
    room.later(hours=1)
    attempt(room, case, "text", "sent")
    assert lead(room, case).first_response_at == first


def test_a_result_that_no_such_attempt_can_have_is_refused(room: Room) -> None:
    case = form(room)
    assert not is_possible("chat", "outbound", "busy")
    with pytest.raises(ImpossibleResult):
        attempt(room, case, "chat", "busy")
    assert room.rows("attempts", lead_id=case.lead) == []


@pytest.mark.parametrize(("talk_s", "status"), [(9, "attempted"), (10, "contacted")])
def test_a_talk_of_ten_seconds_is_contact_and_a_shorter_one_is_an_attempt(room: Room, talk_s: int, status: str) -> None:
    case = form(room)
    room.later(minutes=2)
    attempt(room, case, result="answered", talk_s=talk_s)
    assert lead(room, case).status == status
    assert lead(room, case).first_response_at == room.now - timedelta(seconds=talk_s)


def test_a_talk_cannot_have_begun_before_the_lead_came_in(room: Room) -> None:
    case = form(room)
    came = room.now
    room.later(seconds=30)
    attempt(room, case, result="answered", talk_s=3600)
    assert lead(room, case).first_response_at == came


def test_a_reply_to_what_a_human_wrote_is_contact(room: Room) -> None:
    case = form(room)
    attempt(room, case, "text", "received", direction="inbound")
    assert lead(room, case).contacted_at is None
    attempt(room, case, "text", "sent")
    attempt(room, case, "text", "received", direction="inbound")
    assert lead(room, case).status == "contacted"


def test_an_attempt_keeps_the_promise_it_was_made_for(room: Room) -> None:
    case = form(room)
    (owed,) = room.rows("tasks", lead_id=case.lead)
    attempt(room, case, result="answered", talk_s=60, task=owed["id"])
    assert room.row("tasks", id=owed["id"])["state"] == "done"


def test_a_promise_of_another_lead_is_not_kept_and_nothing_is_written(room: Room) -> None:
    case, other = form(room), form(room)
    (owed,) = room.rows("tasks", lead_id=other.lead)
    with pytest.raises(UnknownTask):
        attempt(room, case, task=owed["id"])
    assert room.rows("attempts", lead_id=case.lead) == []
    assert room.row("tasks", id=owed["id"])["state"] == "open"


def test_a_new_task_is_the_owners_and_its_note_is_sealed(room: Room) -> None:
    case = form(room)
    wanted = NewTask(case, "call", "follow_up", room.now + timedelta(hours=2), "Prefers the afternoon")
    made = cases.add_task(room.db, wanted, room.desk.new_id, room.now)
    row = room.row("tasks", id=made)
    assert (row["owner_id"], row["state"]) == (lead(room, case).owner, "open")
    assert b"afternoon" not in bytes(row["note"])  # type: ignore[call-overload]
    with room.db.reading() as tx:
        shown = {task.id: task.note for task in whole.tasks_of(tx, room.db.vault, HARBOR, case.lead)}
    assert shown[made] == "Prefers the afternoon"


def test_nobody_is_promised_a_call_to_a_person_who_opted_out_of_calls(room: Room) -> None:
    """A-48."""
    case = form(room)
    with room.db.reading() as tx:
        number = leads.person_of(tx, room.db.vault, case.lead).numbers[0]
    with room.db.writing() as tx:
        opt_out(tx, room.db.vault, OptOut("oo_1", HARBOR, number, "call", True, "text"), room.now)
    due = room.now + timedelta(hours=1)
    for kind in ("call", "callback"):
        with pytest.raises(OptedOut):
            cases.add_task(room.db, NewTask(case, kind, "follow_up", due), room.desk.new_id, room.now)
    assert cases.add_task(room.db, NewTask(case, "text", "follow_up", due), room.desk.new_id, room.now)


def test_a_clock_is_met_breached_or_running_and_closing_does_not_hide_a_breach() -> None:
    due, calendar = NOON + timedelta(minutes=5), Calendar()

    def state(minutes: int, **more: datetime) -> str:
        return response_clock(Times(NOON, due, **more), calendar, NOON + timedelta(minutes=minutes)).state

    assert (state(4), state(5)) == ("running", "breached")
    assert state(60, first_response_at=due) == "met"
    assert state(60, first_response_at=due + timedelta(microseconds=1)) == "breached"
    assert state(60, closed_at=NOON + timedelta(minutes=1)) == "breached"


def test_business_seconds_count_open_hours_only(room: Room) -> None:
    queue = room.book().queues["admissions-commercial"]
    evening = room.now.replace(hour=19, minute=50)
    morning = evening.replace(hour=8, minute=5) + timedelta(days=1)
    clock = response_clock(Times(evening, morning, morning), queue.calendar, morning)
    assert clock.business_s == 15 * 60
    assert clock.human_s == int((morning - evening).total_seconds())
