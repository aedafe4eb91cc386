"""The records that vendors keep and only name in their webhooks: where each is read, and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, ValidationError

from routing.rules.questions import LeadSource, nothing
from routing.sources.heard import Heard, SourceEvent
from routing.sources.mapping import MOST_ANSWERS, event
from routing.sources.strict import Malformed
from routing.sources.told import Id, Instant, Told, Word, named

TEST = "<test lead:"
"""How the answers of Meta's own test leads begin."""
PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "phone": "phone",
        "mobilephone": "phone",
        "email": "email",
        "firstname": "first_name",
        "lastname": "last_name",
        "zip": "zip",
        "city": "city",
        "state": "state",
    }
)
"""HubSpot's properties that say who the contact is, the better number first."""
CLICKS: Mapping[str, str] = MappingProxyType({"hs_google_click_id": "gclid", "hs_facebook_click_id": "fbclid"})
PREFIX = "properties."
"""How a path into HubSpot's record begins."""

Refusal = Literal["login", "later"]


@dataclass(frozen=True, slots=True)
class Record:
    """``root`` is the vendor's address and ``path`` the record's below it, for an id of digits. ``asked`` is the query,
    ``read`` makes an event of the answer. ``refusals``: the number under ``error.code`` of a refused answer, where it
    says more than the status."""

    root: str
    path: Callable[[str], str]
    read: Callable[[str, Any, LeadSource, datetime], SourceEvent]
    asked: Callable[[LeadSource], Mapping[str, str]] = lambda source: nothing()
    refusals: Mapping[int, Refusal] = field(default_factory=lambda: MappingProxyType({}))


class Unreadable(Exception):
    """No record, or that of another id. Carries nothing of it."""


class Leadgen(Told):
    """What Meta's webhook and its record have in common."""

    source_id: Id = Field(validation_alias=AliasChoices("leadgen_id", "id"))
    happened_at: Instant = Field(default=None, validation_alias=AliasChoices("created_time"))
    form_id: Word = ""
    page_id: Word = ""
    ad_id: Word = ""
    ad_group_id: Word = named("adgroup_id", "adset_id")
    ad_group: Word = named("adset_name")
    campaign_id: Word = ""
    campaign: Word = named("campaign_name")


class Answer(Told):
    name: Word = ""
    values: list[Word] = Field(default_factory=list, max_length=MOST_ANSWERS)


class MetaLead(Leadgen):
    answers: Annotated[list[Answer], Field(max_length=MOST_ANSWERS)] = Field(
        default_factory=list, validation_alias=AliasChoices("field_data")
    )


class HubSpotContact(Told):
    source_id: Id = Field(validation_alias=AliasChoices("id"))
    happened_at: Instant = Field(default=None, validation_alias=AliasChoices("createdAt"))
    properties: dict[str, Word | None] = Field(default_factory=dict, max_length=MOST_ANSWERS)


def meta_lead(wanted: str, document: Any, source: LeadSource, now: datetime) -> SourceEvent:
    lead = MetaLead.model_validate(document)
    same(wanted, lead.source_id)
    questions = {each.name: ", ".join(each.values) for each in lead.answers if each.name}
    is_test = any(text.lower().startswith(TEST) for text in questions.values())
    heard = Heard("form", lead.source_id, document, lead.said(), questions, lead.happened_at, is_test=is_test)
    return event(heard, source, now)


def hubspot_contact(wanted: str, document: Any, source: LeadSource, now: datetime) -> SourceEvent:
    contact = HubSpotContact.model_validate(document)
    same(wanted, contact.source_id)
    words = {name: text for name, text in contact.properties.items() if text}
    said = {ours: words[theirs] for theirs, ours in reversed({**PROPERTIES, **CLICKS}.items()) if theirs in words}
    others = {name: text for name, text in words.items() if name in asked_for(source) and name not in PROPERTIES}
    heard = Heard("form", contact.source_id, document, said, others, contact.happened_at)
    return event(heard, source, now)


def same(wanted: str, found: str) -> None:
    if found != wanted:
        raise Unreadable


def asked_for(source: LeadSource) -> tuple[str, ...]:
    """The properties we know, and those that the practice has a name for."""
    named_here = (key.removeprefix(PREFIX) for key in source.fields)
    return tuple(dict.fromkeys((*PROPERTIES, *CLICKS, *(key for key in named_here if key.isidentifier()))))


RECORDS: Mapping[str, Record] = MappingProxyType(
    {
        "meta": Record(
            "https://graph.facebook.com",
            lambda lead: f"/{lead}",
            meta_lead,
            refusals=MappingProxyType(
                {
                    **dict.fromkeys((10, 102, 190, *range(200, 300)), "login"),
                    **dict.fromkeys((1, 2, 4, 17, 32, 341, 613, *range(80_000, 80_015)), "later"),
                }
            ),
        ),
        "hubspot": Record(
            "https://api.hubapi.com",
            lambda contact: f"/crm/v3/objects/contacts/{contact}",
            hubspot_contact,
            lambda source: {"properties": ",".join(asked_for(source))},
        ),
    }
)
"""By the source's word. Meta refuses a token, and asks for patience, with status 400 as well."""


def read_record(wanted: str, document: Any, source: LeadSource, now: datetime) -> SourceEvent:
    """:raises Unreadable: what came is not the record ``wanted``."""
    try:
        return RECORDS[source.id].read(wanted, document, source, now)
    except (ValidationError, Malformed):
        raise Unreadable from None
