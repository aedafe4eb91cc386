"""S-3: A-78, a number of its own per ad and location; the call part, through Twilio's door."""

import pytest

from rehearsal.people import CallerHabit
from tests.rooms import CHICAGO
from tests.stage import Stage

ORTHO_NAP, CALLER = "+16305550122", "+16305550143"


@pytest.mark.parametrize(
    "habit",
    [CallerHabit(says=("orthopaedics",)), CallerHabit(says=("my knee hurts",)), CallerHabit(keys=("1",))],
    ids=["by name", "in her words", "by key"],
)
def test_s03_who_says_or_keys_orthopaedics_is_offered_to_the_office_of_the_number(
    stage: Stage, habit: CallerHabit
) -> None:
    stage.room.now = stage.room.now.astimezone(CHICAGO).replace(hour=10, minute=30)
    outcome = stage.call(ORTHO_NAP, CALLER, habit)
    assert outcome.failures == ()
    assert outcome.bridged == ("Rosa Lindqvist",)
    whispered = [line.text for line in outcome.lines if line.what == "hears" and line.who == "Rosa Lindqvist"]
    assert whispered[0].startswith("Ortho search, Naperville, new caller")
    (lead,), (inquiry,), (offer,) = (stage.room.rows(name) for name in ("leads", "inquiries", "reservations"))
    assert offer["queue"] == lead["queue"] == "ortho-new-NAP"
    assert (lead["owner_id"], lead["category"], lead["location"]) == ("rosa-lindqvist", "orthopaedics", "NAP")
    assert (lead["campaign"], inquiry["campaign"]) == ("ortho-search", "ortho-search")


def test_s03_every_copy_of_every_webhook_creates_nothing_more(stage: Stage) -> None:
    stage.copies = 3
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("orthopaedics",)))
    assert outcome.failures == ()
    assert outcome.bridged == ("Rosa Lindqvist",)
    assert [len(stage.room.rows(name)) for name in ("leads", "inquiries", "reservations", "attempts")] == [1, 1, 1, 1]
