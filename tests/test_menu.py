"""The menu: what is heard, what an answer changes, and that no answer at all still leads to a person."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.breaker import Breaker
from gateway.provider.legs import leg_routes
from rehearsal.people import CallerHabit
from rehearsal.signing import SigningKey, signed_headers
from routing import connection
from routing.rules.mismatch import note_of
from routing.rules.planning import plan
from routing.rules.questions import Menu
from routing.rules.values import Inquiry, Person, Stated
from routing.rules.wording.crisis import crisis_in
from routing.rules.wording.intent import heard
from routing.state.inbox import Letter
from tests.rooms import Room
from tests.stage import ACCOUNT, PUBLIC, TOKEN, Stage
from voice.menu import menu_last_words
from voice.webhooks import MenuAnswered

ORTHO_EVN, ORTHO_NAP, DERM_KEN, DETOX = "+18475550121", "+16305550122", "+12625550123", "+18505550131"
CALLER = "+16305550143"
LAKESIDE = "lakeside-specialty"
SILENT = CallerHabit()


def menu_of(room: Room) -> Menu:
    found = room.book(LAKESIDE).menu_of(ORTHO_NAP)
    assert found
    return found


def asked(heard_lines: tuple[str, ...]) -> int:
    return sum("What can we help you with?" in line for line in heard_lines)


@pytest.mark.parametrize(
    ("digits", "speech", "value", "because"),
    [
        ("1", "", "orthopaedics", "1"),
        ("2", "my knee", "dermatology", "2"),
        ("", "orthopaedics", "orthopaedics", "orthopaedics"),
        ("", "I'd like an orthopedic doctor.", "orthopaedics", "orthopedic"),
        ("", "both of my knees hurt", "orthopaedics", "knee"),
        ("", "A mole check?", "dermatology", "mole"),
        ("", "un lunar en la piel", "dermatology", "lunar"),
        ("", "una radiografia", "imaging", "radiografía"),
        ("", "an X-ray", "imaging", "x-ray"),
        ("", "an x ray please", "imaging", "x-ray"),
        ("", "my back pain is back", "orthopaedics", "back pain"),
        ("9", "", None, "wrong_key"),
        ("#", "skin", None, "wrong_key"),
        ("", "", None, "silence"),
        ("", "  ... ", None, "silence"),
        ("", "an MRI of my knee", None, "several"),
        ("", "mumble", None, "nothing_known"),
        ("", "call me back", None, "nothing_known"),
        ("", "skinny jeans", None, "nothing_known"),
        ("", "representative", None, "person"),
        ("", "I want to talk to a person", None, "person"),
        ("", "quiero hablar con alguien", None, "person"),
        ("", "hello this is relay operator 2245", None, "relay"),
        ("", "a person who is deaf is calling about skin through relay", None, "relay"),
    ],
)
def test_a_key_or_certain_words_name_one_choice_and_say_why(
    room: Room, digits: str, speech: str, value: str | None, because: str
) -> None:
    said = heard(menu_of(room), digits, speech)
    assert (said.value, said.because) == (value, because)
    assert said.source == ("spoken" if speech.strip(" .") and not digits else "keyed")


def test_a_caller_is_greeted_and_asked_before_anybody_is_claimed(stage: Stage) -> None:
    outcome = stage.call(ORTHO_EVN, habit=CallerHabit(patience_s=4))
    assert outcome.failures == ()
    assert outcome.rang == ()
    assert outcome.heard[0] == "Thank you for calling Lakeside Specialty."
    assert asked(outcome.heard) == 1
    assert stage.room.rows("reservations") == []


def test_who_hangs_up_in_the_menu_is_an_owned_lead_with_a_callback(stage: Stage) -> None:
    stage.call(ORTHO_EVN, habit=CallerHabit(patience_s=12))
    (lead,), (inquiry,), (task,) = (stage.room.rows(name) for name in ("leads", "inquiries", "tasks"))
    assert (lead["owner_id"], lead["category"]) == ("hana-kowalski", "orthopaedics")
    assert (inquiry["state"], inquiry["outcome"]) == ("ended", "abandoned")
    assert (task["kind"], task["state"], task["owner_id"]) == ("callback", "open", "hana-kowalski")


@pytest.mark.parametrize(
    ("number", "name"), [(ORTHO_EVN, "Hana Kowalski"), (ORTHO_NAP, "Rosa Lindqvist"), (DERM_KEN, "Omar Haddad")]
)
def test_silence_goes_on_by_the_number_s_own_plan_and_is_asked_once(stage: Stage, number: str, name: str) -> None:
    outcome = stage.call(number, habit=SILENT)
    assert outcome.failures == ()
    assert outcome.bridged == (name,)
    assert asked(outcome.heard) == 1


@pytest.mark.parametrize(
    ("habit", "times"),
    [
        (CallerHabit(keys=("9", "9", "9")), 2),
        (CallerHabit(says=("mumble", "mumble", "mumble")), 2),
        (CallerHabit(says=("an MRI of my knee",)), 2),
        (CallerHabit(says=("operator",)), 1),
        (CallerHabit(says=("relay service, go ahead",)), 1),
    ],
    ids=["wrong keys", "unclear words", "two services, then silence", "wants a person", "relay"],
)
def test_nobody_is_kept_from_a_person_by_the_menu(stage: Stage, habit: CallerHabit, times: int) -> None:
    outcome = stage.call(ORTHO_NAP, CALLER, habit)
    assert outcome.failures == ()
    assert outcome.bridged == ("Rosa Lindqvist",)
    assert asked(outcome.heard) == times


def test_the_second_answer_counts_when_the_first_was_unclear(stage: Stage) -> None:
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("mumble", "a rash")))
    assert outcome.bridged == ("Ben Achebe",)
    assert any("did not get that" in line for line in outcome.heard)


@pytest.mark.parametrize("copies", [2, 8])
def test_copies_of_the_answer_claim_once(stage: Stage, copies: int) -> None:
    stage.copies = copies
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(keys=("9", "2")))
    assert outcome.failures == ()
    assert outcome.bridged == ("Ben Achebe",)
    assert [len(stage.room.rows(name)) for name in ("leads", "inquiries", "reservations", "attempts")] == [1, 1, 1, 1]


def test_a_number_without_a_menu_asks_nothing(stage: Stage) -> None:
    outcome = stage.call(DETOX)
    assert not any("press 1 for" in line.lower() for line in outcome.heard)
    assert len(stage.room.rows("decisions")) == 1


def test_closed_hours_ask_nothing(stage: Stage) -> None:
    stage.room.now = stage.room.now.replace(hour=23)
    outcome = stage.call(ORTHO_NAP, CALLER)
    assert asked(outcome.heard) == 0
    assert stage.room.row("leads")["reason"] == "after_hours"


def test_a_menu_of_the_practice_serves_its_numbers_without_one(room: Room) -> None:
    book = room.book(LAKESIDE)
    bare = {number: replace(tracked, menu=None) for number, tracked in book.tracking_numbers.items()}
    plain = replace(book, tracking_numbers=MappingProxyType(bare))
    assert plain.menu_of(ORTHO_NAP) is None
    assert replace(plain, menu="reason-for-visit").menu_of(ORTHO_NAP) == book.menus["reason-for-visit"]
    assert replace(plain, menu="reason-for-visit").menu_of("+18475550199") is None


def test_a_known_person_s_open_lead_of_that_service_is_joined_and_no_other_is_left(stage: Stage) -> None:
    first = stage.call(DERM_KEN, CALLER)
    assert first.bridged == ("Omar Haddad",)
    stage.room.later(minutes=5)
    stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("my skin",)))
    derm, surplus = sorted(stage.room.rows("leads"), key=lambda lead: str(lead["created_at"]))
    assert (derm["category"], derm["closed_at"]) == ("dermatology", None)
    assert (surplus["status"], surplus["close_cause"]) == ("closed", "duplicate")
    assert {row["lead_id"] for row in stage.room.rows("inquiries")} == {derm["id"]}
    assert stage.room.rows("tasks", lead_id=surplus["id"]) == []
    assert stage.room.rows("assignments", lead_id=surplus["id"], until=None) == []


def test_a_known_person_who_wants_something_new_gets_a_second_lead(stage: Stage) -> None:
    stage.call(ORTHO_NAP, CALLER)
    stage.room.later(minutes=5)
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(keys=("2",)))
    assert outcome.bridged == ("Ben Achebe",)
    assert sorted(str(lead["category"]) for lead in stage.room.rows("leads")) == ["dermatology", "orthopaedics"]
    owners = {lead["category"]: lead["owner_id"] for lead in stage.room.rows("leads")}
    assert owners == {"orthopaedics": "rosa-lindqvist", "dermatology": "ben-achebe"}


def test_with_redis_away_the_answer_leads_to_the_fallback_numbers(stage: Stage) -> None:
    stage.room.break_live()
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(keys=("2",)))
    assert outcome.failures == ()
    assert set(outcome.rang) & {"Grace Liu", "Ruth Adler"}
    lead, task = stage.room.row("leads"), stage.room.row("tasks")
    assert (lead["category"], lead["owner_id"]) == ("dermatology", task["owner_id"])


@pytest.mark.parametrize(
    ("words", "told", "category"),
    [
        ("I want to kill myself", "988", "suicide"),
        ("my knee hurts and I want to die", "988", "suicide"),
        ("he took too many pills", "naloxone", "overdose"),
        ("I can't breathe", "911", "emergency"),
    ],
)
def test_crisis_words_are_answered_with_988_and_911_and_then_a_person(
    stage: Stage, words: str, told: str, category: str
) -> None:
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(says=(words,)))
    assert outcome.failures == ()
    assert outcome.bridged == ("Grace Liu",)
    spoken = " ".join(outcome.heard)
    assert all(word in spoken for word in ("988", "911", told))
    (lead,), (inquiry,) = stage.room.rows("leads"), stage.room.rows("inquiries")
    assert (lead["reason"], lead["closed_at"]) == ("crisis", None)
    assert stage.room.receipts(str(inquiry["id"]))[-1]["inquiry"]["crisis"] is True
    assert [row["subject_id"] for row in stage.room.rows("events", topic="crisis")] == [lead["id"]]
    (entry,) = stage.room.rows("audit", action="crisis")
    assert entry["reason"] == category


def test_what_somebody_in_a_crisis_said_stands_nowhere(stage: Stage) -> None:
    words = "I want to kill myself, says Ana Reyes"
    stage.call(ORTHO_NAP, CALLER, CallerHabit(says=(words,)))
    for table in ("inquiries", "decisions", "leads", "audit", "events", "tasks"):
        assert "ana reyes" not in str(stage.room.rows(table)).lower()


def test_in_a_crisis_with_nobody_there_the_practice_s_own_numbers_are_dialled(stage: Stage) -> None:
    for who in stage.room.book(LAKESIDE).coordinators:
        stage.room.wish(who, "away", LAKESIDE)
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("I want to end my life",)))
    assert outcome.failures == ()
    assert set(outcome.rang) & {"Grace Liu", "Ruth Adler"}
    lead = stage.room.row("leads")
    assert stage.room.row("tasks", lead_id=lead["id"])["state"] == "open"


FIELDS: Mapping[str, str] = {"AccountSid": "AC" + "0" * 32, "CallSid": "CA" + "0" * 32}


def test_a_crisis_is_answered_as_one_even_while_no_row_can_be_asked() -> None:
    said = MenuAnswered.model_validate({**FIELDS, "SpeechResult": "I think I overdosed"})
    words = (menu_last_words(said, ("+18135550199",)) or b"").decode()
    assert all(each in words for each in ("988", "911", "naloxone", "+18135550199"))
    other = MenuAnswered.model_validate({**FIELDS, "SpeechResult": "my knee"})
    assert menu_last_words(other, ("+18135550199",)) is None
    assert crisis_in("my knee") is None


def test_words_said_to_the_menu_do_not_show_in_a_repr() -> None:
    assert "knee" not in repr(MenuAnswered.model_validate({**FIELDS, "SpeechResult": "my knee"}))


def test_a_caller_who_withholds_her_number_is_asked_and_connected_all_the_same(stage: Stage) -> None:
    outcome = stage.call(ORTHO_NAP, "anonymous", CallerHabit(keys=("2",)))
    assert outcome.failures == ()
    assert outcome.bridged == ("Ben Achebe",)
    assert stage.room.rows("person_numbers") == []


def test_who_was_cut_off_and_calls_again_is_not_asked_again(stage: Stage) -> None:
    stage.call(ORTHO_NAP, CALLER, CallerHabit(keys=("2",), patience_s=30), everybody="no-answer")
    stage.room.later(seconds=60)
    outcome = stage.call(ORTHO_NAP, CALLER)
    assert outcome.failures == ()
    assert asked(outcome.heard) == 0
    assert outcome.bridged == ("Ben Achebe",)
    assert len(stage.room.rows("leads")) == 1


def test_who_left_before_the_answer_came_is_not_planned_again(stage: Stage) -> None:
    room = stage.room
    stage.call(ORTHO_NAP, CALLER, CallerHabit(patience_s=4))
    (inquiry,) = room.rows("inquiries")
    connection.hang_up(room.desk, str(inquiry["id"]), Letter("again", b""), room.now)
    assert len(room.rows("decisions")) == 1
    assert room.row("inquiries")["outcome"] == "short"


def test_the_question_listens_for_the_words_of_the_practice_file(stage: Stage) -> None:
    stage.call(ORTHO_NAP, CALLER, CallerHabit(patience_s=4))
    document = "".join(str(row["answer"], "utf-8") for row in stage.room.rows("inbox"))  # type: ignore[call-overload]
    assert 'input="dtmf speech"' in document
    assert re.search(r'speechTimeout="\d+"', document)
    assert 'numDigits="1"' in document
    assert "orthopaedics" in document
    assert "radiografía" in document


def test_the_note_names_what_was_asked_for_and_what_was_dialled(room: Room) -> None:
    book = room.book(LAKESIDE)
    said = {"tracking_number": Stated(ORTHO_NAP, "number"), "category": Stated("dermatology", "spoken")}
    inquiry = Inquiry("iq_1", "call", room.now, MappingProxyType(said))
    planned = plan(book, inquiry, Person(), room.now)
    assert note_of(book, planned) == "caller requested dermatology, dialled orthopaedics NAP"
    fits = plan(
        book, replace(inquiry, attributes=MappingProxyType({**said, "category": Stated("imaging")})), Person(), room.now
    )
    assert note_of(book, fits) is None


def spoken_while_down(stage: Stage, speech: str) -> str:
    """What the door says to words in the menu while the database is not asked at all."""
    house = replace(stage.house, breaker=Breaker(lambda: 0.0))
    for _ in range(3):
        house.breaker.failed()
    url = stage.house.board.links.to("menu", "iq_unknown", 0)
    fields = {"AccountSid": ACCOUNT, "CallSid": "CA" + "0" * 32, "To": ORTHO_NAP, "SpeechResult": speech}
    with TestClient(Starlette(routes=leg_routes(house)), base_url=PUBLIC) as client:
        headers = signed_headers(SigningKey(TOKEN), url, fields, "delivery-1")
        answer = client.post(url, data=fields, headers=headers)
    assert answer.status_code == 200
    return answer.text


def test_with_the_database_away_words_of_a_crisis_are_still_answered_as_one(stage: Stage) -> None:
    told = spoken_while_down(stage, "I want to kill myself")
    assert all(each in told for each in ("988", "911", "+13125550158"))
    assert "iq_unknown" not in told


def test_with_the_database_away_other_words_lead_to_the_fallback_numbers(stage: Stage) -> None:
    told = spoken_while_down(stage, "my knee")
    assert "988" not in told
    assert "+13125550158" in told
