"""The question a caller is asked before anybody's phone rings: by key or in a few words, at most twice."""

from dataclasses import dataclass

from routing.links import Links
from routing.rules.questions import Menu
from voice.twiml import Question, Said, asking
from voice.words import Words

MOST_HINTS = 100
PHRASE_LENGTH = 100
"""Of a hint, as Twilio takes it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """``step`` is 0 for the first time, 1 for the second."""

    inquiry: str
    step: int
    menu: Menu
    words: Words


def question(links: Links, asks: Asking, before: list[Said]) -> bytes:
    """Silence falls through to the same address without an answer, and so to a person."""
    prompt = asks.words.say(asks.menu.ask)
    wanted = Question(links.to("menu", asks.inquiry, asks.step), hints_of(asks.menu), prompt.language)
    return asking(before, [prompt], wanted)


def hints_of(menu: Menu) -> str:
    phrases = [phrase for choice in menu.choices for phrase in (choice.value.replace("_", " "), *choice.say)]
    fitting = [phrase.replace(",", " ")[:PHRASE_LENGTH] for phrase in dict.fromkeys(phrases)]
    return ", ".join(fitting[:MOST_HINTS])
