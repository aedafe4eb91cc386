"""The words that a practice file has for an attribute. What a person writes otherwise is kept sealed as her answer and
decides nothing: attributes stand unsealed in plans and receipts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from routing.rules.book import Book
from routing.rules.values import MISSING

LISTED: Mapping[str, Callable[[Book], Iterable[str]]] = MappingProxyType(
    {
        "campaign": lambda book: book.campaigns,
        "category": lambda book: book.categories,
        "language": lambda book: book.languages,
        "level_of_care": lambda book: (level for place in book.locations.values() for level in place.levels_of_care),
        "location": lambda book: book.locations,
        "page": lambda book: book.forms,
        "patient": lambda book: ("new", "established"),
        "payer": lambda book: (payer for place in book.locations.values() for payer in place.accepts),
        "tracking_number": lambda book: book.tracking_numbers,
        "urgency": lambda book: ("high", "normal", "low"),
    }
)


def known_word(book: Book, attribute: str, text: str) -> str | None:
    """As the practice file writes it; None where it has no such word."""
    return {word.casefold(): word for word in words_of(book, attribute)}.get(text.strip().casefold())


def words_of(book: Book, attribute: str) -> Iterator[str]:
    """All that it lists, offers, translates to or compares."""
    if attribute in LISTED:
        yield from LISTED[attribute](book)
    for form in book.forms.values():
        for field in form.fields:
            if field.attribute == attribute:
                yield from (*field.options, *field.values.values())
    for source in book.sources.values():
        yield from source.values.get(attribute, {}).values()
    for asked in (*(rule.when for rule in book.rules), *(queue.serves for queue in book.queues.values())):
        yield from asked.get(attribute, frozenset()) - {MISSING}
