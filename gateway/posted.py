"""What a stranger posted, read once and strictly: JSON, form-encoded or multipart, bounded in every direction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from routing.sources.strict import UNREADABLE, Malformed, json_value

MAX_BODY_BYTES = 65_536
MAX_FIELDS = 100
MAX_NAME_CHARACTERS = 120

JSON = re.compile(r"(?:application/(?:[a-z0-9.-]+\+)?|text/)json")
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii"})


@dataclass(frozen=True, slots=True)
class Posted:
    """A body and what its header says it is."""

    content_type: str
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        return bool(JSON.fullmatch(self.media_type))


def document(posted: Posted) -> Any:
    """The value of a JSON body.

    :raises Malformed: too large, not UTF-8, not JSON, a key written twice, NaN, a number out of range, text that is
        none, or nested more than ``MAX_DEPTH`` deep.
    """
    if not posted.is_json:
        raise Malformed.body("content_type")
    return json_value(text_of(posted))


def pairs(posted: Posted) -> Mapping[str, str]:
    """The fields of a form-encoded or multipart body. A name may come several times, as ticked boxes do: its values are
    joined.

    :raises Malformed: too large, too many fields, not UTF-8, or a file.
    """
    if posted.media_type == URLENCODED:
        return single(urlencoded(text_of(posted)))
    if posted.media_type == MULTIPART:
        return single(multipart(posted))
    raise Malformed.body("content_type")


def text_of(posted: Posted) -> str:
    _, options = parse_options_header(posted.content_type)
    if options.get(b"charset", b"").decode("latin-1").lower() not in CHARSETS:
        raise Malformed.body("charset")
    return decoded(sized(posted.body))


def sized(body: bytes) -> bytes:
    if len(body) > MAX_BODY_BYTES:
        raise Malformed.body("too_large")
    return body


def decoded(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError:
        raise Malformed.body("not_utf8") from None


def urlencoded(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError:
        raise Malformed.body("not_utf8") from None
    except ValueError:
        raise Malformed.body("too_many_fields") from None


def single(found: list[tuple[str, str]]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for name, value in found:
        shown = name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", name) else "*"
        if len(name) > MAX_NAME_CHARACTERS or UNREADABLE.search(name) or UNREADABLE.search(value):
            raise Malformed({shown: "unreadable"})
        values[name] = f"{values[name]}, {value}" if name in values else value
    return MappingProxyType(values)


@dataclass(slots=True)
class Part:
    """One part of a multipart body while it is read."""

    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    content: bytearray = field(default_factory=bytearray)
    disposition: bytes = b""

    def end_header(self) -> None:
        if bytes(self.header).lower() == b"content-disposition":
            self.disposition = bytes(self.value)
        self.header.clear()
        self.value.clear()


def multipart(posted: Posted) -> list[tuple[str, str]]:
    _, options = parse_options_header(posted.content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Malformed.body("multipart")
    try:
        found = parts_of(boundary, sized(posted.body))
    except FormParserError:
        raise Malformed.body("multipart") from None
    return [field_of(part) for part in found if not is_empty_file(part)]


def parts_of(boundary: bytes, body: bytes) -> list[Part]:
    found: list[Part] = []
    ended: list[bool] = []

    def begin() -> None:
        if len(found) == MAX_FIELDS:
            raise Malformed.body("too_many_fields")
        found.append(Part())

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": begin,
            "on_header_field": lambda body, start, end: found[-1].header.extend(body[start:end]),
            "on_header_value": lambda body, start, end: found[-1].value.extend(body[start:end]),
            "on_header_end": lambda: found[-1].end_header(),
            "on_part_data": lambda body, start, end: found[-1].content.extend(body[start:end]),
            "on_end": lambda: ended.append(True),
        },
    )
    parser.write(body)
    parser.finalize()
    if not ended:
        raise Malformed.body("multipart")
    return found


def is_empty_file(part: Part) -> bool:
    """What browsers send for a file input that was left alone."""
    return b"filename" in parse_options_header(part.disposition)[1] and not part.content


def field_of(part: Part) -> tuple[str, str]:
    kind, options = parse_options_header(part.disposition)
    if kind != b"form-data" or b"name" not in options:
        raise Malformed.body("multipart")
    if b"filename" in options:
        raise Malformed.body("file")
    return decoded(options[b"name"]), decoded(bytes(part.content))
