"""The values of a read TwiML document, and the refusal of one that should never have been sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class TwiMLRefused(Exception):
    """``code`` is Twilio's error code, or the name of the rule of ours that Twilio would not have checked:
    an invariant (``I1``), ``SEC-08``, ``mailbox``, ``origin``, ``query-order`` or ``template``."""

    def __init__(self, code: str, where: str, why: str) -> None:
        super().__init__(code, where, why)
        self.code = code
        self.where = where
        self.why = why

    def __str__(self) -> str:
        return f"{self.code} at {self.where}: {self.why}"


class Place(Enum):
    """Who hears the document."""

    CALLER = "the caller"
    WHISPER = "the person dialled, before she has pressed anything"
    ACCEPTED = "the person dialled, after a key"
    GONE = "nobody, the caller has hung up"
    WAITING = "the caller in a queue"
    BRIDGING = "the caller whose bridge is not confirmed yet"
    CALLED = "the person whom REST called"


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb or noun; URLs among the attributes and texts are absolute. ``path`` says where it stands."""

    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple["Verb", ...]
    path: str

    def flag(self, name: str) -> bool:
        return self.attributes.get(name) == "true"

    def whole(self, name: str, otherwise: int) -> int:
        return int(self.attributes.get(name, otherwise))


@dataclass(frozen=True, slots=True)
class Document:
    url: str
    verbs: tuple[Verb, ...]

    def every_verb(self) -> Iterator[Verb]:
        for verb in self.verbs:
            yield verb
            yield from verb.children
