"""Record: the caller speaks to a machine until she presses a key, falls silent, hangs up or the time is over."""

from rehearsal.by_hand import ANY_KEY, message_by_hand
from rehearsal.exchange import Exchange, check_still_there
from rehearsal.legs import Leg, LegEnded, LegMoved, closing_status
from rehearsal.markup.refusal import Verb
from rehearsal.people import CallerHabit
from rehearsal.talks import keep_recording
from rehearsal.verbs import NEXT_VERB, Step

LONGEST_S = 3600


async def record(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """Nothing said is no recording: the document goes on. Raises ``LegEnded`` once the action has been told."""
    exchange.answer(leg)
    if verb.attributes.get("playBeep", "true") == "true":
        exchange.hear(leg, "a beep")
    if leg.hands:
        return await _record_by_hand(exchange, leg, verb)
    habit = leg.habit if isinstance(leg.habit, CallerHabit) else CallerHabit(message_end="")
    if habit.message_s <= 0:
        exchange.note(leg, "silent", "says nothing")
        await exchange.pass_time(leg, verb.whole("timeout", 5))
        return NEXT_VERB
    began_s = exchange.now()
    try:
        digits = await _speak(exchange, leg, verb, habit)
    except (LegEnded, LegMoved):
        digits = "hangup"
    spoken_s = min(exchange.now() - began_s, habit.message_s)
    sid = keep_recording(exchange, leg, round(spoken_s), "RecordVerb", verb.attributes)
    return await _told(
        exchange, leg, verb, {"RecordingSid": sid, "RecordingDuration": str(round(spoken_s)), "Digits": digits}
    )


async def _record_by_hand(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    message = await message_by_hand(exchange, leg, verb)
    if message is None:
        check_still_there(leg)
        exchange.note(leg, "silent", "says nothing")
        return NEXT_VERB
    sid = keep_recording(exchange, leg, message.seconds, "RecordVerb", verb.attributes)
    fields = {"RecordingSid": sid, "RecordingDuration": str(message.seconds), "Digits": message.ended}
    return await _told(exchange, leg, verb, fields)


async def _speak(exchange: Exchange, leg: Leg, verb: Verb, habit: CallerHabit) -> str:
    """The key that ended the message: none when silence or the time limit did."""
    longest_s = verb.whole("maxLength", LONGEST_S)
    exchange.note(leg, "speaks", f"for {min(habit.message_s, longest_s):.0f} s")
    await exchange.pass_time(leg, min(habit.message_s, longest_s))
    if habit.message_s > longest_s:
        return ""
    if habit.message_end == "hangup":
        exchange.note(leg, "hangs-up", "after the message")
        leg.hang_up()
        raise LegEnded
    if habit.message_end and habit.message_end in verb.attributes.get("finishOnKey", ANY_KEY):
        exchange.note(leg, "presses", habit.message_end)
        return habit.message_end
    await exchange.pass_time(leg, min(verb.whole("timeout", 5), longest_s - habit.message_s))
    return ""


async def _told(exchange: Exchange, leg: Leg, verb: Verb, fields: dict[str, str]) -> Step:
    url = exchange.recording_url(fields["RecordingSid"])
    if leg.gone.is_set():
        leg.status = closing_status(leg)
    elif leg.moved.is_set():
        raise LegMoved
    method = verb.attributes.get("method", "POST")
    return Step(await exchange.ask(leg, method, verb.attributes["action"], {"RecordingUrl": url} | fields))
