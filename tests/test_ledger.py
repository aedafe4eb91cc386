"""Every verb of the ledger, once, twice and in the wrong order; and every unique index that carries an invariant."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from routing import connection, desk
from routing.going_on import Missed, next_turn
from routing.rules.identity import Who
from routing.rules.receipt import digest, replay
from routing.rules.values import Person
from routing.state import admissions
from routing.state.admissions import Admission
from routing.state.call import offers, talks
from routing.state.call.offers import Acceptance, Turn
from routing.state.call.talks import Departure, Talk
from routing.state.database import Refused
from routing.state.inbox import Letter, answered
from routing.state.lead.people import Known, Newcomer, known, welcome
from routing.state.ledger import Assignment, Promise, Settled, announce, assign, hand_over, promise
from routing.state.lookups import underway
from routing.state.tables import attempts, leads, metadata, reservations, tasks
from tests.rooms import Call, Room

Rows = dict[str, list[str]]


def written(room: Room) -> Rows:
    return {name: sorted(str(row) for row in room.rows(name)) for name in metadata.tables}


def grown(room: Room, before: Rows) -> dict[str, int]:
    """How many rows each table has gained; unchanged ones are absent."""
    counts = {name: len(rows) - len(before[name]) for name, rows in written(room).items()}
    return {name: count for name, count in counts.items() if count}


def refused(room: Room, verb: Callable[[], object]) -> None:
    """Refused, and nothing at all was written."""
    before = written(room)
    with pytest.raises(Refused):
        verb()
    assert written(room) == before


def stranger(room: Room, **said: str | None) -> Admission:
    """What would be written about a caller whom nobody knows."""
    return wanted(room, Known(Person()), **said)


def wanted(room: Room, who: Known, **said: str | None) -> Admission:
    arrival = room.arrival(**said)  # type: ignore[arg-type]
    return desk.admitted(room.desk, arrival, who, lambda reply: b"the answer", 0, room.now)


def admit(room: Room, new: Admission) -> Admission:
    admissions.admit(room.db, new, room.desk.new_id, room.now)
    return new


def said(new: Admission, word: str = "accept", step: int = 0) -> Acceptance:
    return Acceptance(new.decision.inquiry.id, step, "CA" + "9" * 32, Letter(f"{word}:{new.letter.key}:{step}", b"yes"))


def accept(room: Room, what: Acceptance) -> offers.Taken:
    return offers.accept(room.db, what, room.desk.new_id, room.now)


def turn(room: Room, new: Admission, step: int = 0, settled_as: Settled = "timeout") -> Turn:
    """What would be written when the offer of ``step`` came to nothing; the next is claimed in live state."""
    missed = Missed(new.decision.inquiry.id, step, settled_as, f"dialled:{new.letter.key}:{step}")
    with room.db.reading() as tx:
        at = underway(tx, missed.inquiry)
    assert at
    return next_turn(room.desk, at, missed, lambda reply: b"the next", step + 1, room.now)


def departure(room: Room, new: Admission) -> Departure:
    owed = Promise(room.desk.new_id("tk"), "callback", new.decision.owner, "abandoned", new.plan.due_at)
    return Departure(new.decision.inquiry.id, "abandoned", owed, Letter(f"status:{new.letter.key}", b""))


def lead_of(room: Room, new: Admission) -> dict[str, object]:
    return dict(room.row("leads", id=new.decision.lead))


# -- admit


def test_admit_writes_everything_about_a_new_caller_in_one_go(room: Room) -> None:
    before = written(room)
    new = admit(room, stranger(room))
    everything = ("inbox", "people", "person_numbers", "leads", "assignments", "inquiries", "decisions", "reservations")
    assert grown(room, before) == {**dict.fromkeys(everything, 1), "events": 1}
    assert new.offer
    assert lead_of(room, new)["owner_id"] == new.offer.coordinator
    assert room.row("inquiries")["state"] == "offered"
    assert answered(room.db, new.letter.key) == b"the answer"


def test_admit_without_an_offer_writes_a_promise_instead(room: Room) -> None:
    new = admit(room, stranger(room, channel="form"))
    assert new.promise
    assert room.row("tasks")["owner_id"] == lead_of(room, new)["owner_id"]
    assert room.row("inquiries")["state"] == "promised"
    assert room.rows("reservations") == []


def test_admit_twice_is_refused(room: Room) -> None:
    new = admit(room, stranger(room))
    refused(room, lambda: admit(room, new))


def test_admit_of_one_call_under_another_key_is_refused(room: Room) -> None:
    new = admit(room, stranger(room))
    other = replace(new, letter=Letter("another key", b""), offer=None, known=replace(new.known))
    refused(room, lambda: admit(room, other))


def test_of_two_first_calls_of_one_number_the_second_is_refused(room: Room) -> None:
    first, second = stranger(room), stranger(room)
    admit(room, first)
    assert first.offer
    assert second.offer
    assert first.offer.coordinator != second.offer.coordinator
    refused(room, lambda: admit(room, second))


def test_a_second_open_lead_of_one_person_and_category_is_refused(room: Room) -> None:
    with room.db.writing() as tx:
        welcome(tx, room.db.vault, Newcomer("pe_known", "harbor-recovery", Who("+18135550163")), room.now)
    with room.db.reading() as tx:
        who = known(tx, room.db.vault, "harbor-recovery", "+18135550163")
    first, second = wanted(room, who), wanted(room, who)
    admit(room, first)
    refused(room, lambda: admit(room, second))
    with room.db.writing() as tx:
        tx.execute(update(leads).values(closed_at=room.now, status="closed"))
    admit(room, second)
    assert len(room.rows("leads", person_id="pe_known")) == 2


def test_callers_who_withhold_their_number_never_share_a_person(room: Room) -> None:
    first, second = admit(room, stranger(room, contact=None)), admit(room, stranger(room, contact=None))
    assert first.person != second.person
    assert first.decision.lead != second.decision.lead


def test_a_second_pending_offer_to_one_coordinator_is_refused(room: Room) -> None:
    first = admit(room, stranger(room))
    second = stranger(room, contact="+18135550164")
    assert first.offer
    assert second.offer
    same = replace(second, offer=replace(second.offer, coordinator=first.offer.coordinator))
    refused(room, lambda: admit(room, same))


def test_an_offer_that_ran_out_unnoticed_makes_way_for_the_next(room: Room) -> None:
    first = admit(room, stranger(room))
    room.later(seconds=51)
    second = stranger(room, contact="+18135550164")
    assert first.offer
    assert second.offer
    admit(room, replace(second, offer=replace(second.offer, coordinator=first.offer.coordinator)))
    states = {row["id"]: row["state"] for row in room.rows("reservations")}
    assert states == {first.offer.id: "timeout", second.offer.id: "pending"}


def test_two_practices_may_have_a_coordinator_of_one_id(room: Room) -> None:
    first = admit(room, stranger(room))
    second = stranger(room, practice="lakeside-specialty", category="imaging", patient="new")
    assert first.offer
    assert second.offer
    admit(room, replace(second, offer=replace(second.offer, coordinator=first.offer.coordinator)))


# -- accept and decline


def test_who_accepts_owns_and_the_clock_stops(room: Room) -> None:
    new = admit(room, stranger(room))
    room.later(seconds=9)
    taken = accept(room, said(new))
    lead = lead_of(room, new)
    assert new.offer
    assert taken.coordinator == lead["owner_id"] == new.offer.coordinator
    assert (lead["status"], lead["first_response_at"]) == ("attempted", room.now)
    assert room.row("inquiries")["state"] == "connected"
    assert room.row("reservations")["state"] == "accepted"
    attempt = room.row("attempts")
    assert (attempt["is_human"], attempt["ended_at"], attempt["direction"]) == (True, None, "inbound")


def test_accept_twice_is_refused_whatever_the_letter(room: Room) -> None:
    new = admit(room, stranger(room))
    accept(room, said(new))
    refused(room, lambda: accept(room, said(new)))
    refused(room, lambda: accept(room, said(new, "again")))


@pytest.mark.parametrize("seconds", [50, 51, 4000])
def test_an_offer_that_ran_out_cannot_be_accepted(room: Room, seconds: int) -> None:
    new = admit(room, stranger(room))
    room.later(seconds=seconds)
    refused(room, lambda: accept(room, said(new)))


def test_an_offer_can_be_accepted_up_to_its_end(room: Room) -> None:
    new = admit(room, stranger(room))
    room.later(seconds=39.999)
    accept(room, said(new))


def test_a_refused_or_abandoned_or_unknown_offer_cannot_be_accepted(room: Room) -> None:
    new = admit(room, stranger(room))
    assert offers.decline(room.db, said(new, "decline"), "rejected", room.now)
    refused(room, lambda: accept(room, said(new)))
    gone = admit(room, stranger(room, contact="+18135550164"))
    talks.caller_left(room.db, departure(room, gone), room.now)
    refused(room, lambda: accept(room, said(gone)))
    refused(room, lambda: accept(room, said(gone, step=7)))
    nowhere = Acceptance("iq_nowhere", 0, None, Letter("nowhere", b""))
    refused(room, lambda: accept(room, nowhere))


def test_nobody_accepts_a_second_call_while_on_the_first(room: Room) -> None:
    """The last guard of I3: even an offer that should never have been made does not make two live calls."""
    first = admit(room, stranger(room))
    accept(room, said(first))
    second = stranger(room, contact="+18135550164")
    assert first.offer
    assert second.offer
    second = admit(room, replace(second, offer=replace(second.offer, coordinator=first.offer.coordinator)))
    refused(room, lambda: accept(room, said(second)))
    assert room.row("inquiries", id=second.decision.inquiry.id)["state"] == "offered"
    talks.talk_over(room.db, Talk(first.decision.inquiry.id, 0, 5, "gone"), room.now)
    accept(room, said(second))


def test_a_refusal_by_key_counts_once_and_leaves_the_caller_where_she_is(room: Room) -> None:
    new = admit(room, stranger(room))
    assert offers.decline(room.db, said(new, "decline"), "rejected", room.now)
    assert not offers.decline(room.db, said(new, "again"), "rejected", room.now)
    refused(room, lambda: offers.decline(room.db, said(new, "decline"), "rejected", room.now))
    assert room.row("reservations")["state"] == "rejected"
    assert room.row("inquiries")["state"] == "offered"


def test_a_refusal_after_accepting_changes_nothing(room: Room) -> None:
    new = admit(room, stranger(room))
    accept(room, said(new))
    assert not offers.decline(room.db, said(new, "decline"), "rejected", room.now)
    assert room.row("reservations")["state"] == "accepted"


# -- go on


def test_going_on_settles_the_offer_and_makes_the_next(room: Room) -> None:
    new = admit(room, stranger(room))
    room.later(seconds=20)
    ahead = turn(room, new)
    offers.go_on(room.db, ahead, room.now)
    states = {row["step"]: row["state"] for row in room.rows("reservations")}
    assert ahead.offer
    assert states == {0: "timeout", 1: "pending"}
    assert room.row("inquiries")["step"] == 1
    assert answered(room.db, ahead.letter.key) == b"the next"


def test_going_on_twice_is_refused(room: Room) -> None:
    new = admit(room, stranger(room))
    ahead = turn(room, new)
    offers.go_on(room.db, ahead, room.now)
    refused(room, lambda: offers.go_on(room.db, ahead, room.now))
    refused(room, lambda: offers.go_on(room.db, replace(ahead, letter=Letter("another key", b"")), room.now))


def test_going_on_from_what_was_accepted_or_left_is_refused(room: Room) -> None:
    new = admit(room, stranger(room))
    ahead = turn(room, new)
    accept(room, said(new))
    refused(room, lambda: offers.go_on(room.db, ahead, room.now))
    room.live.flushall()
    gone = admit(room, stranger(room, contact="+18135550164", category="dental"))
    ahead = turn(room, gone)
    talks.caller_left(room.db, departure(room, gone), room.now)
    refused(room, lambda: offers.go_on(room.db, ahead, room.now))


def test_the_end_of_the_plan_is_a_promise_with_an_owner(room: Room) -> None:
    new = admit(room, stranger(room))
    for who in room.book().coordinators:
        room.wish(who, "away")
    ahead = turn(room, new)
    assert ahead.offer is None
    offers.go_on(room.db, ahead, room.now)
    assert room.row("inquiries")["state"] == "promised"
    assert room.row("tasks")["owner_id"] == lead_of(room, new)["owner_id"]


# -- talk over, caller left


def test_a_talk_ends_once_and_its_wrap_up_is_not_prolonged(room: Room) -> None:
    new = admit(room, stranger(room))
    accept(room, said(new))
    room.later(seconds=60)
    talk = Talk(new.decision.inquiry.id, 0, 55, "gone")
    ended = talks.talk_over(room.db, talk, room.now)
    assert ended
    assert ended.wrap_until == room.now + talks.WRAP_UP
    before = written(room)
    assert talks.talk_over(room.db, talk, room.later(seconds=5)) is None
    assert written(room) == before
    assert (room.row("attempts")["talk_s"], lead_of(room, new)["status"]) == (55, "contacted")


def test_a_talk_keeps_what_was_promised_before_it_and_not_what_is_promised_in_it(room: Room) -> None:
    new = admit(room, stranger(room))
    lead, owner = new.decision.lead, str(lead_of(room, new)["owner_id"])

    def promised(name: str) -> None:
        owed = Promise(name, "callback", owner, "call_again", room.now + timedelta(days=2))
        with room.db.writing() as tx:
            promise(tx, "harbor-recovery", lead, None, owed, room.now)

    promised("tk_before")
    accept(room, said(new))
    room.later(seconds=60)
    promised("tk_within")
    talks.talk_over(room.db, Talk(new.decision.inquiry.id, 0, 60, "gone"), room.later(seconds=5))
    assert {row["id"]: row["state"] for row in room.rows("tasks")} == {"tk_before": "withdrawn", "tk_within": "open"}


@pytest.mark.parametrize(("told", "kept"), [(None, 60), (55, 55), (4000, 60)])
def test_a_talk_is_never_longer_than_the_time_since_it_was_accepted(room: Room, told: int | None, kept: int) -> None:
    new = admit(room, stranger(room))
    accept(room, said(new))
    room.later(seconds=60)
    talks.talk_over(room.db, Talk(new.decision.inquiry.id, 0, told, "gone"), room.now)
    assert room.row("attempts")["talk_s"] == kept


def test_a_talk_that_never_began_does_not_end(room: Room) -> None:
    new = admit(room, stranger(room))
    before = written(room)
    assert talks.talk_over(room.db, Talk(new.decision.inquiry.id, 0, 5, "gone"), room.now) is None
    assert talks.talk_over(room.db, Talk("iq_nowhere", 0, 5, "gone"), room.now) is None
    assert written(room) == before


def test_a_caller_cut_off_by_the_coordinator_within_seconds_goes_on(room: Room) -> None:
    new = admit(room, stranger(room))
    accept(room, said(new))
    room.later(seconds=3)
    cut = Talk(new.decision.inquiry.id, 0, 3, "waits")
    assert talks.talk_over(room.db, replace(cut, caller="unknown"), room.now)
    assert room.row("inquiries")["state"] == "connected"
    assert talks.talk_over(room.db, cut, room.now) is None
    assert room.row("inquiries")["state"] == "offered"
    assert lead_of(room, new)["contacted_at"] is None
    offers.go_on(room.db, turn(room, new), room.now)
    assert room.row("inquiries")["step"] == 1


def test_a_talk_too_short_to_count_leaves_the_task_that_is_owed_once(room: Room) -> None:
    new = admit(room, stranger(room))
    accept(room, said(new))
    room.later(seconds=3)
    owed = departure(room, new).promise
    short = Talk(new.decision.inquiry.id, 0, 3, "gone", owed)
    assert talks.talk_over(room.db, short, room.now)
    assert talks.talk_over(room.db, short, room.now) is None
    assert (room.row("inquiries")["state"], room.row("tasks")["state"]) == ("ended", "open")


def test_a_live_talk_fulfils_the_callback_that_was_owed(room: Room) -> None:
    left = admit(room, stranger(room))
    talks.caller_left(room.db, departure(room, left), room.now)
    assert room.row("tasks")["state"] == "open"
    again = Call(room, *called_again(room))
    again.talk(30)
    assert room.row("tasks")["state"] == "withdrawn"


def called_again(room: Room) -> tuple[desk.Arrival, desk.Reply]:
    arrival = room.arrival()
    return arrival, room.receive(arrival)


def test_who_leaves_before_an_answer_is_owed_a_callback_and_frees_the_coordinator(room: Room) -> None:
    new = admit(room, stranger(room))
    left = talks.caller_left(room.db, departure(room, new), room.now)
    assert left
    assert new.offer
    assert [(who.coordinator, who.fence) for who in left.freed] == [(new.offer.coordinator, new.offer.fence)]
    assert room.row("reservations")["state"] == "canceled"
    assert (room.row("inquiries")["state"], room.row("inquiries")["outcome"]) == ("ended", "abandoned")
    task = room.row("tasks")
    assert (task["owner_id"], task["state"], task["reason"]) == (new.decision.owner, "open", "abandoned")


def test_leaving_twice_promises_once(room: Room) -> None:
    new = admit(room, stranger(room))
    gone = departure(room, new)
    talks.caller_left(room.db, gone, room.now)
    refused(room, lambda: talks.caller_left(room.db, gone, room.now))
    again = replace(departure(room, new), letter=Letter("another key", b""))
    assert talks.caller_left(room.db, again, room.now) is None
    assert len(room.rows("tasks")) == 1


def test_who_leaves_after_a_promise_is_not_promised_twice(room: Room) -> None:
    for who in room.book().coordinators:
        room.wish(who, "away")
    new = admit(room, stranger(room))
    assert new.promise
    talks.caller_left(room.db, departure(room, new), room.now)
    assert len(room.rows("tasks")) == 1
    assert room.row("inquiries")["outcome"] == "promised"


def test_hanging_up_on_a_live_talk_is_no_departure(room: Room) -> None:
    new = admit(room, stranger(room))
    accept(room, said(new))
    assert talks.caller_left(room.db, departure(room, new), room.now) is None
    assert room.rows("tasks") == []


def test_what_is_promised_about_a_known_lead_is_promised_by_its_owner(room: Room) -> None:
    first = room.call(payer="medicaid")
    assert first.accept()
    for who in room.book().coordinators:
        room.wish(who, "away")
    again = room.call(payer="medicaid")
    assert again.coordinator is None
    assert again.reply.owner == again.lead["owner_id"] == first.coordinator
    assert [row["owner_id"] for row in room.rows("tasks")] == [first.coordinator]


# -- the indexes, the history, the receipts


def test_a_lead_has_one_live_dial_at_most(room: Room) -> None:
    new = admit(room, stranger(room))

    def dial(number: int, lead: str = new.decision.lead) -> None:
        row: dict[str, object] = {"practice_id": "harbor-recovery", "coordinator_id": "dana-whitlock"}
        row["channel"] = "call"
        row |= {"direction": "outbound", "is_human": True, "started_at": room.now}
        with room.db.writing() as tx:
            tx.execute(insert(attempts).values(id=f"at_dial_{number}", lead_id=lead, **row))

    dial(1)
    refused(room, lambda: dial(2))
    with room.db.writing() as tx:
        tx.execute(update(attempts).values(ended_at=room.now))
    dial(3)


def test_a_lead_has_one_open_assignment_at_most(room: Room) -> None:
    new = admit(room, stranger(room))
    second = Assignment("as_second", "harbor-recovery", new.decision.lead, "priya-nair", "general-intake", "test")

    def beside() -> None:
        with room.db.writing() as tx:
            assign(tx, second, room.now)

    refused(room, beside)
    with room.db.writing() as tx:
        hand_over(tx, second, room.now)
    assert lead_of(room, new)["owner_id"] == "priya-nair"
    assert [row["owner_id"] for row in room.rows("assignments", until=None)] == ["priya-nair"]


def test_an_offer_has_one_step_of_its_inquiry(room: Room) -> None:
    new = admit(room, stranger(room))
    with room.db.reading() as tx:
        row = dict(tx.execute(select(reservations)).one()._mapping)

    def beside() -> None:
        with room.db.writing() as tx:
            tx.execute(insert(reservations).values(**{**row, "id": "rs_second", "coordinator_id": "tess-adair"}))

    refused(room, beside)
    assert new.offer


def test_open_tasks_go_with_the_lead(room: Room) -> None:
    new = admit(room, stranger(room))
    owed = Promise("tk_1", "callback", new.decision.owner, "test", room.now)
    done = Promise("tk_2", "callback", new.decision.owner, "test", room.now)
    with room.db.writing() as tx:
        for each in (owed, done):
            promise(tx, "harbor-recovery", new.decision.lead, None, each, room.now)
        tx.execute(update(tasks).where(tasks.c.id == "tk_2").values(state="done", closed_at=room.now))
        given = Assignment("as_2", "harbor-recovery", new.decision.lead, "priya-nair", "general-intake", "test")
        hand_over(tx, given, room.now)
        announce(tx, "harbor-recovery", "lead", new.decision.lead, room.now)
    owners = {row["id"]: row["owner_id"] for row in room.rows("tasks")}
    assert owners == {"tk_1": "priya-nair", "tk_2": new.decision.owner}


def test_the_history_of_owners_replays_to_the_owner_without_a_gap(room: Room) -> None:
    call = room.call()
    room.later(seconds=20)
    call.missed()
    room.later(seconds=5)
    assert call.accept()
    lead = dict(call.lead)
    history = sorted(room.rows("assignments", lead_id=lead["id"]), key=lambda row: str(row["since"]))
    assert len(history) == 2
    assert history[-1]["owner_id"] == lead["owner_id"] == call.coordinator
    assert [row["until"] for row in history] == [history[1]["since"], None]
    assert history[1]["previous_owner"] == history[0]["owner_id"]
    assert history[0]["since"] == call.arrival.inquiry.received_at
    assert lead["version"] == len(history)


def test_receipts_are_chained_and_replay_to_the_same_bytes(room: Room) -> None:
    call = room.call()
    for _ in range(3):
        room.later(seconds=20)
        if call.coordinator:
            call.missed()
    rows = sorted(room.rows("decisions"), key=lambda row: (str(row["at"]), str(row["id"])))
    assert len(rows) == 4
    previous = None
    for row in rows:
        text = str(row["receipt"])
        assert json.loads(text)["previous"] == previous
        assert row["digest"] == digest(text)
        assert replay(room.book(), text) == text
        previous = row["digest"]


def test_an_altered_receipt_is_found_out(room: Room) -> None:
    call = room.call()
    text = str(room.row("decisions")["receipt"])
    assert call.coordinator
    assert replay(room.book(), text.replace(call.coordinator, "joan-mercer")) != text
    assert digest(text.replace(call.coordinator, "joan-mercer")) != room.row("decisions")["digest"]


def test_a_repeated_hang_up_at_the_desk_writes_nothing_more(room: Room) -> None:
    call = room.call()
    call.hang_up()
    before = written(room)
    connection.hang_up(room.desk, call.arrival.inquiry.id, Letter(f"status:{call.arrival.key}", b""), room.now)
    assert written(room) == before


def test_times_of_a_lead_are_those_of_its_plan(room: Room) -> None:
    new = admit(room, stranger(room))
    lead = lead_of(room, new)
    assert lead["clock_started_at"] == new.decision.inquiry.received_at
    assert lead["due_at"] == new.plan.due_at > room.now - timedelta(seconds=1)
