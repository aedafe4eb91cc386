"""S-16, B-14 B-15 A-60 A-63 A-64: each lead that was lost stands once under its cause; the figures of last week."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from sqlalchemy import insert

from routing.rules.identity import Who
from routing.rules.lost import GROUPS, Lost, cause_of
from routing.state.lead.people import Newcomer, welcome
from routing.state.lead.uncontacted import uncontacted
from routing.state.tables import assignments, attempts, decisions, inquiries, leads
from tests.rooms import CHICAGO, Room, opened_room

LAKESIDE = "lakeside-specialty"
MONDAY = datetime(2026, 11, 9, 9, 0, tzinfo=CHICAGO)
HOUR = timedelta(hours=1)
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "never_assigned": (4, {"owned": False}),
    "no_coverage": (6, {"failing": {"hana-kowalski": "off_shift", "grace-liu": "away"}}),
    "overload": (5, {"failing": {"hana-kowalski": "at_cap", "grace-liu": "off_shift"}}),
    "no_attempt": (7, {}),
    "wrong_route": (3, {"attempts": 1, "moved": True}),
    "consent_blocked": (2, {"cause": "consent_blocked"}),
    "low_intent": (3, {"attempts": 6}),
}


@pytest.fixture
def room(sqlite_room_url: str, live: redis.Redis) -> Iterator[Room]:
    with opened_room(sqlite_room_url, live) as opened:
        yield opened


class Week:
    """Leads of last week, written as they came and ended."""

    def __init__(self, room: Room) -> None:
        self.room, self.count = room, 0
        self.rows: dict[Any, list[dict[str, Any]]] = {
            each: [] for each in (leads, inquiries, assignments, attempts, decisions)
        }

    def lead(self, closed: bool = True, **how: Any) -> None:
        self.count += 1
        at, name = MONDAY + timedelta(minutes=self.count), f"ld_{self.count:04d}"
        person = f"pe_{self.count:04d}"
        with self.room.db.writing() as tx:
            welcome(tx, self.room.db.vault, Newcomer(person, LAKESIDE, Who()), at)
        self.rows[leads].append(
            {
                "id": name,
                "practice_id": LAKESIDE,
                "person_id": person,
                "status": "closed" if closed else "contacted",
                "owner_id": "hana-kowalski",
                "queue": "ortho-new-EVN",
                "category": "orthopaedics",
                "routed_category": "orthopaedics",
                "campaign": "ortho-search" if self.count % 2 else "derm-search",
                "reason": "specialty_at_location",
                "rulebook_version": 1,
                "clock_started_at": at,
                "due_at": at + timedelta(minutes=15),
                "contacted_at": None if closed else at + HOUR,
                "closed_at": at + 100 * HOUR if closed else None,
                "close_cause": how.get("cause", "no_response") if closed else None,
                "version": 1,
                "is_test": how.get("is_test", False),
                "created_at": at,
            }
        )
        self.inquiry(name, person, at, how)
        if how.get("owned", True):
            self.assignment(name, "as_1", at + timedelta(seconds=1), "specialty_at_location")
        if how.get("moved"):
            self.assignment(name, "as_2", at + timedelta(minutes=1), "specialty_mismatch")
        self.rows[attempts] += [
            {
                "id": f"at_{name}_{each}",
                "practice_id": LAKESIDE,
                "lead_id": name,
                "coordinator_id": "hana-kowalski",
                "channel": "call",
                "direction": "outbound",
                "is_human": True,
                "started_at": at + timedelta(minutes=5) + each * HOUR,
                "ended_at": at + timedelta(minutes=6) + each * HOUR,
                "result": "no_answer",
            }
            for each in range(how.get("attempts", 0))
        ]

    def inquiry(self, lead: str, person: str, at: datetime, how: dict[str, Any]) -> None:
        row = {"id": f"iq_{lead}", "practice_id": LAKESIDE, "lead_id": lead, "person_id": person, "channel": "form"}
        more = {"state": "promised", "step": 0, "plan": "{}", "rulebook_version": 1, "received_at": at}
        self.rows[inquiries].append({**row, **more, "effective_start": at, "waiting_key": 0, "is_test": False})
        look = {"failing": how.get("failing", {}), "chosen": None if how.get("failing") else "hana-kowalski"}
        receipt = {"trigger": "entry", "looks": [look], "plan": {"allowed": ["call", "email", "text"]}}
        self.rows[decisions].append(
            {
                "id": f"dc_{lead}",
                "practice_id": LAKESIDE,
                "inquiry_id": f"iq_{lead}",
                "lead_id": lead,
                "at": at,
                "trigger": "entry",
                "receipt": json.dumps(receipt),
                "digest": "",
            }
        )

    def assignment(self, lead: str, name: str, at: datetime, reason: str) -> None:
        row = {"id": f"{name}_{lead}", "practice_id": LAKESIDE, "lead_id": lead, "owner_id": "hana-kowalski"}
        more = {"queue": "ortho-new-EVN", "reason": reason, "is_provisional": False, "made_by": "desk", "since": at}
        self.rows[assignments].append({**row, **more, "until": at + HOUR})

    def write(self) -> None:
        with self.room.db.writing() as tx:
            for table, rows in self.rows.items():
                if rows:
                    tx.execute(insert(table), rows)


def test_s16_the_figures_of_last_week(room: Room) -> None:
    week = Week(room)
    for count, how in CASES.values():
        for _ in range(count):
            week.lead(**how)
    for _ in range(170):
        week.lead(closed=False)
    week.lead(is_test=True)
    week.lead(cause="spam")
    week.write()
    with room.db.reading() as tx:
        found = uncontacted(tx, room.book(LAKESIDE), MONDAY, MONDAY + timedelta(days=7))
    assert dict(found.causes) == {cause: count for cause, (count, _) in CASES.items()}
    assert (found.leads, found.uncontacted) == (201, 30)
    assert sum(found.causes.values()) == sum(found.groups.values()) == 30
    assert dict(found.groups) == {"rule": 7, "staffing": 18, "quality": 5}
    assert (found.never_attempted, found.blocked_untried) == (24, 2)
    assert round(found.never_attempted / 200, 3) == 0.12
    assert sum(sum(each.values()) for each in found.campaigns.values()) == 30


def test_s16_every_lead_has_one_cause_and_the_earlier_in_the_list_wins() -> None:
    lead = Lost(MONDAY, MONDAY + HOUR, MONDAY + 9 * HOUR, MONDAY)
    late, blocked = (
        Lost(MONDAY, MONDAY + HOUR, MONDAY + 9 * HOUR, MONDAY + HOUR),
        Lost(MONDAY, MONDAY, MONDAY, MONDAY, blocked=True),
    )
    tried = (MONDAY + timedelta(minutes=1),)
    assert cause_of(lead) == "no_attempt"
    assert cause_of(late) == "late_assignment"
    assert cause_of(blocked) == "never_assigned"
    known = {"started_at": MONDAY, "due_at": MONDAY + HOUR, "closed_at": MONDAY + 9 * HOUR, "owned_at": MONDAY}
    assert cause_of(Lost(**known, attempts=tried, in_best_time=False)) == "outside_best_time"  # type: ignore[arg-type]
    assert cause_of(Lost(**known, attempts=tried, wanted_attempts=6)) == "follow_up_stopped"  # type: ignore[arg-type]
    assert cause_of(Lost(**known, attempts=tried, wanted_attempts=6, declined=True)) == "low_intent"  # type: ignore[arg-type]
    assert cause_of(Lost(**known, broken=True, blocked=True)) == "technical"  # type: ignore[arg-type]
    assert set(GROUPS.values()) == {"system", "rule", "staffing", "quality"}
