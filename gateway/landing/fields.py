"""One field of a form: what a person typed or picked, as a value of ours, or what is wrong with it."""

import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from routing.rulebook.numbers import e164
from routing.rulebook.places import city_option, place
from routing.rules.book import Book
from routing.rules.questions import FormField
from routing.rules.values import Stated
from routing.sources.words import known_word
from worker.destinations import DEFAULT_REGIONS, refusal

LONGEST = {"name": 80, "first_name": 80, "last_name": 80, "phone": 40, "email": 254}
LONGEST_ANSWER = 2_000
ZIP = re.compile(r"(\d{5})(?:-?\d{4})?")
ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
US_DAY = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})")
CLOCK = re.compile(r"[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d{1,6})?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?")
TYPED = 0.9
"""How sure a typed city is that means one of the list and is not written like it."""
YES = frozenset({"yes", "on", "true", "1", "y", "agree", "si", "sí"})

NO = frozenset({"no", "off", "false", "0"})


class Refused(ValueError):
    """Carries the code of what is wrong with a field."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is kept; ``stated`` is the attribute it becomes, None where it becomes none or is not certain enough;
    ``moment`` is set where it names an exact instant to come, ``day`` where it begins with a date."""

    text: str
    stated: Stated | None = None
    moment: datetime | None = None
    day: date | None = None


def answer(field: FormField, text: str, book: Book, now: datetime) -> Answer:
    """:raises Refused: with a code, such as ``not_an_option`` or ``in_the_past``."""
    if len(text) > LONGEST.get(field.name, LONGEST_ANSWER):
        raise Refused("too_long")
    if field.name in LONGEST:
        return contact(field.name, text)
    if field.attribute == "city":
        return city(field, text, book)
    if field.attribute == "zip" or field.name == "zip":
        return zip_code(field, text)
    if field.kind != "text":
        return day(field, text, ZoneInfo(book.zone), now)
    options = field.options or (book.languages if field.attribute == "language" else ())
    value = option(field, text, options) if options or field.values else text
    return Answer(value, stated(field, value, "picked") if options else typed(field, value, book))


def contact(name: str, text: str) -> Answer:
    if name == "phone":
        return Answer(phone(text))
    return Answer(email(text) if name == "email" else " ".join(text.split()))


def stated(field: FormField, value: str, source: str) -> Stated | None:
    return Stated(value, source) if field.attribute else None


def typed(field: FormField, value: str, book: Book) -> Stated | None:
    """Only a word of the practice file's routes; any other is kept as an answer."""
    known = known_word(book, field.attribute, value) if field.attribute else None
    return Stated(known, "typed") if known else None


def option(field: FormField, text: str, options: tuple[str, ...]) -> str:
    """Several ticked boxes of one name come joined. One without a value of its own posts ``on``; a script says false
    for one that was not ticked."""
    meant = {their.casefold(): ours for their, ours in field.values.items()}
    plain = {one.casefold(): one for one in options}
    said = text.casefold()
    if said in meant:
        return meant[said]
    if said in plain:
        return plain[said]
    if options == ("yes",) and said in YES | NO:
        return "yes" if said in YES else "no"
    if not options:
        return text
    several = text.split(", ") if field.attribute is None else []
    if len(several) < 2:
        raise Refused("not_an_option")
    return ", ".join(option(field, one, options) for one in several)


def city(field: FormField, text: str, book: Book) -> Answer:
    """An uncertain one is kept as it was typed and decides nothing: the person is asked (A-82, S-24)."""
    meant = city_option(text, field.options or book.cities)
    if meant is None:
        return Answer(text)
    listed = (meant.casefold(), meant.rpartition(", ")[0].casefold())
    return Answer(text, Stated(meant, "picked") if text.casefold() in listed else Stated(meant, "typed", TYPED))


def zip_code(field: FormField, text: str) -> Answer:
    found = ZIP.fullmatch(text)
    if not found or place(found[1]) is None:
        raise Refused("not_a_zip")
    return Answer(found[1], stated(field, found[1], "typed"))


def day(field: FormField, text: str, zone: ZoneInfo, now: datetime) -> Answer:
    """A date is a whole day of the practice's; ``moment`` fields take words ("after 16:00") as well."""
    found = ISO_DAY.match(text) or US_DAY.match(text)
    if not found:
        if field.kind == "date":
            raise Refused("not_a_date")
        return Answer(text)
    rest = text[found.end() :]
    clock = CLOCK.fullmatch(rest)
    if rest and field.kind == "date":
        raise Refused("not_a_date")
    try:
        named = date(int(found["year"]), int(found["month"]), int(found["day"]))
        exact = instant(named, clock, zone) if clock else None
    except (ValueError, OverflowError):
        raise Refused("not_a_date") from None
    if exact < now if exact else named < now.astimezone(zone).date():
        raise Refused("in_the_past")
    return Answer(text, moment=exact, day=named)


def instant(named: date, clock: re.Match[str], zone: ZoneInfo) -> datetime:
    """On the practice's clocks, unless it says of which offset it is."""
    there = datetime.strptime(clock["zone"], "%z").tzinfo if clock["zone"] else zone
    return datetime.combine(named, time(int(clock["hour"]), int(clock["minute"])), there).astimezone(UTC)


def phone(text: str, regions: Set[str] = DEFAULT_REGIONS) -> str:
    """:raises Refused: for what is no number, and for one we would never dial (SEC-12)."""
    found = e164(text)
    if found is None:
        raise Refused("not_a_number")
    if why := refusal(found, regions):
        raise Refused("not_a_number" if why in ("malformed", "not_in_use") else why)
    return found


def email(text: str) -> str:
    """:raises Refused: for what is no address."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Refused("not_an_address") from None


def is_yes(text: str) -> bool:
    return text.casefold() in YES
