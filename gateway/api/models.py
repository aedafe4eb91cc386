"""What the API is told and what it answers. Requests take no field they do not know."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from routing.rules.candidates import Desired, Effective
from routing.rules.response import ClockState, Direction, Result, Way
from routing.rules.statuses import Cause, Status
from routing.state.call.outcomes import TalkOutcome
from routing.state.lead.cases import TaskKind
from routing.state.lead.leads import MOST
from routing.state.lead.whole import EntryKind

Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
NoteText = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}\.[A-Za-z0-9_-]{1,64}$")]
LONGEST_TALK_S = 4 * 3600


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class Nothing(Request):
    """No field at all."""


class WantedStatus(Request):
    status: Desired


class CoordinatorsWanted(Request):
    limit: int = Field(default=100, ge=1, le=MOST)
    after: Slug | None = Field(default=None, description="`next` of the page before")


class LeadsWanted(Request):
    owner: Slug | None = None
    status: Status | None = None
    queue: Slug | None = None
    category: Slug | None = None
    location: Slug | None = None
    which: Literal["open", "closed", "all"] = "open"
    limit: int = Field(default=50, ge=1, le=MOST)
    after: Cursor | None = Field(default=None, description="`next` of the page before")


class OwnerWanted(Request):
    coordinator: Slug
    version: int = Field(ge=1, description="`version` of the lead as it was read")


class AttemptMade(Request):
    coordinator: Slug
    channel: Way
    direction: Direction = "outbound"
    result: Result
    talk_s: int = Field(default=0, ge=0, le=LONGEST_TALK_S, description="seconds of talk, for calls")
    task: Slug | None = Field(default=None, description="the open task it fulfils")


class OutcomeSaid(Request):
    code: TalkOutcome
    note: NoteText | None = Field(default=None, repr=False)


class StatusWanted(Request):
    status: Status
    cause: Cause | None = Field(default=None, description="wanted for `closed`, and only there")


class TaskWanted(Request):
    kind: TaskKind
    due_at: AwareDatetime
    reason: Code = "follow_up"
    note: NoteText | None = Field(default=None, repr=False)


class CoordinatorNow(Answer):
    """`effective` is `unknown` while live state is down."""

    id: str
    name: str
    role: str
    desired: Desired
    effective: Effective | Literal["unknown"]
    load: float
    cap: float
    on_shift: bool


class Coordinators(Answer):
    coordinators: list[CoordinatorNow]
    next: str | None


class AvailabilityNow(Answer):
    id: str
    desired: Desired
    effective: Effective | Literal["unknown"]


class Clock(Answer):
    """`human_s` are calendar seconds, `business_s` those in which the queue was open."""

    started_at: datetime
    due_at: datetime
    first_response_at: datetime | None
    human_s: int
    business_s: int
    state: ClockState


class ClockInFull(Clock):
    """`lawful_s` are those in which a first answer would have been lawful."""

    lawful_s: int


class Lead(Answer):
    """Nothing personal is in it."""

    id: str
    version: int
    status: Status
    owner: str
    queue: str
    category: str
    location: str | None
    campaign: str | None
    payer: str | None
    level_of_care: str | None
    language: str | None
    reason: str
    note: str | None
    rulebook_version: int
    clock: Clock
    contacted_at: datetime | None
    closed_at: datetime | None
    close_cause: str | None
    is_test: bool
    created_at: datetime


class Leads(Answer):
    leads: list[Lead]
    next: str | None


class Person(Answer):
    id: str
    name: str | None = Field(repr=False)
    email: str | None = Field(repr=False)
    numbers: list[str] = Field(repr=False)
    language: str | None
    established: bool | None


class Entry(Answer):
    at: datetime
    kind: EntryKind
    id: str
    facts: dict[str, str | int | bool | datetime | None]


class Receipt(Answer):
    id: str
    at: datetime
    trigger: str
    digest: str
    receipt: dict[str, JsonValue]


class Attempt(Answer):
    id: str
    coordinator: str
    channel: str
    direction: str
    is_human: bool
    started_at: datetime
    ended_at: datetime | None
    talk_s: int | None
    result: str | None


class Task(Answer):
    id: str
    owner: str
    kind: str
    state: str
    reason: str
    due_at: datetime
    created_at: datetime
    closed_at: datetime | None
    note: str | None = Field(repr=False)


class LeadInFull(Lead):
    clock: ClockInFull
    person: Person
    timeline: list[Entry]
    receipts: list[Receipt]
    attempts: list[Attempt]
    tasks: list[Task]


class Made(Answer):
    """`id` is what was made, `lead` the lead after it."""

    id: str
    lead: Lead


class OwnerFigures(Answer):
    owner: str
    load: float
    cap: float
    open: int
    overdue: int


class TimeToOwner(Answer):
    leads: int
    median_s: float | None
    p95_s: float | None
    worst_s: float | None


class CallFigures(Answer):
    offered: int
    waiting: int
    connected: int


class CallbackFigures(Answer):
    due: int
    overdue: int
    later: int
    dialling: int
    ambiguous: int
    deferred: dict[str, int]
    person: int
    parked: int


class Board(Answer):
    """Figures "today" begin at `since`, the practice's midnight."""

    at: datetime
    since: datetime
    without_attempt: dict[str, int]
    owners: list[OwnerFigures]
    time_to_owner: TimeToOwner
    tasks_overdue: int
    calls: CallFigures
    callbacks: CallbackFigures
    moves: dict[str, int]


class Rulebook(Answer):
    practice: str
    name: str
    version: int
    digest: str


class Fault(Answer):
    """`id` is what to quote to an operator; `fields` maps a faulty field to what is wrong with it."""

    code: str
    message: str
    id: str
    fields: dict[str, str] | None = None
    owner: str | None = None
    version: int | None = None
    allowed: list[Status] | None = None


class Problem(Answer):
    error: Fault


Told = dict[str, Any]
