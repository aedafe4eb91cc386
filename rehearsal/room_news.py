"""What a conference tells its status callback (twilio facts 1.8)."""

from collections.abc import Mapping
from email.utils import format_datetime
from types import MappingProxyType

from rehearsal.delivery import Webhook
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.rooms import Participant, Room, participant_fields

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "conference-start": "start",
        "conference-end": "end",
        "participant-join": "join",
        "participant-leave": "leave",
        "participant-mute": "mute",
        "participant-unmute": "mute",
        "participant-hold": "hold",
        "participant-unhold": "hold",
        "participant-modify": "modify",
        "announcement-end": "announcement",
        "announcement-fail": "announcement",
    }
)
"""Event to the word of ``statusCallbackEvent`` that asks for it."""
END_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "last-participant-left": "The last participant left",
        "last-participant-kicked": "The last participant was removed",
        "participant-with-end-conference-on-exit-left": "Participant with end-conference-on-exit left",
        "participant-with-end-conference-on-exit-kicked": "Participant with end-conference-on-exit was removed",
        "conference-ended-via-api": "The conference was ended by REST",
    }
)


def tell(exchange: Exchange, room: Room, event: str, leg: Leg, added: Mapping[str, str] | None = None) -> None:
    """``leg`` is the call whose end waits for the delivery. Events nobody asked for still count."""
    room.told += 1
    room.updated_s = exchange.now()
    exchange.note(leg, "room", f"{event} in {room.sid[:8]}")
    url = room.wishes.get("statusCallback")
    if not url or WORDS[event] not in room.wishes.get("statusCallbackEvent", "").split(" "):
        return
    fields = {
        "ConferenceSid": room.sid,
        "FriendlyName": room.name,
        "AccountSid": exchange.account.sid,
        "SequenceNumber": str(room.told),
        "Timestamp": format_datetime(exchange.instant(exchange.now())),
        "StatusCallbackEvent": event,
    } | dict(added or {})
    method = room.wishes.get("statusCallbackMethod", "POST")
    exchange.post_later(leg, Webhook(method, url, fields, exchange.new_id("")))


def tell_of(
    exchange: Exchange, room: Room, event: str, one: Participant, added: Mapping[str, str] | None = None
) -> None:
    tell(exchange, room, event, one.leg, participant_fields(one) | dict(added or {}))


def end_room(exchange: Exchange, room: Room, by: Participant | Leg, reason: str) -> None:
    """Everybody still inside goes; the conference's name is free again."""
    if room.status == "completed":
        return
    leg, label = (by.leg, by.label) if isinstance(by, Participant) else (by, "")
    room.status, room.ended_reason, room.ended_by = "completed", reason, leg.sid
    via = "conference_ended_via_api" if reason == "conference-ended-via-api" else "moderator_ended_conference"
    for one in room.participants:
        room.dismiss(one, one.out or via)
    fields = {"ReasonConferenceEnded": reason, "Reason": END_REASONS[reason]}
    if isinstance(by, Participant):
        fields |= {"CallSidEndingConference": leg.sid} | ({"ParticipantLabelEndingConference": label} if label else {})
    tell(exchange, room, "conference-end", leg, fields)
