"""A checked practice file as the book the rules read: calendars, distances, pick-lists, all worked out."""

from collections.abc import Mapping

from routing.rulebook import compile_parts as parts
from routing.rulebook.compile_calendars import practice_calendar
from routing.rulebook.compile_parts import frozen
from routing.rulebook.models import City, PracticeFile
from routing.rulebook.places import Nearness, by_distance, place
from routing.rules.book import Book, Location, Queue
from routing.rules.calendars import Calendar


def compiled(file: PracticeFile, digest: str, version: int) -> Book:
    """``digest`` is the SHA-256 of the file's bytes. The file must have passed every check."""
    practice, top = file.practice, practice_calendar(file.practice)
    locations = {entry.id: parts.location(entry, top) for entry in file.locations}
    ruled = (*map(parts.rule, file.rules), *(parts.category_rule(entry) for entry in file.categories if entry.queue))
    relays = file.policies.text_relay
    return Book(
        practice=practice.id,
        name=practice.name,
        version=version,
        digest=digest,
        zone=practice.zone,
        languages=practice.languages,
        intake=practice.intake,
        after_hours=practice.after_hours or practice.intake,
        manager=practice.manager,
        locations=frozen(locations),
        categories=frozen({entry.id: parts.category(entry) for entry in file.categories}),
        queues=queues(file, locations, top),
        coordinators=frozen({entry.id: parts.coordinator(entry, relays=relays) for entry in file.coordinators}),
        rotas=frozen({entry.id: parts.rota(entry) for entry in file.rotas}),
        campaigns=frozen({entry.id: parts.campaign(entry) for entry in file.campaigns}),
        tracking_numbers=frozen({entry.number: parts.tracking_number(entry) for entry in file.tracking_numbers}),
        rules=ruled,
        nearness=nearness(file),
        policies=parts.policies(file.policies),
        calendar=top,
        templates=frozen({entry.id: frozen(entry.texts) for entry in file.templates}),
        menus=frozen({entry.id: parts.menu(entry) for entry in file.menus}),
        menu=practice.menu,
        mail_from=practice.mail_from,
        forms=frozen({entry.id: parts.form(entry) for entry in file.forms}),
        chat=parts.chat(file.chat) if file.chat else None,
        sources=frozen({entry.id: parts.lead_source(entry) for entry in file.sources}),
        cadences=frozen({entry.id: parts.cadence(entry) for entry in file.cadences}),
        ladders=frozen({entry.id: parts.ladder(entry) for entry in file.ladders}),
        affiliates=frozen({entry.id: parts.affiliate(entry) for entry in file.affiliates}),
        crm=parts.crm(file.crm),
        cities=tuple(shown(city) for city in practice.cities),
    )


def queues(file: PracticeFile, locations: Mapping[str, Location], top: Calendar) -> Mapping[str, Queue]:
    offices = {place.id: place.calendar for place in locations.values()}
    return frozen({entry.id: parts.queue(entry, offices, top) for entry in file.queues})


def shown(city: City) -> str:
    return f"{city.name}, {city.state}" if city.state else city.name


def nearness(file: PracticeFile) -> Nearness:
    """Two listed cities of one name in two states are known only with their state."""
    zips = {entry.id: entry.zip or "" for entry in file.locations}
    names = [city.name.casefold() for city in file.practice.cities]
    by_city: dict[str, tuple[str, ...]] = {}
    for city in file.practice.cities:
        order = city_order(city, zips)
        by_city[shown(city).casefold()] = order
        if names.count(city.name.casefold()) == 1:
            by_city[city.name.casefold()] = order
    return Nearness(frozen(by_city), frozen(zips))


def city_order(city: City, zips: Mapping[str, str]) -> tuple[str, ...]:
    here = place(city.zip) if city.zip else None
    measured = by_distance(here, zips) if here else tuple(zips)
    return tuple(dict.fromkeys((*city.nearest, *measured)))
