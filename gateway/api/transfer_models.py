"""What the API is told and answers about handing a caller on."""

from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.api.models import Answer, Code, Request, Slug
from routing.rules.transferring import Mode


class TransferTarget(Request):
    """One of the three."""

    queue: Slug | None = None
    coordinator: Slug | None = None
    location: Slug | None = None

    @property
    def named(self) -> tuple[Literal["queue", "coordinator", "location"], str]:
        if self.queue is not None:
            return "queue", self.queue
        if self.coordinator is not None:
            return "coordinator", self.coordinator
        return "location", self.location or ""

    @model_validator(mode="after")
    def one_alone(self) -> Self:
        if [self.queue, self.coordinator, self.location].count(None) != 2:
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
    """`coordinator` is whose phone rings; until she accepts the caller is held, and otherwise goes back."""

    id: str
    coordinator: str
    queue: str
