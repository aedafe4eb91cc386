"""Every attribute a practice file mentions is one a rule may look at, with a value it can have."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.yaml_file import Path, Source
from routing.rules.values import ATTRIBUTES, MISSING

FREE_TEXT = "a typed city is never a key: list cities under practice.cities and route by location"


@dataclass(frozen=True, slots=True)
class Use:
    """``decides`` where the value is compared (`when`, `serves`) instead of set."""

    path: Path
    attribute: str
    values: tuple[str, ...] = ()
    decides: bool = False


def wrong_attributes(file: PracticeFile, source: Source) -> Iterator[Finding]:
    known = picklists(file)
    for use in uses(file):
        if fault := wrong_name(use.attribute):
            yield source.refusal(use.path, fault)
        elif use.decides and use.attribute == "city":
            yield source.refusal(use.path, FREE_TEXT)
        else:
            yield from wrong_values(use, known.get(use.attribute), source)


def wrong_name(attribute: str) -> str | None:
    if attribute == "priority":
        return None
    if "-" in attribute:
        return f"`{attribute}`: attribute names are [a-z_] only, a hyphen would read as minus"
    if attribute not in ATTRIBUTES:
        return f"there is no attribute `{attribute}`; a rule may look at {', '.join(sorted(ATTRIBUTES))}"
    return None


def wrong_values(use: Use, known: frozenset[str] | None, source: Source) -> Iterator[Finding]:
    for value in use.values:
        if value == MISSING and not use.decides:
            yield source.refusal(use.path, f"`{MISSING}` can be asked for, not set")
        elif known is not None and value != MISSING and value not in known:
            yield source.refusal(use.path, f"`{value}` is no {use.attribute}; known: {', '.join(sorted(known))}")


def picklists(file: PracticeFile) -> Mapping[str, frozenset[str]]:
    """Attribute to all the values it can have. Attributes not listed take any value."""
    levels = {level for place in file.locations for level in place.levels_of_care}
    payers = {payer for place in file.locations for payer in place.accepts}
    listed = {
        "category": {category.id for category in file.categories},
        "location": {place.id for place in file.locations},
        "level_of_care": levels,
        "payer": payers,
        "campaign": {campaign.id for campaign in file.campaigns},
        "tracking_number": {number.number for number in file.tracking_numbers},
        "page": {form.id for form in file.forms},
    }
    fixed = {
        "channel": frozenset({"call", "text", "chat", "form"}),
        "patient": frozenset({"new", "established"}),
        "urgency": frozenset({"high", "normal", "low"}),
        "language": frozenset(file.practice.languages),
    }
    return fixed | {name: frozenset(values) for name, values in listed.items() if values}


def uses(file: PracticeFile) -> Iterator[Use]:
    yield from of_rules(file)
    for at, queue in enumerate(file.queues):
        yield from compared(("queues", at, "serves"), queue.serves)
        for number, wanted in enumerate(queue.requires):
            yield from of_requirement(("queues", at, "requires", number), wanted.attribute, wanted.value)
    for at, campaign in enumerate(file.campaigns):
        yield from given(("campaigns", at, "attributes"), campaign.attributes)
    for at, tracking in enumerate(file.tracking_numbers):
        yield from given(("tracking_numbers", at, "attributes"), tracking.attributes)
    yield from of_questions(file)


def of_rules(file: PracticeFile) -> Iterator[Use]:
    for at, rule in enumerate(file.rules):
        yield from compared(("rules", at, "when"), rule.when)
        yield from given(("rules", at, "then", "sets"), rule.then.sets)
        yield from asked(("rules", at, "then", "ask"), rule.then.ask)


def of_questions(file: PracticeFile) -> Iterator[Use]:
    for at, category in enumerate(file.categories):
        if category.level_of_care:
            yield Use(("categories", at, "level_of_care"), "level_of_care", (category.level_of_care,))
    for at, menu in enumerate(file.menus):
        yield Use(("menus", at, "attribute"), menu.attribute)
        for number, choice in enumerate(menu.choices):
            yield Use(("menus", at, "choices", number, "value"), menu.attribute, (choice.value,))
    if file.chat:
        yield from given(("chat", "attributes"), file.chat.attributes)
    for at, form in enumerate(file.forms):
        yield from given(("forms", at, "attributes"), form.attributes)
        for number, field in enumerate(form.fields):
            if field.attribute:
                yield Use(("forms", at, "fields", number, "attribute"), field.attribute)
    for attribute in file.crm.fields:
        yield Use(("crm", "fields", attribute), attribute)


def of_requirement(path: Path, attribute: str, value: str) -> Iterator[Use]:
    if attribute != "skill" and value != "plan":
        yield Use((*path, "value"), attribute, (value,))


def compared(path: Path, conditions: Mapping[str, tuple[str, ...]]) -> Iterator[Use]:
    return (Use((*path, name), name, tuple(values), decides=True) for name, values in conditions.items())


def given(path: Path, attributes: Mapping[str, str]) -> Iterator[Use]:
    return (Use((*path, name), name, (value,)) for name, value in attributes.items())


def asked(path: Path, attributes: Iterable[str]) -> Iterator[Use]:
    return (Use((*path, at), name) for at, name in enumerate(attributes))
