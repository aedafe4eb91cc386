"""The decider: an inquiry goes through the fixed layers, most important first, and comes out as a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from routing.rules.book import Book, Category, Effect, LayerName, Queue, Rule
from routing.rules.hours import Verdict, add_open_seconds, verdict
from routing.rules.locating import levels_of_care as known_levels
from routing.rules.locating import locate
from routing.rules.matching import first_rule, serving_queue
from routing.rules.values import ATTRIBUTES, ContactWay, Decided, Inquiry, Person, Plan, Reach, Step

ORDINARY_TARGET_S = 3600
ALL_WAYS: frozenset[ContactWay] = frozenset({"call", "text", "email", "voicemail"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What the layers have settled so far. ``intake`` is the reason that sends it to general intake, once one does;
    ``night`` the queue a rule of the hours layer names for what arrives when closed."""

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
    night: str | None = None

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
    """Campaign, then the dialled number, then what is known of the person, then what was said: later wins. Only what
    rules may look at: whatever else an edge lets through changes no route (routing-semantics section 18)."""
    facts: dict[str, str] = {}
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
    said = {name: stated.value for name, stated in inquiry.attributes.items() if name in ATTRIBUTES}
    return {**agreeing(book, facts, said), **said, "channel": inquiry.channel}


def agreeing(book: Book, assumed: Mapping[str, str], said: Mapping[str, str]) -> Mapping[str, str]:
    """Who asks for a service on a number for another has not asked for that number's level of care, nor the reverse."""
    category = book.categories.get(said.get("category", assumed.get("category", "")))
    care = said.get("level_of_care", assumed.get("level_of_care"))
    if category is None or category.level_of_care in (None, care):
        return assumed
    return {name: value for name, value in assumed.items() if name not in ("category", "level_of_care")}


def ruled(book: Book, draft: Draft, layer: LayerName) -> Draft:
    rule = first_rule(book.rules, layer, draft.facts)
    return applied(draft, rule) if rule else draft


def applied(draft: Draft, rule: Rule) -> Draft:
    """What a more important layer has settled stands: its queue, rota and times are not named again (A-22)."""
    effect: Effect = rule.then
    names = effect.queue if draft.queue is None else None
    said = draft.say(rule.layer, rule.name, names).know(**effect.sets)
    return replace(
        said,
        queue=draft.queue or names,
        named_by=rule.name if names else draft.named_by,
        rota=draft.rota or effect.rota,
        ask=tuple(dict.fromkeys((*draft.ask, *effect.ask))),
        head_start_s=effect.head_start_s if draft.head_start_s is None else draft.head_start_s,
        target_s=draft.target_s or effect.target_s,
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
    known = known_levels(book)
    if known and draft.facts.get("level_of_care") not in known:
        return draft.to_intake("level_of_care", "general_intake", "level_of_care")
    return draft


def location(book: Book, inquiry: Inquiry, draft: Draft, now: datetime) -> Draft:
    rule = first_rule(book.rules, "location", draft.facts)
    named = rule.then.sets.get("location") if rule else None
    draft = applied(draft, rule) if rule else draft
    if draft.intake:
        return draft
    found = locate(book, inquiry, draft.facts, now, named)
    if found.location is None:
        facts = {name: value for name, value in draft.facts.items() if name != "location"}
        unplaced = replace(draft, facts=facts)
        if found.reason == "location_conflict":
            return unplaced.to_intake("location", found.reason, "location")
        if found.reason == "general_intake":
            return unplaced.to_intake("location", found.reason)
        return unplaced.say("location", found.reason)
    reason = rule.name if rule and found.location == named else found.reason
    noted = draft.say("location", reason, found.location)
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
    """A voicemail drop is a call: who opted out of calls gets neither (A-48)."""
    with_calls = frozenset({"voicemail"}) if "call" in person.opted_out else frozenset()
    return ALL_WAYS - person.opted_out - with_calls


def reaching(inquiry: Inquiry, person: Person) -> Reach:
    if inquiry.channel == "call":
        return "answer"
    if "call" not in person.opted_out:
        return "call"
    if "text" not in person.opted_out:
        return "text"
    return "email" if "email" not in person.opted_out else "person_decides"


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
