"""The JSON that Twilio's REST answers with, in its published shapes."""

import io
import wave
from collections.abc import Mapping
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any

from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.queues import Member, WaitingLine
from rehearsal.registry import Recording

VERSION = "2010-04-01"
STATUS: Mapping[str, str] = MappingProxyType({"initiated": "queued"})
"""REST knows no ``initiated``."""
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
MOST_SECONDS = 600
"""Of a recording's sound; a rehearsal needs no more."""
SILENT_FRAME = b"\xff\xfb\x10\xc4" + bytes(100)
"""26 ms of MPEG-1 layer III."""

Json = dict[str, Any]


def _uri(exchange: Exchange, *parts: str) -> str:
    return f"/{VERSION}/Accounts/{exchange.account.sid}/" + "/".join(parts)


def _at(exchange: Exchange, at_s: float | None) -> str | None:
    return None if at_s is None else format_datetime(exchange.instant(at_s))


def call_json(exchange: Exchange, leg: Leg) -> Json:
    own = _uri(exchange, "Calls", leg.sid)
    over = leg.status in OVER
    return {
        "account_sid": exchange.account.sid,
        "answered_by": None,
        "api_version": VERSION,
        "caller_name": None,
        "date_created": _at(exchange, leg.created_s),
        "date_updated": _at(exchange, leg.ended_s if leg.ended_s is not None else leg.answered_s or leg.created_s),
        "direction": leg.direction,
        "duration": str(leg.seconds(exchange.now())) if over else None,
        "end_time": _at(exchange, leg.ended_s),
        "forwarded_from": None,
        "from": leg.number,
        "from_formatted": _formatted(leg.number),
        "group_sid": None,
        "parent_call_sid": leg.parent.sid if leg.parent else None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(round(leg.queued_s * 1000)),
        "sid": leg.sid,
        "start_time": _at(exchange, leg.answered_s if leg.answered_s is not None else leg.created_s),
        "status": STATUS.get(leg.status, leg.status),
        "subresource_uris": {
            "notifications": f"{own}/Notifications.json",
            "recordings": f"{own}/Recordings.json",
            "payments": f"{own}/Payments.json",
            "events": f"{own}/Events.json",
            "siprec": f"{own}/Siprec.json",
            "streams": f"{own}/Streams.json",
            "transcriptions": f"{own}/Transcriptions.json",
            "user_defined_message_subscriptions": f"{own}/UserDefinedMessageSubscriptions.json",
            "user_defined_messages": f"{own}/UserDefinedMessages.json",
        },
        "to": leg.to,
        "to_formatted": _formatted(leg.to),
        "trunk_sid": None,
        "uri": f"{own}.json",
    }


def _formatted(number: str) -> str:
    national = number.removeprefix("+1")
    return f"({national[:3]}) {national[3:6]}-{national[6:]}" if len(national) == 10 else number


def recording_json(exchange: Exchange, recording: Recording) -> Json:
    return {
        "account_sid": exchange.account.sid,
        "api_version": VERSION,
        "call_sid": recording.call,
        "conference_sid": None,
        "channels": recording.channels,
        "date_created": _at(exchange, recording.began_s),
        "date_updated": _at(exchange, recording.began_s + recording.seconds),
        "start_time": _at(exchange, recording.began_s),
        "price": None,
        "price_unit": None,
        "duration": str(recording.seconds),
        "sid": recording.sid,
        "source": recording.source,
        "status": "completed",
        "error_code": None,
        "encryption_details": None,
        "track": "both",
        "uri": _uri(exchange, "Recordings", f"{recording.sid}.json"),
    }


def member_json(exchange: Exchange, line: WaitingLine, member: Member) -> Json:
    return {
        "queue_sid": line.sid,
        "call_sid": member.leg.sid,
        "date_enqueued": _at(exchange, member.joined_s),
        "position": line.members.index(member) + 1,
        "uri": _uri(exchange, "Queues", line.sid, "Members", f"{member.leg.sid}.json"),
        "wait_time": member.waited(exchange.now()),
    }


def queue_json(exchange: Exchange, line: WaitingLine) -> Json:
    own = _uri(exchange, "Queues", line.sid)
    return {
        "account_sid": exchange.account.sid,
        "average_wait_time": line.average_s(exchange.now()),
        "current_size": len(line.members),
        "date_created": _at(exchange, line.created_s),
        "date_updated": _at(exchange, exchange.now()),
        "friendly_name": line.name,
        "max_size": line.most,
        "sid": line.sid,
        "subresource_uris": {"members": f"{own}/Members.json"},
        "uri": f"{own}.json",
    }


def page_json(name: str, rows: list[Json], uri: str, page: tuple[int, int]) -> Json:
    """``page`` is its number, from 0, and its size."""
    number, size = page
    begin = number * size
    shown = rows[begin : begin + size]
    joint = "&" if "?" in uri else "?"
    more = f"{uri}{joint}Page={number + 1}&PageSize={size}" if begin + size < len(rows) else None
    return {
        "end": begin + max(len(shown) - 1, 0),
        "first_page_uri": f"{uri}{joint}Page=0&PageSize={size}",
        "next_page_uri": more,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": begin,
        "uri": uri,
        name: shown,
    }


def error_json(status: int, code: int, words: str) -> Json:
    return {
        "code": code,
        "message": words,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def sound(seconds: int, form: str) -> bytes:
    """Silence of that length, as ``mp3`` or ``wav``."""
    seconds = min(seconds, MOST_SECONDS)
    if form == "mp3":
        return SILENT_FRAME * max(1, round(seconds / 0.026))
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * seconds)
    return written.getvalue()
