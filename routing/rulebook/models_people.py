"""Who works for the practice, and who is outside of it: coordinators, rotas, affiliates."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from routing.rulebook.models_hours import Hours, Shifts
from routing.rulebook.words import Count, Entry, Language, Phone, Seconds, Slug, Text, Words, Zip, Zone, as_list

Languages = Annotated[tuple[Language, ...], BeforeValidator(as_list)]
Depth = Annotated[int, Field(ge=1, le=5)]


class Coordinator(Entry):
    """`skills` are depths from 1 to 5; `cap` is in open-lead load, `capacity` in parallel chats."""

    id: Slug
    name: Text
    phone: Phone
    email: str = ""
    languages: Languages = ("en",)
    skills: dict[Slug, Depth] = Field(default_factory=dict)
    locations: Words = ()
    capacity: int = Field(default=3, ge=0, le=50)
    cap: float = Field(default=12.0, gt=0, le=1000, allow_inf_nan=False)
    per_hour: Count | None = None
    per_day: Count | None = None
    shifts: Shifts | None = None
    presence: Literal["phone", "console"] = "phone"
    role: Literal["coordinator", "supervisor", "admin", "auditor"] = "coordinator"
    text_relay: bool | None = None
    """Without it what the practice's policy says."""


class Rota(Hours):
    """`rungs` are rung one after the other; the last is the end of the ladder. It has a calendar of its own."""

    id: Slug
    name: Text
    zone: Zone
    rungs: Words = Field(min_length=1)
    ring_s: int = Field(default=25, ge=5, le=60)
    target_s: Seconds = 900


class Affiliate(Entry):
    """A target outside the practice. Chosen by the person, by fit, by distance, then in turn; never by money
    (routing-semantics section 18)."""

    id: Slug
    name: Text
    number: Phone
    owner: str | None = None
    """The coordinator who follows a referral up."""
    zip: Zip | None = None
    licence: str = ""
    contract: str = ""
    """The id under which the contract is filed: recorded with a referral, never read."""
    disclosure: str = ""
    categories: Words = ()
    levels_of_care: Words = ()
    accepts: Words = ()
    languages: Languages = ("en",)
    ordering: Literal["round_robin"] = "round_robin"
