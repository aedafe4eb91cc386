"""A phone rings, and somebody picks it up or not; its steps are told to whoever asked for them."""

from dataclasses import dataclass

from rehearsal.by_hand import ring_by_hand
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.markup.refusal import Verb
from rehearsal.pace import wait_first
from rehearsal.people import CoordinatorHabit, Phone

RING_GRACE_S = 5
"""Twilio adds this to the time-out of a Dial and of a call that REST creates."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One phone that is called: its leg and the noun that names it."""

    leg: Leg
    noun: Verb
    phone: Phone
    ring_s: float


async def ring(exchange: Exchange, branch: Branch) -> bool:
    """Whether the phone was picked up; if not, the leg has ended with its reason as status."""
    leg, phone = branch.leg, branch.phone
    if leg.parent:
        leg.parent.children.append(leg)
    exchange.report_progress(leg, branch.noun.attributes, "initiated")
    if len(phone.engaged) >= phone.lines:
        exchange.fail(leg, "I3", phone.name, "a call was offered to a phone that rings or talks")
    else:
        phone.engaged.add(leg.sid)
    status = await _reach(exchange, branch)
    if status != "answered":
        finish(exchange, branch, status)
    return status == "answered"


async def _reach(exchange: Exchange, branch: Branch) -> str:
    leg, phone = branch.leg, branch.phone
    habit = leg.habit if isinstance(leg.habit, CoordinatorHabit) else phone.habit
    set_up_s = exchange.carrier.set_up_s
    if await wait_first(exchange.door.pace, [leg.gone], set_up_s):
        return "canceled"
    if habit.reach == "failed":
        return "failed"
    leg.status = "ringing"
    exchange.report_progress(leg, branch.noun.attributes, "ringing")
    if habit.reach == "busy" or leg.sid not in phone.engaged:
        return "canceled" if await wait_first(exchange.door.pace, [leg.gone], set_up_s) else "busy"
    exchange.note(leg, "rings", f"shows {leg.number}")
    if leg.hands:
        return await ring_by_hand(exchange, leg, leg.hands, branch.ring_s)
    answers = habit.reach in ("answers", "mailbox") and habit.answer_s < branch.ring_s
    if await wait_first(exchange.door.pace, [leg.gone], habit.answer_s if answers else branch.ring_s):
        return "canceled"
    return "answered" if answers else "no-answer"


def pick_up(exchange: Exchange, branch: Branch) -> None:
    leg = branch.leg
    exchange.answer(leg)
    exchange.note(leg, "picks-up", "a mailbox" if leg.is_mailbox else "")
    exchange.report_progress(leg, branch.noun.attributes, "answered")
    leg.root.watch(_leave_whisper(exchange, branch))


async def _leave_whisper(exchange: Exchange, branch: Branch) -> None:
    habit = branch.leg.habit
    leaves_s = habit.leaves_whisper_s if isinstance(habit, CoordinatorHabit) else None
    if leaves_s is None or await wait_first(exchange.door.pace, [branch.leg.gone, branch.leg.bridged], leaves_s):
        return
    exchange.note(branch.leg, "hangs-up", "in the whisper")
    branch.leg.hang_up()


def finish(exchange: Exchange, branch: Branch, status: str) -> None:
    leg = branch.leg
    leg.status, leg.ended_s = status, exchange.now()
    leg.gone.set()
    branch.phone.engaged.discard(leg.sid)
    if status != "completed":
        exchange.note(leg, "ends", status)
    exchange.report_progress(leg, branch.noun.attributes, "completed")
