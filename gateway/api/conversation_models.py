"""What the API is told and answers about threads of texts and chats."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.api.models import Answer, Request, Slug

Words = Annotated[str, StringConstraints(min_length=1, max_length=5_000)]


class MessageWanted(Request):
    coordinator: Slug
    body: Words | None = Field(default=None, repr=False, description="or `template`")
    template: Slug | None = Field(default=None, description="a template of the practice file, in the lead's language")


class MessagesWanted(Request):
    after: int = Field(default=0, ge=0, description="`sequence` of the last message that is known")
    limit: int = Field(default=200, ge=1, le=200)


class MessageShown(Answer):
    """`author` is `person`, `leadline` or a coordinator's id; `media` are content types."""

    id: str
    sequence: int
    direction: str
    channel: str
    author: str
    purpose: str
    body: str = Field(repr=False)
    media: list[str]
    segments: int
    campaign: str | None
    status: str
    code: str | None
    created_at: datetime


class ConversationShown(Answer):
    id: str
    lead: str
    owner: str
    channel: str
    ours: str | None
    last_inbound_at: datetime | None
    messages: list[MessageShown]


class MessageMade(Answer):
    """`segments` is what it is billed as. It waits where `due_at` lies ahead, for the end of the quiet hours."""

    id: str
    segments: int
    due_at: datetime
