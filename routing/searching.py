"""A search with its bounds: who is looked for live at all, how far through the plan, and when she is held instead."""

from dataclasses import replace
from datetime import datetime
from time import monotonic

from routing.pursuit import Found, Quest, Searchers, pursue
from routing.rules.values import Inquiry, Plan
from routing.rules.waiting import stops_in_reach, worth_waiting
from routing.state.live.connection import LiveStateDown

LIVE_CHANNELS = ("call", "chat")


def search(by: Searchers, quest: Quest, now: datetime) -> tuple[Found, bool]:
    """True beside it when live state is down, or the answer was given without us: then nobody is claimed or waited for,
    and the fallback numbers are dialled."""
    if quest.inquiry.channel not in LIVE_CHANNELS:
        return Found(None, ()), False
    if monotonic() > by.until:
        return Found(None, ()), True
    try:
        return pursue(by, quest, now), False
    except LiveStateDown:
        return Found(None, ()), True


def patient_search(by: Searchers, quest: Quest, now: datetime) -> tuple[Found, bool]:
    """Each stop has its time: while somebody there is only at work, a caller waits for it and is not handed on at once
    (routing-semantics section 9)."""
    if quest.inquiry.channel != "call" or not quest.plan.open:
        return search(by, quest, now)
    return search_as_far(by, quest, max(stops_in_reach(quest.book, quest.plan, now), quest.plan_step + 1), now)


def search_as_far(by: Searchers, quest: Quest, stops: int, now: datetime) -> tuple[Found, bool]:
    """Among so many stops of the plan; the others only where nobody of these will come free by herself."""
    if stops >= len(quest.plan.steps):
        return search(by, quest, now)
    within = replace(quest, plan=replace(quest.plan, steps=quest.plan.steps[:stops]))
    found, degraded = search(by, within, now)
    if found.offer or found.reach or degraded or worth_waiting(found.looks):
        return found, degraded
    beyond, degraded = search(by, replace(quest, plan_step=stops), now)
    return replace(beyond, looks=(*found.looks, *beyond.looks)), degraded


def may_wait(inquiry: Inquiry, planned: Plan, found: Found, *, degraded: bool) -> bool:
    """Callers are held while the practice is open and somebody of the plan is only at work, or several phones are to
    ring."""
    live = inquiry.channel == "call" and planned.open and not degraded
    return live and found.offer is None and (found.reach > 0 or worth_waiting(found.looks))
