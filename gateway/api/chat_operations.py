"""The operations of the API that are about live chats."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.api import chats
from gateway.api.asking import Operation
from gateway.api.chat_models import ChatNow, ChatOf, Chats, ChatsWanted
from gateway.api.models import Nothing

NOT_OFFERED: Mapping[int, str] = MappingProxyType({409: "`not_offered` to her, or no longer: `owner` has the lead."})

CHATS: tuple[Operation[Any], ...] = (
    Operation(
        "GET",
        "/chats",
        "listChats",
        "Chats that coordinators are offered, and those they have",
        "read",
        ChatsWanted,
        Chats,
        chats.listed,
    ),
    Operation(
        "POST",
        "/chats/{id}/accept",
        "acceptChat",
        "Take a chat that is offered; writing in it does the same",
        "leads",
        ChatOf,
        ChatNow,
        chats.accept,
        refusals=NOT_OFFERED,
    ),
    Operation(
        "POST",
        "/chats/{id}/decline",
        "declineChat",
        "Turn down a chat that is offered; the next is asked at once",
        "leads",
        ChatOf,
        None,
        chats.decline,
        status=204,
        refusals=NOT_OFFERED,
    ),
    Operation(
        "POST",
        "/chats/{id}/end",
        "endChat",
        "End a chat; its thread stays open, and what is written later is owed an answer",
        "leads",
        Nothing,
        None,
        chats.end,
        status=204,
    ),
    Operation(
        "POST",
        "/conversations/{id}/typing",
        "sayTyping",
        "A coordinator writes in a chat at this moment; every few seconds",
        "leads",
        ChatOf,
        None,
        chats.typing,
        status=204,
    ),
)
