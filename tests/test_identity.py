"""Whose inquiry it is, by number, address and name; and when somebody likes to be called, in her own words."""

from datetime import UTC, datetime, timedelta

import pytest

from routing.rulebook.names import likeness
from routing.rules.best_time import best_time
from routing.rules.identity import Likeness, Sighting, recognise
from tests.rooms import CHICAGO

NOW = datetime(2026, 11, 17, 10, 0, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("Ana Reyes", "REYES, Ana", "same"),
        ("Ana Reyes", "Dr. Ana M. Reyes", "same"),
        ("Ana Reyes", "reyes ana", "same"),
        ("José García", "Jose Garcia", "same"),
        ("Bob Miller", "Robert Miller", "same"),
        ("Annabelle Whitlock", "Annabele Whitlok", "same"),
        ("Ana Reyes Soto", "Ana Soto", "same"),
        ("Bjørn Sørensen", "Bjorn Sorensen", "same"),
        ("Işık Yılmaz", "Isik Yilmaz", "same"),
        ("Jo-Ann Smith", "JoAnn Smith", "same"),
        ("Mary Ann Smith", "Maryann Smith", "same"),
        ("Chris Lee", "Christina Lee", "same"),
        ("Alex Kim", "Alexandra Kim", "same"),
        ("John Smith Jr.", "John Smith", "same"),
        ("Анна Иванова", "Anna Ivanova", "unsure"),
        ("Ana", "Ana Reyes", "unsure"),
        ("A. Reyes", "Ana Reyes", "unsure"),
        ("Mrs Reyes", "Ana Reyes", "unsure"),
        ("Ana Reyes", "Ana Holm", "unsure"),
        ("", "Ana Reyes", "unsure"),
        ("Ana Reyes", "Carmen Reyes", "different"),
        ("Maria Reyes", "Mario Reyes", "different"),
        ("Christopher Lee", "Christina Lee", "different"),
        ("Daniel Ortiz", "Danielle Ortiz", "different"),
        ("Gabriel Ruiz", "Gabriela Ruiz", "different"),
        ("Francisco Ruiz", "Francisca Ruiz", "different"),
        ("Christian Lee", "Christina Lee", "different"),
        ("John Smith Jr.", "John Smith Sr", "different"),
        ("王小明", "李雷", "different"),
        ("Carmen", "Ana Reyes", "different"),
        ("Ana Reyes", "Peter Holm", "different"),
    ],
)
def test_two_names_are_the_same_another_or_say_nothing(one: str, other: str, verdict: Likeness) -> None:
    assert likeness(one, other) == likeness(other, one) == verdict


def seen(person: str, name: Likeness, *, number: bool = True, email: bool = False, first: bool = False) -> Sighting:
    return Sighting(person, number, email, first, name)


def test_the_number_counts_most_and_a_name_that_is_clearly_another_takes_anybody_out() -> None:
    ana, mother = seen("ana", "different", first=True), seen("mother", "same")
    assert recognise([ana, mother]).person == "mother"
    assert recognise([ana]).person is None
    assert recognise([seen("ana", "different", number=True, email=True, first=True)]).person is None
    assert recognise([seen("first", "unsure", first=True), seen("second", "unsure")]).person == "first"
    by_email = seen("writer", "same", number=False, email=True)
    assert recognise([by_email]).keys == ("email", "name")
    assert recognise([by_email, seen("caller", "unsure", first=True)]).person == "caller"
    assert recognise([]).person is None


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("after 16:00", "17 16:00", "17 20:00"),
        ("after 4", "17 16:00", "17 20:00"),
        ("call me after 9 am please", "17 09:00", "17 20:00"),
        ("after 8", "17 08:00", "17 20:00"),
        ("before 9:30", "18 08:00", "18 09:30"),
        ("between, after 1 pm, until 3 pm", "17 13:00", "17 15:00"),
        ("tomorrow at 3 pm", "18 15:00", "18 20:00"),
        ("Mornings", "17 08:00", "17 12:00"),
        ("después de las 5", "17 17:00", "17 20:00"),
        ("evening", "17 17:00", "17 20:00"),
        ("not before 11", "17 11:00", "17 20:00"),
        ("please don't call after 5", "17 08:00", "17 17:00"),
        ("between 2 and 4 pm", "17 14:00", "17 16:00"),
        ("from 10 to 2", "17 10:00", "17 14:00"),
        ("6-8pm", "17 18:00", "17 20:00"),
        ("entre las 3 y las 5", "17 15:00", "17 17:00"),
        ("after 4:30", "17 16:30", "17 20:00"),
        ("after 04:30", "17 04:30", "17 20:00"),
        ("por la mañana", "17 08:00", "17 12:00"),
        ("mañana por la tarde", "18 12:00", "18 17:00"),
        ("no llamen antes de las 11", "17 11:00", "17 20:00"),
    ],
)
def test_her_words_name_a_stretch_of_the_practices_day(words: str, since: str, until: str) -> None:
    found = best_time(words, "America/Chicago", NOW)
    assert found
    local = [each.astimezone(CHICAGO).strftime("%d %H:%M") for each in (found.since, found.until)]
    assert local == [since, until]


@pytest.mark.parametrize(
    "words", ["", "whenever", "after lunch time or so 25:00", "after 26", "13", "call 847 555 0141"]
)
def test_words_that_name_no_hour_change_nothing(words: str) -> None:
    found = best_time(words, "America/Chicago", NOW)
    assert found is None or words.startswith("after lunch")


def test_f51_an_hour_that_is_skipped_or_comes_twice_is_an_instant_once() -> None:
    spring = datetime(2027, 3, 14, 1, 0, tzinfo=CHICAGO)
    found = best_time("after 2:30 am", "America/Chicago", spring)
    assert found
    assert found.since == datetime(2027, 3, 14, 8, 30, tzinfo=UTC)
    autumn = best_time("after 1:30 am", "America/Chicago", datetime(2026, 11, 1, 0, 10, tzinfo=CHICAGO))
    assert autumn
    assert autumn.since == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert autumn.until - autumn.since == timedelta(hours=19, minutes=30)
