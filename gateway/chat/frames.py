"""What a visitor's browser may say over the chat's WebSocket, and what it is told: frames of JSON, 8 KiB at most."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import to_json

from routing.rulebook.numbers import e164

LONGEST = 2_000
Key = Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Za-z0-9-]{8,64}$"))]
Secret = Annotated[str, StringConstraints(min_length=20, max_length=200)]


class MalformedFrame(ValueError):
    """Nothing of it is repeated."""


class Frame(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Hello(Frame):
    """The first frame: ``after`` is the number of the last message she has."""

    secret: Secret = Field(repr=False)
    after: int = Field(default=0, ge=0)


class Say(Frame):
    """``id`` is the browser's own and the same in every copy; longer text than that is refused, never cut."""

    type: Literal["say"]
    id: Key
    text: Annotated[str, StringConstraints(min_length=1)] = Field(repr=False)


class Leave(Frame):
    """A number to be called or texted at, with the consent that was shown."""

    type: Literal["leave"]
    id: Key
    name: Annotated[str, StringConstraints(max_length=80)] = Field(default="", repr=False)
    phone: Annotated[str, StringConstraints(max_length=40)] = Field(repr=False)
    way: Literal["call", "text"]
    consent: bool

    @property
    def number(self) -> str | None:
        return e164(self.phone)


class Typing(Frame):
    type: Literal["typing"]


class Got(Frame):
    """Everything up to this number is on her screen."""

    type: Literal["got"]
    upto: int = Field(ge=1)


class Kept(Frame):
    """She holds the new secret."""

    type: Literal["kept"]
    secret: Secret = Field(repr=False)


class Leaving(Frame):
    type: Literal["end"]


Said = Annotated[Say | Leave | Typing | Got | Kept | Leaving, Field(discriminator="type")]
SAID: TypeAdapter[Say | Leave | Typing | Got | Kept | Leaving] = TypeAdapter(Said)
Spoken = Say | Leave | Typing | Got | Kept | Leaving


def hello(text: str) -> Hello:
    """:raises MalformedFrame:"""
    try:
        return Hello.model_validate_json(text)
    except ValidationError:
        raise MalformedFrame from None


def spoken(text: str) -> Spoken:
    """:raises MalformedFrame:"""
    try:
        return SAID.validate_json(text)
    except ValidationError:
        raise MalformedFrame from None


class State(BaseModel):
    """Where the chat stands. ``who`` answers or will answer; ``opens`` is the next opening where it is closed."""

    type: Literal["state"] = "state"
    state: Literal["new", "finding", "live", "later", "ended"]
    open: bool
    opens: datetime | None = None
    who: str | None = None
    left: bool = False


def frame(what: str, **told: object) -> str:
    return to_json({"type": what, **told}, exclude_none=True).decode()
