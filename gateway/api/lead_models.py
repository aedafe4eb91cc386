"""What the API is told and answers about persons behind leads: merging, opt-outs, posts set aside, leads lost."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from gateway.api.models import Answer, NoteText, Request, Slug
from routing.rules.lawful.ledger import ScrubKind

MOST_SCRUBS = 300
Way = Literal["call", "text", "email", "voicemail"]


class MergeWanted(Request):
    lead: Slug = Field(description="goes into the one of the path, and is closed as its duplicate")


class SplitWanted(Request):
    inquiries: tuple[Slug, ...] = Field(
        min_length=1, max_length=50, description="they are somebody else's", strict=False
    )
    name: NoteText | None = Field(default=None, repr=False)


class OptOutSaid(Request):
    """`out` false lifts one, and wants the name of who approves it."""

    ways: tuple[Way, ...] = Field(min_length=1, max_length=4, strict=False)
    out: bool = True
    approved_by: Slug | None = Field(default=None, description="a supervisor or admin of the practice")


class OptedOutNow(Answer):
    ways: list[Way]


class ScrubTold(Request):
    """What was found when this number was compared with a list."""

    number: Annotated[str, StringConstraints(max_length=40)] = Field(repr=False)
    kind: ScrubKind = Field(description="the national do-not-call registry, or numbers that have changed hands")
    listed: bool
    checked_at: AwareDatetime


class ScrubsTold(Request):
    scrubs: list[ScrubTold] = Field(min_length=1, max_length=MOST_SCRUBS)


class ScrubsRecorded(Answer):
    recorded: int


class SetAside(Answer):
    """A post that looks wrong. `traps` are why."""

    id: str
    via: str
    traps: list[str]
    owner: str
    due_at: datetime
    at: datetime
    name: str = Field(repr=False)
    number: str | None = Field(repr=False)
    email: str | None = Field(repr=False)
    answers: dict[str, str] = Field(repr=False)


class Quarantine(Answer):
    posts: list[SetAside]


class LetIn(Answer):
    """The inquiry it has become."""

    inquiry: str


class Period(Request):
    """Of the leads that came in from `since` to before `until`."""

    since: AwareDatetime | None = Field(default=None, description="a week before `until`, if it is not given")
    until: AwareDatetime | None = Field(default=None, description="now, if it is not given or later")


class LostCostShown(Answer):
    """Leads of one campaign, empty for leads of none, that were lost for one cause. `cost` is theirs in `currency`, or
    null where nobody has said what the campaign costs; `counted` is from which of its prices."""

    cause: str
    campaign: str
    leads: int
    cost: Decimal | None
    currency: str | None
    counted: tuple[Literal["per_lead", "per_month"], ...]


class UncontactedShown(Answer):
    """Each lead once; `groups` are rule, staffing, quality and system. `never_attempted_share` is of all leads,
    `known_cost` by currency what the leads of `costs` cost, but for the `leads_of_unknown_cost`."""

    leads: int
    uncontacted: int
    causes: dict[str, int]
    groups: dict[str, int]
    campaigns: dict[str, dict[str, int]]
    never_attempted: int
    never_attempted_share: float
    blocked_untried: int
    costs: tuple[LostCostShown, ...]
    known_cost: dict[str, Decimal]
    leads_of_unknown_cost: int
