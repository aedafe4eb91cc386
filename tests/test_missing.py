"""Asking by text for what is missing: what is asked next, and what a reply means for certain."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

import routing
from routing.rulebook.compile import compiled
from routing.rulebook.load import read
from routing.rulebook.places import city_names
from routing.rules.book import Book
from routing.rules.missing import Answer, Asked, Question, closed, next_question, put, understood
from routing.rules.planning import plan
from routing.rules.values import Inquiry, Person, Stated
from routing.rules.wording.picking import Option, Picked, Unclear, Why, picked
from sms.words import in_words

PRACTICES = Path(routing.__file__).parent / "practices"
TUESDAY = datetime(2026, 11, 17, 17, 0, tzinfo=UTC)
OFFICES = (
    Option("EVN", "Evanston", state="IL"),
    Option("NAP", "Naperville", state="IL"),
    Option("KEN", "Kenosha", state="WI"),
)
CHARLES = (Option("a", "St. Charles, IL"), Option("b", "Saint Charles, MO"), Option("c", "Aurora, IL"))


def book_of(practice: str) -> Book:
    file = PRACTICES / f"{practice}.yaml"
    reading = read(file.read_text(encoding="utf-8"), file.name)
    assert reading.file is not None
    return compiled(reading.file, reading.digest, 1)


@pytest.fixture(scope="module")
def lakeside() -> Book:
    return book_of("lakeside-specialty")


@pytest.fixture(scope="module")
def harbor() -> Book:
    return book_of("harbor-recovery")


ORTHO: Mapping[str, str] = MappingProxyType({"category": "orthopaedics", "channel": "text"})


def asked_about(book: Book, facts: Mapping[str, str], *ask: str, before: tuple[Asked, ...] = ()) -> Question:
    question = next_question(book, facts, ask, before, "en")
    assert question is not None
    return question


def test_only_offices_with_the_specialty_are_listed(lakeside: Book) -> None:
    question = asked_about(lakeside, ORTHO, "location")
    assert in_words(lakeside, question, "en") == ("Which office suits you? 1 Evanston 2 Naperville", "en")
    assert in_words(lakeside, question, "es") == ("¿Qué consultorio le conviene? 1 Evanston 2 Naperville", "es")
    assert in_words(replace(lakeside, templates={}), question, "es")[0].startswith("¿Qué consultorio")


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("2", "NAP"),
        ("2.", "NAP"),
        ("#2", "NAP"),
        ("(2) please", "NAP"),
        ("naperville pls", "NAP"),
        ("NAPERVILLE!!", "NAP"),
        ("Napervile", "NAP"),
        ("naperville works best for me", "NAP"),
        ("Naperville, IL", "NAP"),
        ("naperville ok", "NAP"),
        ("second one", "NAP"),
        ("the 2nd one please", "NAP"),
        ("the second", "NAP"),
        ("la 2", "NAP"),
        ("la segunda por favor", "NAP"),
        ("el dos", "NAP"),
        ("option two", "NAP"),
        ("quiero la de Naperville", "NAP"),
        ("Evanston me conviene", "EVN"),
        ("una, la primera", "EVN"),
        ("one", "EVN"),
        ("the third one", "KEN"),
        ("Kenosa", "KEN"),
    ],
)
def test_a_choice_is_taken_by_number_or_by_name(reply: str, value: str) -> None:
    found = picked(OFFICES, reply, city_names())
    assert isinstance(found, Picked), found
    assert found.value == value


@pytest.mark.parametrize(
    ("reply", "because"),
    [
        ("", "silence"),
        ("\U0001f44d", "silence"),
        ("4", "wrong_number"),
        ("0", "wrong_number"),
        ("1 or 2", "nothing_known"),
        ("1 and 2", "nothing_known"),
        ("evanston or naperville", "several"),
        ("not naperville", "denied"),
        ("anything but evanston", "denied"),
        ("2 pm works", "nothing_known"),
        ("I have 2 kids", "nothing_known"),
        ("Chicago", "elsewhere"),
        ("Kenosha, TX", "elsewhere"),
        ("evanston wyoming", "elsewhere"),
        ("either", "no_choice"),
        ("I don't know", "no_choice"),
        ("cualquiera", "no_choice"),
        ("can I talk to a real person", "person"),
        ("my knee hurts", "nothing_known"),
        ("x" * 2000, "nothing_known"),
    ],
)
def test_whatever_is_not_certain_is_unclear(reply: str, because: Why) -> None:
    found = picked(OFFICES, reply, city_names())
    assert found == Unclear(because)


def test_two_towns_of_one_name_are_told_apart_by_their_state_only() -> None:
    assert picked(CHARLES, "St. Charles") == Unclear("several")
    assert picked(CHARLES, "saint charles MO") == Picked("b", "Saint Charles, MO")
    assert picked(CHARLES, "st charles illinois") == Picked("a", "St. Charles, IL")
    assert picked(CHARLES, "Aurora, CO") == Unclear("elsewhere")
    assert picked(CHARLES, "aurora in the morning") == Picked("c", "Aurora, IL")


def reply_to(question: Question, text: str) -> Mapping[str, tuple[str, str]]:
    said = understood(question, text, city_names())
    assert isinstance(said, Answer), said
    return {name: (stated.value, stated.source) for name, stated in said.stated.items()}


def test_a_listed_city_or_a_zip_is_understood_instead_of_an_office(lakeside: Book) -> None:
    question = asked_about(lakeside, ORTHO, "location")
    assert reply_to(question, "naperville pls") == {"location": ("NAP", "picked")}
    assert reply_to(question, "Aurora") == {"city": ("Aurora, IL", "picked")}
    assert reply_to(question, "60505") == {"zip": ("60505", "typed")}
    assert understood(question, "St. Charles", city_names()) == Unclear("elsewhere")


def test_a_reply_plans_again_and_a_conflict_keeps_both_and_goes_to_general_intake(lakeside: Book) -> None:
    question = asked_about(lakeside, ORTHO, "location")

    def planned(text: str) -> tuple[str, str]:
        answer = understood(question, text, city_names())
        assert isinstance(answer, Answer)
        given = {"category": Stated("orthopaedics"), **answer.stated}
        decided = plan(lakeside, Inquiry("iq_1", "text", TUESDAY, given), Person(), TUESDAY)
        return decided.queue, decided.reason

    assert planned("2") == ("ortho-new-NAP", "specialty_at_location")
    assert planned("Aurora") == ("ortho-new-NAP", "specialty_at_location")
    assert set(reply_to(question, "Aurora 53140")) == {"city", "zip"}
    assert planned("Aurora 53140") == ("general-intake", "location_conflict")


def test_one_question_at_a_time_in_the_order_of_the_category_and_never_what_is_known(lakeside: Book) -> None:
    asked: tuple[Asked, ...] = ()
    put_in_order = []
    facts = dict(ORTHO)
    while question := next_question(lakeside, facts, ("location",), asked, "en"):
        put_in_order.append(question.attribute)
        asked = put(asked, question)
        answer = understood(question, "after four" if question.attribute == "best_time" else "1")
        assert isinstance(answer, Answer)
        asked = closed(asked, question, answer)
    assert put_in_order == ["location", "patient", "best_time"]
    assert asked_about(lakeside, {**facts, "location": "NAP"}).attribute == "patient"
    assert (
        next_question(lakeside, {**facts, "location": "NAP", "patient": "new", "best_time": "x"}, (), (), "en") is None
    )


def test_an_unclear_reply_is_asked_about_once_more_and_then_a_person_takes_over(lakeside: Book) -> None:
    first = asked_about(lakeside, ORTHO, "location")
    asked = put((), first)
    asked = closed(asked, first, understood(first, "hmm let me think", city_names()))
    again = asked_about(lakeside, ORTHO, "location", before=asked)
    assert again.again
    assert in_words(lakeside, again, "en")[0].startswith("Sorry, we did not get that.")
    asked = closed(put(asked, again), again, understood(again, "hmm", city_names()))
    assert next_question(lakeside, ORTHO, ("location",), asked, "en") is None


def test_who_wants_a_person_is_not_asked_again(lakeside: Book) -> None:
    first = asked_about(lakeside, ORTHO, "location")
    asked = closed(put((), first), first, understood(first, "I want to talk to a real person"))
    assert next_question(lakeside, ORTHO, ("location",), asked, "en") is None


def test_payers_are_listed_as_the_offices_take_them_and_known_by_their_words(harbor: Book) -> None:
    facts = {"level_of_care": "residential", "category": "residential", "location": "PNS", "channel": "text"}
    question = asked_about(harbor, facts, "payer")
    assert [option.value for option in question.options] == ["commercial", "medicaid", "self-pay"]
    for words, payer in (("private insurance", "commercial"), ("out of pocket", "self-pay"), ("medicaid", "medicaid")):
        assert reply_to(question, words) == {"payer": (payer, "picked")}
    assert understood(question, "I have insurance") == Unclear("nothing_known")
    assert understood(question, "medicaid and private") == Unclear("several")


def test_a_list_that_tells_what_is_treated_is_never_texted_but_may_be_asked_in_a_chat(harbor: Book) -> None:
    assert next_question(harbor, {"channel": "text"}, ("level_of_care",), (), "en") is None
    question = asked_about(harbor, {"channel": "chat"}, "level_of_care")
    assert reply_to(question, "detox") == {"level_of_care": ("detox", "picked")}


def test_a_free_answer_is_kept_as_it_was_said_and_bounded(lakeside: Book) -> None:
    facts = {**ORTHO, "location": "NAP", "patient": "new"}
    question = asked_about(lakeside, facts)
    assert (question.attribute, question.options) == ("best_time", ())
    answer = understood(question, "  after 4, or Friday " + "x" * 500)
    assert isinstance(answer, Answer)
    assert answer.free
    assert len(answer.stated["best_time"].value) == 200
    assert understood(question, "   ") == Unclear("silence")
