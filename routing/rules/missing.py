"""Asks by text or chat for what is missing: one question at a time, a pick-list wherever the answer routes, one re-ask,
then a person (A-54, A-82, S-6). Pure: who remembers what was asked is the caller."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from routing.rules.book import Book
from routing.rules.locating import fits
from routing.rules.values import Stated
from routing.rules.wording.neutral import reveals
from routing.rules.wording.picking import Option, Picked, Unclear, picked, shown, zip_in
from routing.rules.wording.picking_words import CALLED, SHOWN
from routing.rules.wording.question_words import QUESTIONS

ASKED_FOR: Mapping[str, str] = MappingProxyType(
    {
        "city": "location",
        "zip": "location",
        "location": "location",
        "category": "category",
        "level_of_care": "level_of_care",
        "payer": "payer",
        "patient": "patient",
        "best_time": "best_time",
    }
)
"""Field of a category to the one thing we ask; fields not named here are the coordinator's to ask."""
FREE = frozenset({"best_time"})
"""Kept as it was said and never routed by."""
NO_OFFICE = frozenset({"nothing_known", "elsewhere"})
"""Replies that may still name one of the practice's cities."""
MOST_TIMES = 2
LONGEST_LIST = 9
LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """``times`` the question was put; ``over`` once it was answered or is left to a person."""

    attribute: str
    times: int = 1
    over: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """``options`` empty: any answer will do. ``cities`` is the practice's list, understood besides the offices shown.
    ``template`` is the practice's own wording, or ours of that name."""

    attribute: str
    template: str
    options: tuple[Option, ...] = ()
    cities: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reply says. ``stated`` becomes attributes of the inquiry; ``free`` answers are kept only."""

    stated: Mapping[str, Stated]
    free: bool = False


def next_question(
    book: Book, facts: Mapping[str, str], ask: Sequence[str], asked: Sequence[Asked], language: str
) -> Question | None:
    """``facts`` are the plan's (answers kept beside it may be added by name), ``ask`` what the plan wants first. None:
    nothing more to ask, or a person takes over."""
    if given_up(asked):
        return None
    before = {each.attribute: each for each in asked}
    for attribute in wanted(book, facts, ask):
        known = before.get(attribute)
        if known is None or not known.over:
            question = question_for(book, attribute, facts, language, again=known is not None)
            if question:
                return question
    return None


def given_up(asked: Sequence[Asked]) -> bool:
    """One re-ask without an answer: a person asks from here on."""
    return any(each.times >= MOST_TIMES and not each.over for each in asked)


def wanted(book: Book, facts: Mapping[str, str], ask: Sequence[str]) -> tuple[str, ...]:
    category = book.categories.get(facts.get("category", ""))
    fields = (*ask, *(category.fields if category else ()))
    things = (ASKED_FOR[name] for name in fields if name in ASKED_FOR)
    return tuple(dict.fromkeys(thing for thing in things if thing in ask or thing not in facts))


def question_for(
    book: Book, attribute: str, facts: Mapping[str, str], language: str, *, again: bool
) -> Question | None:
    """None where a list would have one entry or too many, or where its words would tell what the practice treats."""
    options = options_for(book, attribute, facts, language)
    if attribute not in FREE and not 1 < len(options) <= LONGEST_LIST:
        return None
    seen_by_others = facts.get("channel") == "text" and book.policies.sms_neutral
    if seen_by_others and any(reveals(option.label) for option in options):
        return None
    cities = book.cities if attribute == "location" else ()
    return Question(attribute, template_of(book, facts, attribute, again=again), options, cities, again)


def template_of(book: Book, facts: Mapping[str, str], attribute: str, *, again: bool) -> str:
    """The category's own, else the practice's for this question, else the plain one."""
    category = book.categories.get(facts.get("category", ""))
    own = category.templates.get(f"ask_{attribute}") if category else None
    if again and attribute not in FREE:
        return "text-ask-again"
    named = f"text-ask-{attribute.replace('_', '-')}"
    return own or (named if named in book.templates or named in QUESTIONS else "text-ask")


def options_for(book: Book, attribute: str, facts: Mapping[str, str], language: str) -> tuple[Option, ...]:
    """Only what fits what is known: no office without the specialty, no payer that no office takes."""
    without = {name: value for name, value in facts.items() if name != attribute}
    places = [place for place in book.locations.values() if fits(place, without)]
    if attribute == "location":
        return tuple(Option(place.id, place.name, state=state_of(book, place.name)) for place in places)
    if attribute == "category":
        return tuple(Option(entry.id, entry.label, (entry.id,)) for entry in book.categories.values())
    if attribute == "level_of_care":
        offered = {level for place in places for level in place.levels_of_care}
        levels = {c.level_of_care: c.label for c in book.categories.values() if c.level_of_care in offered}
        return tuple(Option(level, label, (level,)) for level, label in levels.items() if level)
    values = sorted({payer for place in places for payer in place.accepts}) if attribute == "payer" else ()
    return tuple(
        Option(value, shown(SHOWN.get(attribute, {}).get(value, {}), value, language), called(attribute, value))
        for value in (values or (CALLED["patient"] if attribute == "patient" else ()))
    )


def state_of(book: Book, name: str) -> str:
    """Of the one listed city that an office is called after; "" where there is none or two."""
    listed = (city.rpartition(", ") for city in book.cities)
    states = {state for city, comma, state in listed if comma and city.casefold() == name.casefold()}
    return states.pop() if len(states) == 1 else ""


def called(attribute: str, value: str) -> tuple[str, ...]:
    return (value.replace("-", " "), *CALLED.get(attribute, {}).get(value, ()))


def understood(question: Question, text: str, elsewhere: Collection[str] = ()) -> Answer | Unclear:
    """A city or ZIP typed instead of an office is taken as what it is, and the plan decides; both together are both
    kept, so that a conflict shows (S-24). ``elsewhere`` are the plain names of all places."""
    if not question.options:
        said = text.strip()[:LONGEST_ANSWER]
        return Answer({question.attribute: Stated(said, "typed")}, free=True) if said else Unclear("silence")
    if question.attribute == "location" and (code := zip_in(text)):
        city = picked(cities_of(question), text.replace(code, " "), elsewhere)
        listed = {"city": Stated(city.value, "picked", phrase=city.phrase)} if isinstance(city, Picked) else {}
        return Answer({**listed, "zip": Stated(code, "typed")})
    choice = picked(question.options, text, elsewhere)
    if isinstance(choice, Unclear) and choice.because in NO_OFFICE and question.cities:
        city = picked(cities_of(question), text, elsewhere) if not text.strip().isdecimal() else choice
        if isinstance(city, Picked):
            return Answer({"city": Stated(city.value, "picked", phrase=city.phrase)})
    if isinstance(choice, Unclear):
        return choice
    return Answer({question.attribute: Stated(choice.value, "picked", phrase=choice.phrase)})


def cities_of(question: Question) -> tuple[Option, ...]:
    return tuple(Option(city, city) for city in question.cities)


def put(asked: Sequence[Asked], question: Question) -> tuple[Asked, ...]:
    """What was asked, this question included."""
    times = next((each.times for each in asked if each.attribute == question.attribute), 0)
    return (*(each for each in asked if each.attribute != question.attribute), Asked(question.attribute, times + 1))


def closed(asked: Sequence[Asked], question: Question, reply: Answer | Unclear) -> tuple[Asked, ...]:
    """What was asked, once a reply came: an answer ends the question, and so does a wish not to be asked again, which
    leaves it to a person."""
    if isinstance(reply, Unclear) and reply.ask_again:
        return tuple(asked)
    gone_on = MOST_TIMES if isinstance(reply, Unclear) else 1
    over = Asked(question.attribute, gone_on, over=isinstance(reply, Answer))
    return (*(each for each in asked if each.attribute != question.attribute), over)
