"""Texts that a cadence owes: they go out by themselves, once, if that is right at the moment of sending; else they
stand before the owner with the reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import select

from routing.state.callback.dial_ends import Concluded, conclude
from routing.state.lead import cases
from routing.state.lead.cases import Case
from routing.state.lead.people import OptOut, opt_out
from routing.state.text import sends
from routing.state.text.send_ends import Outcome
from routing.state.text.weighing import weighing
from tests.form_stage import HARBOR, FormStage
from tests.loopback import Told
from tests.rooms import NEW_YORK, TUESDAY, Room, opened_room
from tests.stage import house_of, settings_of
from tests.strict_rest import StrictRest, strict_rest
from tests.test_text_locks import begun
from tests.text_stage import JAX, TextStage
from worker.holding import holder
from worker.letters import Senders, letter_kinds
from worker.outbound import Outbounds
from worker.texting import perform_send

HERS = "+18135550163"
LANDLINE = Told(400, {"code": 21614, "message": "'To' number is not a valid mobile number", "status": 400})


@dataclass
class Desk:
    """A form of hers with a consent to texts; then nobody reached her by phone."""

    room: Room
    texts: TextStage
    forms: FormStage
    rest: StrictRest
    by: Outbounds

    def tried(self, outcome: str = "no_response", **fields: Any) -> str:
        """The task of the text that follows."""
        said = {"phone": HERS, "city": None, "patient": None, "payer": "commercial", **fields}
        self.forms.lead_of(self.forms.post("lp-201", HARBOR, **said))
        return self.tried_again(outcome)

    def tried_again(self, outcome: str = "no_response") -> str:
        callbacks = self.room.table("callbacks")
        before = {row["task_id"] for row in self.room.rows("follow_ups")}
        with self.room.db.writing() as tx:
            row = tx.execute(select(callbacks).where(callbacks.c.settled_at.is_(None))).one()
            conclude(tx, self.room.book(), row, Concluded(outcome, self.room.now), self.room.desk.new_id)
        (task,) = {str(row["task_id"]) for row in self.room.rows("follow_ups")} - before
        return task

    def round(self) -> None:
        letter_kinds(Senders(self.by.accounts, self.by.mail is not None))["follow_ups"].settle(
            self.room.desk, self.room.now
        )

    def send(self) -> list[Outcome | None]:
        waiting = [str(row["id"]) for row in self.room.rows("sends") if row["settled_at"] is None]
        return [perform_send(self.by, self.room.desk, each, self.room.now) for each in waiting]

    def owed(self, task: str) -> tuple[object, object]:
        row = self.room.row("follow_ups", task_id=task)
        return row["state"], row["code"]

    def task(self, name: str) -> Mapping[str, object]:
        return self.room.row("tasks", id=name)

    @property
    def sent(self) -> list[str]:
        return [asked.one("Body") for asked in self.rest.asked if asked.method == "POST"]

    def lead(self) -> Case:
        return Case(HARBOR, str(self.room.row("leads")["id"]), "test")


@pytest.fixture
def desk(sqlite_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Desk]:
    yield from opened(sqlite_url, live, tmp_path)


@pytest.fixture
def on_each(database_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Desk]:
    """The same on both databases."""
    yield from opened(database_url, live, tmp_path)


def opened(url: str, live: "redis.Redis", folder: Path) -> Iterator[Desk]:
    with strict_rest() as rest, opened_room(url, live) as room:
        settings = settings_of(folder, LEADLINE_TWILIO_API_URL=rest.root)
        by = Outbounds(settings, room.db, room.desk.by.real_ms)
        house = house_of(room, settings)
        yield Desk(room, TextStage(room, house), FormStage(room, house), rest, by)
        by.close()


def test_it_goes_out_once_when_its_time_has_come_and_stops_no_response_clock(on_each: Desk) -> None:
    task = on_each.tried()
    on_each.room.later(minutes=14)
    on_each.round()
    assert (on_each.owed(task), on_each.send()) == (("due", None), [])
    on_each.room.later(minutes=1)
    clocks = [begun(on_each.round) for _ in range(3)]
    for each in clocks:
        each.join()
    on_each.round()
    assert (on_each.owed(task), len(on_each.room.rows("sends"))) == (("planned", None), 1)
    assert [each is not None for each in on_each.send()] == [True]
    on_each.round()
    owner = on_each.room.book().coordinators[str(on_each.room.row("leads")["owner_id"])].name
    assert on_each.sent == [f"We tried to reach you. When may {owner} call you back?"]
    asked = on_each.rest.asked[-1]
    assert (asked.one("To"), asked.one("From")) == (HERS, JAX)
    assert (on_each.owed(task), on_each.task(task)["state"]) == (("sent", None), "done")
    (attempt,) = [row for row in on_each.room.rows("attempts") if row["channel"] == "text"]
    assert (attempt["is_human"], attempt["result"], attempt["direction"]) == (False, "sent", "outbound")
    lead = on_each.room.row("leads")
    assert (lead["first_response_at"], lead["status"]) == (None, "new")
    # What she answers comes to the same thread.
    on_each.texts.text("tomorrow please", sender=HERS)
    assert [author for author, _ in on_each.texts.thread()][:2] == ["leadline", "person"]


def test_a_reminder_names_the_next_call_as_it_is_when_it_goes_out(desk: Desk) -> None:
    """Beside another call; at night it waits for the hours that hold wherever she may be."""
    desk.room.now = TUESDAY.replace(hour=21)
    task = desk.tried("voicemail_left")
    desk.round()
    assert desk.owed(task) == ("due", "quiet_hours")
    assert desk.room.row("follow_ups")["due_at"] == datetime(2026, 11, 18, 10, tzinfo=NEW_YORK)
    callbacks = desk.room.table("callbacks")
    with desk.room.db.writing() as tx:
        at = datetime(2026, 11, 19, 16, 30, tzinfo=NEW_YORK)
        tx.execute(callbacks.update().where(callbacks.c.settled_at.is_(None)).values(due_at=at))
    desk.room.now = datetime(2026, 11, 18, 10, tzinfo=NEW_YORK)
    desk.round()
    desk.send()
    assert desk.sent[0].endswith("will call you on Thursday at 4:30 PM.")


@pytest.mark.parametrize(("language", "shown"), [("es", "Intentamos llamarle."), ("pl", None)])
def test_it_is_said_in_her_language_and_in_no_other(desk: Desk, language: str, shown: str | None) -> None:
    task = desk.tried()
    leads = desk.room.table("leads")
    with desk.room.db.writing() as tx:
        tx.execute(leads.update().values(language=language))
    desk.room.later(minutes=15)
    desk.round()
    desk.send()
    if shown:
        assert desk.sent[0].startswith(shown)
    else:
        assert desk.owed(task) == ("person", "no_template_in_language")
        assert desk.sent == []


def no_consent(desk: Desk) -> str:
    return desk.tried(consent_texts=None)


def opted_out(desk: Desk) -> str:
    task = desk.tried()
    with desk.room.db.writing() as tx:
        opt_out(tx, desk.room.db.vault, OptOut("oo_1", HARBOR, HERS, "text", True, "crm"), desk.room.now)
    return task


def no_sender(desk: Desk) -> str:
    task = desk.tried()
    book = desk.room.book()
    numbers = {number: replace(one, texts=False) for number, one in book.tracking_numbers.items()}
    desk.room.desk.shelf._shelve(replace(book, tracking_numbers=numbers))
    return task


def no_day(desk: Desk) -> str:
    task = desk.tried("voicemail_left")
    with desk.room.db.writing() as tx:
        tx.execute(desk.room.table("callbacks").update().values(settled_at=desk.room.now, state="withdrawn"))
    return task


def telling(desk: Desk) -> str:
    task = desk.tried()
    book = desk.room.book()
    texts = {**book.templates, "text-missed-you": {"en": "Your bed in detox is free."}}
    desk.room.desk.shelf._shelve(replace(book, templates=texts))
    return task


@pytest.mark.parametrize(
    ("case", "reason", "kind"),
    [
        (no_consent, "no_consent", "text"),
        (opted_out, "opted_out_of_texts", "review"),
        (no_sender, "sender_not_allowed", "text"),
        (no_day, "template_lacks_a_name", "text"),
        (telling, "not_neutral", "text"),
    ],
)
def test_what_may_not_be_sent_stands_before_the_owner_with_the_reason(
    desk: Desk, case: Any, reason: str, kind: str
) -> None:
    task = case(desk)
    desk.room.later(minutes=15)
    desk.round()
    assert desk.owed(task) == ("person", reason)
    told = desk.task(task)
    assert (told["state"], told["kind"], told["reason"], told["rung_at"]) == ("open", kind, reason, None)
    assert (desk.send(), desk.sent) == ([], [])
    # It is not tried again, and goes with the appointment where it is still a text.
    desk.room.later(days=1)
    desk.round()
    assert desk.owed(task) == ("person", reason)
    scheduled(desk)
    assert desk.task(task)["state"] == ("withdrawn" if kind == "text" else "open")


def scheduled(desk: Desk) -> None:
    made = cases.Attempted(desk.lead(), "marcus-bell", "call", "inbound", "answered", 60)
    cases.record_attempt(desk.room.db, made, desk.room.desk.new_id, desk.room.now)
    cases.set_status(desk.room.db, desk.lead(), "scheduled", None, desk.room.now)


def talked_to(desk: Desk) -> None:
    made = cases.Attempted(desk.lead(), "marcus-bell", "call", "inbound", "answered", 60)
    cases.record_attempt(desk.room.db, made, desk.room.desk.new_id, desk.room.now)


def stopped(desk: Desk) -> None:
    desk.texts.text("stop texting me", sender=HERS)


def evening(desk: Desk) -> None:
    desk.room.now = TUESDAY.replace(hour=18, minute=1)


@pytest.mark.parametrize(
    ("happens", "state"),
    [(talked_to, "withdrawn"), (stopped, "withdrawn"), (evening, "due")],
)
def test_what_is_planned_is_weighed_again_at_the_moment_of_sending(desk: Desk, happens: Any, state: str) -> None:
    task = desk.tried()
    desk.room.later(minutes=15)
    desk.round()
    happens(desk)
    assert desk.send() in ([None], [])
    assert desk.sent == []
    assert desk.room.row("sends")["state"] == "withdrawn"
    desk.round()
    assert desk.owed(task)[0] == state
    assert desk.send() == []
    if state == "due":
        assert desk.owed(task)[1] == "quiet_hours"
        desk.room.now = datetime(2026, 11, 18, 10, tzinfo=NEW_YORK)
        desk.round()
        desk.send()
        assert len(desk.sent) == 1


def test_an_appointment_between_claim_and_request_is_heard_of_and_takes_what_stands_before_the_owner(
    desk: Desk,
) -> None:
    """S-23: whatever waits for her goes with it."""
    task = desk.tried()
    desk.room.later(minutes=15)
    desk.round()
    send, now = str(desk.room.row("sends")["id"]), desk.room.now
    held = sends.claim(
        desk.room.db, send, now, holder(desk.room.desk, 1), weighing(desk.room.db.vault, desk.room.desk.shelf.books)
    )
    assert held
    scheduled(desk)
    assert not sends.posting(desk.room.db, held, now)
    assert desk.task(task)["state"] == "withdrawn"


def test_a_number_that_no_text_reaches_is_not_texted_again(desk: Desk) -> None:
    task = desk.tried()
    desk.room.later(minutes=15)
    desk.rest.next.append(LANDLINE)
    desk.round()
    desk.send()
    desk.round()
    assert (desk.owed(task), desk.task(task)["reason"]) == (("person", "21614"), "21614")
    again = desk.tried_again()
    desk.room.later(minutes=15)
    desk.round()
    assert desk.owed(again) == ("person", "destination_barred")
    assert len(desk.sent) == 1


def test_one_whose_answer_was_lost_is_never_sent_again_and_a_person_looks(desk: Desk) -> None:
    task = desk.tried()
    desk.room.later(minutes=15)
    desk.round()
    desk.rest.next.append(Told(cut=True))
    desk.send()
    for _ in range(4):
        desk.room.later(minutes=1)
        desk.round()
        desk.rest.next.append(Told(200, {"messages": [], "next_page_uri": None}))
        desk.send()
    desk.round()
    assert (desk.owed(task), len(desk.sent)) == (("person", "not_known"), 1)
    assert desk.task(task)["state"] == "open"


def test_three_contacts_in_a_day_are_enough_and_the_text_itself_is_one(desk: Desk) -> None:
    task = desk.tried()
    for _ in range(2):
        made = cases.Attempted(desk.lead(), "marcus-bell", "call", "outbound", "no_answer")
        cases.record_attempt(desk.room.db, made, desk.room.desk.new_id, desk.room.now)
    desk.room.later(minutes=15)
    desk.round()
    desk.send()
    desk.round()
    assert (desk.owed(task), len(desk.sent)) == (("sent", None), 1)
    again = desk.tried_again()
    desk.room.later(minutes=15)
    desk.round()
    assert desk.owed(again) == ("due", "cap_reached")
    assert desk.room.row("follow_ups", task_id=again)["due_at"] == TUESDAY + timedelta(days=1)
