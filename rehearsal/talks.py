"""Two people talk: the bridge between a caller's leg and somebody else's, and what becomes of it."""

from collections.abc import Mapping

from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.pace import wait_first
from rehearsal.people import CallerHabit, CoordinatorHabit
from rehearsal.transcript import Bridge, Line


def _talk_s(habit: CallerHabit | CoordinatorHabit) -> float:
    return float("inf") if habit.talk_s is None else habit.talk_s


def meet(exchange: Exchange, caller: Leg, other: Leg) -> Bridge:
    """They hear each other from now on. For whoever called us a mailbox is nobody to talk to; whoever we call back may
    have one."""
    call, now = caller.root.sid, exchange.now()
    bridge = Bridge(call, caller.person, other.person, now)
    exchange.transcript.bridge(bridge, other.phone.lines if other.phone else 1)
    exchange.transcript.write(Line(now, call, other.who, "bridged", f"with {caller.who}"))
    if other.root.sid != call:
        exchange.note(other, "bridged", f"with {caller.who}")
    if other.is_mailbox and not caller.root.outbound:
        exchange.fail(other, "mailbox", other.who, "the caller is connected with a mailbox")
    caller.bridged.set()
    other.bridged.set()
    return bridge


async def talk(exchange: Exchange, caller: Leg, other: Leg, limit_s: float) -> None:
    """The bridge, until one of them hangs up, is moved elsewhere, or the time limit ends it."""
    exchange.answer(caller)
    bridge = meet(exchange, caller, other)
    ends = [other.gone, caller.gone, other.moved, caller.moved]
    caller_s, other_s = _talk_s(caller.habit), _talk_s(other.habit)
    if not await wait_first(exchange.door.pace, ends, min(caller_s, other_s, limit_s)):
        first = caller if caller_s <= min(other_s, limit_s) else other
        exchange.note(first, "hangs-up", "after the talk")
        first.hang_up()
    bridge.ended_s = exchange.now()


def keep_recording(exchange: Exchange, leg: Leg, seconds: int, source: str, wishes: Mapping[str, str]) -> str:
    """The sid of a finished recording; its status callback follows when the file is ready, if one was asked for."""
    sid = exchange.record(leg, seconds, source, 2 if "dual" in wishes.get("record", "") else 1)
    events = wishes.get("recordingStatusCallbackEvent", "completed").split(" ")
    if "recordingStatusCallback" in wishes and "completed" in events:
        method = wishes.get("recordingStatusCallbackMethod", "POST")
        exchange.report_recording(leg, sid, wishes["recordingStatusCallback"], method)
    return sid
