"""What a caller hears whom nobody can take now: who will call, then a callback or a message, by key or by staying."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.links import Links
from voice.twiml import Recorder, Said, choosing, taking_message
from voice.words import Words

CALLBACK_KEY = "1"
NOTICE, NOTICE_WITHHELD = "voicemail-notice", "voicemail-number"


@dataclass(frozen=True, slots=True)
class Alone:
    """Her inquiry and its step, who owes her a call, and whether that person can."""

    inquiry: str
    step: int
    owner: str
    has_number: bool
    is_on_call: bool = False

    @property
    def notice(self) -> str:
        """The words that stand before the beep."""
        return NOTICE if self.has_number else NOTICE_WITHHELD


def choices(links: Links, who: Alone, before: Sequence[Said], words: Words) -> bytes:
    """``before`` says who will call, and when. A withheld number cannot be called back: it is asked for."""
    if not who.has_number:
        return message_asked(links, who, before, words)
    prompt = words.say("choices-on-call" if who.is_on_call else "choices")
    return choosing([*before, prompt], links.to("choice", who.inquiry, who.step), recorder(links, who, words))


def message_asked(links: Links, who: Alone, before: Sequence[Said], words: Words) -> bytes:
    return taking_message(before, recorder(links, who, words))


def recorder(links: Links, who: Alone, words: Words) -> Recorder:
    return Recorder(
        notice=[words.say(who.notice)],
        action=links.to("voicemail", who.inquiry, who.step),
        recording=links.to("recording", who.inquiry, who.step),
        silent=[words.say("voicemail-silent"), words.say("goodbye")],
    )
