"""Leads: the list, one in full, and what people do with them."""

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta

from gateway.api.asking import Asked, FieldRefused, NotHere
from gateway.api.models import (
    Attempt,
    AttemptMade,
    Clock,
    ClockInFull,
    Entry,
    Lead,
    LeadInFull,
    Leads,
    LeadsWanted,
    Made,
    Nothing,
    OwnerWanted,
    Person,
    Receipt,
    StatusWanted,
    Task,
    TaskWanted,
    Told,
)
from routing.desk import count_load
from routing.rules.calendars import Calendar
from routing.rules.response import ResponseClock, response_clock
from routing.state.lead import cases, leads, whole
from routing.state.lead.cases import Attempted, Case, ImpossibleResult, NewTask, Taking, UnknownTask
from routing.state.lead.leads import LeadLine, Place, Wanted
from routing.state.lead.waits import waited

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FURTHEST = timedelta(days=366)
"""No task is promised for later."""


def listed(asked: Asked, wanted: LeadsWanted) -> Leads:
    query = Wanted(
        owner=wanted.owner,
        status=wanted.status,
        queue=wanted.queue,
        category=wanted.category,
        location=wanted.location,
        which=wanted.which,
        after=place(wanted.after) if wanted.after else None,
        limit=wanted.limit,
    )
    with asked.desk.db.reading() as tx:
        found = leads.page(tx, asked.practice, query)
    more = cursor(found[-1].place) if len(found) == wanted.limit else None
    return Leads(leads=[Lead(**told(asked, each)) for each in found], next=more)


def cursor(at: Place) -> str:
    return f"{(at.created_at - EPOCH) // MICROSECOND}.{at.id}"


def place(text: str) -> Place:
    microseconds, _, last = text.partition(".")
    return Place(EPOCH + int(microseconds) * MICROSECOND, last)


def told(asked: Asked, line: LeadLine) -> Told:
    """The fields of a Lead."""
    return {**known(line), "clock": Clock.model_validate(clock(asked, line))}


def known(line: LeadLine) -> Told:
    return {each.name: getattr(line, each.name) for each in fields(line)}


def clock(asked: Asked, line: LeadLine) -> ResponseClock:
    """By its queue's calendar, the practice's where the queue is gone."""
    queue = asked.book.queues.get(line.queue)
    calendar: Calendar = queue.calendar if queue else asked.book.calendar
    return response_clock(line.times, calendar, asked.now)


def in_full(asked: Asked, _: Nothing) -> LeadInFull:
    with asked.desk.db.reading() as tx:
        found = whole.whole(tx, asked.desk.db.vault, asked.practice, asked.ids["id"])
        if found is None:
            raise NotHere
        wait = waited(tx, asked.desk.db.vault, asked.book, (found.line, found.person), asked.now)
    return LeadInFull(
        **known(found.line),
        clock=ClockInFull(**asdict(clock(asked, found.line)), lawful_s=wait.lawful_s),
        person=Person.model_validate(found.person),
        timeline=[Entry.model_validate(each) for each in found.timeline],
        receipts=[Receipt.model_validate(each) for each in found.receipts],
        attempts=[Attempt.model_validate(each) for each in found.attempts],
        tasks=[Task.model_validate(each) for each in found.tasks],
    )


def after(asked: Asked) -> Lead:
    """The lead as it is once something was done with it."""
    with asked.desk.db.reading() as tx:
        found = leads.line(tx, asked.practice, asked.ids["id"])
    if found is None:
        raise NotHere
    return Lead(**told(asked, found))


def case_of(asked: Asked) -> Case:
    return Case(asked.practice, asked.ids["id"], asked.by)


def take(asked: Asked, wanted: OwnerWanted) -> Lead:
    coordinator = asked.named(wanted.coordinator)
    wish = Taking(case_of(asked), coordinator, wanted.version)
    before = cases.take(asked.desk.db, wish, asked.desk.new_id, asked.now)
    for owner in {before, coordinator}:
        count_load(asked.desk, asked.practice, owner, asked.now)
    return after(asked)


def set_status(asked: Asked, wanted: StatusWanted) -> Lead:
    cases.set_status(asked.desk.db, case_of(asked), wanted.status, wanted.cause, asked.now)
    lead = after(asked)
    count_load(asked.desk, asked.practice, lead.owner, asked.now)
    return lead


def record_attempt(asked: Asked, made: AttemptMade) -> Made:
    attempt = Attempted(
        case=case_of(asked),
        coordinator=asked.named(made.coordinator),
        channel=made.channel,
        direction=made.direction,
        result=made.result,
        talk_s=made.talk_s,
        task=made.task,
    )
    try:
        recorded = cases.record_attempt(asked.desk.db, attempt, asked.desk.new_id, asked.now)
    except ImpossibleResult:
        raise FieldRefused("result", "not_of_channel") from None
    except UnknownTask:
        raise FieldRefused("task", "unknown") from None
    lead = after(asked)
    count_load(asked.desk, asked.practice, lead.owner, asked.now)
    return Made(id=recorded, lead=lead)


def add_task(asked: Asked, wanted: TaskWanted) -> Made:
    if not asked.now < wanted.due_at <= asked.now + FURTHEST:
        raise FieldRefused("due_at", "not_within_a_year")
    task = NewTask(case_of(asked), wanted.kind, wanted.reason, wanted.due_at, wanted.note)
    made = cases.add_task(asked.desk.db, task, asked.desk.new_id, asked.now)
    return Made(id=made, lead=after(asked))
