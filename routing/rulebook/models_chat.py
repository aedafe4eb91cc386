"""The web chat of a practice: on which sites, for which campaign, with which words of consent."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from routing.rulebook.models_reach import Origin
from routing.rulebook.words import Attributes, Entry, Phone, as_list


class Chat(Entry):
    """`origins` are the sites that may show the widget, `consent` a template, `number` one of the tracking numbers."""

    origins: Annotated[tuple[Origin, ...], BeforeValidator(as_list)] = Field(min_length=1)
    campaign: str | None = None
    attributes: Attributes = Field(default_factory=dict)
    consent: str | None = None
    number: Phone | None = None
