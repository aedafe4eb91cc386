"""From a page's post to the desk: what it says as values that can be kept, and the way back from the spool."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.landing.consent import ConsentEvidence
from gateway.landing.reading import Refusals, Submission, Submitted, read_form
from gateway.landing.token import FormKeys
from gateway.posted import Posted
from routing.desk import Busy, Reply
from routing.entry import Incoming, enter
from routing.rules.best_time import best_time
from routing.rules.book import Book
from routing.rules.canonical import plain
from routing.rules.entered import Agreed, Entered
from routing.rules.identity import Who
from routing.rules.questions import Form
from routing.rules.values import Stated
from routing.settings import Settings
from routing.state.lead.entries import Also
from routing.state.sealed import Vault
from routing.state.spool import Lost, Verdict
from sms.first_words import Filled, first_text
from sms.reception import Reception

FORM = "form"
BEST_TIME = "best_time"


@dataclass(frozen=True, slots=True)
class FormPost:
    """``traps`` are what the door caught besides: too many posts of an address or of the form."""

    book: Book
    form: Form
    submitted: Submitted = field(repr=False)
    traps: tuple[str, ...] = ()
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A post that can become a lead, or be set aside; ``id`` names its inquiry."""

    id: str
    submission: Submission
    entered: Entered


def keys_of(settings: Settings) -> FormKeys:
    return FormKeys.of(settings.secret_key, settings.secret_key_previous or None)


def taken(vault: Vault, keys: FormKeys, post: FormPost, now: datetime) -> Taken | Refusals:
    """Nothing is written. Every copy of a post has the same id."""
    read = read_form(post.book, post.form, post.submitted, keys, now)
    if isinstance(read, Refusals):
        return read
    entered = entered_as(post.book, read, now)
    return Taken(vault.name("iq", post.book.practice, read.claims[0]), read, entered)


def entered_as(book: Book, said: Submission, now: datetime) -> Entered:
    language = {"language": Stated(said.language, "page")} if said.language not in ("", book.languages[0]) else {}
    chosen = said.moments.get(BEST_TIME)
    meant = None if chosen else best_time(said.answers.get(BEST_TIME, ""), book.zone, now, said.days.get(BEST_TIME))
    return Entered(
        via=f"{FORM}:{said.form}",
        who=Who(said.contact.phone, said.contact.email, said.contact.name),
        attributes={**language, **said.attributes},
        at=now,
        keys=tuple(f"{FORM}:{book.practice}:{claim}" for claim in said.claims),
        told=told(said),
        agreed=agreed(book, said.consent),
        chosen_at=chosen,
        wanted_at=meant.since if meant else None,
        best=meant.minutes(book.zone) if meant else None,
        nonce=said.nonce,
    )


def told(said: Submission) -> Mapping[str, object]:
    """What has no column of its own, kept as it came."""
    visit = said.visit
    return {
        "form": said.form,
        "contact": plain(said.contact),
        "answers": dict(said.answers),
        "unsure": list(said.asks),
        "marketing": plain(said.marketing),
        "page": visit.page,
        "extras": dict(said.extras),
    }


def agreed(book: Book, evidence: ConsentEvidence | None) -> Agreed | None:
    if evidence is None:
        return None
    names_us = book.name.casefold() in evidence.words.casefold()
    return Agreed(tuple(evidence.agreed), evidence.version, names_us, plain(evidence))


def enter_form(reception: Reception, post: FormPost, new: Taken, now: datetime) -> bytes:
    """The id of the inquiry, or of the one it repeats. :raises DatabaseDown: Busy."""
    number = new.entered.who.number

    def besides(reply: Reply) -> Also | None:
        if number is None or post.is_late:
            return None
        return first_text(reception, Filled(new.id, new.entered, number), reply, now)

    traps = (*new.submission.traps, *post.traps)
    incoming = Incoming(post.book, new.id, new.entered, new.id.encode(), traps, besides)
    return enter(reception.desk, incoming, now)


def lost(post: FormPost, inquiry: str, now: datetime) -> Lost:
    """As it came, for the spool."""
    said = post.submitted
    fields = {
        "practice": post.book.practice,
        "form": post.form.id,
        "content_type": said.posted.content_type,
        "body": base64.b64encode(said.posted.body).decode(),
        "address": said.address,
        "user_agent": said.user_agent,
        "referrer": said.referrer,
        "language": said.language,
        "traps": ",".join(post.traps),
    }
    given = {"origin": said.origin, "idempotency_key": said.idempotency_key}
    more = {name: text for name, text in given.items() if text is not None}
    return Lost(FORM, inquiry, 0, now, {**fields, **more}, inquiry.encode())


def form_again(reception: Reception, keys: FormKeys, lost: Lost) -> Verdict:
    """From the spool, at its own instant; she is not texted any more. :raises DatabaseDown: LookupError."""
    fields = lost.fields
    book = reception.desk.shelf.book(fields["practice"])
    if book is None or fields["form"] not in book.forms:
        raise LookupError("no such form any more")
    submitted = Submitted(
        posted=Posted(fields["content_type"], base64.b64decode(fields["body"])),
        address=fields["address"],
        user_agent=fields["user_agent"],
        origin=fields.get("origin"),
        referrer=fields["referrer"],
        idempotency_key=fields.get("idempotency_key"),
        language=fields["language"],
    )
    traps = tuple(filter(None, fields["traps"].split(",")))
    post = FormPost(book, book.forms[fields["form"]], submitted, traps, is_late=True)
    again = taken(reception.desk.db.vault, keys, post, lost.at)
    if isinstance(again, Refusals):
        raise LookupError("the form reads differently now")
    try:
        enter_form(reception, post, again, lost.at)
    except Busy:
        return "later"
    return "done"
