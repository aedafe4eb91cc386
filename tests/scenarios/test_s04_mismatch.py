"""S-4: A-79, the caller wants another specialty than the number's office has; she is sent there while she is there."""

from rehearsal.people import CallerHabit
from tests.rooms import CHICAGO
from tests.stage import Stage

ORTHO_NAP, CALLER = "+16305550122", "+16305550143"


def test_s04_a_mole_check_on_an_orthopaedics_number_goes_to_dermatology(stage: Stage) -> None:
    stage.room.now = stage.room.now.astimezone(CHICAGO).replace(hour=10, minute=30)
    started = stage.room.now
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("a mole check",)))
    assert outcome.failures == ()
    assert outcome.bridged == ("Ben Achebe",)
    whispered = [line.text for line in outcome.lines if line.what == "hears" and line.who == "Ben Achebe"]
    assert "asked for dermatology on an orthopaedics number" in whispered[0].lower()
    (lead,), (offer,) = stage.room.rows("leads"), stage.room.rows("reservations")
    assert offer["queue"] == lead["queue"] == "derm-new-EVN"
    assert (lead["category"], lead["location"], lead["campaign"]) == ("dermatology", "EVN", "ortho-search")
    assert (lead["reason"], lead["owner_id"]) == ("specialty_mismatch", "ben-achebe")
    assert lead["clock_started_at"] == started


def test_s04_the_move_is_logged_and_the_receipt_says_what_was_said_to_cause_it(stage: Stage) -> None:
    stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("a mole check",)))
    (inquiry,) = stage.room.rows("inquiries")
    entry, reply = stage.room.receipts(str(inquiry["id"]))
    assert (entry["trigger"], reply["trigger"]) == ("entry", "reply")
    said = reply["inquiry"]["attributes"]["category"]
    assert (said["value"], said["source"], said["phrase"]) == ("dermatology", "spoken", "mole")
    reasons = [(row["reason"], row["owner_id"]) for row in stage.room.rows("assignments")]
    assert reasons == [
        ("specialty_at_location", "rosa-lindqvist"),
        ("specialty_mismatch", "ben-achebe"),
        ("accepted", "ben-achebe"),
    ]
