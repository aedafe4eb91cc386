"""A whole practice file: its top keys, each a list of the entries of the neighbouring modules."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, EmailStr, Field

from routing.rulebook.models_chat import Chat
from routing.rulebook.models_hours import Holidays, Hours
from routing.rulebook.models_people import Affiliate, Coordinator, Languages, Rota
from routing.rulebook.models_pursuit import Cadence, Crm, Ladder, Policies
from routing.rulebook.models_reach import Campaign, Form, Menu, Template, TrackingNumber
from routing.rulebook.models_routing import Category, Location, Queue, Rule
from routing.rulebook.models_sources import LeadSource
from routing.rulebook.words import Entry, Slug, Text, Words, Zip, Zone


class City(Entry):
    """One choice of the pick-list. `nearest` orders locations by hand; the rest follow by the distance of `zip`."""

    name: Text
    state: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    zip: Zip | None = None
    nearest: Words = ()


class Practice(Hours):
    """`intake` is the queue of what fits nowhere, `after_hours` the one of what comes when closed, `manager` the
    coordinator who owns what ran past its deadline, `menu` what callers of a number without its own menu hear,
    `mail_from` the address that e-mails come from."""

    id: Slug
    name: Text
    zone: Zone
    languages: Languages = ("en",)
    intake: Text
    after_hours: str | None = None
    manager: Text
    menu: str | None = None
    mail_from: EmailStr | None = None
    cities: tuple[City, ...] = ()
    holidays: Holidays | None = None


class PracticeFile(Entry):
    practice: Practice
    locations: tuple[Location, ...] = ()
    categories: tuple[Category, ...] = ()
    queues: tuple[Queue, ...] = Field(min_length=1)
    coordinators: tuple[Coordinator, ...] = Field(min_length=1)
    rotas: tuple[Rota, ...] = ()
    affiliates: tuple[Affiliate, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    tracking_numbers: tuple[TrackingNumber, ...] = ()
    forms: tuple[Form, ...] = ()
    chat: Chat | None = None
    sources: tuple[LeadSource, ...] = ()
    rules: tuple[Rule, ...] = ()
    menus: tuple[Menu, ...] = ()
    templates: tuple[Template, ...] = ()
    cadences: tuple[Cadence, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    policies: Policies
    crm: Crm = Crm()


def keys_at(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys a practice file may have at ``path``; empty where anything may stand."""
    model: type[BaseModel] | None = PracticeFile
    for part in path:
        if isinstance(part, str) and model is not None:
            known = model.model_fields.get(part)
            model = next(models_in(known.annotation), None) if known else None
    return tuple(model.model_fields) if model else ()


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)
