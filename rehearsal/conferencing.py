"""Dial of a conference: the leg joins, waits for the start, talks, is held or coached, and leaves."""

from collections.abc import Mapping

from rehearsal.delivery import WebhookFailed
from rehearsal.dialling import DialResult, dialled
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, LegEnded, LegMoved, LegRoused
from rehearsal.markup.refusal import Document, Verb
from rehearsal.room_news import end_room, tell, tell_of
from rehearsal.rooms import MOST_PARTICIPANTS, NEVER, Participant, Room
from rehearsal.talks import meet
from rehearsal.verbs import RUNS, Step

SILENCE_LIMIT_S = 5.0
"""So long may a caller hear nothing in a conference that everybody else has left: REST needs a moment."""
ALONE_S = 30.0
"""Whoever is left alone after a talk hangs up then; so does a coordinator for whom nobody comes in ``NOBODY_S``."""
NOBODY_S = 180.0
OWN_MUSIC_S = 20.0
LONGEST_S = 14_400


async def dial_conference(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """Raises ``WebhookFailed`` 16025, 13240 or 13237 for a conference that cannot be joined."""
    exchange.answer(leg)
    noun = verb.children[0]
    room = _room_for(exchange, leg, noun)
    me = _enter(exchange, room, leg, noun)
    me.enough_s = min(me.enough_s, exchange.now() + verb.whole("timeLimit", LONGEST_S))
    with exchange.door.pace.awaiting():
        reason = await _take_part(exchange, room, me)
    _leave(exchange, room, me, reason)
    return await dialled(exchange, leg, verb, DialResult("answered", me.bridge is not None))


def open_room(exchange: Exchange, name: str, wishes: Mapping[str, str]) -> Room:
    """The conference of that name; a new one if none goes on, whose callback settings are then ``wishes``."""
    room = exchange.registry.live_room(name)
    if room is None:
        room = Room(exchange.new_id("CF"), name, exchange.now(), wishes)
        exchange.registry.rooms[room.sid] = room
    return room


def _room_for(exchange: Exchange, leg: Leg, noun: Verb) -> Room:
    room = open_room(exchange, noun.text, noun.attributes)
    label, coached = noun.attributes.get("participantLabel", ""), noun.attributes.get("coach", "")
    most = min(noun.whole("maxParticipants", MOST_PARTICIPANTS), MOST_PARTICIPANTS)
    code, why = "", ""
    if label and room.find(label):
        code, why = "16025", "the label is in use"
    elif coached and room.find(coached) is None:
        code, why = "13240", "the call to coach is not in the conference"
    elif len(room.participants) >= most:
        code, why = "13237", "the conference is full"
    if code:
        exchange.fail(leg, code, noun.path, why)
        raise WebhookFailed(code, noun.path, why)
    return room


def _enter(exchange: Exchange, room: Room, leg: Leg, noun: Verb) -> Participant:
    attributes = noun.attributes
    me = Participant(
        leg,
        attributes.get("participantLabel", ""),
        starts=attributes.get("startConferenceOnEnter", "true") == "true",
        ends=noun.flag("endConferenceOnExit"),
        muted=noun.flag("muted"),
        coached=attributes.get("coach", ""),
        wait_url=attributes.get("waitUrl", ""),
        wait_method=attributes.get("waitMethod", "POST"),
    )
    room.participants.append(me)
    tell_of(exchange, room, "participant-join", me)
    leg.roused.clear()
    update_room(exchange, room, me)
    return me


def update_room(exchange: Exchange, room: Room, by: Participant) -> None:
    """Starts the conference once it may, sees who talks with whom and who is alone."""
    now = exchange.now()
    if room.status == "init" and len(room.participants) > 1 and any(one.starts for one in room.participants):
        room.status = "in-progress"
        tell(exchange, room, "conference-start", by.leg)
    together = room.started and len(room.participants) > 1
    for one in room.participants:
        if together:
            one.alone_s = NEVER
            _bridge(exchange, room, one)
        elif one.alone_s == NEVER:
            one.alone_s = now
    room.rouse()


def _bridge(exchange: Exchange, room: Room, one: Participant) -> None:
    """The truth of I3: a phone of ours that talks to somebody; and from then on she talks for as long as she likes."""
    if one.bridge is not None:
        return
    others = room.others(one)
    caller = next((each for each in others if each.leg.phone is None), others[0])
    if one.leg.phone is not None:
        one.bridge = meet(exchange, caller.leg, one.leg)
        if caller.bridge is None:
            caller.bridge = one.bridge
            _talk_enough(exchange, caller)
    _talk_enough(exchange, one)


def _talk_enough(exchange: Exchange, one: Participant) -> None:
    talk_s = one.leg.habit.talk_s
    if talk_s is not None:
        one.enough_s = min(one.enough_s, exchange.now() + talk_s)


def _leave(exchange: Exchange, room: Room, me: Participant, reason: str) -> None:
    room.participants.remove(me)
    room.left[me.leg.sid] = me
    me.leg.roused.clear()
    if me.bridge is not None and me.leg.phone is not None:
        me.bridge.ended_s = exchange.now()
    status = "completed" if me.leg.gone.is_set() else "in-progress"
    told = {"ParticipantCallStatus": status, "ReasonParticipantLeft": reason}
    tell_of(exchange, room, "participant-leave", me, told)
    how = "kicked" if me.kicked else "left"
    if me.ends and room.participants:
        end_room(exchange, room, me, f"participant-with-end-conference-on-exit-{how}")
    elif not room.participants:
        end_room(exchange, room, me, f"last-participant-{how}")
    else:
        update_room(exchange, room, room.participants[0])


async def _take_part(exchange: Exchange, room: Room, me: Participant) -> str:
    """Why she left, in Twilio's words."""
    while True:
        try:
            await _hear_or_talk(exchange, room, me)
        except LegRoused:
            me.leg.roused.clear()
        except LegMoved:
            return "participant_updated_via_api"
        except LegEnded:
            return me.out or "participant_hung_up"
        except WebhookFailed:
            await _wait_in_silence(exchange, me)
        if me.out or me.leg.gone.is_set():
            return me.out or "participant_hung_up"


async def _wait_in_silence(exchange: Exchange, me: Participant) -> None:
    """A failing wait document keeps the conference from starting; whoever hears nothing hangs up."""
    me.leg.roused.clear()
    try:
        await exchange.pass_time(me.leg, ALONE_S)
    except (LegRoused, LegEnded, LegMoved):
        return
    _hang_up(exchange, me, "hears nothing any more")


def _hang_up(exchange: Exchange, me: Participant, why: str) -> None:
    exchange.note(me.leg, "hangs-up", why)
    me.leg.hang_up()


async def _hear_or_talk(exchange: Exchange, room: Room, me: Participant) -> None:
    if me.announcements:
        await _hear_announcement(exchange, room, me)
    elif me.hold:
        await _hear_music(exchange, me, me.hold_method, me.hold_url)
    elif not room.started:
        await _wait_for_start(exchange, me)
    else:
        await _talk(exchange, me)


async def _wait_for_start(exchange: Exchange, me: Participant) -> None:
    if me.leg.phone is not None and exchange.now() - me.alone_s >= NOBODY_S:
        _hang_up(exchange, me, "nobody comes")
        raise LegEnded
    await _hear_music(exchange, me, me.wait_method, me.wait_url)


async def _talk(exchange: Exchange, me: Participant) -> None:
    """Until something changes in the room, she has talked enough, or she notices that she is alone."""
    now, caller_alone = exchange.now(), me.leg.phone is None and me.alone_s != NEVER
    until_s = min(me.enough_s, me.alone_s + ALONE_S)
    silent_at_s = me.alone_s + SILENCE_LIMIT_S
    if caller_alone and now < silent_at_s < until_s:
        await exchange.pass_time(me.leg, silent_at_s - now)
        exchange.fail(me.leg, "I1", me.leg.who, "the caller is alone in a conference and hears nothing")
    await exchange.pass_time(me.leg, max(until_s - exchange.now(), 0.0))
    _hang_up(exchange, me, "after the talk" if me.enough_s <= me.alone_s + ALONE_S else "is alone")
    raise LegEnded


async def _hear_music(exchange: Exchange, me: Participant, method: str, url: str) -> None:
    """The wait or hold document once, or the provider's own music. Raises ``WebhookFailed`` for a bad document."""
    leg = me.leg
    if not url:
        exchange.hear(leg, "plays the provider's own music")
        await exchange.pass_time(leg, OWN_MUSIC_S)
        return
    leg.root.documents -= 1
    await _run(exchange, leg, await _waiting_document(exchange, leg, method, url))
    await exchange.pass_time(leg, 0.5)


async def _waiting_document(exchange: Exchange, leg: Leg, method: str, url: str) -> Document:
    leg.waits = True
    try:
        return await exchange.ask(leg, method, url)
    finally:
        leg.waits = False


async def _run(exchange: Exchange, leg: Leg, document: Document) -> None:
    for verb in document.verbs:
        if verb.name not in ("Say", "Play", "Pause", "Redirect"):
            exchange.fail(leg, "12200", verb.path, "a conference hears Say, Play, Pause and Redirect only")
            raise WebhookFailed("12200", verb.path, "not heard in a conference")
        if verb.name == "Redirect":
            following = await _waiting_document(exchange, leg, verb.attributes.get("method", "POST"), verb.text)
            await _run(exchange, leg, following)
            return
        await RUNS[verb.name](exchange, leg, verb)


async def _hear_announcement(exchange: Exchange, room: Room, me: Participant) -> None:
    url, method = me.announcements.pop(0)
    told = {"AnnounceUrl": url}
    try:
        await _run(exchange, me.leg, await _waiting_document(exchange, me.leg, method, url))
    except WebhookFailed as failed:
        told["ReasonAnnouncementFailed"] = failed.why
    event = "announcement-fail" if "ReasonAnnouncementFailed" in told else "announcement-end"
    tell_of(exchange, room, event, me, told)
