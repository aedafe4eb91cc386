"""What the API is told and answers about live chats."""

from datetime import datetime

from pydantic import Field

from gateway.api.models import Answer, Request, Slug


class ChatsWanted(Request):
    coordinator: Slug | None = Field(default=None, description="only hers")


class ChatOf(Request):
    coordinator: Slug


class ChatNow(Answer):
    """`state`: `finding` while it is offered, `live` while somebody has it, `later` when she is owed an answer, `ended`
    when its lead is closed."""

    id: str
    conversation: str
    lead: str
    state: str
    owner: str
    last: int = Field(description="`sequence` of the newest message")


class ChatSeat(ChatNow):
    """`expires_at` of an offer that the coordinator may accept; `is_there` while the visitor's page is open."""

    coordinator: str
    is_offer: bool
    expires_at: datetime | None
    is_there: bool


class Chats(Answer):
    chats: list[ChatSeat]
