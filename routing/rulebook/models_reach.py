"""How people reach the practice and what they are asked: campaigns, numbers, forms, menus, templates."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from routing.rulebook.words import (
    Amount,
    Attributes,
    Count,
    Entry,
    Language,
    Phone,
    Seconds,
    Slug,
    Text,
    Words,
    as_list,
    origin,
)

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Page = Annotated[str, Field(pattern=r"^(https://|/)\S*$")]
Origin = Annotated[str, BeforeValidator(origin)]


class CampaignCost(Entry):
    """`per_lead` for each lead, `per_month` for a calendar month; with both, both are paid."""

    per_lead: Amount | None = None
    per_month: Amount | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"

    @model_validator(mode="after")
    def says_how_much(self) -> Self:
        if self.per_lead is None and self.per_month is None:
            raise ValueError("a cost is `per_lead`, `per_month`, or both; one that is not known is left out")
        return self


class Campaign(Entry):
    id: Slug
    label: Text
    attributes: Attributes = Field(default_factory=dict)
    cost: CampaignCost | None = None


class TrackingNumber(Entry):
    number: Phone
    campaign: str | None = None
    location: str | None = None
    attributes: Attributes = Field(default_factory=dict)
    menu: str | None = None
    texts: bool = False


class FormField(Entry):
    """`attribute` says which attribute an answer becomes; without one it stays an answer. `keep_days` is how long.
    `names` are other names pages post it by, `values` what their words mean among the `options`. `kind` `moment` is a
    date or time to come, or words about one."""

    name: FieldName
    label: Text
    names: Words = ()
    kind: Literal["text", "date", "moment"] = "text"
    attribute: str | None = None
    options: Words = ()
    values: Mapping[Text, Text] = Field(default_factory=dict)
    required: bool = False
    keep_days: Count | None = None


class Form(Entry):
    """`origins` may post from a script, `redirects` are further pages a browser may be sent to, `honeypot` is a field
    no person sees, `token` says that a post without our signed form token is set aside."""

    id: Slug
    label: Text
    campaign: str | None = None
    category: str | None = None
    attributes: Attributes = Field(default_factory=dict)
    fields: tuple[FormField, ...] = ()
    consent: str | None = None
    """Template with the words the person agrees to."""
    redirect: Page | None = None
    redirects: Annotated[tuple[Page, ...], BeforeValidator(as_list)] = ()
    origins: Annotated[tuple[Origin, ...], BeforeValidator(as_list)] = ()
    honeypot: FieldName = "website"
    min_fill_s: Seconds = 2
    token: bool = False


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
