"""Live chats from the coordinator's side: what is offered, taking it, passing it on, ending it."""

from gateway.api.asking import Asked, NotHere
from gateway.api.chat_models import ChatNow, ChatOf, Chats, ChatSeat, ChatsWanted
from gateway.api.models import Nothing
from routing import chatting
from routing.chatting import UnknownChat
from routing.state.text import chats
from routing.state.text.chats import chat_of, chat_of_inquiry, seated


def listed(asked: Asked, wanted: ChatsWanted) -> Chats:
    with asked.desk.db.reading() as tx:
        who = asked.named(wanted.coordinator) if wanted.coordinator else None
        seats = seated(tx, asked.practice, who, asked.now)
    return Chats(
        chats=[
            ChatSeat(
                **shown(each.chat).model_dump(),
                coordinator=each.coordinator,
                is_offer=each.is_offer,
                expires_at=each.expires_at if each.is_offer else None,
                is_there=each.is_there,
            )
            for each in seats
        ]
    )


def shown(chat: chats.ChatNow) -> ChatNow:
    return ChatNow(
        id=chat.inquiry,
        conversation=chat.conversation,
        lead=chat.lead,
        state=chat.standing,
        owner=chat.owner,
        last=chat.last,
    )


def accept(asked: Asked, said: ChatOf) -> ChatNow:
    """:raises NotOffered: to whoever it is not offered."""
    try:
        taken = chatting.take(asked.desk, asked.practice, asked.ids["id"], asked.named(said.coordinator), asked.now)
    except UnknownChat:
        raise NotHere from None
    return shown(taken)


def decline(asked: Asked, said: ChatOf) -> None:
    """:raises NotOffered: to whoever it is not offered."""
    try:
        chatting.pass_on(asked.desk, asked.practice, asked.ids["id"], asked.named(said.coordinator), asked.now)
    except UnknownChat:
        raise NotHere from None


def end(asked: Asked, _: Nothing) -> None:
    """Changes nothing where it is over already."""
    with asked.desk.db.reading() as tx:
        if chat_of_inquiry(tx, asked.practice, asked.ids["id"]) is None:
            raise NotHere
    chatting.end(asked.desk, asked.ids["id"], asked.now)


def typing(asked: Asked, said: ChatOf) -> None:
    coordinator = asked.named(said.coordinator)
    with asked.desk.db.reading() as tx:
        chat = chat_of(tx, asked.ids["id"])
    if chat is None or chat.practice != asked.practice:
        raise NotHere
    chats.typed(asked.desk.db, asked.practice, chat.conversation, coordinator, asked.now)
    chatting.tell(asked.desk, asked.practice)
