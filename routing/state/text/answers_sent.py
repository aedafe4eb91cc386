"""An automatic answer that stands in its thread and could not go out with the webhook's own answer: sent by REST."""

from datetime import datetime

from sqlalchemy import update

from routing.state.database import Database
from routing.state.tables import messages
from routing.state.text.conversations import Message, thread
from routing.state.text.sends import Outgoing, plan_request


def send_answer(db: Database, message: str, now: datetime) -> bool:
    """Once, however often it is asked for. False where there is nothing to send."""
    with db.writing() as tx:
        mine = (messages.c.id == message) & (messages.c.status == "answered")
        row = tx.execute(update(messages).where(mine).values(status="accepted").returning(messages)).first()
        at = thread(tx, db.vault, row.practice_id, row.conversation_id) if row else None
        if row is None or at is None:
            return False
        address = at.address
        if address.contact is None or address.ours is None or address.account is None:
            return False
        # An answer at any hour, a question with it or not.
        kept = Message(row.id, row.channel, row.author, "answer", "", "accepted")
        plan_request(tx, db.vault, at, Outgoing(kept, address.ours, address.account, address.contact, now), now)
        return True
