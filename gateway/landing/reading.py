"""A landing page's post as values: accepted, set aside as suspicious, or refused field by field. Nothing is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal

from gateway.landing.consent import CONSENTS, ConsentEvidence, Visit, evidence, marketing
from gateway.landing.fields import Answer, Refused, answer
from gateway.landing.token import FormKeys, Token, token
from gateway.posted import MAX_FIELDS, Posted, document, pairs
from routing.rules.book import Book
from routing.rules.questions import Form, FormField, nothing
from routing.rules.values import Stated
from routing.sources.heard import Contact, Marketing
from routing.sources.names import CONTACT, IDS, TEXTS
from routing.sources.strict import Malformed
from routing.sources.told import word

Trap = Literal["honeypot", "too_fast", "token_missing", "token_wrong", "token_expired", "origin"]

TOKEN_FIELD, REDIRECT_FIELD, KEY_FIELD, PAGE_FIELD = "form_token", "next", "submission_id", "page_url"
OURS = frozenset({TOKEN_FIELD, REDIRECT_FIELD, KEY_FIELD, PAGE_FIELD, *TEXTS, *IDS})
"""Hidden fields with a meaning of their own on every form."""
REACHABLE = frozenset({"phone", "email"})
MOST_EXTRAS = 60
LONGEST_KEY = 128
LONGEST_LINE = 4_000
REPEAT = timedelta(minutes=10)
"""The same words from the same form within this time are one post sent twice."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the door saw of a post. ``address`` is the sender's as far as the proxy is trusted."""

    posted: Posted = field(repr=False)
    address: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)
    origin: str | None = None
    referrer: str = field(default="", repr=False)
    idempotency_key: str | None = None
    language: str = ""
    line: str | None = field(default=None, repr=False)
    """Names the line of a list, whatever else has changed in it."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Field to the code of what is wrong with it; nothing of the post is kept."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Submission:
    """A post that can become a lead. ``traps`` not empty: it is set aside for a person to look at, never dropped.
    ``claims``: its idempotency keys, to be written together; one of them taken means it is a repeat. ``asks``:
    attributes that were answered and are not certain. ``extras`` are fields the form does not know, for sealing."""

    form: str
    contact: Contact = field(repr=False)
    attributes: Mapping[str, Stated] = field(repr=False)
    answers: Mapping[str, str] = field(repr=False)
    moments: Mapping[str, datetime]
    days: Mapping[str, date]
    asks: tuple[str, ...]
    consent: ConsentEvidence | None = field(repr=False)
    visit: Visit = field(repr=False)
    claims: tuple[str, ...]
    traps: tuple[Trap, ...] = ()
    redirect: str | None = None
    language: str = ""
    nonce: str | None = None
    extras: Mapping[str, str] = field(default_factory=nothing, repr=False)

    @property
    def marketing(self) -> Marketing:
        return self.visit.marketing


def read_form(book: Book, form: Form, submitted: Submitted, keys: FormKeys, now: datetime) -> Submission | Refusals:
    """Raises nothing: whatever is wrong with a post is among its refusals."""
    try:
        sent = fields(submitted.posted)
        answered, refused = answers(book, form, sent, now)
    except Malformed as unreadable:
        return Refusals(unreadable.fields)
    contact = contact_of(answered)
    if not (contact.phone or contact.email or REACHABLE & refused.keys()):
        refused |= unreachable(form)
    if refused:
        return Refusals(MappingProxyType(refused))
    shown = token(keys, (book.practice, form.id), sent.get(TOKEN_FIELD, ""), now)
    visit = visit_of(submitted, sent, now)
    language = spoken(book, answered, submitted.language)
    ticked = {name: answered[name].text for name in CONSENTS if name in answered}
    return Submission(
        form=form.id,
        contact=contact,
        attributes=attributes(form, answered),
        answers=MappingProxyType({name: one.text for name, one in answered.items() if is_answer(name)}),
        moments=MappingProxyType({name: one.moment for name, one in answered.items() if one.moment}),
        days=MappingProxyType({name: one.day for name, one in answered.items() if one.day}),
        asks=tuple(one.attribute for one in form.fields if one.attribute and is_unsure(answered.get(one.name))),
        consent=evidence(form, book, language, ticked, visit),
        visit=visit,
        claims=claims((book.practice, form.id), submitted, sent, answered, now),
        traps=tuple(traps(form, submitted, sent, shown, now)),
        redirect=sent[REDIRECT_FIELD] if sent.get(REDIRECT_FIELD) in form.redirects else form.redirect,
        language=language,
        nonce=shown.nonce,
        extras=extras(form, sent),
    )


def fields(posted: Posted) -> Mapping[str, str]:
    """A JSON object of words and lists of words, or a browser's form. :raises Malformed: for anything else."""
    if not posted.is_json:
        return {name: text.strip() for name, text in pairs(posted).items()}
    sent = document(posted)
    if not isinstance(sent, dict):
        raise Malformed.body("no_object")
    if len(sent) > MAX_FIELDS:
        raise Malformed.body("too_many_fields")
    return {name: plain(name, value) for name, value in sent.items() if value is not None}


def plain(name: str, value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(str(word(one)) for one in value)
    if not isinstance(value, str | int | float):
        raise Malformed({shown_name(name): "not_text"})
    return str(word(value))


def shown_name(name: str) -> str:
    """A name that the sender made up is not repeated."""
    return name if len(name) <= 40 and name.isidentifier() and name.isascii() else "*"


def answers(book: Book, form: Form, sent: Mapping[str, str], now: datetime) -> tuple[dict[str, Answer], dict[str, str]]:
    """What each field says, and what is wrong with the others."""
    found: dict[str, Answer] = {}
    refused: dict[str, str] = {}
    for one in form.fields:
        text = posted_as(one, sent)
        if not text:
            refused |= {one.name: "required"} if one.required else {}
            continue
        try:
            found[one.name] = answer(one, text, book, now)
        except Refused as why:
            refused[one.name] = str(why)
    return found, refused


def posted_as(one: FormField, sent: Mapping[str, str]) -> str:
    return next((sent[name] for name in (one.name, *one.names) if sent.get(name)), "")


def contact_of(answered: Mapping[str, Answer]) -> Contact:
    said = {name: answered[name].text for name in CONTACT if name in answered}
    first, last = said.get("first_name", ""), said.get("last_name", "")
    return Contact(said.get("phone"), said.get("email"), said.get("name") or f"{first} {last}".strip(), first, last)


def unreachable(form: Form) -> dict[str, str]:
    asked = [one.name for one in form.fields if one.name in REACHABLE]
    return dict.fromkeys(asked or ["phone"], "phone_or_email")


def attributes(form: Form, answered: Mapping[str, Answer]) -> Mapping[str, Stated]:
    """What the page says by itself, then what the person said; an uncertain answer is not among them."""
    by_page = {**form.attributes, **({"campaign": form.campaign} if form.campaign else {})}
    said = {
        one.attribute: stated
        for one in form.fields
        if one.attribute and (known := answered.get(one.name)) and (stated := known.stated)
    }
    return MappingProxyType({**{name: Stated(value, "campaign") for name, value in by_page.items()}, **said})


def is_unsure(answered: Answer | None) -> bool:
    return answered is not None and answered.stated is None


def is_answer(name: str) -> bool:
    return name not in CONTACT and name not in CONSENTS


def spoken(book: Book, answered: Mapping[str, Answer], page: str) -> str:
    """The language the person picked, else the page's if we have it, else the practice's first."""
    picked = answered.get("language")
    wanted = (picked.text if picked else "", page.partition("-")[0].lower())
    return next((one for one in wanted if one in book.languages), book.languages[0] if book.languages else "en")


def visit_of(submitted: Submitted, sent: Mapping[str, str], now: datetime) -> Visit:
    page = sent.get(PAGE_FIELD) or submitted.referrer
    found = marketing(sent, page[:LONGEST_LINE], submitted.referrer[:LONGEST_LINE])
    return Visit(submitted.address, submitted.user_agent[:LONGEST_LINE], page[:LONGEST_LINE], now, found)


def traps(form: Form, submitted: Submitted, sent: Mapping[str, str], shown: Token, now: datetime) -> Iterator[Trap]:
    if sent.get(form.honeypot):
        yield "honeypot"
    if shown.verdict == "wrong":
        yield "token_wrong"
    elif form.token and shown.verdict == "missing":
        yield "token_missing"
    elif form.token and shown.verdict == "expired":
        yield "token_expired"
    if shown.verdict == "good" and shown.shown_at and now - shown.shown_at < timedelta(seconds=form.min_fill_s):
        yield "too_fast"
    if submitted.origin is not None and form.origins and not may_post(form, submitted.origin):
        yield "origin"


def may_post(form: Form, origin: str) -> bool:
    """Whether a script of this origin may read our answer: letter by letter, no wildcards."""
    return origin in form.origins


def claims(
    place: tuple[str, str],
    submitted: Submitted,
    sent: Mapping[str, str],
    answered: Mapping[str, Answer],
    now: datetime,
) -> tuple[str, ...]:
    """A key the sender gave, else one made of the answers: for this stretch of ten minutes and the next, so that two
    copies on either side of a boundary still share one. A key is one person's: a page that gives all of them the same
    loses nobody."""
    if submitted.line:
        return (digest(*place, "line", submitted.line),)
    given = submitted.idempotency_key or sent.get(KEY_FIELD, "")
    if given and len(given) <= LONGEST_KEY and given.isprintable():
        whose = [answered[name].text.casefold() if name in answered else "" for name in ("phone", "email")]
        return (digest(*place, "given", given, *whose),)
    words = [f"{name}={one.text.casefold()}" for name, one in sorted(answered.items())]
    stretch = int(now.timestamp() // REPEAT.total_seconds())
    return tuple(digest(*place, "answers", str(at), *words) for at in (stretch, stretch + 1))


def digest(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()


def extras(form: Form, sent: Mapping[str, str]) -> Mapping[str, str]:
    known = {name for one in form.fields for name in (one.name, *one.names)} | {form.honeypot} | OURS
    found = [(name, text) for name, text in sent.items() if name not in known]
    return MappingProxyType(dict(found[:MOST_EXTRAS]))
