"""What a person agreed to on a page, and the evidence of it: the words, when, from where, brought by what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from gateway.landing.fields import is_yes
from routing.rulebook.filling import NOTHING, filled
from routing.rules.book import Book
from routing.rules.questions import Form
from routing.rules.values import ContactWay
from routing.sources.heard import Marketing
from routing.sources.names import IDS, TEXTS

CONSENTS: Mapping[str, ContactWay] = MappingProxyType(
    {"consent_calls": "call", "consent_texts": "text", "consent_emails": "email"}
)
"""Field of a form to the way of contact that ticking it agrees to."""
VERSION_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Visit:
    """How a post came: what can be shown later about who agreed from where."""

    address: str = field(repr=False)
    user_agent: str = field(repr=False)
    page: str = field(repr=False)
    at: datetime
    marketing: Marketing = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConsentEvidence:
    """``words`` are those shown, with the label of each box ticked; ``version`` is their SHA-256, 16 digits.
    ``agreed``: way of contact to the label that was ticked."""

    template: str
    version: str
    language: str
    words: str
    agreed: Mapping[ContactWay, str]
    visit: Visit


def evidence(form: Form, book: Book, language: str, ticked: Mapping[str, str], visit: Visit) -> ConsentEvidence | None:
    """None where the form asks for no consent or no box was ticked. ``ticked``: field to what was posted."""
    labels = {one.name: one.label for one in form.fields}
    agreed = {way: labels[name] for name, way in CONSENTS.items() if name in labels and is_yes(ticked.get(name, ""))}
    if not form.consent or not agreed:
        return None
    texts = book.templates[form.consent]
    shown = language if language in texts else next((one for one in book.languages if one in texts), next(iter(texts)))
    said = filled(texts[shown], {**NOTHING, "practice": book.name})
    words = "\n".join((said, *agreed.values()))
    version = sha256(words.encode()).hexdigest()[:VERSION_DIGITS]
    return ConsentEvidence(form.consent, version, shown, words, MappingProxyType(agreed), visit)


def marketing(fields: Mapping[str, str], page: str, referrer: str) -> Marketing:
    """Verbatim from hidden fields, else from the page's own address."""
    asked = dict(parse_qsl(query_of(page), keep_blank_values=False))
    found = {name: text for name in (*TEXTS, *IDS) if (text := fields.get(name) or asked.get(name))}
    return Marketing(
        campaign=found.get("campaign", ""),
        ad_group=found.get("ad_group", ""),
        keyword=found.get("keyword", ""),
        landing_page=fields.get("landing_page") or page,
        referrer=fields.get("referrer") or referrer,
        ids=MappingProxyType({name: text for name, text in found.items() if name in IDS}),
    )


def query_of(page: str) -> str:
    try:
        return urlsplit(page).query
    except ValueError:
        return ""
