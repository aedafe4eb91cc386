"""Several phones that ring for one caller, in the rows: two keys at once, late keys, and what the rule says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from types import MappingProxyType

import pytest
import redis

from routing import connection, taking
from routing.attendance import finish
from routing.rulebook.load import read
from routing.rules.asking import milliseconds
from routing.rules.book import Member, OfferMode, Queue, Relaxation, Requirement
from routing.rules.ringing import Following, Phone, following, wanted
from routing.state.call.outcomes import Recorded
from routing.state.call.talks import Talk
from routing.state.inbox import Letter
from routing.waiting import in_line, serve
from tests.ringing_stage import DETOX, EVERYBODY, KEISHA, MARCUS, PRIYA, House, opened, put_in_force
from tests.rooms import PRACTICES, TUESDAY, Room, with_coordinator, with_queue
from voice.ringing import pressed
from voice.switchboard import Leg, Switchboard
from voice.webhooks import KeyPressed


@pytest.fixture
def house(sqlite_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[House]:
    with opened(sqlite_url, live, tmp_path) as found:
        yield found


@dataclass
class Ringing:
    """A caller in the line for whom phones ring; ``at`` is now."""

    room: Room
    inquiry: str
    board: Switchboard

    def keyed(self, step: int, digits: str = "1", sid: str = "") -> str:
        webhook = {
            "AccountSid": "AC" + "0" * 32,
            "CallSid": sid or f"CA{step:032x}",
            "CallStatus": "in-progress",
            "Digits": digits,
        }
        call = KeyPressed.model_validate(webhook)
        return pressed(self.board, Leg(self.inquiry, step), call, self.room.now).decode()

    def tick(self) -> None:
        serve(self.room.desk, self.room.links, self.room.book(), self.room.now)
        taking.settle_all(self.room.desk, self.room.links, self.room.now)

    @property
    def states(self) -> list[object]:
        return [row["state"] for row in sorted(self.room.rows("reservations"), key=lambda row: int(str(row["step"])))]


def ringing_in(room: Room, folder: Path, contact: str = "+18135550163") -> Ringing:
    put_in_force(room, folder, "simultaneous", EVERYBODY)
    room.desk.by.live.set_followed("harbor-recovery", milliseconds(room.now))
    arrival = room.arrival(tracking_number=DETOX, contact=contact)
    reply = room.receive(arrival)
    assert (reply.offer, reply.waits) == (None, True)
    board = Switchboard(room.desk, room.links, {})
    ringing = Ringing(room, arrival.inquiry.id, board)
    ringing.tick()
    return ringing


def test_of_two_keys_in_one_moment_exactly_one_has_the_caller(room: Room, tmp_path: Path) -> None:
    for contact in range(12):
        ringing = ringing_in(room, tmp_path, contact=f"+181355502{contact:02d}")
        steps = [int(str(row["step"])) for row in room.rows("reservations", inquiry_id=ringing.inquiry)]
        barrier, told = Barrier(len(steps)), dict[int, str]()

        def press(step: int, by: Ringing = ringing, at: Barrier = barrier, heard: dict[int, str] = told) -> None:
            at.wait()
            heard[step] = by.keyed(step, sid=f"CA{room.now.microsecond + step:032x}")

        threads = [Thread(target=press, args=(step,)) for step in steps]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted("<Conference" in words for words in told.values()) == [False] * (len(steps) - 1) + [True]
        states = sorted(str(row["state"]) for row in room.rows("reservations", inquiry_id=ringing.inquiry))
        assert states == ["accepted"] + ["rescinded"] * (len(steps) - 1)
        assert len(room.rows("attempts", inquiry_id=ringing.inquiry)) == 1
        won = room.row("reservations", inquiry_id=ringing.inquiry, state="accepted")
        assert room.row("leads", id=won["lead_id"])["owner_id"] == won["coordinator_id"]
        talk = Talk(ringing.inquiry, int(str(won["step"])), 60, "gone")
        connection.talk_over(room.desk, talk, room.now)
        assert finish(room.desk, room.book(), Recorded(str(won["coordinator_id"]), "talked", "test"), room.now)
        ringing.tick()


def test_a_key_that_is_said_twice_or_late_is_answered_as_the_first_time(room: Room, tmp_path: Path) -> None:
    ringing = ringing_in(room, tmp_path)
    won = ringing.keyed(2)
    assert "<Conference" in won
    assert ringing.keyed(2) == won
    assert "Somebody else" in ringing.keyed(1)
    assert "<Conference" not in ringing.keyed(3, digits="2")
    assert ringing.states == ["rescinded", "accepted", "rescinded"]
    assert room.row("moves", kind="taken")["state"] == "new"


def test_a_key_after_the_caller_has_left_or_the_offer_has_ended_takes_nobody(house: House, tmp_path: Path) -> None:
    ringing = ringing_in(house.room, tmp_path)
    house.room.later(seconds=56)
    assert "<Conference" not in ringing.keyed(3)
    gone = connection.hang_up
    gone(house.room.desk, ringing.inquiry, Letter("status:gone", b""), house.room.now)
    assert "hung up" in ringing.keyed(1)
    assert house.room.row("leads")["status"] == "new"
    ringing.tick()
    house.check()


def test_no_phone_of_several_rings_where_the_worker_is_gone_or_calls_are_recorded(house: House) -> None:
    house.opens()
    room = house.room
    assert room.call(tracking_number=DETOX).coordinator == MARCUS
    room.desk.by.live.set_followed("harbor-recovery", milliseconds(room.now))
    assert room.call(tracking_number=DETOX, contact="+18135550171").reply.waits
    book = room.book()
    room.desk.shelf._shelve(replace(book, policies=replace(book.policies, record_calls=True)))
    assert room.call(tracking_number=DETOX, contact="+18135550172").coordinator == KEISHA


def test_a_known_owner_who_is_free_is_asked_alone_first(house: House) -> None:
    house.opens()
    room = house.room
    room.call(tracking_number=DETOX).talk(wrap_up=True)
    room.desk.by.live.set_followed("harbor-recovery", milliseconds(room.now))
    again = room.call(tracking_number=DETOX)
    assert again.coordinator == MARCUS
    assert again.missed() is None
    assert again.reply.waits


def test_without_live_state_the_fallback_numbers_are_dialled_as_ever(house: House) -> None:
    house.opens()
    house.room.break_live()
    reply = house.room.call(tracking_number=DETOX).reply
    assert (reply.degraded, reply.waits, reply.offer) == (True, False, None)


def test_phones_that_nobody_could_be_told_to_ring_free_their_people_without_a_miss(
    house: House, tmp_path: Path
) -> None:
    """The jobs' Redis is away: no bell is heard."""
    ringing = ringing_in(house.room, tmp_path)
    house.room.later(seconds=11)
    house.room.desk.by.live.set_followed("harbor-recovery", milliseconds(house.room.now))
    ringing.tick()
    assert "canceled" in ringing.states
    house.room.later(seconds=5)
    ringing.tick()
    ringing.tick()
    assert ringing.states[:3] == ["canceled"] * 3
    assert house.room.row("inquiries")["state"] == "offered"


def test_the_longest_wait_lets_those_that_ring_end_and_begins_no_more(house: House, tmp_path: Path) -> None:
    ringing = ringing_in(house.room, tmp_path)
    room = house.room
    policies = replace(room.book().policies, longest_wait_s=8)
    room.desk.shelf._shelve(replace(room.book(), policies=policies))
    room.later(seconds=9)
    at = in_line(room.desk, ringing.inquiry, room.now)
    assert at
    assert (at.rings, at.hold.longest_wait) == (True, False)


# -- what the line serves as time goes by


def test_requirements_are_dropped_and_members_join_while_she_waits(house: House) -> None:
    room = house.room
    skilled = Requirement(attribute="skill", value="trauma", group="depth")
    with_queue(
        room,
        "admissions-general",
        members=(Member(MARCUS, 1), Member(KEISHA, 2), Member(PRIYA, 3, from_s=45)),
        requires=(skilled,),
        relax=(Relaxation(30, frozenset({"depth"})),),
        stay_s=600,
    )
    with_coordinator(room, MARCUS, skills=MappingProxyType({"trauma": 1}))
    busy = room.call(tracking_number=DETOX)
    assert busy.coordinator == MARCUS
    assert busy.accept()
    with_queue(room, "general-intake", members=(Member(MARCUS, 1),))
    waits = room.call(tracking_number=DETOX, contact="+18135550171")
    assert waits.reply.waits
    inquiry = waits.arrival.inquiry.id

    def served_at(seconds: float) -> object:
        room.later(seconds=seconds)
        serve(room.desk, room.links, room.book(), room.now)
        rows = room.rows("reservations", inquiry_id=inquiry, state="pending")
        return rows[0]["coordinator_id"] if rows else None

    assert served_at(29) is None
    room.wish(KEISHA, "away")
    assert served_at(2) is None
    assert served_at(13) is None
    assert served_at(1) == PRIYA


# -- the rule and the file


@pytest.mark.parametrize(
    ("at", "way"),
    [
        (Phone("new", "pending", "waiting"), "nothing"),
        (Phone("new", "pending", "waiting", is_late=True), "drop"),
        (Phone("posting", "pending", "waiting"), "nothing"),
        (Phone("posting", "pending", "waiting", is_late=True), "drop"),
        (Phone("ringing", "pending", "waiting", is_known=True, is_late=True), "nothing"),
        (Phone("ringing", "pending", "ended", is_known=True), "drop"),
        (Phone("ringing", "pending", "promised", is_known=True), "drop"),
        (Phone("new", "canceled", "ended"), "settle"),
        (Phone("posting", "rescinded", "connected"), "nothing"),
        (Phone("posting", "rescinded", "connected", is_late=True), "settle"),
        (Phone("ringing", "rescinded", "connected", is_known=True), "silence"),
        (Phone("ringing", "rescinded", "connected", is_known=True, silencing="open"), "nothing"),
        (Phone("ringing", "rescinded", "connected", is_known=True, silencing="done"), "settle"),
        (Phone("ringing", "rescinded", "connected", is_known=True, is_over=True), "settle"),
        (Phone("ringing", "rejected", "waiting", is_known=True), "silence"),
        (Phone("ringing", "rejected", "waiting", is_known=True, is_answered=True), "nothing"),
        (Phone("ringing", "rejected", "waiting", is_known=True, is_answered=True, is_late=True), "silence"),
        (Phone("ringing", "timeout", "waiting", is_known=True), "silence"),
        (Phone("accepted", "accepted", "connected", is_newest=True, is_known=True), "nothing"),
        (Phone("accepted", "wrapping", "connected", is_newest=True, is_known=True), "nothing"),
        (Phone("accepted", "wrapping", "connected", is_newest=True, is_known=True, is_deserted=True), "fetch"),
        (Phone("accepted", "wrapping", "connected", is_known=True, is_deserted=True), "settle"),
        (Phone("accepted", "wrapping", "ended", is_newest=True, is_known=True), "silence"),
        (Phone("accepted", "wrapping", "ended", is_newest=True, is_known=True, is_over=True), "settle"),
    ],
)
def test_each_phone_has_its_next_step(at: Phone, way: Following) -> None:
    assert following(at) == way


@pytest.mark.parametrize(
    ("mode", "ringing_s", "more"),
    [
        ("simultaneous", (), 3),
        ("simultaneous", (0,), 0),
        ("progressive", (), 1),
        ("progressive", (9,), 0),
        ("progressive", (20, 10), 1),
        ("progressive", (30, 20, 10), 0),
    ],
)
def test_how_many_phones_ring_at_once(mode: OfferMode, ringing_s: tuple[int, ...], more: int) -> None:
    queue = Queue("q", "Queue", (), "owner", mode=mode, phones=3)
    assert wanted(queue, [TUESDAY - timedelta(seconds=each) for each in ringing_s], TUESDAY) == more


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("members: [priya-nair]", "members: [priya-nair]\n    mode: simultaneous"), "it has one member"),
        (("members: [priya-nair]", "members: [priya-nair]\n    phones: 4"), "one phone at a time rings in this queue"),
        (
            ("rank: 2}\n    live", "rank: 2}\n    mode: progressive\n    phones: 4\n    live"),
            "every ten seconds one more, up to 2",
        ),
    ],
)
def test_the_check_says_what_a_mode_will_do(changes: tuple[str, str], said: str) -> None:
    text = (PRACTICES / "harbor-recovery.yaml").read_text()
    assert changes[0] in text
    findings = read(text.replace(*changes, 1), "practice.yaml").findings
    assert [finding.level for finding in findings if said in finding.message] == ["warn"]


def test_the_check_says_that_recorded_calls_ring_one_phone() -> None:
    text = (PRACTICES / "harbor-recovery.yaml").read_text()
    several = text.replace("rank: 2}\n    live", "rank: 2}\n    mode: simultaneous\n    live", 1)
    assert "record_calls" not in str([each.message for each in read(several, "practice.yaml").findings])
    recorded = several.replace("record_calls: false", "record_calls: true")
    assert any(
        "one phone at a time rings: `record_calls`" in each.message for each in read(recorded, "practice.yaml").findings
    )
