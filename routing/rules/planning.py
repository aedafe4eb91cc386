"""The decider: an inquiry goes through the fixed layers, most important first, and comes out as a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from routing.rules.book import Book, Effect, LayerName, Queue, Rota, Rule
from routing.rules.hours import Verdict, add_open_seconds, verdict
from routing.rules.locating import locate
from routing.rules.matching import first_rule, serving_queue
from routing.rules.values import ContactWay, Decided, Inquiry, Person, Plan, Reach, Step

ORDINARY_TARGET_S = 3600
ALL_WAYS: frozenset[ContactWay] = frozenset({"call", "text", "email", "voicemail"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What the layers have settled so far. ``intake`` is the reason that sends it to general intake, once one does."""

    facts: Mapping[str, str]
    decided: tuple[Decided, ...] = ()
    queue: str | None = None
    named_by: str | None = None
    rota: str | None = None
    intake: str | None = None
    ask: tuple[str, ...] = ()
    head_start_s: int | None = None
    target_s: int | None = None
    note: str | None = None

    def say(self, layer: str, reason: str, value: str | None = None) -> "Draft":
        return replace(self, decided=(*self.decided, Decided(layer, reason, value)))

    def know(self, **facts: str) -> "Draft":
        return replace(self, facts={**self.facts, **facts})

    def to_intake(self, layer: str, reason: str, *ask: str) -> "Draft":
        said = self.say(layer, reason)
        return replace(said, intake=said.intake or reason, ask=tuple(dict.fromkeys((*self.ask, *ask))))


def plan(book: Book, inquiry: Inquiry, person: Person, now: datetime) -> Plan:
    """Never empty: the last step does not expire and has a named owner (routing-semantics section 1)."""
    draft = Draft(facts=opening_facts(book, inquiry, person))
    if inquiry.crisis:
        draft = draft.to_intake("crisis", "crisis")
    draft = service_line(book, draft)
    draft = level_of_care(book, draft)
    draft = location(book, inquiry, draft, now)
    for layer in ("payer", "patient", "urgency"):
        draft = ruled(book, draft, layer)
    draft = queue(book, draft)
    return lay_out(book, inquiry, person, draft, now)


def opening_facts(book: Book, inquiry: Inquiry, person: Person) -> Mapping[str, str]:
    """Campaign, then the dialled number, then what is known of the person, then what was said: later wins."""
    facts: dict[str, str] = {"channel": inquiry.channel}
    number = book.tracking_numbers.get(inquiry.value("tracking_number") or "")
    campaign = book.campaigns.get(inquiry.value("campaign") or (number.campaign if number else ""))
    if campaign:
        facts |= {"campaign": campaign.id, **campaign.attributes}
    if number:
        facts |= number.attributes
        facts |= {"location": number.location} if number.location else {}
    if person.established is not None:
        facts["patient"] = "established" if person.established else "new"
    if person.language:
        facts["language"] = person.language
    return facts | {name: stated.value for name, stated in inquiry.attributes.items()}


def ruled(book: Book, draft: Draft, layer: LayerName) -> Draft:
    rule = first_rule(book.rules, layer, draft.facts)
    return applied(draft, rule) if rule else draft


def applied(draft: Draft, rule: Rule) -> Draft:
    effect: Effect = rule.then
    said = draft.say(rule.layer, rule.name, effect.queue).know(**effect.sets)
    return replace(
        said,
        queue=effect.queue or draft.queue,
        named_by=rule.name if effect.queue else draft.named_by,
        rota=effect.rota or draft.rota,
        ask=tuple(dict.fromkeys((*draft.ask, *effect.ask))),
        head_start_s=effect.head_start_s if effect.head_start_s is not None else draft.head_start_s,
        target_s=effect.target_s or draft.target_s,
    )


def service_line(book: Book, draft: Draft) -> Draft:
    draft = ruled(book, draft, "service_line")
    care = draft.facts.get("level_of_care")
    if "category" not in draft.facts and care:
        named = next((c.id for c in book.categories.values() if c.level_of_care == care), None)
        draft = draft.know(category=named) if named else draft
    asked_for = draft.facts.get("category")
    if asked_for is None:
        return draft.say("service_line", "category_missing")
    category = book.categories.get(asked_for)
    if category is None:
        return draft.to_intake("service_line", "general_intake")
    if category.level_of_care and not care:
        draft = draft.know(level_of_care=category.level_of_care)
    return draft.say("service_line", "category_given", category.id)


def level_of_care(book: Book, draft: Draft) -> Draft:
    rule = first_rule(book.rules, "level_of_care", draft.facts)
    if rule:
        return applied(draft, rule)
    matters = any(place.levels_of_care for place in book.locations.values())
    if matters and "level_of_care" not in draft.facts:
        return draft.to_intake("level_of_care", "general_intake", "level_of_care")
    return draft


def location(book: Book, inquiry: Inquiry, draft: Draft, now: datetime) -> Draft:
    draft = ruled(book, draft, "location")
    if draft.intake:
        return draft
    found = locate(book, inquiry, draft.facts, now)
    if found.location is None:
        facts = {name: value for name, value in draft.facts.items() if name != "location"}
        unplaced = replace(draft, facts=facts)
        if found.reason == "location_conflict":
            return unplaced.to_intake("location", found.reason, "location")
        if found.reason == "general_intake":
            return unplaced.to_intake("location", found.reason)
        return unplaced.say("location", found.reason)
    noted = draft.say("location", found.reason, found.location)
    if found.reason == "specialty_mismatch":
        noted = replace(noted, note=f"specialty_mismatch:{draft.facts.get('category', '')}")
    return noted.know(location=found.location)


def queue(book: Book, draft: Draft) -> Draft:
    draft = ruled(book, draft, "queue")
    if draft.intake or draft.queue:
        return draft
    found = serving_queue(book.queues.values(), draft.facts)
    if found:
        return replace(draft.say("queue", "serves", found.id), queue=found.id)
    if "category" in draft.facts and book.locations and "location" not in draft.facts:
        return draft.to_intake("queue", "location_missing", "location")
    return draft.to_intake("queue", "general_intake")


def lay_out(book: Book, inquiry: Inquiry, person: Person, draft: Draft, now: datetime) -> Plan:
    start = inquiry.effective_start or inquiry.received_at
    wanted = book.queues[draft.queue if draft.queue and not draft.intake else book.intake]
    hours = verdict(wanted.calendar, now)
    reach = reaching(inquiry, person)
    reason = headline(draft, hours, reach)
    category = book.categories.get(draft.facts.get("category", ""))
    target_s = draft.target_s or (category.response_target_s if category else ORDINARY_TARGET_S)
    rota = on_call_rota(book, draft, hours, now)
    due_at = first_due(wanted, hours, start, target_s) if rota is None else now + timedelta(seconds=rota.target_s)
    steps = steps_open(book, wanted, reason, now) if hours.open else steps_closed(book, draft, hours, now)
    return Plan(
        steps=steps,
        reason=steps[0].reason if not hours.open and reason == "after_hours" else reason,
        decided=draft.decided,
        category=category.id if category else None,
        location=draft.facts.get("location"),
        facts=MappingProxyType(dict(sorted(draft.facts.items()))),
        allowed=ALL_WAYS - person.opted_out,
        sticky_owner=person.owner if person.owner in book.coordinators else None,
        effective_start=start,
        head_start_s=head_start(draft, category.head_start_s if category else 0),
        open=hours.open,
        next_opening=hours.next_opening,
        due_at=due_at,
        ask=draft.ask,
        reach=reach,
        target_queue=None if hours.open else wanted.id,
        note=draft.note,
    )


def head_start(draft: Draft, ordinary_s: int) -> int:
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


def reaching(inquiry: Inquiry, person: Person) -> Reach:
    if inquiry.channel == "call":
        return "answer"
    if "call" not in person.opted_out:
        return "call"
    if "text" not in person.opted_out:
        return "text"
    return "email" if "email" not in person.opted_out else "person_decides"


def first_due(wanted: Queue, hours: Verdict, start: datetime, target_s: int) -> datetime:
    """Targets run on open time; what arrives when closed is due at the next opening (S-2)."""
    if hours.open:
        return add_open_seconds(wanted.calendar, start, target_s)
    return hours.next_opening or start + timedelta(seconds=target_s)


def steps_open(book: Book, wanted: Queue, reason: str, now: datetime) -> tuple[Step, ...]:
    until, steps = 0, []
    for queue_id in dict.fromkeys((wanted.id, *wanted.then)):
        if queue_id == book.intake:
            break
        stop = book.queues[queue_id]
        until += stop.stay_s
        steps.append(Step("offer", queue_id, stop.owner, reason if stop is wanted else "overflow", until))
    return (*steps, intake_step(book, reason if not steps else "general_intake", now))


def steps_closed(book: Book, draft: Draft, hours: Verdict, now: datetime) -> tuple[Step, ...]:
    night = book.queues[book.after_hours]
    due = hours.next_opening or now + timedelta(seconds=book.policies.review_deadline_s)
    last = Step("intake", night.id, night.owner, "after_hours", due_at=due)
    rota = on_call_rota(book, draft, hours, now)
    if rota is None:
        return (last,)
    target = now + timedelta(seconds=rota.target_s)
    return (Step("on_call", rota.id, rota.rungs[0], "on_call", rota.ring_s * len(rota.rungs), target), last)


def on_call_rota(book: Book, draft: Draft, hours: Verdict, now: datetime) -> Rota | None:
    """High priority reaches someone on call (B-19): the rota a rule named, else the first whose own hours are open."""
    if hours.open or (draft.rota is None and draft.facts.get("urgency") != "high" and draft.intake != "crisis"):
        return None
    rotas = [book.rotas[draft.rota]] if draft.rota else list(book.rotas.values())
    return next((rota for rota in rotas if verdict(rota.calendar, now).open), None)


def intake_step(book: Book, reason: str, now: datetime) -> Step:
    """The end of every plan: a named owner and a deadline of at most 15 minutes of open time (S-15)."""
    stop = book.queues[book.intake]
    deadline = add_open_seconds(stop.calendar, now, book.policies.review_deadline_s)
    return Step("intake", stop.id, stop.owner, reason, due_at=deadline)
