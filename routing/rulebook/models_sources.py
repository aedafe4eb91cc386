"""Which outside sources send leads, how they prove who they are, and what their words mean here."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from routing.rulebook.words import Entry, Secret, Text

SourceSlug = Literal[
    "callrail",
    "calltrackingmetrics",
    "whatconverts",
    "invoca",
    "google-ads",
    "meta",
    "typeform",
    "hubspot",
    "jotform",
    "generic",
]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class LeadSource(Entry):
    """`secret` is what the vendor signs with (`previous` while it changes), `key` stands in the URL of one that does
    not sign, `verify` answers a handshake, `token` fetches the records that its webhook only names, from `api_url` in
    tests and rehearsals. `fields` maps the vendor's name of a field, or its path (`lead.city`), to
    ours; `values` maps its words to ours, per field."""

    id: SourceSlug
    secret: Secret | None = None
    previous: Secret | None = None
    key: Secret | None = None
    verify: Secret | None = None
    token: Secret | None = None
    api_url: Secret | None = None
    kind: Literal["form", "call", "text", "chat"] = "form"
    campaign: str | None = None
    fields: Mapping[Text, FieldName] = Field(default_factory=dict)
    values: Mapping[FieldName, Mapping[Text, Text]] = Field(default_factory=dict)
