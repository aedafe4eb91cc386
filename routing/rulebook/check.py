"""Everything that must hold between the entries of a practice file, each check a line of one table."""

from collections.abc import Callable, Iterator

from routing.rulebook.check_conditions import wrong_attributes
from routing.rulebook.check_contact import overlapping_approvals, unlawful_approvals
from routing.rulebook.check_forms import repeated_fields, wrong_options
from routing.rulebook.check_modes import modes
from routing.rulebook.check_names import repeated_ids, unknown_names
from routing.rulebook.check_neutral import telling_texts
from routing.rulebook.check_relay import unrelayable
from routing.rulebook.check_routes import advice, endings, loops, orderings, owners, positions, relaxations
from routing.rulebook.check_sources import unproven_sources, wrong_words_of_sources
from routing.rulebook.check_templates import wrong_templates
from routing.rulebook.findings import Finding
from routing.rulebook.holiday_days import unknown_holidays
from routing.rulebook.models import PracticeFile
from routing.rulebook.places import place
from routing.rulebook.yaml_file import Path, Source


def unknown_places(file: PracticeFile, source: Source) -> Iterator[Finding]:
    spots: list[tuple[Path, str | None]]
    spots = [(("locations", at, "zip"), spot.zip) for at, spot in enumerate(file.locations)]
    spots += [(("practice", "cities", at, "zip"), city.zip) for at, city in enumerate(file.practice.cities)]
    spots += [(("affiliates", at, "zip"), target.zip) for at, target in enumerate(file.affiliates)]
    for path, code in spots:
        if code is not None and place(code) is None:
            yield source.refusal(path, "there is no such ZIP")
    for at, city in enumerate(file.practice.cities):
        if not city.nearest and city.zip is None:
            yield source.refusal(("practice", "cities", at), "give `nearest` locations or a `zip`")


def repeated_cities(file: PracticeFile, source: Source) -> Iterator[Finding]:
    seen = set[tuple[str, str]]()
    for at, city in enumerate(file.practice.cities):
        listed = (city.name.casefold(), city.state)
        if listed in seen:
            yield source.refusal(("practice", "cities", at), "this city is listed twice")
        seen.add(listed)


def wrong_holidays(file: PracticeFile, source: Source) -> Iterator[Finding]:
    wanted = file.practice.holidays
    if wanted is None:
        return
    try:
        unknown = unknown_holidays(wanted)
    except ValueError as fault:
        yield source.refusal(("practice", "holidays"), str(fault))
        return
    for name in unknown:
        yield source.refusal(("practice", "holidays", "only"), f"there is no holiday `{name}`")


CHECKS: tuple[Callable[[PracticeFile, Source], Iterator[Finding]], ...] = (
    repeated_ids,
    unknown_names,
    wrong_attributes,
    owners,
    endings,
    positions,
    orderings,
    modes,
    relaxations,
    loops,
    unknown_places,
    repeated_cities,
    wrong_holidays,
    repeated_fields,
    wrong_options,
    unproven_sources,
    wrong_words_of_sources,
    wrong_templates,
    telling_texts,
    unlawful_approvals,
    overlapping_approvals,
    unrelayable,
    advice,
)


def check(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for holds in CHECKS:
        yield from holds(file, source)
