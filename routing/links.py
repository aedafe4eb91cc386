"""The URLs we hand to Twilio: each names its call and offer and carries a tag that nobody else can make."""

from dataclasses import dataclass
from typing import Literal

from routing.state.sealed import Vault

What = Literal[
    "dialled",
    "whisper",
    "accept",
    "leg",
    "queued",
    "wait",
    "waitkey",
    "offer",
    "menu",
    "choice",
    "voicemail",
    "recording",
    "consent",
    "conference",
    "conferred",
    "held",
    "invite",
    "invited",
    "join",
    "line",
    "released",
    "ring",
    "take",
    "rung",
    "room",
    "left",
    "onward",
    "onhold",
    "reminder",
    "guest",
    "enter",
    "guestleg",
    "guestleft",
    "handed",
    "callback",
    "callbackkey",
    "callbackleg",
    "calling",
    "called",
    "lead",
]


@dataclass(frozen=True, slots=True)
class Links:
    """``public_url`` without a slash at its end."""

    public_url: str
    vault: Vault

    @property
    def music(self) -> str:
        return f"{self.public_url}/media/hold.wav"

    def to(self, what: What, inquiry: str, step: int) -> str:
        tag = self.vault.sign(what, inquiry, str(step))
        return f"{self.public_url}/voice/{what}/{inquiry}/{step}.{tag}"

    def opens(self, what: What, inquiry: str, step: int, tag: str) -> bool:
        return self.vault.signed(tag, what, inquiry, str(step))

    def text_status(self, message: str) -> str:
        """Where the provider reports what became of a text of ours."""
        return f"{self.public_url}/sms/status/{message}.{self.vault.sign('text', message)}"

    def opens_text(self, message: str, tag: str) -> bool:
        return self.vault.signed(tag, "text", message)
