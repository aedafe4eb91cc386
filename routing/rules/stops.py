"""A settled draft becomes a plan: its stops in order with owner and deadline, in open hours and after them."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from routing.rules.book import Book, Category, Queue
from routing.rules.draft import Draft, applied
from routing.rules.hours import Verdict, add_open_seconds, verdict
from routing.rules.lawful.ledger import ways_left
from routing.rules.matching import first_rule
from routing.rules.values import ContactWay, Inquiry, Person, Plan, Reach, Step

ORDINARY_TARGET_S = 3600


def lay_out(book: Book, inquiry: Inquiry, person: Person, draft: Draft, now: datetime) -> Plan:
    start = inquiry.effective_start or inquiry.received_at
    wanted = book.queues[draft.queue if draft.queue and not draft.intake else book.intake]
    stop, hours = first_open(book, wanted, now)
    draft = draft if hours.open else ruled_after_hours(book, draft)
    reach = reaching(inquiry, person)
    reason = headline(draft, hours, reach)
    category = book.categories.get(draft.facts.get("category", ""))
    due_at = first_due(draft, stop, hours, start, response_target_s(book, draft, category))
    on_call = None if hours.open else on_call_step(book, draft, start, now)
    steps = steps_open(book, wanted, reason, now) if hours.open else steps_closed(book, draft, on_call, due_at)
    place = draft.facts.get("location")
    return Plan(
        steps=steps,
        reason=steps[0].reason if reason == "after_hours" else reason,
        decided=draft.decided,
        category=category.id if category else None,
        location=place if place in book.locations else None,
        facts=MappingProxyType(dict(sorted(draft.facts.items()))),
        allowed=allowed(person),
        sticky_owner=person.owner if person.owner in book.coordinators else None,
        effective_start=start,
        head_start_s=head_start(book, draft, category.head_start_s if category else 0),
        open=hours.open,
        next_opening=hours.next_opening,
        due_at=on_call.due_at if on_call and on_call.due_at else due_at,
        ask=draft.ask,
        reach=reach,
        target_queue=None if hours.open and steps[0].target == wanted.id else wanted.id,
        note=draft.note,
    )


def first_open(book: Book, wanted: Queue, now: datetime) -> tuple[Queue, Verdict]:
    """Whose hours count: a closed queue hands on at once to the first open one of those it hands on to anyway."""
    stops = ((book.queues[each], verdict(book.queues[each].calendar, now)) for each in (wanted.id, *wanted.then))
    return next((stop for stop in stops if stop[1].open), (wanted, verdict(wanted.calendar, now)))


def ruled_after_hours(book: Book, draft: Draft) -> Draft:
    """Nights and weekends may have a route of their own (A-24): the hours layer names its queue, its rota or both."""
    rule = first_rule(book.rules, "hours", draft.facts)
    return replace(applied(draft, rule), night=rule.then.queue) if rule else draft


def head_start(book: Book, draft: Draft, ordinary_s: int) -> int:
    """In a crisis nobody's head start is larger; the bound on how far anyone is overtaken stays the same."""
    if draft.intake == "crisis":
        ruled_s = (rule.then.head_start_s or 0 for rule in book.rules)
        return max((0, *ruled_s, *(category.head_start_s for category in book.categories.values())))
    return ordinary_s if draft.head_start_s is None else draft.head_start_s


def headline(draft: Draft, hours: Verdict, reach: Reach) -> str:
    """The reason of the layer that decided the queue; what forbids or diverts comes first."""
    placed = next((d.reason for d in draft.decided if d.layer == "location" and d.value), None)
    if draft.intake == "crisis":
        return "crisis"
    if reach not in ("answer", "call"):
        return "opted_out_of_calls"
    if not hours.open:
        return "after_hours"
    return draft.intake or draft.named_by or placed or "service_line"


def allowed(person: Person) -> frozenset[ContactWay]:
    """Which ways stay open at all; whether now is the moment is asked when something is sent."""
    return ways_left(person.opted_out)


def reaching(inquiry: Inquiry, person: Person) -> Reach:
    if inquiry.channel == "call":
        return "answer"
    left = allowed(person)
    if "call" in left:
        return "call"
    if "text" in left:
        return "text"
    return "email" if "email" in left else "person_decides"


def response_target_s(book: Book, draft: Draft, category: Category | None) -> int:
    """What nobody could place is looked at within the review deadline, however relaxed its category is (S-15)."""
    target_s = draft.target_s or (category.response_target_s if category else ORDINARY_TARGET_S)
    return min(target_s, book.policies.review_deadline_s) if draft.intake else target_s


def first_due(draft: Draft, stop: Queue, hours: Verdict, start: datetime, target_s: int) -> datetime:
    """Targets run on open time, in a crisis on calendar time; what arrives when closed is due at the next opening
    (S-2). Reckoned from the start, so that planning again never resets it."""
    if draft.intake == "crisis":
        return start + timedelta(seconds=target_s)
    due = add_open_seconds(stop.calendar, start, target_s)
    return due if hours.open else min(due, hours.next_opening or due)


def steps_open(book: Book, wanted: Queue, reason: str, now: datetime) -> tuple[Step, ...]:
    until_s = 0
    steps: list[Step] = []
    for queue_id in dict.fromkeys((wanted.id, *wanted.then)):
        stop = book.queues[queue_id]
        if queue_id == book.intake:
            break
        if not verdict(stop.calendar, now).open:
            continue
        until_s += stop.stay_s
        steps.append(Step("offer", queue_id, stop.owner, reason if stop is wanted else "overflow", until_s))
    return (*steps, intake_step(book, reason if wanted.id == book.intake else "general_intake", now))


def steps_closed(book: Book, draft: Draft, on_call: Step | None, due_at: datetime) -> tuple[Step, ...]:
    """On call first, then whoever has it for the return of the team; a crisis stays with general intake."""
    night = book.queues[book.intake if draft.intake == "crisis" else draft.night or book.after_hours]
    last = Step("intake", night.id, night.owner, "after_hours", due_at=due_at)
    return (on_call, last) if on_call else (last,)


def on_call_step(book: Book, draft: Draft, start: datetime, now: datetime) -> Step | None:
    """High priority reaches someone on call (B-19): the rota a rule named, else the first whose own hours are open."""
    urgent = draft.facts.get("urgency") == "high" or draft.intake == "crisis"
    named = [book.rotas[draft.rota]] if draft.rota else []
    rotas = [*named, *(book.rotas.values() if urgent else ())]
    rota = next((rota for rota in rotas if verdict(rota.calendar, now).open), None)
    if rota is None:
        return None
    due_at = start + timedelta(seconds=rota.target_s)
    return Step("on_call", rota.id, rota.rungs[0], "on_call", rota.ring_s * len(rota.rungs), due_at)


def intake_step(book: Book, reason: str, now: datetime) -> Step:
    """The end of every plan: a named owner and a deadline of at most 15 minutes of open time (S-15)."""
    stop = book.queues[book.intake]
    deadline = add_open_seconds(stop.calendar, now, book.policies.review_deadline_s)
    return Step("intake", stop.id, stop.owner, reason, due_at=deadline)
