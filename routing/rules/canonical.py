"""Values as canonical JSON and back: the same value always gives the same bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from routing.rules.book import Requirement
from routing.rules.candidates import Asked, Candidate
from routing.rules.orderings import Draw
from routing.rules.values import Inquiry, Person, Stated

Plain = dict[str, Any]


def dumps(value: object) -> str:
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: object) -> Any:
    """Dataclasses and mappings to objects, sets to sorted lists, instants to UTC text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def inquiry(stored: Plain) -> Inquiry:
    start = stored["effective_start"]
    return Inquiry(
        id=stored["id"],
        channel=stored["channel"],
        received_at=datetime.fromisoformat(stored["received_at"]),
        attributes=MappingProxyType({name: Stated(**said) for name, said in stored["attributes"].items()}),
        effective_start=datetime.fromisoformat(start) if start else None,
        crisis=stored["crisis"],
        is_test=stored["is_test"],
    )


def person(stored: Plain) -> Person:
    return Person(**{**stored, "opted_out": frozenset(stored["opted_out"])})


def candidate(stored: Plain) -> Candidate:
    sets = {name: frozenset(stored[name]) for name in ("languages", "locations")}
    return Candidate(**{**stored, **sets, "skills": MappingProxyType(stored["skills"])})


def asked(stored: Plain) -> Asked:
    return Asked(
        kind=stored["kind"],
        requirements=tuple(Requirement(**wanted) for wanted in stored["requirements"]),
        facts=MappingProxyType(stored["facts"]),
        open_elapsed_s=stored["open_elapsed_s"],
        excluded=MappingProxyType(stored["excluded"]),
        now_ms=stored["now_ms"],
    )


def draw(stored: Plain) -> Draw:
    return Draw(**stored)
