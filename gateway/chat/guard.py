"""Who may chat: pages of the practice's exact origins, and from one address or chat only so much in so long a time."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import compile as pattern

from starlette.requests import HTTPConnection

from gateway.house import House
from gateway.landing.limits import sender
from routing.rules.book import Book

OF_THIS_MACHINE = pattern(r"http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?")
MOST_ADDRESSES = 20_000


@dataclass
class Allowance:
    """``most`` at once, refilled evenly over ``over_s`` seconds of real time."""

    most: int
    over_s: float
    left: float = field(init=False)
    at: float | None = None

    def __post_init__(self) -> None:
        self.left = float(self.most)

    def take(self, now_s: float) -> float:
        """0 if granted, else the seconds after which it would be."""
        passed = now_s - self.at if self.at is not None else 0.0
        self.left = min(float(self.most), self.left + passed * self.most / self.over_s)
        self.at = now_s
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) * self.over_s / self.most


class Allowances:
    """One for each key; those not used for longest are forgotten first."""

    def __init__(self, make: Callable[[], Allowance]) -> None:
        self._make = make
        self._known: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, key: str, now_s: float) -> float:
        mine = self._known.setdefault(key, self._make())
        self._known.move_to_end(key)
        if len(self._known) > MOST_ADDRESSES:
            self._known.popitem(last=False)
        return mine.take(now_s)


def chat_book(house: House, practice: str, origin: str | None) -> Book | None:
    """The practice's rulebook if a page of this origin may chat with it. Compared letter by letter; in the demo any
    page of this machine may as well."""
    book = house.desk.shelf.book(practice)
    if book is None or book.chat is None or origin is None:
        return None
    at_home = house.settings.environment == "demo" and OF_THIS_MACHINE.fullmatch(origin)
    return book if origin in book.chat.origins or at_home else None


def address_of(connection: HTTPConnection) -> str:
    return sender(connection.client.host if connection.client else "", connection.headers)


def cors(origin: str | None) -> Mapping[str, str]:
    return {"access-control-allow-origin": origin, "vary": "Origin"} if origin else {"vary": "Origin"}
