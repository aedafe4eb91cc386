"""Closing by hand: what stands in the rows is in the calendars of every process until it ends or is lifted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from gateway.api.asking import Operation
from gateway.api.table import OPERATIONS
from gateway.app import app
from gateway.keeping.embedded import Valkey
from gateway.tokens import mint
from routing.rules.hours import verdict
from routing.state.practice import closures, tokens
from routing.state.practice.closures import KEPT, Closure
from routing.state.practice.shelf import Shelf
from routing.state.practice.tokens import Token
from tests.rooms import Room
from tests.stage import house_of, settings_of
from worker.clock import closures_over

HARBOR, LAKESIDE = "harbor-recovery", "lakeside-specialty"


def closing(room: Room, id: str = "cl_1", scope: str = "location", target: str = "NAP", **more: Any) -> Closure:
    given = {"starts_at": room.now, "ends_at": room.now + timedelta(hours=3), **more}
    return Closure(id, LAKESIDE, scope, target, "burst_pipe", "grace-liu", **given)  # type: ignore[arg-type]


def close(room: Room, *made: Closure) -> None:
    for each in made:
        closures.close(room.db, each, room.now)
    room.desk.shelf.refresh()


def hours(room: Room, queue: str, at: datetime | None = None) -> tuple[bool, str]:
    found = verdict(room.book(LAKESIDE).queues[queue].calendar, at or room.now)
    return found.open, found.reason


def test_an_office_closed_by_hand_closes_its_queues_and_no_other(room: Room) -> None:
    close(room, closing(room))
    assert hours(room, "ortho-new-NAP") == (False, "manual_closure")
    assert hours(room, "ortho-new-EVN") == (True, "open")
    assert hours(room, "imaging-new")[0]


def test_a_practice_closed_by_hand_is_closed_everywhere(room: Room) -> None:
    close(room, closing(room, scope="practice", target=LAKESIDE))
    assert {hours(room, queue) for queue in ("ortho-new-NAP", "ortho-new-EVN", "imaging-new")} == {
        (False, "manual_closure")
    }
    assert verdict(room.book(HARBOR).calendar, room.now).open


def test_a_queue_closed_by_hand_leaves_its_office_open(room: Room) -> None:
    close(room, closing(room, scope="queue", target="ortho-new-NAP"))
    assert hours(room, "ortho-new-NAP") == (False, "manual_closure")
    assert verdict(room.book(LAKESIDE).locations["NAP"].calendar, room.now).open


def test_a_closure_ends_by_itself_in_the_second_it_said(room: Room) -> None:
    close(room, closing(room, ends_at=room.now + timedelta(minutes=30)))
    end = room.now + timedelta(minutes=30)
    assert hours(room, "ortho-new-NAP", end - timedelta(seconds=1)) == (False, "manual_closure")
    assert hours(room, "ortho-new-NAP", end) == (True, "open")


def test_a_lifted_closure_is_over_now_and_was_one_before(room: Room) -> None:
    close(room, closing(room))
    began = room.now
    room.later(minutes=20)
    assert closures.lift(room.db, LAKESIDE, "cl_1", "grace-liu", room.now)
    assert not closures.lift(room.db, LAKESIDE, "cl_1", "grace-liu", room.now)
    room.desk.shelf.refresh()
    assert hours(room, "ortho-new-NAP") == (True, "open")
    assert hours(room, "ortho-new-NAP", began) == (False, "manual_closure")


def test_a_closure_lifted_before_it_began_never_was_one(room: Room) -> None:
    starts = room.now + timedelta(hours=1)
    close(room, closing(room, starts_at=starts))
    assert closures.lift(room.db, LAKESIDE, "cl_1", "grace-liu", room.now)
    room.desk.shelf.refresh()
    assert hours(room, "ortho-new-NAP", starts) == (True, "open")


def test_another_practice_cannot_lift_it(room: Room) -> None:
    close(room, closing(room))
    assert not closures.lift(room.db, HARBOR, "cl_1", "joan-mercer", room.now)


def test_a_process_that_starts_later_and_a_newer_rulebook_know_of_it(room: Room) -> None:
    close(room, closing(room))
    other = Shelf(room.db)
    other.start()
    book = other.book(LAKESIDE)
    assert book
    assert not verdict(book.queues["ortho-new-NAP"].calendar, room.now).open
    room.desk.shelf._shelve(room.desk.shelf._published[LAKESIDE])
    assert hours(room, "ortho-new-NAP") == (False, "manual_closure")


def test_reading_again_changes_nothing_while_nothing_has_changed(room: Room) -> None:
    close(room, closing(room))
    before = room.book(LAKESIDE)
    assert room.desk.shelf.refresh() == ()
    assert room.book(LAKESIDE) is before


def test_the_clock_puts_closures_away_once_no_plan_needs_them(room: Room) -> None:
    close(room, closing(room))
    room.later(hours=3)
    assert closures_over(room.desk, room.now) == 0
    room.now += KEPT
    assert closures_over(room.desk, room.now) == 1
    assert closures_over(room.desk, room.now) == 0
    room.desk.shelf.refresh()
    assert not room.book(LAKESIDE).locations["NAP"].calendar.closures
    assert len(room.rows("closures")) == 1


def test_a_call_that_rings_while_its_office_is_closed_goes_on_along_its_own_plan(room: Room) -> None:
    call = room.call(practice=LAKESIDE, tracking_number="+16305550122", category="orthopaedics")
    assert (call.reply.plan.queue, call.reply.plan.open) == ("ortho-new-NAP", True)
    room.later(seconds=5)
    close(room, closing(room))
    call.missed()
    assert call.reply.plan.queue == "ortho-new-NAP"
    assert call.coordinator is not None
    assert call.coordinator not in {
        member.coordinator for member in room.book(LAKESIDE).queues["ortho-new-NAP"].members
    }


# The API


@pytest.fixture
def client(room: Room, tmp_path: Path, valkey: Valkey) -> Iterator[TestClient]:
    house = house_of(room, settings_of(tmp_path, LEADLINE_REDIS_URL=valkey.url))
    minted = mint("t00001")
    tokens.store(room.db, Token(minted.id, LAKESIDE, minted.digest, ("admin",), "test", room.now), "test")
    with TestClient(app(house), raise_server_exceptions=False) as opened:
        opened.headers["authorization"] = f"Bearer {minted.text}"
        yield opened


def wanted(room: Room, **more: object) -> dict[str, object]:
    end = (room.now + timedelta(hours=3)).isoformat()
    return {"scope": "location", "target": "NAP", "reason": "burst_pipe", "ends_at": end, **more}


def test_a_closure_made_through_the_api_is_listed_audited_and_lifted(room: Room, client: TestClient) -> None:
    made = client.post("/api/v1/closures", json=wanted(room, by="grace-liu"))
    assert made.status_code == 201
    assert (made.json()["by"], made.json()["target"]) == ("grace-liu", "NAP")
    assert client.get("/api/v1/closures").json() == {"closures": [made.json()]}
    assert datetime.fromisoformat(made.json()["starts_at"]) == room.now
    lifted = client.delete(f"/api/v1/closures/{made.json()['id']}")
    assert lifted.status_code == 204
    assert client.get("/api/v1/closures").json() == {"closures": []}
    assert [row["action"] for row in room.rows("audit", subject_id=made.json()["id"])] == [
        "closed_by_hand",
        "closure_lifted",
    ]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"ends_at": None}, "ends_at", None),
        ({"ends_at": "2026-11-17T17:30:00"}, "ends_at", None),
        ({"ends_at": datetime(2026, 11, 1, tzinfo=UTC).isoformat()}, "ends_at", "too_early"),
        ({"ends_at": datetime(2027, 11, 1, tzinfo=UTC).isoformat()}, "ends_at", "too_late"),
        ({"target": "PNS"}, "target", "unknown"),
        ({"target": None}, "target", "missing"),
        ({"scope": "queue"}, "target", "unknown"),
        ({"scope": "practice"}, "target", "unknown"),
        ({"scope": "city"}, "scope", None),
        ({"reason": "Burst pipe, call Ann"}, "reason", None),
        ({"by": "nobody"}, "by", "unknown"),
        ({"priority": 1}, "*", None),
    ],
)
@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_a_closure_that_cannot_be_is_refused_field_by_field(
    room: Room, client: TestClient, changes: dict[str, object], field: str, code: str | None
) -> None:
    answer = client.post("/api/v1/closures", json=wanted(room, **changes))
    assert answer.status_code == 422
    told = answer.json()["error"]["fields"]
    assert set(told) == {field}
    assert code in (None, told[field])
    assert room.rows("closures") == []


def test_closing_by_hand_is_for_administrators_only() -> None:
    found: list[Operation[Any]] = [each for each in OPERATIONS if each.path.startswith("/closures")]
    assert {each.scope for each in found} == {"admin"}
    assert {each.method for each in found} == {"GET", "POST", "DELETE"}
