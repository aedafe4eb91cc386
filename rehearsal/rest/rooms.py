"""REST for conferences: who takes part, holding, muting, coaching, announcements, removal and the end."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from rehearsal.conferencing import open_room
from rehearsal.legs import Move
from rehearsal.outbound import CallOrder, order_call
from rehearsal.rest.calls import (
    RestRequest,
    check_numbers,
    not_found,
    our_link,
    page_of,
    progress_of,
    queue_seconds,
    shown,
)
from rehearsal.rest.properties import Refused
from rehearsal.rest.room_shapes import ordered_json, participant_json, room_json
from rehearsal.room_news import end_room, tell_of
from rehearsal.rooms import Participant, Room

SEATED: Mapping[str, str] = {
    "Label": "participantLabel",
    "Muted": "muted",
    "Beep": "beep",
    "StartConferenceOnEnter": "startConferenceOnEnter",
    "EndConferenceOnExit": "endConferenceOnExit",
    "WaitUrl": "waitUrl",
    "WaitMethod": "waitMethod",
    "MaxParticipants": "maxParticipants",
    "CallSidToCoach": "coach",
    "ConferenceStatusCallback": "statusCallback",
    "ConferenceStatusCallbackMethod": "statusCallbackMethod",
    "ConferenceStatusCallbackEvent": "statusCallbackEvent",
}
"""A property and the attribute of a Conference that says the same."""


def _room_of(request: RestRequest) -> Room:
    """By sid, also one that has ended; by name only while it goes on."""
    registry, key = request.exchange.registry, request.ids["room"]
    room = registry.rooms.get(key) or registry.live_room(key)
    if room is None:
        raise not_found(request)
    return room


def _participant_of(request: RestRequest) -> tuple[Room, Participant]:
    room = _room_of(request)
    found = room.find(request.ids["sid"])
    if found is None or found.out:
        raise not_found(request)
    return room, found


def list_rooms(request: RestRequest) -> Response:
    given = request.given
    rooms = [
        room
        for room in request.exchange.registry.rooms.values()
        if given.get("FriendlyName", room.name) == room.name and given.get("Status", room.status) == room.status
    ]
    return shown(page_of(request, "conferences", [room_json(request.exchange, room) for room in reversed(rooms)]))


def fetch_room(request: RestRequest) -> Response:
    return shown(room_json(request.exchange, _room_of(request)))


def update_room(request: RestRequest) -> Response:
    room, given = _room_of(request), request.given
    if room.status == "completed":
        raise Refused(400, 20001, "the conference is over")
    if "AnnounceUrl" in given:
        url = our_link(request.exchange, given["AnnounceUrl"])
        for one in room.participants:
            one.announcements.append((url, given.get("AnnounceMethod", "POST")))
        room.rouse()
    if given.get("Status") == "completed" and room.participants:
        end_room(request.exchange, room, room.participants[0].leg, "conference-ended-via-api")
    return shown(room_json(request.exchange, room))


def list_participants(request: RestRequest) -> Response:
    room = _room_of(request)
    rows = [participant_json(request.exchange, room, one) for one in room.participants]
    return shown(page_of(request, "participants", rows))


def fetch_participant(request: RestRequest) -> Response:
    return shown(participant_json(request.exchange, *_participant_of(request)))


def create_participant(request: RestRequest) -> Response:
    """Rings somebody and sends her into the conference, which a name brings into being."""
    check_numbers(request)
    name = request.ids["room"]
    if name.startswith("CF") and request.exchange.registry.live_room(name) is None:
        raise not_found(request)
    room = open_room(request.exchange, name, _wishes(request.given))
    given = request.given
    order = CallOrder(
        given["To"],
        given["From"],
        Move(twiml=_seat(request, room.name)),
        progress_of(request.exchange, given),
        float(given.get("Timeout", "60")),
        float(given.get("TimeLimit", "14400")),
        given.get("MachineDetection", ""),
    )
    leg = order_call(request.exchange, order, queue_seconds(request))
    return shown(ordered_json(request.exchange, leg, room, given), 201)


def _wishes(given: Mapping[str, str]) -> dict[str, str]:
    words = {word: value for word, value in given.items() if word.startswith("ConferenceStatusCallback")}
    return {"statusCallbackEvent": "start end"} | {SEATED[word]: value for word, value in words.items()}


def _seat(request: RestRequest, name: str) -> str:
    given = dict(request.given)
    for link in ("WaitUrl", "ConferenceStatusCallback"):
        if link in given:
            our_link(request.exchange, given[link])
    if given.get("Coaching") != "true":
        given.pop("CallSidToCoach", None)
    attributes = "".join(f" {SEATED[word]}={quoteattr(value)}" for word, value in given.items() if word in SEATED)
    return f"<Response><Dial><Conference{attributes}>{escape(name)}</Conference></Dial></Response>"


def update_participant(request: RestRequest) -> Response:
    """Safe to repeat: what is as wanted already changes nothing and tells nothing."""
    room, one = _participant_of(request)
    exchange, given = request.exchange, request.given
    coached = given.get("CallSidToCoach", "")
    if given.get("Coaching") == "true" and (not coached or room.find(coached) in (None, one)):
        raise Refused(400, 20001, "CallSidToCoach wants another call of the conference")
    for link in ("HoldUrl", "AnnounceUrl", "WaitUrl"):
        if link in given:
            our_link(exchange, given[link])
    if "AnnounceUrl" in given:
        one.announcements.append((given["AnnounceUrl"], given.get("AnnounceMethod", "POST")))
    one.hold_url, one.hold_method = given.get("HoldUrl", one.hold_url), given.get("HoldMethod", one.hold_method)
    for word, event in _changed(one, given):
        exchange.note(one.leg, "held" if word == "Hold" else "set", f"{word} by REST")
        tell_of(exchange, room, event, one)
    one.leg.roused.set()
    return shown(participant_json(exchange, room, one))


def _changed(one: Participant, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Sets what differs; the properties changed, each with its event."""
    changed = []
    for word, name, events in (
        ("Muted", "muted", ("participant-unmute", "participant-mute")),
        ("Hold", "hold", ("participant-unhold", "participant-hold")),
        ("EndConferenceOnExit", "ends", ("participant-modify", "participant-modify")),
    ):
        wanted = given.get(word) == "true"
        if word in given and wanted != getattr(one, name):
            setattr(one, name, wanted)
            changed.append((word, events[wanted]))
    coached = given.get("CallSidToCoach", one.coached) if given.get("Coaching", "true") == "true" else ""
    if ("Coaching" in given or "CallSidToCoach" in given) and coached != one.coached:
        one.coached = coached
        changed.append(("Coaching", "participant-modify"))
    return changed


def remove_participant(request: RestRequest) -> Response:
    room, one = _participant_of(request)
    one.kicked = True
    room.dismiss(one, "participant_updated_via_api")
    return Response(status_code=204)
