"""What the API is told and answers about handing a caller on."""

from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.api.models import Answer, Code, Request, Slug
from routing.rules.transferring import Mode


class TransferTarget(Request):
    """One of the four; an `affiliate` is outside the practice, which keeps the lead."""

    queue: Slug | None = None
    coordinator: Slug | None = None
    location: Slug | None = None
    affiliate: Slug | None = None

    @property
    def named(self) -> tuple[Literal["queue", "coordinator", "location", "affiliate"], str]:
        if self.queue is not None:
            return "queue", self.queue
        if self.coordinator is not None:
            return "coordinator", self.coordinator
        if self.affiliate is not None:
            return "affiliate", self.affiliate
        return "location", self.location or ""

    @model_validator(mode="after")
    def one_alone(self) -> Self:
        if [self.queue, self.coordinator, self.location, self.affiliate].count(None) != 3:
            raise ValueError("name one target")
        return self


class TransferSets(Request):
    """What the lead becomes when the target accepts."""

    category: Slug | None = None
    payer: Slug | None = None


class TransferWanted(Request):
    to: TransferTarget
    mode: Mode = Field(default="warm", description="`cold` lets the first coordinator go as soon as the target accepts")
    reason: Code
    sets: TransferSets = TransferSets()


class TransferMade(Answer):
    """`coordinator` or `affiliate` is whose phone rings; until they accept the caller is held, and otherwise goes
    back."""

    id: str
    coordinator: str | None = None
    queue: str | None = None
    affiliate: str | None = None
