"""What an operation of the API is, and what it is given: a known practice, who asks, and a checked request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel

from gateway.house import House
from gateway.tokens import TokenScope
from routing.desk import Desk
from routing.rules.book import Book, Coordinator

Given = TypeVar("Given", bound=BaseModel)


class NotHere(LookupError):
    """Nothing of that id is in this practice, whatever another one has: 404."""


class FieldRefused(ValueError):
    """A field is well shaped and still cannot be: 422, like any other faulty field."""

    def __init__(self, name: str, code: str) -> None:
        super().__init__(name)
        self.name = name
        self.code = code


class FieldsRefused(ValueError):
    """Several at once: each by its name, with its code."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(len(fields))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Asked:
    """``by`` is what the audit log names; ``ids`` are the ids in the path."""

    house: House
    book: Book
    by: str
    now: datetime
    ids: Mapping[str, str]

    @property
    def desk(self) -> Desk:
        return self.house.desk

    @property
    def practice(self) -> str:
        return self.book.practice

    def coordinator(self) -> Coordinator:
        """The one in the path. :raises NotHere: when the practice has none of that id."""
        found = self.book.coordinators.get(self.ids["id"])
        if found is None:
            raise NotHere
        return found

    def named(self, coordinator: str) -> str:
        """The one in the body. :raises FieldRefused: when the practice has none of that id."""
        if coordinator not in self.book.coordinators:
            raise FieldRefused("coordinator", "unknown")
        return coordinator


@dataclass(frozen=True, slots=True)
class Operation(Generic[Given]):
    """``given`` is read from the query of a GET and from the body of anything else; ``answer`` None means 204.
    ``refusals`` are the statuses it may answer besides those every operation may."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    name: str
    summary: str
    scope: TokenScope
    given: type[Given]
    answer: type[BaseModel] | None
    act: Callable[[Asked, Given], BaseModel | None]
    status: int = 200
    refusals: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
