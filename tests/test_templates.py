"""Templates of a practice are Jinja2's, in its sandbox: what could fail, take long or reach further is refused when the
file is published, so that whatever was published can be said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rulebook.check_templates import MAY_STAND, TOO_LONG, faults, names_in, words_in
from routing.rulebook.filling import NAMES, NOTHING, Unfilled, filled

UNKNOWN = "there is nothing called"
PIECES = (
    "{{ day }}",
    "{% if day %}",
    "{% else %}",
    "{% endif %}",
    "{{ day|upper }}",
    "{{",
    "}}",
    "{%",
    "range(9)",
    "a",
)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{{ practice.id }}", MAY_STAND),
        ("{{ day[0] }}", MAY_STAND),
        ("{{ ''.__class__.__mro__ }}", MAY_STAND),
        ("{% for x in range(10) %}a{% endfor %}", MAY_STAND),
        ("{{ range(1000000000) }}", MAY_STAND),
        ("{{ 'a' * 1000000000 }}", MAY_STAND),
        ("{{ day|center(1000000000) }}", MAY_STAND),
        ("{{ '%1000000000s'|format(day) }}", MAY_STAND),
        ("{% set day = 'a' %}", MAY_STAND),
        ("{% include 'secrets' %}", MAY_STAND),
        ("{% macro a() %}{% endmacro %}", MAY_STAND),
        ("{% if 5 == day %}a{% endif %}", MAY_STAND),
        ("{{ cycler }}", UNKNOWN),
        ("{{ password }}", UNKNOWN),
        ("{% if nobody %}a{% endif %}", UNKNOWN),
        ("{{ day", "this is no template"),
        ("{% if day %}a", "this is no template"),
        ("{{ " + "not " * 200 + "day }}", TOO_LONG),
        ("{{ " + "(" * 5_000 + "day" + ")" * 5_000 + " }}", TOO_LONG),
    ],
)
def test_what_may_not_stand_in_a_template_is_refused(text: str, wrong: str) -> None:
    assert any(fault.startswith(wrong) for fault in faults(text)), list(faults(text))


def test_a_template_may_choose_between_its_words_by_what_is_known() -> None:
    text = "{{ coordinator or 'Somebody' }} will call{% if day %} on {{ day|title }} at {{ time }}{% endif %}."
    assert list(faults(text)) == []
    assert filled(text, {**NOTHING, "day": "monday", "time": "9:00 AM"}) == "Somebody will call on Monday at 9:00 AM."
    assert filled(text, {**NOTHING, "coordinator": "Ann {{ day }} <b>"}) == "Ann {{ day }} <b> will call."
    with pytest.raises(Unfilled):
        filled(text, {"coordinator": "Ann"})


def test_the_words_of_every_branch_and_the_names_of_every_condition_are_looked_at() -> None:
    text = "{% if day == 'detox' %}rehab{% else %}{{ 'admissions' if time else reason }}{% endif %}"
    assert words_in(text).split() == ["detox", "rehab", "admissions"]
    assert names_in(text) == {"day", "time", "reason"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8), st.text(max_size=12))
def test_whatever_passes_the_check_can_be_said_with_any_words_put_in(pieces: list[str], word: str) -> None:
    text = "".join(pieces)
    if not list(faults(text)):
        filled(text, dict.fromkeys(NAMES, word))
