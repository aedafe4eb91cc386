"""Chats by the worker's clock: offers that nobody took go on, and who has not written for long holds no place."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.chatting import silent_over, unanswered
from worker.clock import Kind


def chat_kinds() -> Mapping[str, Kind]:
    return MappingProxyType(
        {
            "chats": Kind(unanswered, "chats that nobody took in time"),
            "silent_chats": Kind(silent_over, "chats in which nobody writes any more"),
        }
    )
