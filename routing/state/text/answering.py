"""What becomes of a question in the transaction of the text that answers it, or does not."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from sqlalchemy.engine import Connection

from routing.state.admissions import Admission
from routing.state.ledger import NewId
from routing.state.sealed import Vault
from routing.state.text.conversations import Thread
from routing.state.text.joining import Besides, Timed
from routing.state.text.questions import Asked, Asking, ask, ask_again, call_instead, settle
from routing.state.text.replanned import replanned


@dataclass(frozen=True, slots=True)
class Answering:
    """``new`` and ``owner_before`` for an answer that plans the inquiry again; ``next`` is what is asked after it."""

    question: Asked
    outcome: Literal["answered", "again", "given_up"]
    new: Admission | None = None
    owner_before: str = ""
    next: str | None = None


def answering(vault: Vault, what: Answering, ids: NewId, now: datetime) -> Besides:
    """Raises Refused there when another text was first."""
    return partial(settle_question, vault, what, Timed(ids, now))


def settle_question(vault: Vault, what: Answering, by: Timed, tx: Connection, at: Thread) -> None:
    if what.outcome == "again":
        ask_again(tx, what.question, by.now)
        return
    settle(tx, what.question, what.outcome, by.now)
    if what.new:
        replanned(tx, what.new, what.owner_before, by.ids, by.now)
    if what.outcome == "given_up":
        call_instead(tx, vault, at, by)
    if what.next:
        ask(tx, at, Asking(what.question.inquiry, what.next), by.ids, by.now)


def asking(inquiry: str, attribute: str, ids: NewId, now: datetime) -> Besides:
    def write(tx: Connection, at: Thread) -> None:
        ask(tx, at, Asking(inquiry, attribute), ids, now)

    return write
