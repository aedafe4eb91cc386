"""Threads with people: what was written, and what a coordinator answers."""

from gateway.api.asking import Asked, FieldRefused, NotHere
from gateway.api.conversation_models import (
    ConversationShown,
    MessageMade,
    MessageShown,
    MessagesWanted,
    MessageWanted,
)
from routing.chatting import take_by_writing, tell
from routing.replying import Replying, UnknownConversation, Unwritten, canned, fit, reply
from routing.rules.wording.segments import segments
from routing.state.text.conversations import messages_after, thread
from routing.state.text.sends import due_at


def shown(asked: Asked, wanted: MessagesWanted) -> ConversationShown:
    db = asked.desk.db
    with db.reading() as tx:
        at = thread(tx, db.vault, asked.practice, asked.ids["id"])
        if at is None:
            raise NotHere
        found = messages_after(tx, db.vault, at.id, wanted.after, wanted.limit)
    return ConversationShown(
        id=at.id,
        lead=at.lead,
        owner=at.owner,
        channel=at.address.channel,
        ours=at.address.ours,
        last_inbound_at=at.last_inbound_at,
        messages=[MessageShown.model_validate(each) for each in found],
    )


def write(asked: Asked, wanted: MessageWanted) -> MessageMade:
    """:raises LeadClosed: OptedOut, ReplyRefused; nothing was written."""
    body = words_of(asked, wanted)
    said = Replying(asked.book, asked.ids["id"], asked.named(wanted.coordinator), body, segments(body).parts)
    take_by_writing(asked.desk, asked.practice, said.conversation, said.coordinator, asked.now)
    try:
        made = reply(asked.desk, said, asked.now)
    except UnknownConversation:
        raise NotHere from None
    tell(asked.desk, asked.practice)
    return MessageMade(id=made, segments=said.segments, due_at=due_at(asked.desk.db, made) or asked.now)


def words_of(asked: Asked, wanted: MessageWanted) -> str:
    """:raises FieldRefused: for neither or both, for words that cannot be sent, and a template that is none."""
    if (wanted.body is None) == (wanted.template is None):
        raise FieldRefused("body", "body_or_template")
    try:
        if wanted.template:
            language = language_of(asked)
            return fit(canned(asked.book, wanted.template, asked.named(wanted.coordinator), language))
        return fit(wanted.body or "")
    except Unwritten as wrong:
        raise FieldRefused("template" if wanted.template else "body", wrong.why) from None


def language_of(asked: Asked) -> str | None:
    db = asked.desk.db
    with db.reading() as tx:
        at = thread(tx, db.vault, asked.practice, asked.ids["id"])
    return at.language if at else None
