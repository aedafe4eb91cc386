"""Reads a TwiML answer and refuses what Twilio would refuse, and also what Twilio would let pass in silence.

Speech markup inside Say, and Start, Stop, Connect and Refer, are no part of the house's language: refused too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from rehearsal.markup.grammar import LINK, NOUNS, VERBS, Element
from rehearsal.markup.links import BadLink, check_ours, resolve
from rehearsal.markup.manners import check_manners
from rehearsal.markup.refusal import Document, Place, TwiMLRefused, Verb

_EVERY = {**NOUNS, **VERBS}
LIMIT_BYTES = 64 * 1024
SAY_LIMIT = 500
"""Characters. Twilio speaks more, but nobody should have to listen to it (SEC-08)."""
_E164 = re.compile(r"\+[1-9]\d{7,14}")
_NORTH_AMERICA = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_PREMIUM = re.compile(r"\+1(900|976)|\+1\d{3}976")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered to one webhook. ``url`` is the one asked, without connection overrides."""

    url: str
    status: int
    content_type: str
    body: bytes


def read_document(answer: Answer, place: Place = Place.CALLER, heard: bool = False) -> Document:
    """``heard`` says whether this leg has heard anything before. Raises ``TwiMLRefused``."""
    root = _parse(answer)
    if root.tag != "Response":
        raise TwiMLRefused("12100", answer.url, "the root element is not Response")
    if root.attrib:
        raise TwiMLRefused("12200", answer.url, "Response takes no attributes")
    _no_loose_text(root, answer.url)
    document = Document(answer.url, tuple(_read_children(root, answer.url, VERBS)))
    check_manners(document, place, heard)
    return document


def _parse(answer: Answer) -> Node:
    _check_envelope(answer)
    try:
        return fromstring(answer.body.decode("utf-8"), forbid_dtd=True)
    except UnicodeDecodeError:
        raise TwiMLRefused("12100", answer.url, "the document is not UTF-8") from None
    except (ParseError, ValueError, DefusedXmlException) as error:
        raise TwiMLRefused("12100", answer.url, f"the XML does not parse ({type(error).__name__})") from None


def _check_envelope(answer: Answer) -> None:
    kind, _, parameters = answer.content_type.lower().partition(";")
    if not kind.strip():
        raise TwiMLRefused("11200", answer.url, "there is no content type, which Twilio takes for a bad gateway")
    if kind.strip() != "text/xml":
        raise TwiMLRefused("12300", answer.url, "the content type is not text/xml")
    if parameters.strip() not in ("", "charset=utf-8"):
        raise TwiMLRefused("12300", answer.url, "the character set is not UTF-8")
    if len(answer.body) > LIMIT_BYTES:
        raise TwiMLRefused("11750", answer.url, "the document is larger than 64 kB")
    if not answer.body.strip():
        raise TwiMLRefused("11770", answer.url, "the answer is empty")
    declaration = re.match(rb"<\?xml [^>]*\?>", answer.body)
    if not declaration or b"UTF-8" not in declaration.group().upper():
        raise TwiMLRefused("12100", answer.url, "the document does not begin with an XML declaration of UTF-8")


def _read_children(node: Node, document_url: str, known: Mapping[str, Element], path: str = "") -> list[Verb]:
    return [
        _read(child, document_url, known, f"{path}{'/' if path else ''}{child.tag}[{position}]")
        for position, child in enumerate(node, start=1)
    ]


def _read(node: Node, document_url: str, known: Mapping[str, Element], path: str) -> Verb:
    element = known.get(node.tag)
    if element is None:
        raise TwiMLRefused("12200", path, "no verb or noun of this name may stand here")
    inner = {name: _EVERY[name] for name in element.children}
    children = tuple(_read_children(node, document_url, inner, path))
    attributes = {name: _attribute(element, name, value, document_url, path) for name, value in node.attrib.items()}
    return Verb(node.tag, attributes, _text(node, element, document_url, path), children, path)


def _attribute(element: Element, name: str, value: str, document_url: str, path: str) -> str:
    check = element.attributes.get(name)
    where = f"{path}@{name}"
    if check is None:
        raise TwiMLRefused("12200", where, "the element has no such attribute")
    wanted = check(value)
    if wanted:
        raise TwiMLRefused("13214" if name == "callerId" else "12200", where, f"wants {wanted}")
    return _link(document_url, value, where) if check is LINK else value


def _link(document_url: str, value: str, where: str, ours: bool = True) -> str:
    try:
        url = resolve(document_url, value)
        if ours:
            check_ours(document_url, url)
    except BadLink as bad:
        raise TwiMLRefused(bad.code, where, bad.why) from None
    return url


def _text(node: Node, element: Element, document_url: str, path: str) -> str:
    text = (node.text or "").strip()
    if element.children or element.text == "none":
        _no_loose_text(node, path, but_first=element.text != "none" and not len(node))
    if element.text == "words":
        _check_speech(text, path)
    elif element.text == "number" and (text or not element.children):
        check_number(text, path)
    elif element.text == "link" and (text or "digits" not in node.attrib):
        return _link(document_url, text, path, ours=node.tag == "Redirect")
    elif element.text == "name" and not 0 < len(text) <= 256:
        raise TwiMLRefused("12200", path, "wants a name")
    return text


def _no_loose_text(node: Node, path: str, but_first: bool = False) -> None:
    loose = [child.tail for child in node] + ([] if but_first else [node.text])
    if any(text and text.strip() for text in loose):
        raise TwiMLRefused("12200", path, "text stands where none is spoken or dialled")


def _check_speech(text: str, path: str) -> None:
    if not any(letter.isalnum() for letter in text):
        raise TwiMLRefused("12200", path, "there is nothing to say")
    if len(text) > SAY_LIMIT:
        raise TwiMLRefused("SEC-08", path, f"more than {SAY_LIMIT} characters in one Say")
    if re.search(r"[{}]|<[^>]*>|%\(", text):
        raise TwiMLRefused("template", path, "a placeholder or markup was left in the speech")


def check_number(number: str, path: str) -> None:
    """An E.164 number that may be dialled: 13223 misspelt, 13225 premium rate. Raises ``TwiMLRefused``."""
    if not _E164.fullmatch(number) or (number.startswith("+1") and not _NORTH_AMERICA.fullmatch(number)):
        raise TwiMLRefused("13223", path, "the number is not in E.164")
    if _PREMIUM.match(number):
        raise TwiMLRefused("13225", path, "premium-rate numbers are never dialled")


def outline(document: Document) -> str:
    """The document in one line, for a transcript."""
    return ", ".join(_outline(verb) for verb in document.verbs) or "nothing"


def _outline(verb: Verb) -> str:
    inside = ", ".join([*(_outline(child) for child in verb.children), *([verb.text] if verb.text else [])])
    settings = [f"{name}={verb.attributes[name]}" for name in ("timeout", "numDigits") if name in verb.attributes]
    words = " ".join([verb.name, *settings])
    return f"{words} ({inside})" if inside else words
