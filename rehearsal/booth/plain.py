"""A lead, its clock and its receipt in plain words, from what the API tells."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from routing.rules.book import Book

Json = dict[str, Any]
FAILS: Mapping[str, str] = MappingProxyType(
    {
        "refused": "refused this call",
        "transferring": "is the one who transfers",
        "missed": "missed this call",
        "tried": "was tried already",
        "ringing": "has a phone that still rings",
        "spoken_for": "is about to get a caller who was there first",
        "joins_later": "joins this queue only after a while",
        "off_shift": "is off shift",
        "desired_away": "is away",
        "desired_offline": "is offline",
        "heartbeat_stale": "has a console that fell silent",
        "away_no_answer": "is set away after missed offers",
        "offered": "has another call ringing",
        "busy": "is talking",
        "wrapping": "is wrapping up a talk",
        "no_answer_brake": "missed an offer a moment ago",
        "chat_capacity": "has as many chats as fit",
        "at_cap": "has as many open leads as the cap allows",
        "hour_cap": "has had enough this hour",
        "day_cap": "has had enough today",
        "language": "does not speak the language",
    }
)
"""The first condition a coordinator fails, by its code in the receipt."""
STOPS: Mapping[str, str] = MappingProxyType({"offer": "rings", "on_call": "rings the rota", "intake": "ends with"})
TRIGGERS: Mapping[str, str] = MappingProxyType(
    {
        "entry": "When the call came in",
        "reply": "After the caller's answer",
        "timeout": "When the one before did not take it",
        "transfer": "For the transfer",
        "came_free": "When somebody came free",
        "operator": "By hand",
        "degraded": "While something of ours was away",
    }
)
CHOSEN: Mapping[str, str] = MappingProxyType({"later": "becomes the owner"})
"""What is done with the one who was chosen, by the kind of look; otherwise a phone rings."""
CLOCKS: Mapping[str, str] = MappingProxyType({"met": "answered in time", "running": "running", "breached": "overdue"})


def words(code: object) -> str:
    return str(code).replace("_", " ").replace("-", " ")


def told(lead: Json, book: Book) -> Json:
    """For the page: ``headline``, ``facts``, ``clock``, ``looks``, ``plan``, ``tasks`` and ``story``."""
    receipts = lead["receipts"]
    first = receipts[0]["receipt"] if receipts else {}
    return {
        "id": lead["id"],
        "headline": f"{_name(book, lead['owner'])} owns this lead",
        "facts": _facts(lead, book),
        "clock": _clock(lead["clock"], book),
        "layers": [_layer(said, book) for said in first.get("plan", {}).get("decided", ())],
        "plan": [_stop(step, book) for step in first.get("plan", {}).get("steps", ())],
        "looks": [
            _look(look, one["receipt"], book) for one in receipts for look in one["receipt"].get("looks", ()) if look
        ],
        "tasks": [_task(task, book) for task in lead["tasks"]],
        "story": [_entry(entry, book) for entry in lead["timeline"]],
    }


def _facts(lead: Json, book: Book) -> list[list[str]]:
    category = book.categories.get(lead["category"])
    campaign = book.campaigns.get(lead["campaign"] or "")
    location = book.locations.get(lead["location"] or "")
    rows = [
        ["Queue", _queue(book, lead["queue"])],
        ["Reason", words(lead["reason"])],
        ["Status", words(lead["status"])],
        ["Category", category.label if category else words(lead["category"])],
        ["Location", location.name if location else ""],
        ["Payer", words(lead["payer"] or "not known yet")],
        ["Campaign", campaign.label if campaign else ""],
        ["Note", words(lead["note"] or "")],
        ["Rulebook", f"version {lead['rulebook_version']}"],
    ]
    return [row for row in rows if row[1]]


def _clock(clock: Json, book: Book) -> Json:
    """Instants as ISO 8601, for a page that counts, and in words of the practice's zone."""
    return {
        "state": clock["state"],
        "words": CLOCKS.get(clock["state"], words(clock["state"])),
        "started_at": clock["started_at"],
        "due_at": clock["due_at"],
        "due": _time(clock["due_at"], book),
        "first_response_at": clock["first_response_at"],
        "human_s": clock["human_s"],
    }


def _layer(said: Json, book: Book) -> Json:
    value = said["value"] or ""
    known = book.queues.get(value) or book.locations.get(value)
    return {
        "layer": words(said["layer"]),
        "reason": words(said["reason"]),
        "value": known.name if known else words(value),
    }


def _stop(step: Json, book: Book) -> str:
    rota = book.rotas.get(step["target"]) if step["kind"] == "on_call" else None
    target = rota.id if rota else _queue(book, step["target"])
    ends = "" if step["until_s"] is None else f" for {step['until_s']} s"
    owner = _name(book, step["owner"])
    return f"{STOPS.get(step['kind'], words(step['kind']))} {target}{ends}; if nobody takes it, {owner} owns it"


def _look(look: Json, receipt: Json, book: Book) -> Json:
    order = {who: place for place, who in enumerate(look["order"])}
    candidates = sorted(look["candidates"], key=lambda one: (order.get(one["id"], len(order)), one["position"]))
    return {
        "at": _time(receipt["at"], book),
        "title": TRIGGERS.get(receipt["trigger"], words(receipt["trigger"]).capitalize()),
        "target": _queue(book, look["target"]),
        "ordering": words(look["ordering"]),
        "people": [_candidate(one["id"], look, book) for one in candidates],
    }


def _candidate(who: str, look: Json, book: Book) -> Json:
    fails = look["failing"].get(who)
    if who == look["chosen"]:
        verdict, state = CHOSEN.get(look["asked"]["kind"], "is rung"), "chosen"
    elif fails:
        verdict, state = FAILS.get(fails, f"fails {words(fails)}"), "fails"
    else:
        verdict, state = "could take it, comes after", "could"
    return {"name": _name(book, who), "state": state, "verdict": verdict}


def _task(task: Json, book: Book) -> Json:
    due = _time(task["due_at"], book)
    return {
        "words": f"{words(task['kind'])} by {_name(book, task['owner'])}, due {due}: {words(task['reason'])}",
        "state": task["state"],
    }


def _entry(entry: Json, book: Book) -> Json:
    facts = entry["facts"]
    said = ENTRIES.get(entry["kind"], _told_plainly)
    return {"at": _time(entry["at"], book), "words": f"{words(entry['kind'])}: {said(facts, book)}"}


def _said(code: object) -> str:
    return words(code or "not told")


def _told_plainly(facts: Json, book: Book) -> str:
    return ", ".join(words(each) for each in facts.values() if each)


def _assigned(facts: Json, book: Book) -> str:
    return f"{_name(book, facts.get('owner'))}, {_said(facts.get('reason'))}"


def _reserved(facts: Json, book: Book) -> str:
    return f"{_name(book, facts.get('coordinator'))}, {_said(facts.get('state'))}"


def _attempted(facts: Json, book: Book) -> str:
    talk = f", {facts.get('talk_s')} s" if facts.get("talk_s") is not None else ""
    return f"{_name(book, facts.get('coordinator'))}, {_said(facts.get('result') or 'on the phone')}{talk}"


def _owed(facts: Json, book: Book) -> str:
    kind, reason, state = (_said(facts.get(name)) for name in ("kind", "reason", "state"))
    return f"{kind} by {_name(book, facts.get('owner'))}, {reason}, {state}"


def _inquired(facts: Json, book: Book) -> str:
    outcome = f", {_said(facts.get('outcome'))}" if facts.get("outcome") else ""
    return f"{_said(facts.get('channel'))}, {_said(facts.get('state'))}{outcome}"


ENTRIES: Mapping[str, Callable[[Json, Book], str]] = MappingProxyType(
    {
        "assignment": _assigned,
        "reservation": _reserved,
        "attempt": _attempted,
        "inquiry": _inquired,
        "task": _owed,
        "decision": lambda facts, _: _said(facts.get("trigger")),
    }
)
"""How an entry of the timeline is put, by its kind; others are told fact by fact."""


def _name(book: Book, coordinator: str | None) -> str:
    found = book.coordinators.get(coordinator or "")
    return found.name if found else coordinator or "nobody"


def _queue(book: Book, queue: str) -> str:
    found = book.queues.get(queue)
    return found.name if found else queue


def _time(instant: str, book: Book) -> str:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(book.zone)).strftime("%a %H:%M:%S")
