"""Words that may not stand in a practice file at all, found before it is read further."""

import re
from collections.abc import Iterator

from routing.rulebook.findings import Finding
from routing.rulebook.yaml_file import Path, Plain, Source

PAID_FOR = (
    ("price",),
    ("bid",),
    ("fee",),
    ("contract", "value"),
    ("revenue",),
    ("reimbursement",),
    ("commission",),
    ("conversion", "rate"),
    ("past", "payments"),
    ("payments",),
    ("quota",),
    ("quotas",),
    ("payout",),
)
"""Inputs that may never order targets outside the practice (18 U.S.C. 220; routing-semantics section 18)."""

CHOOSING = frozenset({"rules", "affiliates"})
NAMED_BY_PEOPLE = frozenset({"name", "label", "texts", "script", "licence", "contract", "id", "owner"})


def forbidden_words(source: Source) -> Iterator[Finding]:
    for path, value in entries(source.top, ()):
        key = path[-1]
        if key == "priority":
            yield source.refusal(path, "`priority` runs both ways: say head_start_s in seconds")
        elif path[0] in CHOOSING and (money := paid_for(path, value)):
            yield source.refusal(path, f"`{money}` may not choose or order who gets a referral")


def entries(value: Plain, path: Path) -> Iterator[tuple[Path, Plain]]:
    """Every entry below ``value`` with its path, list items included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inside:
        yield (*path, key), entry
        yield from entries(entry, (*path, key))


def paid_for(path: Path, value: Plain) -> str | None:
    """The forbidden input that a key names, or that a value of an affiliate stands for. Free texts are not looked into,
    nor the values of a rule: someone may well ask about a price."""
    key = path[-1]
    if isinstance(key, str) and (found := money_in(key)):
        return found
    if isinstance(value, str) and path[0] == "affiliates" and key not in NAMED_BY_PEOPLE:
        return money_in(value)
    return None


def money_in(text: str) -> str | None:
    words = re.findall(r"[a-z]+", text.lower())
    for wanted in PAID_FOR:
        if any(tuple(words[at : at + len(wanted)]) == wanted for at in range(len(words))):
            return "_".join(wanted)
    return None
