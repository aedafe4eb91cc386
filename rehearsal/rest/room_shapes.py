"""The JSON of conferences and their participants, in Twilio's published shapes."""

from collections.abc import Mapping
from email.utils import format_datetime

from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.rest.shapes import OVER, VERSION, Json
from rehearsal.rooms import Participant, Room

STATUS: Mapping[str, str] = {"initiated": "connecting", "in-progress": "connected", "completed": "complete"}


def _own(exchange: Exchange, room: Room) -> str:
    return f"/{VERSION}/Accounts/{exchange.account.sid}/Conferences/{room.sid}"


def room_json(exchange: Exchange, room: Room) -> Json:
    own = _own(exchange, room)
    return {
        "account_sid": exchange.account.sid,
        "api_version": VERSION,
        "date_created": format_datetime(exchange.instant(room.created_s)),
        "date_updated": format_datetime(exchange.instant(max(room.updated_s, room.created_s))),
        "friendly_name": room.name,
        "sid": room.sid,
        "region": "us1",
        "status": room.status,
        "subresource_uris": {"participants": f"{own}/Participants.json", "recordings": f"{own}/Recordings.json"},
        "uri": f"{own}.json",
        "reason_conference_ended": room.ended_reason or None,
        "call_sid_ending_conference": room.ended_by or None,
    }


def participant_json(exchange: Exchange, room: Room, one: Participant) -> Json:
    created = format_datetime(exchange.instant(one.leg.created_s))
    return {
        "account_sid": exchange.account.sid,
        "call_sid": one.leg.sid,
        "label": one.label or None,
        "conference_sid": room.sid,
        "date_created": created,
        "date_updated": created,
        "end_conference_on_exit": one.ends,
        "muted": one.muted,
        "hold": one.hold,
        "status": _status(one.leg),
        "start_conference_on_enter": one.starts,
        "coaching": bool(one.coached),
        "call_sid_to_coach": one.coached or None,
        "queue_time": str(round(one.leg.queued_s * 1000)),
        "uri": f"{_own(exchange, room)}/Participants/{one.leg.sid}.json",
    }


def _status(leg: Leg) -> str:
    if leg.status in OVER and leg.status != "completed":
        return "failed"
    return STATUS.get(leg.status, leg.status)


def ordered_json(exchange: Exchange, leg: Leg, room: Room, given: Mapping[str, str]) -> Json:
    """Somebody who is being called into a conference."""
    seat = Participant(
        leg,
        given.get("Label", ""),
        given.get("StartConferenceOnEnter", "true") == "true",
        given.get("EndConferenceOnExit") == "true",
        given.get("Muted") == "true",
        given.get("CallSidToCoach", "") if given.get("Coaching") == "true" else "",
    )
    return participant_json(exchange, room, seat)
