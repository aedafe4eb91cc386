"""Ids are unique, and every name a practice file mentions exists."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.yaml_file import Path, Source

NAMED_BY = {"rules": "name", "tracking_numbers": "number"}
LISTS = (
    "locations",
    "categories",
    "queues",
    "coordinators",
    "rotas",
    "affiliates",
    "campaigns",
    "tracking_numbers",
    "forms",
    "sources",
    "rules",
    "menus",
    "templates",
    "cadences",
    "ladders",
)
SINGULAR = {"categories": "category", "policies": "policy"}


@dataclass(frozen=True, slots=True)
class Mention:
    """At ``path`` the file names an entry of the list ``kind``."""

    path: Path
    kind: str
    name: str | None


def repeated_ids(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for kind in LISTS:
        key, seen = NAMED_BY.get(kind, "id"), set[str]()
        for at, entry in enumerate(getattr(file, kind)):
            name = getattr(entry, key)
            if name in seen:
                yield source.refusal((kind, at, key), f"there is already a {one_of(kind)} `{name}`")
            seen.add(name)


def unknown_names(file: PracticeFile, source: Source) -> Iterator[Finding]:
    known = {
        kind: frozenset(getattr(entry, NAMED_BY.get(kind, "id")) for entry in getattr(file, kind)) for kind in LISTS
    }
    for mention in mentions(file):
        if mention.name is not None and mention.name not in known[mention.kind]:
            yield source.refusal(mention.path, f"there is no {one_of(mention.kind)} `{mention.name}`")


def one_of(kind: str) -> str:
    return SINGULAR.get(kind, kind.removesuffix("s")).replace("_", " ")


def mentions(file: PracticeFile) -> Iterator[Mention]:
    yield from of_practice(file)
    yield from of_targets(file)
    yield from of_sources(file)
    yield from of_follow_up(file)


def of_practice(file: PracticeFile) -> Iterator[Mention]:
    yield Mention(("practice", "intake"), "queues", file.practice.intake)
    yield Mention(("practice", "after_hours"), "queues", file.practice.after_hours)
    yield Mention(("practice", "manager"), "coordinators", file.practice.manager)
    for at, city in enumerate(file.practice.cities):
        yield from each(("practice", "cities", at, "nearest"), "locations", city.nearest)
    yield Mention(("policies", "person_first"), "templates", file.policies.person_first)
    for coordinator in file.crm.owners:
        yield Mention(("crm", "owners", coordinator), "coordinators", coordinator)


def of_targets(file: PracticeFile) -> Iterator[Mention]:
    for at, place in enumerate(file.locations):
        yield from each(("locations", at, "categories"), "categories", place.categories)
        yield from each(("locations", at, "fallbacks"), "locations", place.fallbacks)
    for at, queue in enumerate(file.queues):
        yield Mention(("queues", at, "owner"), "coordinators", queue.owner)
        yield Mention(("queues", at, "location"), "locations", queue.location)
        yield from each(("queues", at, "then"), "queues", queue.then)
        for number, member in enumerate(queue.members):
            yield Mention(("queues", at, "members", number), "coordinators", member.coordinator)
    for at, coordinator in enumerate(file.coordinators):
        yield from each(("coordinators", at, "locations"), "locations", coordinator.locations)
    for at, rota in enumerate(file.rotas):
        yield from each(("rotas", at, "rungs"), "coordinators", rota.rungs)
    for at, affiliate in enumerate(file.affiliates):
        yield Mention(("affiliates", at, "owner"), "coordinators", affiliate.owner)
        yield Mention(("affiliates", at, "disclosure"), "templates", affiliate.disclosure or None)
        yield from each(("affiliates", at, "categories"), "categories", affiliate.categories)


def of_sources(file: PracticeFile) -> Iterator[Mention]:
    yield Mention(("practice", "menu"), "menus", file.practice.menu)
    for at, number in enumerate(file.tracking_numbers):
        yield Mention(("tracking_numbers", at, "campaign"), "campaigns", number.campaign)
        yield Mention(("tracking_numbers", at, "location"), "locations", number.location)
        yield Mention(("tracking_numbers", at, "menu"), "menus", number.menu)
    for at, form in enumerate(file.forms):
        yield Mention(("forms", at, "campaign"), "campaigns", form.campaign)
        yield Mention(("forms", at, "category"), "categories", form.category)
        yield Mention(("forms", at, "consent"), "templates", form.consent)
    if file.chat:
        yield Mention(("chat", "campaign"), "campaigns", file.chat.campaign)
        yield Mention(("chat", "consent"), "templates", file.chat.consent)
        yield Mention(("chat", "number"), "tracking_numbers", file.chat.number)
    for at, entry in enumerate(file.sources):
        yield Mention(("sources", at, "campaign"), "campaigns", entry.campaign)
    for at, menu in enumerate(file.menus):
        yield Mention(("menus", at, "ask"), "templates", menu.ask)
    for at, rule in enumerate(file.rules):
        yield Mention(("rules", at, "then", "queue"), "queues", rule.then.queue)
        yield Mention(("rules", at, "then", "rota"), "rotas", rule.then.rota)


def of_follow_up(file: PracticeFile) -> Iterator[Mention]:
    for at, category in enumerate(file.categories):
        yield Mention(("categories", at, "queue"), "queues", category.queue)
        yield from by_key(("categories", at, "templates"), "templates", category.templates)
    for at, cadence in enumerate(file.cadences):
        yield from each(("cadences", at, "categories"), "categories", cadence.categories)
        for outcome, follow_up in cadence.after.items():
            yield Mention(("cadences", at, "after", outcome, "template"), "templates", follow_up.template)
    for at, ladder in enumerate(file.ladders):
        yield from each(("ladders", at, "categories"), "categories", ladder.categories)
        for number, rung in enumerate(ladder.rungs):
            named = None if rung.to == "next" else rung.to
            yield Mention(("ladders", at, "rungs", number, "to"), "coordinators", named)


def each(path: Path, kind: str, names: Iterable[str]) -> Iterator[Mention]:
    return (Mention((*path, at), kind, name) for at, name in enumerate(names))


def by_key(path: Path, kind: str, names: Mapping[str, str]) -> Iterator[Mention]:
    return (Mention((*path, key), kind, name) for key, name in names.items())
