"""S-10: B-6, the nearest facility or the one with the right level of care, at the desk."""

from routing.desk import Reply
from tests.rooms import Room

JACKSONVILLE = "32202"


def form(room: Room, **said: str) -> Reply:
    return room.receive(room.arrival(channel="form", contact="+18505550165", **said))


def located(reply: Reply) -> tuple[str | None, str]:
    return next((said.value, said.reason) for said in reply.plan.decided if said.layer == "location")


def test_s10_detox_goes_to_the_only_facility_that_has_it_although_another_is_nearer(room: Room) -> None:
    assert located(form(room, zip=JACKSONVILLE, level_of_care="detox")) == ("PNS", "level_of_care")


def test_s10_intensive_outpatient_goes_to_the_nearest(room: Room) -> None:
    assert located(form(room, zip=JACKSONVILLE, level_of_care="iop")) == ("JAX", "nearest_facility")


def test_s10_unknown_level_of_care_goes_to_general_intake_with_the_question(room: Room) -> None:
    reply = form(room, zip=JACKSONVILLE)
    assert reply.plan.queue == "general-intake"
    assert "level_of_care" in reply.plan.ask


def test_s10_the_area_code_alone_never_decides(room: Room) -> None:
    reply = room.receive(room.arrival(channel="form", contact="+19045550165", level_of_care="residential"))
    assert reply.plan.location is None


def test_s10_the_lead_keeps_location_and_level_of_care(room: Room) -> None:
    call = room.call(contact="+18505550165", zip=JACKSONVILLE, level_of_care="detox", payer="commercial")
    assert (call.lead["location"], call.lead["level_of_care"], call.lead["category"]) == ("PNS", "detox", "detox")
