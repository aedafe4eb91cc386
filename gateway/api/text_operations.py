"""The operations of the API about texts: threads, answers in them, and what other systems sent."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.api import sends, threads
from gateway.api.asking import Operation
from gateway.api.conversation_models import ConversationShown, MessageMade, MessagesWanted, MessageWanted
from gateway.api.send_models import SendsRecorded, SendsTold

REPLIED: Mapping[int, str] = MappingProxyType(
    {409: "`opted_out`, `closed`, `not_allowed`, `not_neutral`, `sender_not_allowed` or `no_address`; nothing written."}
)

TEXTS: tuple[Operation[Any], ...] = (
    Operation(
        "GET",
        "/conversations/{id}",
        "getConversation",
        "A thread of texts, with the messages that come after one that is known",
        "read",
        MessagesWanted,
        ConversationShown,
        threads.shown,
    ),
    Operation(
        "POST",
        "/conversations/{id}/messages",
        "writeMessage",
        "Answer in a thread; the clock stops when it has left",
        "leads",
        MessageWanted,
        MessageMade,
        threads.write,
        status=201,
        refusals=REPLIED,
    ),
    Operation(
        "POST",
        "/sends",
        "recordSends",
        "Campaign texts that another system sent, so that replies join their campaign; all of them or none",
        "leads",
        SendsTold,
        SendsRecorded,
        sends.record_sends,
    ),
)
