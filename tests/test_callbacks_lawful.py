"""Callbacks at the lawful and the wanted moment: what defers one, what withdraws it, what is left to a person."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import event, select

from routing.callbacks import open_owed, sought
from routing.rules.identity import Who
from routing.rules.lawful.ledger import Via
from routing.rules.retrying import STANDARD, BestTime, Tried, cadence_of, next_call, suiting
from routing.searching import patient_search
from routing.state.callback import bars, callbacks
from routing.state.callback.callbacks import Asked, Request, request
from routing.state.lead import cases
from routing.state.lead.cases import Case, NewTask
from routing.state.lookups import underway
from routing.turns import serve_all
from tests.rooms import CHICAGO, NEW_YORK, TUESDAY, Room, opened_room

TAMPA = "+18135550163"
MARCUS = "marcus-bell"


@pytest.fixture
def room(sqlite_room_url: str, live: "redis.Redis") -> Iterator[Room]:
    with opened_room(sqlite_room_url, live) as opened:
        yield opened


def asks(
    room: Room,
    *,
    via: Via = "form",
    chosen_at: datetime | None = None,
    best: BestTime | None = None,
    wait_s: float = 0,
    contact: str = TAMPA,
) -> str:
    """She asks by a form to be called; the callback's id."""
    arrival = room.arrival(channel="form", contact=contact, tracking_number="+18505550131")
    room.receive(arrival)
    lead = str(room.row("inquiries", id=arrival.inquiry.id)["lead_id"])
    now = room.now.astimezone(UTC)
    wanted = Request(
        lead, arrival.inquiry.id, Asked(via, now, chosen_at), chosen_at or now + timedelta(seconds=wait_s), best
    )
    with room.db.writing() as tx:
        made = request(tx, wanted, room.desk.new_id, now)
    assert made
    return made


def served(room: Room) -> list[Mapping[str, object]]:
    """The dials that began in this moment."""
    bells = serve_all(room.desk, room.links, room.now)
    return [room.row("dials", id=bell.row) for bell in bells if bell.job == "dial_callback"]


def callback(room: Room) -> Mapping[str, object]:
    return room.rows("callbacks")[-1]


def test_a_request_is_dialled_at_once_and_is_the_owners_one_task(room: Room) -> None:
    made = asks(room)
    (dial,) = served(room)
    assert (dial["callback_id"], dial["shown"], dial["account"]) == (made, "+18505550131", "")
    task = room.row("tasks")
    assert (task["kind"], task["owner_id"]) == ("callback", room.row("leads")["owner_id"])
    assert dial["coordinator_id"] == task["owner_id"]
    assert served(room) == []


def test_asking_again_changes_the_time_and_makes_no_second_callback(room: Room) -> None:
    made = asks(room, wait_s=600)
    chosen = (TUESDAY + timedelta(hours=3)).astimezone(UTC)
    assert asks(room, chosen_at=chosen) == made
    assert (callback(room)["due_at"], callback(room)["chosen_at"], callback(room)["kind"]) == (chosen, chosen, "time")


def test_at_an_unlawful_hour_it_is_deferred_with_the_reason_and_not_dropped(room: Room) -> None:
    """Florida until eight in the evening, then from eight in the morning of both its zones."""
    room.now = TUESDAY.replace(hour=20, minute=30)
    asks(room)
    assert served(room) == []
    row = callback(room)
    assert (row["state"], row["code"]) == ("due", "quiet_hours")
    assert row["due_at"] == datetime(2026, 11, 18, 8, tzinfo=NEW_YORK)
    assert room.row("tasks")["state"] == "open"
    assert "callback" in {event["topic"] for event in room.rows("events")}


def test_a_time_that_she_chose_is_hers_and_never_dialled_earlier(room: Room) -> None:
    """At night as well; a coordinator is looked for two minutes before."""
    chosen = TUESDAY + timedelta(hours=3)
    asks(room, chosen_at=chosen.astimezone(UTC))
    room.now = chosen - timedelta(minutes=3)
    assert served(room) == []
    room.now = chosen - timedelta(minutes=2)
    (dial,) = served(room)
    assert dial["coordinator_id"] == room.row("leads")["owner_id"]


def test_the_daily_cap_defers(room: Room) -> None:
    made = asks(room)
    lead = str(room.row("leads")["id"])
    for minutes in (0, 20, 40):
        room.now = TUESDAY + timedelta(minutes=minutes)
        case = Case("harbor-recovery", lead, "test")
        tried = cases.Attempted(case, MARCUS, "call", "outbound", "no_answer")
        cases.record_attempt(room.db, tried, room.desk.new_id, room.now)
    room.later(minutes=5)
    assert served(room) == []
    row = room.row("callbacks", id=made)
    assert (row["state"], row["code"]) == ("due", "cap_reached")
    # A day after the first of the three, and then within the lawful hours.
    assert row["due_at"] == TUESDAY + timedelta(days=1)


def test_who_rang_and_hung_up_in_the_line_is_called_back_in_her_turn(room: Room) -> None:
    calls = [room.call(contact=f"+1813555017{number}") for number in range(2)]
    assert all(call.accept() for call in calls)
    waiting = room.call(contact=TAMPA, tracking_number="+18505550131")
    room.later(seconds=40)
    waiting.hang_up()
    assert open_owed(room.desk, room.now, 10) == 1
    room.end(calls[0])
    (dial,) = served(room)
    assert (callback(room)["state"], callback(room)["via"]) == ("dialling", "call")
    assert dial["inquiry_id"] == waiting.arrival.inquiry.id


def test_who_hung_up_at_once_may_have_misdialled_so_a_person_decides(room: Room) -> None:
    """Her task stays before the owner as ever."""
    calls = [room.call(contact=f"+1813555017{number}") for number in range(2)]
    assert all(call.accept() for call in calls)
    waiting = room.call(contact=TAMPA, tracking_number="+18505550131")
    waiting.hang_up()
    assert open_owed(room.desk, room.now, 10) == 1
    room.end(calls[0])
    assert served(room) == []
    assert (callback(room)["state"], callback(room)["code"]) == ("person", "no_consent")
    task = room.row("tasks", lead_id=waiting.lead["id"])
    assert (task["state"], task["reason"]) == ("open", "short")
    assert open_owed(room.desk, room.now, 10) == 0


@pytest.mark.parametrize(("stayed_s", "state"), [(6, "person"), (30, "dialling")])
def test_who_does_not_stay_to_hear_a_promise_has_asked_for_nothing(room: Room, stayed_s: int, state: str) -> None:
    """The row is opened while she is still on the line."""
    for who in room.book().coordinators:
        room.wish(who, "away")
    call = room.call(contact=TAMPA, tracking_number="+18505550131")
    assert room.row("inquiries")["state"] == "promised"
    assert open_owed(room.desk, room.now, 10) == 1
    room.later(seconds=stayed_s)
    call.hang_up()
    room.wish(MARCUS, "available")
    served(room)
    assert callback(room)["state"] == state
    assert room.row("tasks")["state"] == "open"


@pytest.mark.parametrize("reason", ["follow_up", "callback_chosen"])
def test_a_callback_that_somebody_wrote_down_is_no_wish_of_hers_and_waits_for_its_time(room: Room, reason: str) -> None:
    """Whoever was talked to has not asked to be called again: a person decides, on the day that was named."""
    call = room.call(contact=TAMPA, tracking_number="+18505550131")
    assert call.accept()
    room.later(minutes=5)
    room.end(call)
    due = (TUESDAY + timedelta(days=2)).astimezone(UTC)
    written = NewTask(Case("harbor-recovery", str(call.lead["id"]), "test"), "callback", reason, due)
    task = cases.add_task(room.db, written, room.desk.new_id, room.now)
    assert open_owed(room.desk, room.now, 10) == 1
    assert (callback(room)["via"], callback(room)["due_at"], callback(room)["task_id"]) == (None, due, task)
    assert served(room) == []
    room.now = TUESDAY + timedelta(days=2)
    assert served(room) == []
    assert (callback(room)["state"], callback(room)["code"]) == ("person", "no_consent")
    assert room.row("tasks", id=task)["state"] == "open"


@pytest.mark.parametrize("status", ["scheduled", "closed"])
def test_who_is_scheduled_or_closed_meanwhile_is_not_called(room: Room, status: str) -> None:
    made = asks(room, wait_s=600)
    lead = str(room.row("leads")["id"])
    case = Case("harbor-recovery", lead, "test")
    cases.record_attempt(
        room.db, cases.Attempted(case, MARCUS, "call", "inbound", "answered", 60), room.desk.new_id, room.now
    )
    cause = "not_eligible" if status == "closed" else None
    cases.set_status(room.db, case, status, cause, room.now)  # type: ignore[arg-type]
    room.later(minutes=11)
    assert bars.withdraw_unwanted(room.db, room.now, 10) == 1
    assert served(room) == []
    assert room.row("callbacks", id=made)["state"] == "withdrawn"
    assert [row for row in room.rows("tasks") if row["state"] == "open"] == []


def test_two_workers_claim_a_callback_once(room: Room) -> None:
    asks(room)
    assert len([*served(room), *served(room)]) == 1


# -- while nobody is there


def questions(room: Room) -> int:
    """To the database, in one look at the line."""
    asked: list[object] = []

    def note(*told: object) -> None:
        asked.append(told)

    event.listen(room.db.engine, "before_cursor_execute", note)
    assert served(room) == []
    event.remove(room.db.engine, "before_cursor_execute", note)
    return len(asked)


def away(room: Room) -> None:
    for who in room.book().coordinators:
        room.wish(who, "away")


def test_however_many_wait_while_nobody_is_there_a_look_costs_the_same(room: Room) -> None:
    away(room)
    asks(room)
    room.later(minutes=2)
    for_one = questions(room)
    for number in range(5):
        asks(room, contact=f"+1813555017{number}")
    assert questions(room) > for_one
    room.later(minutes=2)
    assert questions(room) == for_one
    room.wish(MARCUS, "available")
    assert len(served(room)) == 1


def test_who_asks_at_an_unlawful_hour_has_her_time_although_nobody_is_there(room: Room) -> None:
    away(room)
    room.now = room.now.replace(hour=22)
    asks(room)
    assert served(room) == []
    row = callback(room)
    assert row["code"]
    assert row["due_at"] > room.now  # type: ignore[operator]


def test_a_claim_whose_worker_died_before_it_was_written_down_is_taken_up_again(room: Room) -> None:
    """She alone is there, and live state has her claimed."""
    made = asks(room)
    away(room)
    room.wish(MARCUS, "available")
    with room.db.reading() as tx:
        row = callbacks.found(tx, made)
        at = underway(tx, str(row.inquiry_id)) if row else None
    assert at
    _, quest, _ = sought(room.desk, room.book(), at, room.now)
    found, _ = patient_search(room.desk.by, quest, room.now)
    assert found.offer
    room.later(seconds=61)
    (dial,) = served(room)
    assert (dial["reservation_id"], dial["coordinator_id"]) == (found.offer.id, MARCUS)


# -- scenario S-7b


def test_s07b_who_chose_as_soon_as_possible_is_called_at_night_and_others_in_the_morning(room: Room) -> None:
    """Sunday, 02:20 in New York: nobody on call accepts."""
    room.now = datetime(2026, 11, 22, 2, 20, tzinfo=NEW_YORK)
    chose, left = "+18505550162", "+18505550168"
    for number, reason in ((chose, "callback_chosen"), (left, "voicemail_left")):
        call = room.call(contact=number, tracking_number="+18505550131")
        while call.coordinator:
            call.missed()
        inquiry = call.arrival.inquiry.id
        with room.db.writing() as tx:
            table = room.table("tasks")
            tx.execute(table.update().where(table.c.inquiry_id == inquiry).values(reason=reason))
        call.hang_up()
        room.later(minutes=1)
    assert room.rows("tasks")[0]["due_at"] == datetime(2026, 11, 22, 2, 35, tzinfo=NEW_YORK)
    assert open_owed(room.desk, room.now, 10) == 2
    room.now = datetime(2026, 11, 22, 2, 32, tzinfo=NEW_YORK)
    for who in ("tess-okafor", "joan-whitfield"):
        if who in room.book().coordinators:
            room.wish(who, "available")
    (dial,) = served(room)
    asap, later = sorted(room.rows("callbacks"), key=lambda row: str(row["id"]))
    assert dial["callback_id"] == asap["id"]
    assert (later["state"], later["code"], later["kind"]) == ("due", "quiet_hours", "voicemail")
    assert later["due_at"] == datetime(2026, 11, 22, 9, tzinfo=NEW_YORK)


# -- scenario S-23


def test_s23_the_next_attempt_is_at_her_best_time_and_withdrawn_once_she_is_scheduled(room: Room) -> None:
    """Voicemail left Tuesday 10:10 in Chicago, best after four."""
    at = datetime(2026, 11, 17, 10, 10, tzinfo=CHICAGO)
    tried = Tried(1, at, at, "voicemail_left")
    cadence = cadence_of(room.book("lakeside-specialty").cadences.values(), "dermatology")
    due = next_call(cadence, tried, CHICAGO, BestTime(16 * 60, 24 * 60))
    assert due == at.replace(hour=16, minute=0)
    # Everything that waits for her goes with the appointment.
    asks(room, wait_s=6 * 3600)
    lead = str(room.row("leads")["id"])
    case = Case("harbor-recovery", lead, "test")
    reminder = cases.NewTask(case, "text", "voicemail_left", room.now + timedelta(hours=5))
    cases.add_task(room.db, reminder, room.desk.new_id, room.now)
    cases.record_attempt(
        room.db, cases.Attempted(case, MARCUS, "call", "inbound", "answered", 60), room.desk.new_id, room.now
    )
    cases.set_status(room.db, case, "scheduled", None, room.now)
    bars.withdraw_unwanted(room.db, room.now, 10)
    assert {row["state"] for row in room.rows("tasks")} == {"withdrawn"}
    room.later(hours=6)
    assert served(room) == []


# -- the cadence


def test_six_attempts_are_spaced_as_written_and_end() -> None:
    first = datetime(2026, 11, 17, 10, 0, tzinfo=NEW_YORK)
    at, moments = first, [first]
    for number in range(1, 7):
        due = next_call(STANDARD, Tried(number, first, at, "no_response"), NEW_YORK, None)
        if due is None:
            break
        at = due
        moments.append(due)
    assert [each - first for each in moments[:3]] == [timedelta(), timedelta(minutes=15), timedelta(hours=2)]
    # The other half of the next day, then the third and the seventh.
    assert moments[3] == datetime(2026, 11, 18, 14, 0, tzinfo=NEW_YORK)
    assert [(each - first).days for each in moments[4:]] == [3, 7]
    assert len(moments) == 6


def test_after_a_refusal_or_a_wrong_number_nobody_tries_again() -> None:
    at = datetime(2026, 11, 17, 10, 0, tzinfo=NEW_YORK)
    for outcome in ("declined", "wrong_number"):
        assert next_call(STANDARD, Tried(1, at, at, outcome), NEW_YORK, None) is None


def test_a_time_that_suits_her_begins_the_next_day_once_it_is_over() -> None:
    best = BestTime(9 * 60, 10 * 60)
    at = datetime(2026, 11, 17, 10, 0, tzinfo=NEW_YORK)
    assert suiting(at, NEW_YORK, best) == datetime(2026, 11, 18, 9, tzinfo=NEW_YORK)
    assert suiting(at.replace(hour=9, minute=59), NEW_YORK, best) == at.replace(hour=9, minute=59)
    assert suiting(at.replace(hour=3), NEW_YORK, best) == at.replace(hour=9)


# -- which number


def dialled(room: Room) -> str | None:
    with room.db.reading() as tx:
        return bars.number_of(tx, room.db.vault, tx.execute(select(room.table("callbacks"))).one())


def asks_on(room: Room, *numbers: str) -> None:
    """Ida gives these, one form after the other, and asks to be called each time."""
    for number in numbers:
        who = Who(number, "ida.berg@example.com", "Ida Berg")
        arrival = room.arrival(channel="form", tracking_number="+18505550131")
        room.receive(replace(arrival, source=replace(arrival.source, contact=None, who=who)))
        lead = str(room.row("inquiries", id=arrival.inquiry.id)["lead_id"])
        now = room.later(minutes=1).astimezone(UTC)
        with room.db.writing() as tx:
            assert request(tx, Request(lead, arrival.inquiry.id, Asked("form", now), now), room.desk.new_id, now)


def test_she_is_called_on_the_number_with_which_she_asked(room: Room) -> None:
    asks_on(room, "+18135550171")
    assert dialled(room) == "+18135550171"
    asks_on(room, "+18135550172")
    assert len(room.rows("people")) == 1
    assert dialled(room) == "+18135550172"


def test_whoever_rang_is_called_back_where_she_rang_from(room: Room) -> None:
    asks_on(room, "+18135550171", "+18135550172")
    with room.db.writing() as tx:
        tx.execute(room.table("callbacks").update().values(state="done", settled_at=room.now))
    for who in room.book().coordinators:
        room.wish(who, "away")
    room.call(contact="+18135550171")
    assert open_owed(room.desk, room.now, 10) == 1
    with room.db.reading() as tx:
        owed = tx.execute(select(room.table("callbacks")).where(room.table("callbacks").c.state == "due")).one()
        assert bars.number_of(tx, room.db.vault, owed) == "+18135550171"
