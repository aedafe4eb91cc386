"""What may be written down: JSON lines of allow-listed fields, without a word anybody said (SEC-41, I12).

    log = open_log(sys.stderr, now=lambda: datetime.now(UTC))
    log.info("call_offered", practice="harbor-recovery", inquiry="iq_7f3a", coordinator="dana", ms=12)

The event is a fixed name in snake_case; everything that varies is a field of ``FIELDS``.
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import TextIO

import structlog
from structlog.contextvars import merge_contextvars
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

PHONES = frozenset({"phone", "from_phone", "to_phone"})
"""Written as their last two digits."""

FIELDS = PHONES | frozenset(
    {
        "account",
        "attempt",
        "attempts",
        "bytes",
        "call",
        "channel",
        "code",
        "coordinator",
        "count",
        "error",
        "error_id",
        "event",
        "inquiry",
        "job",
        "key",
        "lead",
        "level",
        "logger",
        "method",
        "ms",
        "place",
        "port",
        "practice",
        "queue",
        "reason",
        "request",
        "reservation",
        "ring",
        "route",
        "seconds",
        "source",
        "status",
        "step",
        "task",
        "token",
        "version",
        "worker",
    }
)
LONGEST_VALUE = 200
EVENT_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
PHONE_IN_TEXT = re.compile(r"\+?\(?\d[\d\s().-]{5,}\d")
AN_ID = re.compile(r"[a-z]{2,4}_[0-9A-Za-z]{4,64}|[A-Z]{2}[0-9a-f]{32}")
EMAIL_IN_TEXT = re.compile(r"[^\s@<>]+@[^\s@<>]+")


def open_log(stream: TextIO, now: Callable[[], datetime], level: int = logging.INFO) -> FilteringBoundLogger:
    """One line a call, in UTC. Fields bound with ``structlog.contextvars`` (the request id) are added."""

    def stamp(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {"at": now().astimezone(UTC).isoformat(timespec="milliseconds"), **event}

    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[merge_contextvars, structlog.processors.add_log_level, name_error, allow, stamp, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        context_class=dict,
        cache_logger_on_first_use=False,
    )
    return log


def name_error(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """An exception is written as the name of its type: its text and its stack may hold a caller's words."""
    given = event.pop("exc_info", None)
    caught = sys.exc_info() if given is True else given
    error = caught[1] if isinstance(caught, tuple) else caught
    return {**event, "error": type(error).__name__} if isinstance(error, BaseException) else event


def allow(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    kept = {name: _readable(name, value) for name, value in event.items() if name in FIELDS}
    if not EVENT_NAME.fullmatch(str(kept.get("event", ""))):
        # A sentence put together at run time: nobody knows what it holds.
        kept["event"] = "unnamed"
    return kept


def _readable(name: str, value: object) -> object:
    if isinstance(value, Enum):
        value = value.value
    if name in PHONES:
        return last_two(str(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, str):
        return _reduced(value)
    return f"<{type(value).__name__}>"


def _reduced(text: str) -> str:
    if AN_ID.fullmatch(text):
        return text
    without_mail = EMAIL_IN_TEXT.sub("<email>", text)
    return PHONE_IN_TEXT.sub(lambda found: last_two(found[0]), without_mail)[:LONGEST_VALUE]


def last_two(phone: str) -> str:
    digits = re.sub(r"\D", "", phone, flags=re.ASCII)
    return f"..{digits[-2:]}" if len(digits) > 2 else ".."


def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """ASCII only, so that no line break, escape sequence or direction mark of any alphabet reaches a terminal."""
    return json.dumps(event, ensure_ascii=True, separators=(",", ":")).replace("\x7f", "\\u007f")


class LibraryLines(logging.Handler):
    """Lines of libraries: who and where, never the message, for drivers print parameters and servers print paths."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{record.module}:{record.lineno}"
        self.log.log(record.levelno, "library", logger=record.name, place=place, exc_info=record.exc_info)


def take_over_libraries(log: FilteringBoundLogger, level: int = logging.WARNING) -> None:
    """Once, in a process's entry point; the server is then started with ``log_config=None, access_log=False``."""
    logging.basicConfig(handlers=[LibraryLines(log)], level=level, force=True)
