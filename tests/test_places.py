"""Distance and pick-lists: only what is certain is taken."""

import pytest

from routing.rulebook.places import Nearness, city_option, kilometres, place

LAKESIDE = ("Evanston, IL", "Skokie, IL", "Naperville, IL", "Aurora, IL", "Kenosha, WI", "Racine, WI")
ZIPS = {"PNS": "32501", "TPA": "33602", "JAX": "32202"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Kenosa, WI", "Kenosha, WI"),
        ("kenosha", "Kenosha, WI"),
        ("KENOSHA WI", "Kenosha, WI"),
        ("  Evanston ", "Evanston, IL"),
        ("Napervile IL", "Naperville, IL"),
        ("Kenosha, IL", None),
        ("Racine, FL", None),
        ("Chicago", None),
        ("Medina", None),
        ("WI", None),
        ("", None),
        ("x", None),
    ],
)
def test_a_typed_city_is_taken_only_if_it_is_certain(typed: str, meant: str | None) -> None:
    assert city_option(typed, LAKESIDE) == meant


def test_two_candidates_are_none() -> None:
    both = ("St. Charles, IL", "Saint Charles, MO")
    assert city_option("St. Charles", both) is None
    assert city_option("st charles mo", both) == "Saint Charles, MO"


def test_options_without_a_state_are_checked_against_the_state_that_was_typed() -> None:
    assert city_option("Kenosa, WI", ("Kenosha", "Racine")) == "Kenosha"
    assert city_option("Racine, FL", ("Kenosha", "Racine")) is None


def test_another_real_city_is_never_a_misspelling() -> None:
    assert city_option("Auroras", ("Aurora, IL",)) == "Aurora, IL"
    assert city_option("Newark", ("Newart, NJ",)) is None


def test_a_zip_orders_locations_by_distance() -> None:
    nearness = Nearness({}, ZIPS)
    assert nearness["32202"] == ("JAX", "TPA", "PNS")
    assert nearness["32256-1234"] == ("JAX", "TPA", "PNS")
    assert nearness["32501"][0] == "PNS"


@pytest.mark.parametrize("unknown", ["00000", "", "abc", "3220", "Jacksonville", "\u0663\u0662\u0662\u0660\u0662"])
def test_an_unknown_place_is_absent(unknown: str) -> None:
    nearness = Nearness({}, ZIPS)
    assert unknown not in nearness
    assert nearness.get(unknown) is None


def test_the_order_of_a_zip_is_worked_out_once() -> None:
    nearness = Nearness({}, ZIPS)
    assert nearness["33602"] is nearness["33602"]


def test_a_listed_order_beats_distance() -> None:
    nearness = Nearness({"skokie": ("EVN", "KEN", "NAP")}, {"EVN": "60201", "NAP": "60540", "KEN": "53140"})
    assert nearness["Skokie"] == ("EVN", "KEN", "NAP")
    assert nearness["60076"] == ("EVN", "NAP", "KEN")


def test_without_zips_only_listed_cities_are_known() -> None:
    nearness = Nearness({"skokie": ("EVN",)}, {"EVN": ""})
    assert list(nearness) == ["skokie"]
    assert len(nearness) == 1
    assert "60076" not in nearness


def test_distance_is_the_great_circle_in_kilometres() -> None:
    tampa, jacksonville = place("33602"), place("32202")
    assert tampa is not None
    assert jacksonville is not None
    assert kilometres(tampa, jacksonville) == pytest.approx(273, abs=5)
