"""S-24, A-20 A-82 A-88: a typed city counts only if it is certain; a conflict goes to general intake with both values.
S-25, A-83: an office closed by hand has its forms taken by the one that stands in."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from routing.state.practice import closures
from routing.state.practice.closures import Closure
from tests.form_stage import LAKESIDE, FormStage
from tests.rooms import CHICAGO, Room
from tests.stage import house_of, settings_of

ONE = datetime(2026, 11, 17, 13, 0, tzinfo=CHICAGO)


@pytest.fixture
def forms(room: Room, tmp_path: Path) -> FormStage:
    room.now = ONE
    return FormStage(room, house_of(room, settings_of(tmp_path)))


def test_s24_a_misspelled_city_is_known_and_an_uncertain_one_is_asked_for(forms: FormStage) -> None:
    known = forms.lead_of(forms.post("lp-102", city="Kenosa, WI"))
    assert (known["location"], known["queue"]) == ("KEN", "derm-new-KEN")
    asked = forms.lead_of(forms.post(city="St. Charles", phone="+18475550144", name="Otto Brandt"))
    assert (asked["queue"], asked["reason"]) == ("general-intake", "location_missing")
    assert forms.room.row("questions")["attribute"] == "location"


def test_s24_a_city_and_a_zip_that_disagree_go_to_general_intake_with_both_kept(forms: FormStage) -> None:
    answer = forms.post(city="Aurora", zip="53140")
    lead = forms.lead_of(answer)
    assert (lead["queue"], lead["reason"], lead["owner_id"]) == ("general-intake", "location_conflict", "grace-liu")
    (receipt,) = forms.room.receipts(answer.json()["id"])
    said = {name: stated["value"] for name, stated in receipt["inquiry"]["attributes"].items()}
    assert (said["city"], said["zip"]) == ("Aurora, IL", "53140")
    inquiry = forms.room.row("inquiries")
    column = forms.room.table("inquiries").c.extras
    kept = json.loads(forms.room.db.vault.unseal(column, str(inquiry["id"]), inquiry["extras"]))  # type: ignore[arg-type]
    assert (kept["answers"]["city"], kept["answers"]["zip"]) == ("Aurora", "53140")


def test_s25_a_posted_form_for_the_closed_office_goes_to_the_one_that_stands_in(forms: FormStage) -> None:
    room, until = forms.room, datetime(2026, 11, 17, 17, 30, tzinfo=CHICAGO)
    closures.close(
        room.db, Closure("cl_1", LAKESIDE, "location", "NAP", "burst_pipe", "neil-fontaine", ONE, until), ONE
    )
    room.desk.shelf.refresh()
    room.later(minutes=20)
    lead = forms.lead_of(forms.post(city="Aurora"))
    assert (lead["queue"], lead["reason"], lead["location"]) == ("ortho-new-EVN", "fallback_office", "EVN")
