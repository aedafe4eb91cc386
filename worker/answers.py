"""What came of a request to the phone provider, so that whoever asked knows whether it may be repeated."""

from dataclasses import dataclass, field
from datetime import datetime

from worker.provider_codes import meaning


@dataclass(frozen=True, slots=True)
class Done:
    """``sid`` of the call, participant or conference; empty for a deletion."""

    sid: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The call, conference or recording is over or was never there: nothing to be done to it."""

    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done. ``terminal``: the same request will never work. ``code`` is the provider's, or a word of ours."""

    code: str
    terminal: bool


@dataclass(frozen=True, slots=True)
class NotProcessed:
    """Surely not acted on: safe to repeat, after ``wait_ms`` if that is known."""

    reason: str
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may have been acted on: never to be repeated blindly."""

    reason: str


OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Call statuses after which nothing follows."""


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A call as the provider lists it; the list may lag behind (twilio section 7.2)."""

    sid: str
    to: str
    status: str
    created_at: datetime | None
    ended_at: datetime | None = None
    shown: str = field(default="", compare=False)
    """The number it comes from."""

    @property
    def is_over(self) -> bool:
        return self.status in OVER


@dataclass(frozen=True, slots=True)
class Calls:
    calls: tuple[CallSeen, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """Sids of messages as the provider lists them; the list may lag behind."""

    sids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Media:
    content: bytes
    kind: str
    """Its content type, one of those we asked for."""


Failure = Gone | Refused | NotProcessed | Ambiguous
Answer = Done | Failure


def failure(status: int, code: int) -> Failure:
    """What an HTTP refusal means; a refused login is no fault of the request, so it counts as not processed."""
    told = str(code or status)
    match meaning(status, code):
        case "gone":
            return Gone(told)
        case "later":
            return NotProcessed(told)
        case "login":
            return NotProcessed(f"login_{told}")
        case "unsure":
            return Ambiguous(told)
        case "never":
            return Refused(told, terminal=True)
