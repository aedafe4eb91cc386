"""From what a vendor said to standard names, numbers and pick-list values: one way for all sources."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from email_validator import EmailNotValidError, validate_email

from routing.rulebook.numbers import e164, is_withheld
from routing.rules.questions import LeadSource
from routing.sources.heard import Contact, Heard, Marketing, SourceEvent
from routing.sources.names import EVENT, IDS, STANDARD, TEXTS, answer_name, meant
from routing.sources.strict import Malformed
from routing.sources.told import MAX_WORD, text_of

MOST_ANSWERS = 100
CALL_SID = re.compile(r"CA[0-9a-f]{32}")
NUMBERS = ("phone", "tracking_number", "dialled_number")


def event(heard: Heard, source: LeadSource, now: datetime) -> SourceEvent:
    """:raises Malformed: for an answer that is too long, or too many of them."""
    said = translated(standard(heard, source), source.values)
    doubts: dict[str, str] = {}
    numbers = {name: number(name, said.get(name, ""), doubts) for name in NUMBERS}
    contact = Contact(numbers["phone"], address(said.get("email", ""), doubts), *full_name(said))
    sid = call_sid(said.get("call_sid", ""), doubts)
    return SourceEvent(
        source=source.id,
        kind=heard.kind,
        source_id=heard.source_id,
        dedupe_key=f"{source.id}:{heard.source_id}",
        happened_at=min(heard.happened_at or now, now),
        is_partial=heard.is_partial,
        is_test=heard.is_test,
        contact=contact,
        marketing=marketing(said, source.campaign or ""),
        call_sid=sid,
        tracking_number=numbers["tracking_number"],
        dialled_number=numbers["dialled_number"],
        location_hint=said.get("location", ""),
        answers=MappingProxyType({name: text for name, text in said.items() if name not in STANDARD}),
        fetch=heard.fetch,
        enriches_only=heard.enriches_only,
        doubts=MappingProxyType(doubts),
        document=MappingProxyType(dict(heard.document)),
    )


def standard(heard: Heard, source: LeadSource) -> dict[str, str]:
    """The practice's own map wins over the vendor's fields, and these over what a question's name suggests."""
    if len(heard.questions) > MOST_ANSWERS:
        raise Malformed({"answers": "too_many"})
    asked = {meant(key) or answer_name(key): text for key, text in heard.questions.items() if key not in source.fields}
    chosen = {
        name: heard.questions.get(key) or at(heard.document, key)
        for key, name in source.fields.items()
        if name not in EVENT
    }
    filled = {name: text for name, text in chosen.items() if text}
    found = {**{name: text for name, text in asked.items() if text}, **heard.said, **filled}
    if long := [name for name, text in found.items() if len(text) > MAX_WORD]:
        raise Malformed({name: "too_long" for name in long})
    return found


def at(document: Mapping[str, Any], path: str) -> str:
    """What stands under a dotted path, "" if there is nothing; a list's entries go by their position."""
    if whole := text_of(document.get(path)):
        return whole
    found: Any = document
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, Sequence) and not isinstance(found, str) and part.isdecimal() and len(part) < 4:
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return ""
    return text_of(found)


def translated(said: Mapping[str, str], values: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    plain = {name: {their.casefold(): ours for their, ours in words.items()} for name, words in values.items()}
    return {name: plain.get(name, {}).get(text.casefold(), text) for name, text in said.items()}


def number(name: str, text: str, doubts: dict[str, str]) -> str | None:
    found = e164(text)
    if found is None and not is_withheld(text):
        doubts[name] = "not_a_number"
    return found


def call_sid(text: str, doubts: dict[str, str]) -> str | None:
    if text and not CALL_SID.fullmatch(text):
        doubts["call_sid"] = "not_a_call"
        return None
    return text or None


def address(text: str, doubts: dict[str, str]) -> str | None:
    if not text:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        doubts["email"] = "not_an_address"
        return None


def full_name(said: Mapping[str, str]) -> Iterator[str]:
    first, last = said.get("first_name", ""), said.get("last_name", "")
    yield said.get("name") or f"{first} {last}".strip()
    yield first
    yield last


def marketing(said: Mapping[str, str], campaign: str) -> Marketing:
    """``campaign`` is what the practice has tied to the source, for events that name none."""
    texts = {name: said.get(name, "") for name in TEXTS}
    ids = MappingProxyType({name: said[name] for name in IDS if name in said})
    return Marketing(**{**texts, "campaign": texts["campaign"] or campaign}, ids=ids)
