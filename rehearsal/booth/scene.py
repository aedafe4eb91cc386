"""The scene as pages show it this moment: the call, everybody's phone, the faults, and what Leadline says."""

from rehearsal.booth.cast import Part
from rehearsal.booth.live import Booth
from rehearsal.legs import Leg

Json = dict[str, object]


def scene_of(booth: Booth) -> Json:
    legs = [leg for _, leg in booth.live_legs()]
    talking = {
        person for one in booth.transcript.bridges if one.ended_s is None for person in (one.caller, one.coordinator)
    }
    return {
        "call": _call(booth, talking),
        "phones": [_phone(part, legs, talking) for part in booth.cast.parts.values()],
        "lead": booth.mirror.lead,
        "trouble": booth.mirror.trouble,
        "faults": {"twice": booth.faults.twice, "lost": booth.faults.lost},
        "now": booth.stage.now().isoformat(),
        "next": booth.news.following,
    }


def _call(booth: Booth, talking: set[str]) -> Json | None:
    leg = booth.watched_leg()
    if leg is None:
        return None
    return {
        "leg": leg.sid,
        "who": leg.who,
        "from": leg.number,
        "to": leg.to,
        "practice": booth.stage.directory.practice_of(leg.to),
        "live": leg.ended_s is None and not leg.gone.is_set(),
        "played": leg.hands is not None,
        "state": _caller_state(leg, talking),
        "lasted_s": round((booth.pace.now() - leg.created_s) / booth.reading.speed, 1),
        "listens": sorted(leg.hands.listens) if leg.hands else [],
    }


def _caller_state(leg: Leg, talking: set[str]) -> str:
    if leg.ended_s is not None or leg.gone.is_set():
        return "ended"
    if leg.person in talking:
        return "talking"
    if leg.waits:
        return "waiting"
    return "connected" if leg.answered_s is not None else "ringing"


def _phone(part: Part, legs: list[Leg], talking: set[str]) -> Json:
    leg = next((leg for leg in legs if leg.phone is part.phone and not leg.gone.is_set()), None)
    return {
        "key": part.key,
        "played": part.phone.played,
        "habit": part.habit,
        "leg": leg.sid if leg else None,
        "state": _state(leg, talking),
        "byHand": leg is not None and leg.hands is not None,
        "shows": leg.number if leg else "",
        "listens": sorted(leg.hands.listens) if leg and leg.hands else [],
        "desired": part.known.get("desired", ""),
        "effective": part.known.get("effective", ""),
    }


def _state(leg: Leg | None, talking: set[str]) -> str:
    if leg is None:
        return "idle"
    if leg.answered_s is None:
        return "ringing" if leg.status == "ringing" else "dialled"
    return "talking" if leg.person in talking else "answered"
