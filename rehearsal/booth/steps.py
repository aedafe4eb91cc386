"""Turns lines and documents of the network into the steps that a page shows, reads out and plays."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from rehearsal.booth.news import Step
from rehearsal.transcript import Line, Shown

TOLD_OTHERWISE = frozenset({"asks", "answers"})
"""Lines that stand in a document's step already."""
_OURS = re.compile(r"^(/voice/[a-z]+)/[^/]+/\d+\.[^/]+$")
_POSTED = re.compile(r"(?P<step>\S*) to (?P<url>\S+)(?P<lost> is lost)?")
_URL = re.compile(r"https?://\S+")
_INQUIRY = re.compile(r"\biq_[A-Za-z0-9]+")
SOUNDS = {"ringing": "ringing", "a beep": "beep"}


def template_of(url: str) -> str:
    """The route, without ids: what the logs print as well."""
    path = urlsplit(url).path
    known = _OURS.match(path)
    return f"{known[1]}/{{inquiry}}/{{step}}.{{tag}}" if known else path


def inquiry_in(shown: Shown) -> str | None:
    found = _INQUIRY.search(shown.url) or _INQUIRY.search(shown.text)
    return found[0] if found else None


@dataclass(slots=True)
class Reading:
    """``speed`` of the pace; ``languages`` are those of the sentences in the documents so far."""

    speed: float = 1.0
    began_s: float = 0.0
    languages: dict[str, str] = field(default_factory=dict)

    def begin(self, at_s: float) -> None:
        self.began_s = at_s
        self.languages.clear()

    def step_of(self, told: Line | Shown) -> Step | None:
        """None for what need not be told twice."""
        if isinstance(told, Shown):
            return self._document(told)
        if told.what in TOLD_OTHERWISE:
            return None
        at = {"at_s": round(told.at_s - self.began_s, 1), "who": told.who}
        if told.what == "hears":
            return at | {"kind": "hears"} | self._heard(told.text)
        if told.what == "status" and (posted := _POSTED.match(told.text)):
            lost = bool(posted["lost"])
            return at | {"kind": "status", "what": posted["step"], "template": template_of(posted["url"]), "lost": lost}
        return at | {"kind": "line", "what": told.what, "text": _URL.sub(lambda url: template_of(url[0]), told.text)}

    def _heard(self, text: str) -> Step:
        if text in SOUNDS:
            return {"sound": SOUNDS[text], "text": text}
        if text.startswith("plays "):
            return {"sound": "music", "text": "music"}
        return {"sound": "speech", "text": text, "language": self.languages.get(_plain(text), "en-US")}

    def _document(self, shown: Shown) -> Step:
        root = _parsed(shown.text)
        for say in root.iter("Say") if root is not None else ():
            self.languages[_plain(say.text or "")] = say.attrib.get("language", "en-US")
        return {
            "at_s": round(shown.at_s - self.began_s, 1),
            "who": shown.who,
            "kind": "document",
            "template": template_of(shown.url),
            "status": shown.status,
            "took_ms": round(shown.took_s * 1000 / self.speed),
            "twiml": _laid_out(root) if root is not None else shown.text,
        }


def _plain(text: str) -> str:
    return " ".join(text.split())


def _parsed(text: str) -> Element | None:
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, ValueError, DefusedXmlException):
        return None
    return root


def _laid_out(root: Element) -> str:
    indent(root, "  ")
    return tostring(root, encoding="unicode")
