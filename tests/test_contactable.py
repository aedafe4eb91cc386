"""What the database holds about contacting a person is what the rules are asked with."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import redis
from sqlalchemy import insert

from routing.desk import Arrival
from routing.rulebook.jurisdictions import Signs
from routing.rules.contact import Attempt, Consent, Contactable, Request, Scrub, Verdict, may_contact
from routing.rules.identity import Who
from routing.rules.lawful.states import Jurisdiction, anywhere_in
from routing.state.lead.contactable import Whom, contactable
from routing.state.lead.people import OptOut, opt_out
from routing.state.lead.scrubs import Batch, Scrubbed, record
from routing.state.sealed import Vault
from routing.state.tables import attempts, consents
from tests.rooms import SECRET, Room, opened_room

HARBOR = "harbor-recovery"
NUMBER = "+18505550163"


@pytest.fixture
def room(sqlite_url: str, live: redis.Redis) -> Iterator[Room]:
    with opened_room(sqlite_url, live) as opened:
        yield opened


def person(room: Room) -> str:
    room.receive(room.arrival(channel="form", contact=NUMBER, payer="medicaid"))
    return str(room.row("people")["id"])


def asked(at: datetime) -> Request:
    return Request("rq_1", "form", at, frozenset({"call", "text"}))


def read(room: Room, who: str, *requests: Request) -> Contactable:
    with room.db.reading() as tx:
        return contactable(tx, room.db.vault, room.book(), Whom(who, Signs(NUMBER), requests), room.now)


def callback(room: Room, who: str) -> Verdict:
    return may_contact(read(room, who, asked(room.now)), "call", "requested_callback", room.now)


def say(room: Room, *, is_out: bool, source: str, number: str = NUMBER, approved_by: str | None = None) -> None:
    room.later(seconds=1)
    line = OptOut(room.desk.new_id("oo"), HARBOR, number, "call", is_out, source, approved_by)
    with room.db.writing() as tx:
        opt_out(tx, room.db.vault, line, room.now)


def test_a_person_is_placed_by_her_number_and_bound_by_the_practices_own_standards(room: Room) -> None:
    case = read(room, person(room))
    assert case.places == anywhere_in("FL")
    assert [way for way, _ in case.standards.quiet_hours] == ["call", "text", "voicemail"]
    assert callback(room, str(room.row("people")["id"])).allowed


def test_whatever_place_she_ever_named_counts_whichever_inquiry_asks(room: Room) -> None:
    who = person(room)
    for said in ({"zip": "96815"}, {"state": "WA"}, {"zip": "33602"}):
        room.later(minutes=1)
        room.receive(room.arrival(channel="form", contact=NUMBER, payer="medicaid", **said))
    hawaii = Jurisdiction("HI", "Pacific/Honolulu")
    assert read(room, who).places == {hawaii} | anywhere_in("FL") | anywhere_in("WA")
    room.later(hours=-2)
    assert callback(room, who).reason == "quiet_hours"


def test_what_was_refused_under_a_new_key_holds_for_numbers_that_an_older_one_indexed(room: Room) -> None:
    who, other = person(room), "+18505550164"
    room.receive(replaced(room.arrival(channel="form", contact=None), Who(NUMBER, "ana@example.com")))
    room.receive(replaced(room.arrival(channel="form", contact=None), Who(other, "ana@example.com")))
    assert {row["person_id"] for row in room.rows("person_numbers")} == {who}
    rotated = Vault(b"another invented secret of thirty-two bytes", SECRET)
    room.later(seconds=1)
    line = OptOut(room.desk.new_id("oo"), HARBOR, other, "call", True, "ms_1")
    with room.db.writing() as tx:
        opt_out(tx, rotated, line, room.now)
    with room.db.reading() as tx:
        case = contactable(tx, rotated, room.book(), Whom(who, Signs(NUMBER), (asked(room.now),)), room.now)
    assert may_contact(case, "call", "requested_callback", room.now).reason == "opted_out_of_calls"


def replaced(arrival: Arrival, who: Who) -> Arrival:
    return replace(arrival, source=replace(arrival.source, contact=who.number, who=who))


def test_an_opt_out_holds_until_start_or_a_name_and_no_form_or_crm_lifts_it(room: Room) -> None:
    who = person(room)
    say(room, is_out=True, source="ms_1")
    for source in ("form", "crm"):
        say(room, is_out=False, source=source)
        assert callback(room, who).reason == "opted_out_of_calls"
    say(room, is_out=False, source="start:ms_2")
    assert callback(room, who).allowed
    say(room, is_out=True, source="ms_3")
    assert callback(room, who).reason == "opted_out_of_calls"
    say(room, is_out=False, source="console", approved_by="alma-reyes")
    assert callback(room, who).allowed


def test_attempts_of_every_lead_and_way_count_unless_they_never_reached_her(room: Room) -> None:
    who = person(room)
    lead = room.row("leads")["id"]

    def tried(channel: str, result: str | None, ago: timedelta, direction: str = "outbound") -> dict[str, object]:
        return {
            "id": room.desk.new_id("at"),
            "practice_id": HARBOR,
            "lead_id": lead,
            "coordinator_id": "marcus-bell",
            "channel": channel,
            "direction": direction,
            "is_human": True,
            "started_at": room.now - ago,
            "ended_at": room.now - ago,
            "result": result,
        }

    hour = timedelta(hours=1)
    rows = [
        tried("call", "no_answer", hour),
        tried("call", "failed", hour),
        tried("email", "sent", 2 * hour),
        tried("text", "undelivered", hour),
        tried("text", "received", hour, "inbound"),
        tried("call", "no_answer", timedelta(days=8)),
        tried("text", "delivered", 3 * hour),
    ]
    with room.db.writing() as tx:
        tx.execute(insert(attempts), rows)
    found = sorted(read(room, who).attempts, key=lambda each: each.at)
    expected = [
        Attempt("text", room.now - 3 * hour),
        Attempt("email", room.now - 2 * hour),
        Attempt("call", room.now - hour),
    ]
    assert found == expected
    assert callback(room, who).reason == "cap_reached"


def test_consents_of_other_purposes_are_not_read_as_consent_to_contact(room: Room) -> None:
    who = person(room)
    purposes = ("recording", "contact", "informational")
    with room.db.writing() as tx:
        for purpose in purposes:
            row = {
                "id": room.desk.new_id("co"),
                "practice_id": HARBOR,
                "person_id": who,
                "channel": "call",
                "purpose": purpose,
                "is_granted": True,
                "source": "form",
                "at": room.now,
            }
            tx.execute(insert(consents), row)
    case = read(room, who)
    assert [each.scope for each in case.consents] == ["informational"]
    assert may_contact(case, "call", "informational", room.now).allowed
    assert may_contact(case, "call", "solicitation", room.now).reason == "no_consent"


def test_what_was_found_on_lists_counts_for_her_number_where_the_practice_asks_for_them(room: Room) -> None:
    """Whichever key indexed it."""
    who, book = person(room), room.book()
    found = (Scrub("national_dnc", True, room.now), Scrub("reassigned", False, room.now))
    rotated = Vault(b"another invented secret of thirty-two bytes", SECRET)
    told = Batch(HARBOR, "token:t1", tuple(Scrubbed(NUMBER, each) for each in found))
    record(room.db, told, room.now)
    assert read(room, who).scrubs == ()
    asks = replace(book.policies, contact=replace(book.policies.contact, scrubs=("national_dnc",)))
    with room.db.reading() as tx:
        case = contactable(tx, rotated, replace(book, policies=asks), Whom(who, Signs(NUMBER)), room.now)
    assert case.scrubs == found
    agreed = Consent("co_1", "call", "requested_callback", True, room.now - timedelta(days=8))
    held = replace(case, consents=(agreed,))
    assert may_contact(held, "call", "requested_callback", room.now).reason == "do_not_call"
