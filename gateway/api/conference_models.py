"""What the API is told and answers about a live call: hold, a third party, a supervisor, and how it stands."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from gateway.api.models import Answer, Code, Request, Slug
from routing.rules.conferring import GuestKind, ListenMode

Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]


class OfCoordinator(Request):
    coordinator: Slug = Field(description="Who has the caller")


class HoldNow(Answer):
    """`state`: asked, holding, held, resuming, over or failed; `code` says how it ended. By `resumes_at` the caller is
    back by herself."""

    id: str
    state: str
    coordinator: str
    held_at: datetime | None = None
    resumes_at: datetime
    over_at: datetime | None = None
    code: str | None = None


class GuestTarget(Request):
    """One of the three."""

    coordinator: Slug | None = None
    affiliate: Slug | None = None
    number: Number | None = None

    @property
    def named(self) -> tuple[GuestKind, str]:
        if self.coordinator is not None:
            return "coordinator", self.coordinator
        return ("affiliate", self.affiliate) if self.affiliate is not None else ("number", self.number or "")

    @model_validator(mode="after")
    def one_alone(self) -> Self:
        if [self.coordinator, self.affiliate, self.number].count(None) != 2:
            raise ValueError("name one")
        return self


class JoinWanted(Request):
    coordinator: Slug = Field(description="Who has the caller")
    to: GuestTarget
    reason: Code


class GuestMade(Answer):
    """Whose phone rings; `GET /calls/{id}` tells what becomes of it."""

    id: str
    who: str


class ListenWanted(Request):
    supervisor: Slug = Field(description="Whose phone rings")
    mode: ListenMode = Field(default="listen", description="`whisper` is heard by the coordinator, `barge` by both")


class ListenMade(Answer):
    """`wants` is the mode a seat is being changed to."""

    id: str
    state: str
    mode: str
    wants: str | None = None


class GuestNow(Answer):
    """`role`: third, handover or supervisor. `state`: asked, posting, ringing, in, heir (has the caller), left, or
    failed with its `code`."""

    id: str
    role: str
    kind: str
    who: str
    mode: str
    wants: str | None
    state: str
    code: str | None
    joined_at: datetime | None
    settled_at: datetime | None


class TransferNow(Answer):
    id: str
    state: str
    mode: str
    target: str
    reason: str
    code: str | None
    settled_at: datetime | None


class ConferenceNow(Answer):
    """`state`: asked, open, over, or failed with its `code`: then the bridge is as it was."""

    id: str
    state: str
    code: str | None


class CallNow(Answer):
    """`coordinator` has the caller, if anybody does. The newest of each kind, and all guests."""

    id: str
    lead: str
    state: str
    coordinator: str | None
    received_at: datetime
    ended_at: datetime | None
    conference: ConferenceNow | None
    hold: HoldNow | None
    transfer: TransferNow | None
    guests: list[GuestNow]
