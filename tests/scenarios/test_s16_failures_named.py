"""S-16, B-14 B-15 A-60 A-63 A-64: each lead that was lost stands once under its cause; the figures of last week."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
import redis
from sqlalchemy import insert

from gateway.api.lead_models import UncontactedShown
from routing.rulebook.load import load, read
from routing.rules.costs import CampaignCost, cost_of, months_between
from routing.rules.identity import Who
from routing.rules.lost import GROUPS, Lost, cause_of
from routing.state.lead.people import Newcomer, welcome
from routing.state.lead.uncontacted import uncontacted
from routing.state.tables import assignments, attempts, decisions, inquiries, leads
from tests.rooms import CHICAGO, Room, opened_room
from tests.test_rulebook import SMALL

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


def test_s16_the_report_says_what_the_lost_leads_of_each_campaign_have_cost(room: Room) -> None:
    """200 leads of last week, half of each campaign; what nobody has said is shown as unknown, not as nothing."""
    with_costs(room, CampaignCost(per_lead=Decimal("85.10"), per_month=Decimal("1000.00")))
    week = Week(room)
    for count, how in CASES.values():
        for _ in range(count):
            week.lead(**how)
    for _ in range(170):
        week.lead(closed=False)
    week.write()
    since, until = MONDAY.replace(hour=0), MONDAY.replace(hour=0) + timedelta(days=7)
    with room.db.reading() as tx:
        found = uncontacted(tx, room.book(LAKESIDE), since, until)
    lines = {(line.cause, line.campaign): line for line in found.costs}
    assert {(cause, campaign): line.leads for (cause, campaign), line in lines.items()} == {
        (cause, campaign): count for campaign, counts in found.campaigns.items() for cause, count in counts.items()
    }
    assert list(dict.fromkeys(line.cause for line in found.costs)) == sorted(found.causes, key=list(GROUPS).index)
    # 168 of November's 721 hours of 1000.00, shared by the 100 leads the campaign had in them: 2.33 each.
    told = lines["no_coverage", "ortho-search"]
    assert (told.leads, told.cost, told.currency) == (3, Decimal("262.29"), "USD")
    assert told.counted == ("per_lead", "per_month")
    unknown = lines["no_coverage", "derm-search"]
    assert (unknown.leads, unknown.cost, unknown.currency, unknown.counted) == (3, None, None, ())
    known = [line.cost for line in found.costs if line.cost is not None]
    assert found.known_cost == {"USD": sum(known, Decimal(0))}
    assert found.leads_of_unknown_cost == sum(line.leads for line in found.costs if line.campaign == "derm-search")
    shown = json.loads(UncontactedShown.model_validate(found).model_dump_json())
    (line,) = [each for each in shown["costs"] if (each["cause"], each["campaign"]) == (told.cause, told.campaign)]
    assert line["cost"] == "262.29"
    assert shown["known_cost"] == {"USD": str(found.known_cost["USD"])}
    # Free is a price as well.
    with_costs(room, CampaignCost(per_month=Decimal(0), currency="EUR"))
    with room.db.reading() as tx:
        assert uncontacted(tx, room.book(LAKESIDE), since, until).known_cost == {"EUR": Decimal("0.00")}


def with_costs(room: Room, cost: CampaignCost) -> None:
    """Of one of two campaigns."""
    book = room.book(LAKESIDE)
    campaign = replace(book.campaigns["ortho-search"], cost=cost)
    room.desk.shelf._shelve(replace(book, campaigns=MappingProxyType({**book.campaigns, "ortho-search": campaign})))


def test_s16_a_month_is_counted_by_the_practices_calendar_and_in_exact_decimals() -> None:
    zone = str(CHICAGO)
    first = datetime(2026, 11, 1, tzinfo=CHICAGO)
    assert months_between(first, datetime(2026, 12, 1, tzinfo=CHICAGO), zone) == 1
    assert months_between(first, datetime(2028, 2, 1, tzinfo=CHICAGO).astimezone(UTC), zone) == 15
    # On the first of November the clocks go back: that day has 25 of the month's 721 hours.
    assert months_between(first, first + timedelta(days=1), zone) == Decimal(25) / Decimal(721)
    # Between two instants of the hour that comes twice: 40 minutes.
    early, late = (datetime(2026, 11, 1, 1, minute, tzinfo=CHICAGO, fold=fold) for minute, fold in ((30, 0), (10, 1)))
    assert months_between(early, late, zone) == Decimal(2) / Decimal(721 * 3)
    half = months_between(datetime(2026, 2, 15, tzinfo=CHICAGO), datetime(2026, 3, 1, tzinfo=CHICAGO), zone)
    assert half == Decimal("0.5")
    thirds = CampaignCost(per_month=Decimal("100.00"))
    assert [cost_of(thirds, lost, 3, Decimal(1)) for lost in (1, 2, 3)] == [
        Decimal("33.33"),
        Decimal("66.67"),
        Decimal("100.00"),
    ]
    assert cost_of(CampaignCost(per_lead=Decimal("0.10")), 3, 3, half) == Decimal("0.30")


COSTS = {
    "{per_lead: 85.00}": CampaignCost(Decimal("85.00")),
    "{per_month: 4000, currency: EUR}": CampaignCost(None, Decimal(4000), "EUR"),
    "{per_lead: 85.123}": "an amount is written like 85 or 85.00",
    "{per_lead: -1}": "an amount is written like 85 or 85.00",
    "{per_lead: 1e3}": "an amount is written like 85 or 85.00",
    "{currency: USD}": "a cost is `per_lead`, `per_month`, or both",
    "{per_lead: 1, currency: dollars}": "cost.currency",
}


@pytest.mark.parametrize("written", COSTS)
def test_s16_a_cost_is_taken_from_the_practice_file_as_written_or_refused(written: str) -> None:
    assert SMALL.count("label: Search, ") == 1
    text = SMALL.replace("label: Search, ", f"label: Search, cost: {written}, ")
    reading = read(text, "small.yaml")
    wanted, refused = (
        COSTS[written],
        [f"{one.path}: {one.message}" for one in reading.findings if one.level == "refuse"],
    )
    if isinstance(wanted, str):
        assert any(wanted in each for each in refused), refused
    else:
        assert refused == []
        assert load(text, "small.yaml").campaigns["search"].cost == wanted


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
