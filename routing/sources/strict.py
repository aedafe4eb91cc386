"""JSON of strangers, read once and strictly, and what is told of what cannot be read."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

MAX_DEPTH = 24
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""No text of a person's: control characters but tab and line ends, and halves of a surrogate pair."""


class Malformed(ValueError):
    """``fields``: name of a faulty field to the code of what is wrong with it; ``*`` stands for the body as a whole,
    or for a name that the sender made up."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(sorted(set(fields.values()))))
        self.fields = MappingProxyType(dict(fields))

    @classmethod
    def body(cls, code: str) -> "Malformed":
        return cls({"*": code})


def json_value(text: str) -> Any:
    """:raises Malformed: not JSON, a key written twice, NaN, a number out of range, text that is none, or nested more
    than ``MAX_DEPTH`` deep.
    """
    try:
        value = json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except RecursionError:
        raise Malformed.body("too_deep") from None
    except Malformed:
        raise
    except ValueError:  # a number of more digits than Python reads is one as well
        raise Malformed.body("json") from None
    check(value)
    return value


def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise Malformed.body("key_twice")
    return found


def no_number(word: str) -> Any:
    raise Malformed.body("not_a_number")


def check(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Malformed.body("too_deep")
        for each in level:
            if isinstance(each, str) and UNREADABLE.search(each):
                raise Malformed.body("unreadable")
            if isinstance(each, float) and not math.isfinite(each):
                raise Malformed.body("not_a_number")
        level = [inner for each in level for inner in parts(each)]


def parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    return value if isinstance(value, list) else ()
