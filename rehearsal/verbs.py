"""What each verb does to the one who hears it; Dial has a module of its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rehearsal.by_hand import Entered, collected, entered
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.markup.refusal import Document, Verb
from rehearsal.people import CallerHabit


@dataclass(frozen=True, slots=True)
class Step:
    """What comes after a verb: the next verb, another document, or the end of the leg."""

    document: Document | None = None
    ends: bool = False


NEXT_VERB = Step()
THE_END = Step(ends=True)
Run = Callable[[Exchange, Leg, Verb], Awaitable[Step]]


def _parts(exchange: Exchange, verb: Verb) -> list[tuple[str, float]]:
    """What is heard, once per loop, and for how many seconds. An endless loop is cut after a hundred."""
    if verb.name == "Pause":
        return [("", float(verb.whole("length", 1)))]
    if verb.name == "Say":
        once = (verb.text, max(1.0, len(verb.text) / exchange.carrier.letters_per_s))
    elif "digits" in verb.attributes:
        once = (f"tones {verb.attributes['digits']}", len(verb.attributes["digits"]) * 0.5)
    else:
        once = (f"plays {verb.text}", exchange.carrier.play_s)
    return [once] * (verb.whole("loop", 1) or 100)


async def listen(exchange: Exchange, leg: Leg, verb: Verb, limit_s: float = float("inf")) -> float:
    """Hears the verb, or as much of it as fits into ``limit_s``; answers the seconds it took."""
    spent = 0.0
    if verb.name == "Play" and verb.text:
        await exchange.fetch_sound(leg, verb.text)
    for text, seconds in _parts(exchange, verb):
        if spent >= limit_s:
            break
        if text:
            exchange.hear(leg, text)
        await exchange.pass_time(leg, min(seconds, limit_s - spent))
        spent += min(seconds, limit_s - spent)
    return spent


async def speak(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    exchange.answer(leg)
    await listen(exchange, leg, verb)
    return NEXT_VERB


async def pause(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """A call that begins with a pause is picked up after it."""
    await listen(exchange, leg, verb)
    return NEXT_VERB


async def gather(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """A person may press while the prompt is spoken and speaks after it; silence falls through to the next verb."""
    exchange.answer(leg)
    if leg.hands:
        return await _after_hands(exchange, leg, verb, await entered(exchange, leg, verb, listen))
    words = _planned_words(leg, verb)
    planned, press_s = _planned_key(exchange, leg)
    if "dtmf" not in verb.attributes.get("input", "dtmf"):
        press_s = float("inf")
    spent = 0.0
    for spoken in verb.children:
        spent += await listen(exchange, leg, spoken, press_s - spent)
    wait_s = float(verb.whole("timeout", 5))
    if words and press_s > spent:
        return await _say(exchange, leg, verb, words)
    if press_s - spent >= wait_s:
        await exchange.pass_time(leg, wait_s)
        exchange.note(leg, "silent", "presses nothing")
        leg.asked_until_s = exchange.now()
        return await _after_keys(exchange, leg, verb, "")
    await exchange.pass_time(leg, press_s - spent)
    exchange.note(leg, "presses", planned)
    leg.wait_keys += leg.waits
    digits, complete = collected(planned, verb)
    if not complete:
        await exchange.pass_time(leg, wait_s)
    leg.asked_until_s = exchange.now()
    return await _after_keys(exchange, leg, verb, digits)


def _planned_key(exchange: Exchange, leg: Leg) -> tuple[str, float]:
    """What will be pressed, and in how many seconds; in a waiting room a key may be planned by the clock."""
    habit = leg.habit
    if leg.waits and isinstance(habit, CallerHabit) and habit.wait_key:
        due_s = leg.waits_since_s + habit.wait_key_after_s - exchange.now()
        return habit.wait_key, float("inf") if leg.wait_keys else max(due_s, 0.5)
    planned = habit.keys[leg.gathers] if leg.gathers < len(habit.keys) else ""
    leg.gathers += 1
    return planned, habit.key_after_s if planned else float("inf")


def _planned_words(leg: Leg, verb: Verb) -> str:
    says = leg.habit.says if isinstance(leg.habit, CallerHabit) and not leg.waits else ()
    heard = "speech" in verb.attributes.get("input", "dtmf")
    return says[leg.gathers] if heard and leg.gathers < len(says) else ""


async def _say(exchange: Exchange, leg: Leg, verb: Verb, words: str) -> Step:
    """Twilio takes what she said for complete after a pause."""
    exchange.note(leg, "says", words)
    await exchange.pass_time(leg, len(words) / exchange.carrier.letters_per_s + verb.whole("speechTimeout", 1))
    leg.asked_until_s, leg.pressed = exchange.now(), True
    fields = {"SpeechResult": words, "Confidence": "0.9128386", "Language": verb.attributes.get("language", "en-US")}
    return Step(await exchange.ask(leg, verb.attributes.get("method", "POST"), verb.attributes["action"], fields))


async def _after_hands(exchange: Exchange, leg: Leg, verb: Verb, came: Entered) -> Step:
    if came.words:
        return await _say(exchange, leg, verb, came.words)
    if not came.digits:
        exchange.note(leg, "silent", "presses nothing")
    leg.asked_until_s = exchange.now()
    return await _after_keys(exchange, leg, verb, came.digits)


async def _after_keys(exchange: Exchange, leg: Leg, verb: Verb, digits: str) -> Step:
    if not digits and not verb.flag("actionOnEmptyResult"):
        return NEXT_VERB
    fields = {"Digits": digits}
    if leg.parent is None:
        fields |= {"FinishedOnKey": "", "msg": "Gather End"}
    leg.pressed = leg.pressed or bool(digits)
    attributes = verb.attributes
    return Step(await exchange.ask(leg, attributes.get("method", "POST"), attributes["action"], fields))


async def redirect(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    return Step(await exchange.ask(leg, verb.attributes.get("method", "POST"), verb.text))


async def hangup(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    exchange.note(leg, "hangs-up", "the document ends the call")
    return THE_END


async def reject(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """Never answered. The status of a call rejected as ``rejected`` is an assumption of ours."""
    leg.status = "busy" if verb.attributes.get("reason") == "busy" else "no-answer"
    exchange.note(leg, "hangs-up", "the call is rejected")
    return THE_END


RUNS: Mapping[str, Run] = MappingProxyType(
    {
        "Say": speak,
        "Play": speak,
        "Pause": pause,
        "Gather": gather,
        "Redirect": redirect,
        "Hangup": hangup,
        "Reject": reject,
    }
)
