"""The account whose numbers are dialled, and how its provider behaves where the documentation leaves room."""

from dataclasses import dataclass
from urllib.parse import urljoin


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose numbers all point at one gateway. ``numbers`` are those it owns, in E.164."""

    sid: str
    incoming_url: str
    fallback_url: str
    status_url: str
    numbers: frozenset[str] = frozenset()
    rest_url: str = "https://api.twilio.com"

    @classmethod
    def at(
        cls, sid: str, public_url: str, numbers: frozenset[str] = frozenset(), rest_url: str = "https://api.twilio.com"
    ) -> "Account":
        incoming, fallback, status = (
            urljoin(public_url, f"/voice/{word}") for word in ("incoming", "fallback", "status")
        )
        return cls(sid, incoming, fallback, status, numbers, rest_url)


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where Twilio's documentation leaves room. A gateway must survive every choice; times in seconds."""

    refused_status: str = "completed"
    """DialCallStatus after a whisper that hung up: ``completed`` or ``no-answer``, never bridged."""
    gone_status: str = "canceled"
    """DialCallStatus when the caller hung up first: ``canceled`` or ``no-answer``."""
    set_up_s: float = 1.0
    """From dialling to the first ring, and from the ring to a busy tone."""
    letters_per_s: float = 15.0
    play_s: float = 10.0
    recording_s: float = 2.0
    """Until a recording's file is ready."""
    queue_breaks: bool = False
    """Every Enqueue ends as ``system-error``."""
    bridge_unconfirmed: bool = False
    """A Dial of a queue ends for the caller as ``bridging-in-process``, and no bridge comes of it."""
