"""How people reach the practice and what they are asked: campaigns, numbers, forms, menus, templates."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from routing.rulebook.words import Attributes, Count, Entry, Language, Phone, Slug, Text, Words


class Campaign(Entry):
    id: Slug
    label: Text
    attributes: Attributes = Field(default_factory=dict)


class TrackingNumber(Entry):
    number: Phone
    campaign: str | None = None
    location: str | None = None
    attributes: Attributes = Field(default_factory=dict)
    menu: str | None = None
    texts: bool = False


class FormField(Entry):
    """`attribute` says which attribute an answer becomes; without one it stays an answer. `keep_days` is how long."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Text
    attribute: str | None = None
    options: Words = ()
    required: bool = False
    keep_days: Count | None = None


class Form(Entry):
    id: Slug
    label: Text
    campaign: str | None = None
    category: str | None = None
    attributes: Attributes = Field(default_factory=dict)
    fields: tuple[FormField, ...] = ()
    consent: str | None = None
    """Template with the words the person agrees to."""
    redirect: str | None = Field(default=None, pattern=r"^(https://|/)\S*$")


class MenuChoice(Entry):
    """`key` on the phone, `say` the words that mean it."""

    key: Annotated[str, Field(pattern=r"^[0-9]$")]
    value: Text
    say: Words = ()


class Menu(Entry):
    """One question to a caller: `ask` is the template that is spoken, `attribute` what the answer becomes."""

    id: Slug
    ask: str
    attribute: str
    choices: tuple[MenuChoice, ...] = Field(min_length=1)


class Template(Entry):
    id: Slug
    texts: Mapping[Language, Text] = Field(min_length=1)
