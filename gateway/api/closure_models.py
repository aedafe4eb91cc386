"""What the API is told and answers about closing by hand."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from gateway.api.models import Answer, Code, Request, Slug
from routing.rules.closing import Scope


class ClosureWanted(Request):
    scope: Scope
    target: Slug | None = Field(default=None, description="id of the location or queue; none for the practice")
    reason: Code
    by: Slug | None = Field(default=None, description="coordinator who decided it; else the token is named")
    starts_at: AwareDatetime | None = Field(default=None, description="now if left out, and never earlier")
    ends_at: AwareDatetime


class ClosureMade(Answer):
    id: str
    scope: Scope
    target: str
    reason: str
    by: str
    starts_at: datetime
    ends_at: datetime


class Closures(Answer):
    closures: list[ClosureMade]
