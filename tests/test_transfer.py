"""Transfers in the rows and at the door: asked for, rung once, settled once, and no caller without a next step."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, get_args

import pytest
from sqlalchemy import insert, select, update

from routing import connection, transfers
from routing.conferences import holding
from routing.conferences.opening import Asker
from routing.links import Links
from routing.rules.transfer_targets import TransferRefused, UnknownCategory, UnknownTarget, Wish
from routing.rules.transferring import Following, TransferState, Underway, following
from routing.state.admissions import Source
from routing.state.call.offers import Acceptance
from routing.state.conference import transfer_rings
from routing.state.inbox import Letter
from routing.state.tables import leads, moves
from routing.transfers import UnknownCall
from routing.turns import serve_all
from tests.loopback import Told
from tests.rooms import Room
from tests.stage import PUBLIC, settings_of
from tests.strict_rest import ACCOUNT, StrictRest, strict_rest
from voice.rooms import coordinator_moved, left
from voice.switchboard import Leg, Switchboard, dialled, progress, status
from voice.transfer import conferred, first_moved, invite, join, line, released, target_progress
from voice.webhooks import CallWebhook, DialEnded, KeyPressed
from worker.outbound import Outbounds
from worker.transferring import perform_ring

DETOX = "+18505550131"
FIRST_SID, TARGET_SID = "CA" + "9" * 32, "CA" + "8" * 32


# -- the rule


@pytest.mark.parametrize(
    ("at", "way"),
    [
        (Underway("asked"), "nothing"),
        (Underway("asked", move_refused=True), "stay"),
        (Underway("asked", first_on=False), "nothing"),
        (Underway("asked", target_pending=False), "nothing"),
        (Underway("asked", is_live=False), "over"),
        (Underway("moving", caller_in=True), "ring"),
        (Underway("moving", caller_in=True, first_on=False), "ring"),
        (Underway("posting", caller_in=True), "nothing"),
        (Underway("ringing", caller_in=True, is_late=True), "give_back"),
        (Underway("ringing", caller_in=True, target_pending=False), "give_back"),
        (Underway("ringing", caller_in=True, is_late=True, first_on=False), "to_line"),
        (Underway("ringing", caller_in=True, is_live=False), "over"),
        (Underway("returning", caller_in=True, move_open=True), "nothing"),
        (Underway("returning", caller_in=True), "give_back"),
        (Underway("returning", caller_in=True, first_on=False), "to_line"),
        (Underway("accepted", caller_in=True), "nothing"),
        (Underway("accepted", caller_in=True, is_deserted=True), "to_line"),
        (Underway("returned", caller_in=True, is_deserted=True), "to_line"),
        (Underway("accepted", caller_in=True, is_deserted=True, is_live=False), "nothing"),
        (Underway("failed", caller_in=True, is_deserted=True), "nothing"),
    ],
)
def test_each_standing_of_a_transfer_has_its_next_step(at: Underway, way: Following) -> None:
    assert following(at) == way


def test_a_caller_in_a_conference_without_target_and_first_always_goes_on() -> None:
    for state, late, pending, move in itertools.product(get_args(TransferState), *[(True, False)] * 3):
        if state in ("accepted", "returned", "failed") or not (late or not pending):
            continue
        at = Underway(state, caller_in=True, first_on=False, is_late=late, target_pending=pending, move_open=move)
        assert following(at) == "to_line"


# -- in the rows


@dataclass
class Line:
    """A call that Marcus has on the line, and what Twilio posts about its legs."""

    room: Room
    inquiry: str
    sid: str
    board: Switchboard

    def wish(self, **more: Any) -> Wish:
        told = {"kind": "queue", "target": "admissions-medicaid", "mode": "cold", "reason": "payer_changed"}
        return Wish(**{"call": self.inquiry, "by": "test", **told, **more})

    def ask(self, **more: Any) -> transfers.Asked:
        room = self.room
        return transfers.ask(room.desk, self.board.links, room.book(), self.wish(**more), room.now)

    def tick(self) -> tuple[tuple[str, int], ...]:
        return transfers.settle_all(self.room.desk, self.board.links, self.room.now)

    def webhook(self, sid: str, status: str = "in-progress", **more: str) -> Mapping[str, str]:
        return {"AccountSid": ACCOUNT, "CallSid": sid, "CallStatus": status, "From": "+18135550163", **more}

    def caller_dialled(self) -> str:
        ended = DialEnded.model_validate(self.webhook(self.sid, DialCallStatus="completed", DialCallDuration="20"))
        return dialled(self.board, Leg(self.inquiry, 0), ended, self.room.now).decode()

    def first_arrives(self) -> str:
        call = CallWebhook.model_validate(self.webhook(FIRST_SID))
        return first_moved(self.board, Leg(self.inquiry, 0), call, self.room.now).decode()

    def first_ends(self) -> None:
        call = CallWebhook.model_validate(self.webhook(FIRST_SID, "completed"))
        progress(self.board, Leg(self.inquiry, 0), call, self.room.now)

    def target_ends(self, how: str = "completed") -> None:
        call = CallWebhook.model_validate(self.webhook(TARGET_SID, how))
        target_progress(self.board, Leg(self.inquiry, 1), call, self.room.now)

    def press(self, digits: str) -> str:
        call = KeyPressed.model_validate(self.webhook(TARGET_SID, Digits=digits))
        return join(self.board, Leg(self.inquiry, 1), call, self.room.now).decode()

    def invited(self) -> str:
        call = CallWebhook.model_validate(self.webhook(TARGET_SID))
        return invite(self.board, Leg(self.inquiry, 1), call, self.room.now).decode()

    def conferred(self, sid: str | None = None, status: str = "in-progress") -> str:
        ended = DialEnded.model_validate(self.webhook(sid or self.sid, status, DialCallStatus="answered"))
        return conferred(self.board, Leg(self.inquiry, 1), ended, self.room.now).decode()

    def conferring(self) -> None:
        """The talk goes to a conference for a hold."""
        room, call = self.room, CallWebhook.model_validate(self.webhook(FIRST_SID))
        holding.hold(Asker(room.desk, self.board.links, room.book(), "test", room.now), self.inquiry, "marcus-bell")
        coordinator_moved(self.board, Leg(self.inquiry, 0), call, room.now)
        assert "<Conference" in self.caller_dialled()

    def leaves_conference(self) -> str:
        ended = DialEnded.model_validate(self.webhook(self.sid, DialCallStatus="answered"))
        return left(self.board, Leg(self.inquiry, 0), ended, self.room.now).decode()

    def next_accepts(self) -> None:
        said = Acceptance(self.inquiry, int(self.call["step"]), "CA" + "6" * 32, Letter("next", b"bridged"))
        assert connection.accept(self.room.desk, said, self.room.now)
        self.room.later(seconds=3)

    def hang_up(self) -> None:
        status(self.board, CallWebhook.model_validate(self.webhook(self.sid, "completed")), self.room.now)

    def on_the_line(self) -> str:
        call = CallWebhook.model_validate(self.webhook(self.sid))
        return line(self.board, Leg(self.inquiry, 1), call, self.room.now).decode()

    def posted(self) -> None:
        """The caller sits in the conference and the target's phone rings."""
        self.ask()
        self.caller_dialled()
        self.first_arrives()
        ((row, _),) = self.tick()
        assert transfer_rings.post(self.room.db, row, self.room.now)
        transfer_rings.TARGETS.is_ringing(self.room.db, row, TARGET_SID)

    @property
    def transfer(self) -> Mapping[str, Any]:
        return self.room.row("transfers")

    @property
    def call(self) -> Mapping[str, Any]:
        return self.room.row("inquiries", id=self.inquiry)

    @property
    def states(self) -> dict[object, object]:
        return {row["coordinator_id"]: row["state"] for row in self.room.rows("reservations")}

    def open_moves(self) -> list[tuple[object, object]]:
        rows = [row for row in self.room.rows("moves") if row["settled_at"] is None]
        return [(row["kind"], row["call_sid"]) for row in rows]


@pytest.fixture
def on_line(room: Room) -> Line:
    """Keisha is away, so Marcus takes it."""
    room.wish("keisha-rowan", "away")
    sid = "CA" + "7" * 32
    board = Switchboard(room.desk, Links(PUBLIC, room.db.vault), {})
    arrival = room.arrival(tracking_number=DETOX)
    inquiry = replace(arrival.inquiry, id=room.db.vault.name("iq", ACCOUNT, sid))
    source = Source(ACCOUNT, sid, DETOX, "+18135550163")
    room.receive(replace(arrival, inquiry=inquiry, source=source))
    said = Acceptance(inquiry.id, 0, FIRST_SID, Letter("accepted", b"bridged"))
    assert connection.accept(room.desk, said, room.now)
    room.later(seconds=20)
    return Line(room, inquiry.id, sid, board)


def test_a_transfer_claims_the_target_and_sends_the_first_leg_to_the_conference(on_line: Line) -> None:
    asked = on_line.ask()
    assert (asked.target, asked.queue) == ("priya-nair", "admissions-medicaid")
    assert (on_line.transfer["state"], on_line.call["state"]) == ("asked", "connected")
    assert on_line.states == {"marcus-bell": "accepted", "priya-nair": "pending"}
    assert on_line.open_moves() == [("transfer", FIRST_SID)]
    receipts = on_line.room.receipts(on_line.inquiry)
    assert receipts[-1]["trigger"] == "transfer"


def test_the_one_who_transfers_is_never_the_target(on_line: Line) -> None:
    on_line.room.wish("keisha-rowan", "available")
    assert on_line.ask(target="admissions-general").target == "keisha-rowan"
    look = on_line.room.receipts(on_line.inquiry)[-1]["looks"][-1]
    assert look["asked"]["excluded"] == {"marcus-bell": "transferring"}


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"call": "iq_nobody"}, UnknownCall),
        ({"target": "nowhere"}, UnknownTarget),
        ({"kind": "coordinator", "target": "nobody"}, UnknownTarget),
        ({"kind": "coordinator", "target": "marcus-bell"}, UnknownTarget),
        ({"kind": "location", "target": "XYZ"}, UnknownTarget),
        ({"category": "nothing"}, UnknownCategory),
        ({"kind": "coordinator", "target": "tess-adair"}, TransferRefused),
        ({"kind": "location", "target": "TPA"}, TransferRefused),
    ],
)
def test_a_target_that_is_none_writes_nothing(on_line: Line, wish: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        on_line.ask(**wish)
    assert on_line.room.rows("transfers") == on_line.room.rows("moves") == []
    assert on_line.states == {"marcus-bell": "accepted"}


def test_a_closed_or_unstaffed_target_is_refused_with_the_reason(on_line: Line) -> None:
    on_line.room.wish("priya-nair", "away")
    with pytest.raises(TransferRefused) as refused:
        on_line.ask()
    assert refused.value.why == "nobody_free"
    on_line.room.now = on_line.room.now.replace(hour=23)
    with pytest.raises(TransferRefused) as refused:
        on_line.ask()
    assert refused.value.why == "target_closed"
    assert on_line.room.rows("transfers") == []


def test_one_transfer_at_a_time_and_only_of_a_live_call(on_line: Line) -> None:
    on_line.ask()
    with pytest.raises(TransferRefused) as refused:
        on_line.ask()
    assert refused.value.why == "under_way"
    on_line.hang_up()
    with pytest.raises(TransferRefused) as refused:
        on_line.ask()
    assert refused.value.why == "not_live"


def test_of_two_who_ask_at_once_one_does(on_line: Line) -> None:
    on_line.room.wish("keisha-rowan", "available")
    start, won = Barrier(2), list[str]()

    def wanted(target: str) -> None:
        start.wait()
        with suppress(TransferRefused):
            won.append(on_line.ask(target=target).target)

    asking = [Thread(target=wanted, args=(each,)) for each in ("admissions-medicaid", "admissions-general")]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert len(won) == len(on_line.room.rows("transfers")) == 1
    pending = [who for who, state in on_line.states.items() if state == "pending"]
    assert pending == won


def test_both_legs_are_seated_in_any_order_and_wait_for_the_target(on_line: Line) -> None:
    on_line.ask()
    assert on_line.tick() == ()
    first = on_line.first_arrives()
    caller = on_line.caller_dialled()
    assert 'startConferenceOnEnter="false"' in first
    assert 'startConferenceOnEnter="false"' in caller
    assert 'endConferenceOnExit="true"' in caller
    assert on_line.caller_dialled() == caller
    ((row, ring),) = on_line.tick()
    assert (row, ring) == (on_line.transfer["id"], 1)
    assert on_line.tick() == ()


def test_the_caller_stays_bridged_when_the_move_was_surely_never_made(on_line: Line) -> None:
    on_line.ask()
    settle_move(on_line.room, "refused", "21205")
    on_line.tick()
    assert (on_line.transfer["state"], on_line.transfer["code"]) == ("failed", "move_refused")
    assert on_line.states == {"marcus-bell": "accepted", "priya-nair": "canceled"}
    assert "Conference" not in on_line.caller_dialled()


def test_a_move_that_met_a_finished_leg_leaves_the_caller_to_her_own_dial(on_line: Line) -> None:
    on_line.ask()
    with on_line.room.db.writing() as tx:
        tx.execute(update(moves).values(attempts=1))
    settle_move(on_line.room, "void", "21220")
    on_line.tick()
    assert on_line.transfer["state"] == "asked"
    on_line.first_ends()
    assert "Conference" in on_line.caller_dialled()
    assert len(on_line.tick()) == 1


def settle_move(room: Room, state: str, code: str) -> None:
    with room.db.writing() as tx:
        tx.execute(update(moves).values(state=state, code=code, settled_at=room.now))


def test_key_1_moves_everything_at_once(on_line: Line) -> None:
    on_line.posted()
    on_line.room.later(seconds=5)
    answer = on_line.press("1")
    assert 'startConferenceOnEnter="true"' in answer
    assert on_line.states == {"marcus-bell": "wrapping", "priya-nair": "accepted"}
    assert (on_line.call["state"], on_line.call["step"]) == ("connected", 1)
    assert on_line.open_moves() == [("release", FIRST_SID)]
    assert on_line.press("1") == answer
    assert len(on_line.room.rows("attempts")) == 2


def test_a_key_that_comes_too_late_changes_nothing(on_line: Line) -> None:
    on_line.posted()
    on_line.room.later(seconds=21)
    assert "Too late" in on_line.press("1")
    on_line.tick()
    assert on_line.transfer["state"] == "returning"
    assert "Too late" in on_line.press("1")
    assert on_line.states["marcus-bell"] == "accepted"


def test_accept_and_hang_up_at_once_leave_nobody_with_a_caller_who_left(on_line: Line) -> None:
    on_line.posted()
    start = Barrier(2)

    def at_once(act: Callable[[], object]) -> None:
        start.wait()
        act()

    both = [Thread(target=at_once, args=(act,)) for act in (lambda: on_line.press("1"), on_line.hang_up)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    on_line.tick()
    assert on_line.call["state"] == "ended"
    assert set(on_line.states.values()) <= {"wrapping", "canceled"} or on_line.transfer["state"] == "accepted"
    on_line.target_ends()
    assert "accepted" not in on_line.states.values()
    assert on_line.transfer["settled_at"] is not None


def test_a_caller_who_left_is_told_to_whoever_presses_1(on_line: Line) -> None:
    on_line.posted()
    on_line.hang_up()
    assert "has hung up" in on_line.press("1")
    on_line.tick()
    assert on_line.states == {"marcus-bell": "wrapping", "priya-nair": "canceled"}
    assert ("hang_up", TARGET_SID) in on_line.open_moves()
    (task,) = [row for row in on_line.room.rows("tasks") if row["state"] == "open"]
    assert task["reason"] == "left_in_transfer"


@pytest.mark.parametrize("how", ["no-answer", "busy", "failed", "canceled", "completed"])
def test_a_target_leg_that_ends_unanswered_sends_the_caller_back_at_once(on_line: Line, how: str) -> None:
    on_line.posted()
    for _ in range(2):
        on_line.target_ends(how)
    assert on_line.transfer["state"] == "returning"
    assert on_line.open_moves() == [("give_back", FIRST_SID)]
    assert on_line.states["priya-nair"] == ("canceled" if how == "failed" else "timeout")
    assert 'startConferenceOnEnter="true"' in on_line.first_arrives()
    assert on_line.transfer["state"] == "returned"
    assert (on_line.call["state"], on_line.call["step"]) == ("connected", 0)


def test_after_a_transfer_that_came_back_the_talk_ends_as_any(on_line: Line) -> None:
    on_line.posted()
    on_line.press("2")
    on_line.first_arrives()
    on_line.room.later(seconds=30)
    assert "Goodbye" in on_line.conferred()
    assert (on_line.call["state"], on_line.call["outcome"]) == ("ended", "answered")
    assert on_line.states == {"marcus-bell": "wrapping", "priya-nair": "rejected"}


def test_nobody_left_sends_the_caller_to_the_line_with_her_key(on_line: Line) -> None:
    key = on_line.call["waiting_key"]
    on_line.posted()
    on_line.first_ends()
    on_line.target_ends("no-answer")
    assert (on_line.call["state"], on_line.call["waiting_key"]) == ("waiting", key)
    assert on_line.open_moves() == [("to_line", on_line.sid)]
    assert "<Enqueue" in on_line.on_the_line()
    assert on_line.open_moves() == []


def test_a_target_who_vanishes_after_the_key_does_not_leave_the_caller_in_silence(on_line: Line) -> None:
    on_line.posted()
    on_line.press("1")
    on_line.first_ends()
    on_line.target_ends()
    on_line.tick()
    assert on_line.call["state"] == "connected"
    on_line.room.later(seconds=6)
    on_line.tick()
    assert on_line.call["state"] == "waiting"
    assert ("to_line", on_line.sid) in on_line.open_moves()


def test_a_first_who_cannot_be_fetched_back_sends_the_caller_to_the_line(on_line: Line) -> None:
    on_line.posted()
    on_line.press("2")
    with on_line.room.db.writing() as tx:
        mine = moves.c.kind == "give_back"
        tx.execute(update(moves).where(mine).values(state="void", code="21220", settled_at=on_line.room.now))
    on_line.tick()
    assert on_line.call["state"] == "waiting"


def test_a_conference_that_breaks_sends_the_caller_to_the_line_by_its_own_answer(on_line: Line) -> None:
    on_line.posted()
    answer = on_line.conferred()
    assert "<Enqueue" in answer
    assert on_line.conferred() == answer
    assert (on_line.transfer["state"], on_line.states["priya-nair"]) == ("failed", "canceled")


def test_whoever_took_a_caller_may_transfer_her_in_turn(on_line: Line) -> None:
    on_line.posted()
    on_line.press("1")
    on_line.room.later(seconds=20)
    on_line.room.wish("keisha-rowan", "available")
    assert on_line.ask(target="admissions-general").target == "keisha-rowan"
    again = on_line.conferred()
    second = next(row for row in on_line.room.rows("transfers") if row["state"] == "moving")
    assert f">{second['id']}</Conference>" in again
    assert on_line.conferred() == again


def test_a_talk_cut_short_after_a_transfer_that_failed_goes_on_to_the_next(on_line: Line) -> None:
    on_line.room.now -= timedelta(seconds=18)
    on_line.posted()
    on_line.press("2")
    on_line.first_arrives()
    on_line.room.later(seconds=3)
    on_line.room.wish("keisha-rowan", "available")
    assert "<Number" in on_line.conferred()
    assert on_line.states["keisha-rowan"] == "pending"


def test_a_late_copy_of_a_left_transfer_ends_no_talk_of_the_next(on_line: Line) -> None:
    on_line.room.now -= timedelta(seconds=18)
    on_line.posted()
    on_line.press("2")
    on_line.first_arrives()
    on_line.room.later(seconds=3)
    on_line.room.wish("keisha-rowan", "available")
    answer = on_line.conferred()
    on_line.next_accepts()
    assert on_line.conferred() == answer
    assert on_line.states["keisha-rowan"] == "accepted"


def test_a_late_copy_of_a_left_conference_costs_the_next_neither_offer_nor_talk(on_line: Line) -> None:
    on_line.room.now -= timedelta(seconds=18)
    on_line.conferring()
    on_line.room.later(seconds=3)
    on_line.room.wish("keisha-rowan", "available")
    answer = on_line.leaves_conference()
    assert "<Number" in answer
    assert on_line.leaves_conference() == answer
    assert on_line.states["keisha-rowan"] == "pending"
    on_line.next_accepts()
    assert on_line.leaves_conference() == answer
    assert on_line.states["keisha-rowan"] == "accepted"


def test_a_copy_that_finds_her_offered_from_the_line_says_that_offer(on_line: Line) -> None:
    on_line.posted()
    assert "<Enqueue" in on_line.conferred()
    on_line.room.wish("keisha-rowan", "available")
    serve_all(on_line.room.desk, on_line.board.links, on_line.room.now)
    assert on_line.states["keisha-rowan"] == "pending"
    assert "<Number" in on_line.conferred()
    assert on_line.states["keisha-rowan"] == "pending"


def test_a_category_that_another_open_lead_has_stays_with_that_one(on_line: Line) -> None:
    with on_line.room.db.writing() as tx:
        lead = tx.execute(select(leads)).one()._asdict()
        tx.execute(insert(leads).values(**{**lead, "id": "ld_other", "category": "medicaid"}))
    on_line.ask(category="medicaid", payer="medicaid")
    on_line.caller_dialled()
    ((row, _),) = on_line.tick()
    assert transfer_rings.post(on_line.room.db, row, on_line.room.now)
    on_line.press("1")
    lead = dict(on_line.room.row("leads", id=on_line.call["lead_id"]))
    assert (lead["owner_id"], lead["category"], lead["payer"]) == ("priya-nair", "detox", "medicaid")


# -- the request that rings


@pytest.fixture
def rest() -> Iterator[StrictRest]:
    with strict_rest() as opened:
        yield opened


def ringing(on_line: Line, rest: StrictRest, folder: Path, times: int = 5) -> list[object]:
    on_line.ask()
    on_line.caller_dialled()
    ((row, _),) = on_line.tick()
    by = Outbounds(settings_of(folder, LEADLINE_TWILIO_API_URL=rest.root), on_line.room.db, lambda: 0)
    answers: list[object] = [perform_ring(by, on_line.room.desk, row, on_line.room.now) for _ in range(times)]
    by.close()
    return answers


def test_the_target_is_rung_once_however_often_the_job_runs(on_line: Line, rest: StrictRest, tmp_path: Path) -> None:
    answers = ringing(on_line, rest, tmp_path)
    assert answers[1:] == [None] * 4
    (asked,) = rest.asked
    assert (asked.one("To"), asked.one("From"), asked.one("Timeout")) == ("+17275550173", DETOX, "15")
    assert "/voice/invite/" in asked.one("Url")
    assert (on_line.transfer["state"], on_line.transfer["target_sid"]) == ("ringing", "CA" + "2" * 32)


def test_a_lost_answer_is_made_good_by_the_leg_itself(on_line: Line, rest: StrictRest, tmp_path: Path) -> None:
    rest.next.append(Told(cut=True))
    ringing(on_line, rest, tmp_path)
    assert len(rest.asked) == 1
    assert on_line.transfer["state"] == "posting"
    assert "Transfer from Marcus Bell" in on_line.invited()
    assert (on_line.transfer["state"], on_line.transfer["target_sid"]) == ("ringing", TARGET_SID)
    assert "<Conference" in on_line.press("1")


def test_a_call_that_nobody_hears_of_again_gives_the_caller_back_in_time(
    on_line: Line, rest: StrictRest, tmp_path: Path
) -> None:
    rest.next.append(Told(500, {"code": 20500, "message": "oh", "status": 500}))
    ringing(on_line, rest, tmp_path)
    on_line.room.later(seconds=20)
    on_line.tick()
    assert on_line.transfer["state"] == "returning"
    assert "Too late" in on_line.invited()


def test_a_request_that_was_not_processed_is_made_again(on_line: Line, rest: StrictRest, tmp_path: Path) -> None:
    rest.next.append(Told(429, {"code": 20429, "message": "slow", "status": 429}))
    ringing(on_line, rest, tmp_path, times=1)
    assert (on_line.transfer["state"], on_line.tick()) == ("moving", ())
    on_line.room.later(seconds=2)
    assert len(on_line.tick()) == 1


def test_a_number_that_cannot_be_rung_gives_the_caller_back(on_line: Line, rest: StrictRest, tmp_path: Path) -> None:
    rest.next.append(Told(400, {"code": 21217, "message": "no", "status": 400}))
    ringing(on_line, rest, tmp_path)
    on_line.tick()
    assert (on_line.transfer["state"], on_line.transfer["code"]) == ("returning", "21217")
    assert on_line.states["priya-nair"] == "canceled"


def test_after_a_cold_transfer_the_first_hears_who_has_the_caller(on_line: Line) -> None:
    on_line.posted()
    on_line.press("1")
    call = CallWebhook.model_validate(on_line.webhook(FIRST_SID))
    answer = released(on_line.board, Leg(on_line.inquiry, 0), call, on_line.room.now).decode()
    assert "Priya Nair has the caller" in answer
    assert on_line.open_moves() == []
