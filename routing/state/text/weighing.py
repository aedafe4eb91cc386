"""May what we start go out at this moment: asked in the transaction that claims it, on every try. Answers to what they
start are free."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from routing.rules.book import Book
from routing.state.sealed import Vault
from routing.state.tables import sends
from routing.state.text.conversations import thread
from routing.state.text.follow_ups import withheld
from routing.state.text.lawful_texts import may_start
from routing.state.text.relay_wishes import RELAY
from routing.state.text.sends import Weigh, Withheld
from routing.state.text.sent_words import told_no_more


def weighing(vault: Vault, books: Mapping[str, Book]) -> Weigh:
    def weigh(tx: Connection, send: Row[Any], now: datetime) -> Withheld | None:
        book = books.get(send.practice_id)
        if book is None or send.purpose not in ("started", "follow_up", RELAY):
            return None
        if send.purpose == RELAY:
            why = told_no_more(tx, book, send.id, vault.unseal(sends.c.recipient, send.id, send.recipient), now)
            return Withheld(why) if why else None
        if send.purpose == "follow_up":
            return withheld(tx, vault, book, send, now)
        at = thread(tx, vault, send.practice_id, send.conversation_id)
        verdict = may_start(tx, vault, book, at, now) if at else None
        return None if verdict is None or verdict.allowed else Withheld(verdict.reason, verdict.next_allowed)

    return weigh
