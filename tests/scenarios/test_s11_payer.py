"""S-11: B-7, the payer picks desk and workflow inside the practice, at the desk."""

import pytest

from tests.rooms import Room


@pytest.mark.parametrize(
    ("said", "queue", "coordinator", "reason"),
    [
        ({"payer": "commercial", "language": "en"}, "admissions-commercial", "dana-whitlock", "payer_commercial"),
        ({"payer": "commercial", "language": "es"}, "admissions-commercial", "luis-ortega", "payer_commercial"),
        ({"payer": "medicaid"}, "admissions-medicaid", "priya-nair", "payer_medicaid"),
        ({}, "admissions-general", "marcus-bell", "payer_unknown"),
    ],
)
def test_s11_each_payer_has_its_desk(
    room: Room, said: dict[str, str], queue: str, coordinator: str, reason: str
) -> None:
    call = room.call(contact="+18135550170", **said)
    assert (call.reply.plan.queue, call.coordinator, call.reply.plan.reason) == (queue, coordinator, reason)
    assert call.lead["reason"] == reason


def test_s11_medicaid_has_its_own_target_and_only_the_facilities_that_take_it(room: Room) -> None:
    near_pensacola = room.call(contact="+18505550171", payer="medicaid", level_of_care="residential", zip="32501")
    assert near_pensacola.reply.plan.location == "TPA"
    medicaid = room.book().categories["medicaid"]
    target = near_pensacola.reply.plan.due_at - room.now
    assert (
        target.total_seconds() == medicaid.response_target_s != room.book().categories["residential"].response_target_s
    )


def test_s11_an_unknown_payer_is_asked_later(room: Room) -> None:
    assert "payer" in room.call(contact="+18505550172").reply.plan.ask
