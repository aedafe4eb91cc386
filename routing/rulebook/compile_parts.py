"""One entry of a practice file as the frozen value the rules read."""

from collections.abc import Callable, Mapping
from inspect import signature
from types import MappingProxyType
from typing import TypeVar

from routing.rulebook import models_chat, models_people, models_pursuit, models_reach, models_routing, models_sources
from routing.rulebook.compile_calendars import office_calendar, queue_calendar, rota_calendar, shift_calendar
from routing.rulebook.compile_contact import terms
from routing.rulebook.words import Entry
from routing.rules import book, cadences, chats, costs, questions
from routing.rules.calendars import Calendar

Part = TypeVar("Part")
Value = TypeVar("Value")


def part(kind: Callable[..., Part], entry: Entry, **otherwise: object) -> Part:
    """Fields of one name are the same thing on both sides; ``otherwise`` are those that the rules see differently."""
    same = signature(kind).parameters.keys() - otherwise.keys()
    return kind(**{name: frozen(getattr(entry, name)) for name in same}, **otherwise)


def frozen(value: Value) -> Value:
    """A mapping of mappings as well."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(one) for key, one in value.items()})  # type: ignore[return-value]
    return value


def sets(mapping: Mapping[str, tuple[str, ...]]) -> Mapping[str, frozenset[str]]:
    return frozen({name: frozenset(values) for name, values in mapping.items()})


def location(entry: models_routing.Location, above: Calendar) -> book.Location:
    return part(
        book.Location,
        entry,
        categories=frozenset(entry.categories),
        levels_of_care=frozenset(entry.levels_of_care),
        accepts=frozenset(entry.accepts),
        calendar=office_calendar(entry, above),
    )


def category(entry: models_routing.Category) -> book.Category:
    return part(book.Category, entry, relay=entry.relay or entry.label)


def queue(entry: models_routing.Queue, offices: Mapping[str, Calendar], top: Calendar) -> book.Queue:
    served = entry.serves.get("location", ())
    office = entry.location or (served[0] if len(served) == 1 and served[0] in offices else None)
    return part(
        book.Queue,
        entry,
        members=tuple(member(at, one) for at, one in enumerate(entry.members, start=1)),
        owner=entry.owner or "",
        serves=sets(entry.serves),
        requires=tuple(part(book.Requirement, one) for one in entry.requires),
        relax=tuple(part(book.Relaxation, step, drop=frozenset(step.drop)) for step in entry.relax),
        location=office,
        calendar=queue_calendar(entry, offices[office] if office else top),
    )


def member(at: int, entry: models_routing.Member) -> book.Member:
    return part(book.Member, entry, position=entry.position or at)


def coordinator(entry: models_people.Coordinator, *, relays: bool = False) -> book.Coordinator:
    """``relays`` is what the practice's policy says of ``text_relay``."""
    return part(
        book.Coordinator,
        entry,
        languages=frozenset(entry.languages),
        locations=frozenset(entry.locations),
        shifts=shift_calendar(entry),
        text_relay=relays if entry.text_relay is None else entry.text_relay,
    )


def rota(entry: models_people.Rota) -> book.Rota:
    return part(book.Rota, entry, calendar=rota_calendar(entry))


def affiliate(entry: models_people.Affiliate) -> book.Affiliate:
    return part(
        book.Affiliate,
        entry,
        owner=entry.owner or "",
        categories=frozenset(entry.categories),
        levels_of_care=frozenset(entry.levels_of_care),
        accepts=frozenset(entry.accepts),
        languages=frozenset(entry.languages),
    )


def campaign(entry: models_reach.Campaign) -> book.Campaign:
    return part(book.Campaign, entry, cost=part(costs.CampaignCost, entry.cost) if entry.cost else None)


def tracking_number(entry: models_reach.TrackingNumber) -> book.TrackingNumber:
    return part(book.TrackingNumber, entry, campaign=entry.campaign or "")


def rule(entry: models_routing.Rule) -> book.Rule:
    return part(book.Rule, entry, when=sets(entry.when), then=part(book.Effect, entry.then))


def category_rule(entry: models_routing.Category) -> book.Rule:
    """A category that names its queue is a rule of the queue layer, after the written ones."""
    name = f"category_{entry.id.replace('-', '_').lower()}"
    return book.Rule(name, "queue", sets({"category": (entry.id,)}), book.Effect(queue=entry.queue))


def form(entry: models_reach.Form) -> questions.Form:
    category_said = {"category": entry.category} if entry.category else {}
    return part(
        questions.Form,
        entry,
        attributes=frozen({**entry.attributes, **category_said}),
        fields=tuple(part(questions.FormField, field) for field in entry.fields),
    )


def chat(entry: models_chat.Chat) -> chats.Chat:
    return part(chats.Chat, entry)


def lead_source(entry: models_sources.LeadSource) -> questions.LeadSource:
    return part(questions.LeadSource, entry)


def menu(entry: models_reach.Menu) -> questions.Menu:
    return part(questions.Menu, entry, choices=tuple(part(questions.MenuChoice, choice) for choice in entry.choices))


def cadence(entry: models_pursuit.Cadence) -> cadences.Cadence:
    after = {outcome: part(cadences.FollowUp, then) for outcome, then in entry.after.items()}
    return part(cadences.Cadence, entry, after=frozen(after), categories=frozenset(entry.categories))


def ladder(entry: models_pursuit.Ladder) -> cadences.Ladder:
    rungs = sorted((part(cadences.Rung, rung) for rung in entry.rungs), key=lambda rung: rung.at)
    return part(cadences.Ladder, entry, rungs=tuple(rungs), categories=frozenset(entry.categories))


def crm(entry: models_pursuit.Crm) -> cadences.Crm:
    return part(cadences.Crm, entry)


def policies(entry: models_pursuit.Policies) -> book.Policies:
    kept = frozen(entry.retention_days.model_dump())
    return part(book.Policies, entry, retention_days=kept, contact=terms(entry.contact))
