"""Where inquiries go: locations, categories, queues, rules."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from routing.rulebook.models_hours import Hours
from routing.rulebook.words import (
    Attributes,
    Conditions,
    Count,
    Entry,
    Phone,
    RuleName,
    Seconds,
    Slug,
    Text,
    Words,
    Zip,
    Zone,
)
from routing.rules.book import MOST_PHONES, LayerName, OfferMode, OrderingName


class Location(Hours):
    id: Slug
    name: Text
    zone: Zone
    number: Phone
    zip: Zip | None = None
    categories: Words = ()
    levels_of_care: Words = ()
    accepts: Words = ()
    fallbacks: Words = ()


class Category(Entry):
    """The one place of a category's process: fields, script, queue, target, templates and report label (S-28)."""

    id: Slug
    label: Text
    response_target_s: Seconds = 900
    head_start_s: Seconds = 0
    level_of_care: str | None = None
    fields: Words = ()
    relay: str = ""
    script: str = ""
    queue: str | None = None
    templates: Mapping[str, str] = Field(default_factory=dict)
    """Occasion to template id."""


class Requirement(Entry):
    attribute: Literal["language", "location", "skill"]
    value: Text
    at_least: int = Field(default=1, ge=1, le=5)
    group: str | None = None


class Relaxation(Entry):
    after_s: Seconds
    drop: Words


class Member(Entry):
    coordinator: Text
    position: Count | None = None
    rank: int = Field(default=0, ge=0, le=1000)
    weight: int = Field(default=1, ge=1, le=1000)
    from_s: Seconds = 0


def member(value: object) -> object:
    return {"coordinator": value} if isinstance(value, str) else value


class Queue(Hours):
    """`emails` are told as well; they are no owner (S-17)."""

    id: Slug
    name: Text
    owner: str | None = None
    members: tuple[Annotated[Member, BeforeValidator(member)], ...] = ()
    emails: Words = ()
    serves: Conditions = Field(default_factory=dict)
    live_ordering: OrderingName = "longest_idle"
    later_ordering: OrderingName = "least_loaded"
    mode: OfferMode = "one_at_a_time"
    phones: Annotated[int, Field(ge=2, le=MOST_PHONES)] = 5
    requires: tuple[Requirement, ...] = ()
    relax: tuple[Relaxation, ...] = ()
    then: Words = ()
    stay_s: Seconds = 60
    location: str | None = None


class Effect(Entry):
    sets: Attributes = Field(default_factory=dict)
    queue: str | None = None
    rota: str | None = None
    ask: Words = ()
    head_start_s: Seconds | None = None
    target_s: Annotated[int, Field(ge=1)] | None = None


class Rule(Entry):
    name: RuleName
    layer: LayerName
    when: Conditions
    then: Effect = Effect()
