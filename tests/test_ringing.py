"""Several phones ring for one caller: whole calls with gateway, worker and the double of the provider's REST."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from rehearsal.network import CallOutcome, place_call
from rehearsal.people import Caller, CallerHabit, CoordinatorHabit
from routing.rules.asking import milliseconds
from tests.ringing_stage import DETOX, EVERYBODY, KEISHA, MARCUS, NAMES, PRIYA, QUICK, SLOW, House, opened
from tests.transfer_stage import Playing, Scene, play


@pytest.fixture
def house(sqlite_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[House]:
    with opened(sqlite_url, live, tmp_path) as found:
        yield found


@pytest.fixture
def on_each(database_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[House]:
    with opened(database_url, live, tmp_path) as found:
        yield found


def test_the_first_key_has_the_caller_and_the_other_phones_are_still(on_each: House) -> None:
    house = on_each
    house.opens()
    house.habits(marcus=SLOW, keisha=QUICK, priya=SLOW)
    house.stage.copies = 2
    outcome = house.call(talk_s=20.0)
    assert house.offers == {MARCUS: "rescinded", KEISHA: "wrapping", PRIYA: "rescinded"}
    assert outcome.bridged == (NAMES[KEISHA],)
    assert any("We are ringing our team" in words for words in outcome.heard)
    assert house.said_to(KEISHA)[0] == "Detox search, Pensacola, new caller, payer not known. Press 1 to accept."
    assert house.said_to(MARCUS) == house.said_to(PRIYA) == []
    room, inquiry = house.room, house.inquiry
    assert (inquiry["state"], inquiry["outcome"]) == ("ended", "answered")
    lead, attempt = room.row("leads"), room.row("attempts")
    assert (lead["owner_id"], lead["status"], attempt["coordinator_id"]) == (KEISHA, "contacted", KEISHA)
    assert 18 <= int(str(attempt["talk_s"])) <= 22
    receipts = room.receipts(str(inquiry["id"]))
    assert [receipt["trigger"] for receipt in receipts] == ["entry", "came_free"]
    assert [look["chosen"] for look in receipts[1]["looks"]] == [MARCUS, KEISHA, PRIYA]
    assert len(receipts[1]["effects"]) == 3
    assert house.effective() == {MARCUS: "free", KEISHA: "wrapping", PRIYA: "free"}
    assert len(house.created) == 3


def test_whoever_picked_up_as_well_hears_that_somebody_was_first(house: House) -> None:
    house.opens()
    house.habits(marcus=CoordinatorHabit(answer_s=3.0, key_after_s=30.0), keisha=QUICK)
    house.call()
    assert house.said_to(MARCUS)[-1] == "Somebody else has just taken this caller. Thank you, goodbye."
    assert house.offers[MARCUS] == "rescinded"


def test_when_all_refuse_she_goes_on_down_the_plan_and_keeps_her_place(house: House) -> None:
    house.opens(members=(MARCUS, KEISHA))
    house.habits(marcus="refuses", keisha="refuses", priya=QUICK)
    outcome = house.call()
    assert house.offers == {MARCUS: "rejected", KEISHA: "rejected", PRIYA: "wrapping"}
    assert outcome.bridged == (NAMES[PRIYA],)
    inquiry, last = house.inquiry, house.room.row("reservations", coordinator_id=PRIYA)
    assert inquiry["effective_start"] == inquiry["received_at"]
    assert (last["queue"], inquiry["outcome"]) == ("general-intake", "answered")


def test_a_mailbox_never_has_her_and_two_misses_in_a_row_mean_away(house: House) -> None:
    house.opens(members=(MARCUS, KEISHA))
    house.habits(marcus="mailbox", keisha="no-answer", priya="refuses")
    first = house.call()
    assert first.bridged == ()
    assert house.offers == {MARCUS: "timeout", KEISHA: "timeout", PRIYA: "rejected"}
    assert house.inquiry["outcome"] == "voicemail_left"
    second = house.call()
    assert second.bridged == ()
    assert (house.effective()[MARCUS], house.effective()[KEISHA]) == ("away", "away")


def test_a_caller_who_hangs_up_stops_every_phone_and_is_an_abandoned_owned_lead(house: House) -> None:
    house.opens()
    house.habits(marcus=SLOW, keisha=SLOW, priya=SLOW)
    outcome = house.call(patience_s=11.0)
    assert outcome.bridged == ()
    assert set(house.offers.values()) == {"canceled"}
    assert (house.inquiry["outcome"], house.room.row("tasks")["reason"]) == ("abandoned", "abandoned")
    assert house.room.row("leads")["owner_id"] == house.room.row("tasks")["owner_id"]
    assert all("Press 1" not in words or "no longer" in words for who in EVERYBODY for words in house.said_to(who)[1:])
    assert set(house.effective().values()) == {"free"}


def test_key_1_while_they_ring_keeps_the_place_for_a_callback(house: House) -> None:
    house.opens()
    house.habits(marcus="no-answer", keisha="no-answer", priya="no-answer")
    house.call(wait_key="1", wait_key_after_s=3.0)
    assert set(house.offers.values()) == {"canceled"}
    assert house.inquiry["outcome"] == "callback_chosen"
    assert set(house.effective().values()) == {"free"}


def test_where_the_provider_refuses_our_login_one_phone_at_a_time_rings(house: House) -> None:
    house.opens()
    house.faults = ["401"] * 40
    outcome = house.call()
    assert len(outcome.bridged) == 1
    states = sorted(house.offers.values())
    assert states.count("wrapping") == 1
    assert set(states) <= {"wrapping", "canceled"}
    outcome = house.call()
    assert [line.what for line in outcome.lines if line.what == "waits"] == []
    assert len(outcome.bridged) == 1


def test_a_lost_answer_to_a_call_that_was_made_is_made_good_by_its_own_leg(house: House) -> None:
    house.opens()
    house.habits(marcus=QUICK, keisha=SLOW, priya=SLOW)
    house.faults = ["closed-after"]
    outcome = house.call()
    assert outcome.bridged == (NAMES[MARCUS],)
    assert len(house.created) == len(set(house.created))


def test_a_call_that_was_never_made_costs_nobody_a_miss(house: House) -> None:
    house.opens(members=(MARCUS, KEISHA))
    house.habits(keisha="refuses", priya="refuses")
    house.faults = ["500-before"]
    outcome = house.call()
    ring = house.room.row("rings", coordinator_id=MARCUS)
    assert (ring["code"], ring["state"]) == ("unmade unheard", "over")
    assert house.offers == {MARCUS: "wrapping", KEISHA: "rejected"}
    assert outcome.bridged == (NAMES[MARCUS],)


def test_progressive_adds_a_phone_every_ten_seconds_while_the_earlier_ring(house: House) -> None:
    house.opens("progressive")
    house.habits(marcus="no-answer", keisha=QUICK, priya=QUICK)
    outcome = house.call()
    assert outcome.bridged == (NAMES[KEISHA],)
    assert house.offers == {MARCUS: "rescinded", KEISHA: "wrapping"}
    begun = [row["created_at"] for row in house.room.rows("rings")]
    assert [(each - begun[0]).total_seconds() for each in begun] == [0.0, 10.0]  # type: ignore[operator]


def test_progressive_goes_on_at_once_when_nobody_rings_any_more(house: House) -> None:
    house.opens("progressive")
    house.habits(marcus="refuses", keisha="busy", priya=QUICK)
    outcome = house.call()
    assert outcome.bridged == (NAMES[PRIYA],)
    assert house.offers == {MARCUS: "rejected", KEISHA: "timeout", PRIYA: "wrapping"}


def test_whoever_takes_her_and_is_gone_before_they_meet_leaves_her_to_the_next(house: House) -> None:
    house.opens()
    house.habits(marcus=SLOW, keisha=QUICK, priya=SLOW)

    def goes_once_she_has_pressed_the_key(playing: Playing) -> None:
        if house.offers.get(KEISHA) == "accepted" and playing.leg_of(NAMES[KEISHA]).ended_s is None:
            playing.leg_of(NAMES[KEISHA]).hang_up()

    house.acts = {tenth / 10: goes_once_she_has_pressed_the_key for tenth in range(60, 100)}
    outcome = house.call()
    assert len(outcome.bridged) == 1
    assert outcome.bridged[0] in (NAMES[MARCUS], NAMES[PRIYA])
    assert any("cut off" in words for words in outcome.heard)


def test_while_rest_fails_her_next_wait_document_leads_her_to_whoever_took_her(house: House) -> None:
    house.opens()
    house.habits(keisha=QUICK)
    house.acts = {7.5: lambda _: house.switches.faults.extend(["500-before"] * 12)}
    outcome = house.call()
    assert outcome.bridged == (NAMES[KEISHA],)
    assert [line for line in outcome.lines if line.what == "moved"] == []


def test_two_callers_at_once_never_share_a_phone(house: House) -> None:
    """The network reports a phone that is called while it rings or talks (I3)."""
    house.opens()
    house.habits(marcus=QUICK, keisha=SLOW, priya=SLOW)
    others: list[asyncio.Task[CallOutcome]] = []

    def second(playing: Playing) -> None:
        calling = place_call(playing.exchange, Caller("+18135550177", CallerHabit(talk_s=12.0)), DETOX)
        others.append(asyncio.ensure_future(calling))

    house.acts, house.after_s = {3.0: second}, 40.0
    house.call()
    taken = [row for row in house.room.rows("reservations") if row["state"] in ("wrapping", "completed")]
    assert sorted(str(row["outcome"]) for row in house.room.rows("inquiries")) == ["answered", "answered"]
    assert len({row["coordinator_id"] for row in taken}) == len(taken) == 2
    assert all(other.done() for other in others)


def test_a_talk_that_began_this_way_can_be_transferred(house: House) -> None:
    house.opens(members=(MARCUS, KEISHA))
    house.habits(marcus=QUICK, keisha=SLOW)
    told: list[int] = []

    async def transferred(playing: Playing, scene: Scene) -> None:
        await playing.at(14)
        told.append((await playing.transfer()).status_code)

    house.room.desk.by.live.set_followed("harbor-recovery", milliseconds(house.room.now))
    outcome, scene = play(house.stage, house.folder, transferred, DETOX, CallerHabit(talk_s=45.0), lambda _: None, 12)
    assert (told, scene.faults) == ([202], [])
    assert outcome.bridged[-1] == NAMES[PRIYA]
    assert house.room.row("leads")["owner_id"] == PRIYA
    house.check()
