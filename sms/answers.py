"""What somebody who texts is told at once: one text, fitting to what she wrote and to the hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from routing.desk import Reply
from routing.links import Links
from routing.rulebook.filling import opening
from routing.rules.book import Book
from routing.rules.missing import Question
from routing.rules.wording.crisis import Crisis
from routing.rules.wording.plain import plain
from routing.rules.wording.segments import segments
from routing.state.sealed import Vault
from routing.state.text.conversations import Message
from sms import replies
from sms.meaning import Meant, meaning
from sms.reception import Came
from sms.words import PLAIN, Words, in_words, words_of

Purpose = Literal["answer", "crisis", "confirmation", "question"]


@dataclass(frozen=True, slots=True)
class Line:
    """One automatic text."""

    purpose: Purpose
    text: str = field(repr=False)


def first_line(reply: Reply, came: Came, meant: Meant, asked: Question | None) -> Line | None:
    """To a text that opens an inquiry, with what she is asked. None where nothing may be sent: she opted out earlier,
    or the number is none that may send texts."""
    words = words_of(reply.book, reply.plan.facts.get("language"))
    if meant.crisis:
        return crisis_line(meant.crisis, words.language)
    if meant.wanted:
        return wish_line(words, meant, changed="text" not in reply.person.opted_out) if came.may_answer else None
    if not came.may_answer or "text" in reply.person.opted_out:
        return None
    if asked:
        return Line("question", f"{received(reply, words)} {in_words(reply.book, asked, words.language)[0]}")
    return Line("answer", received(reply, words))


def received(reply: Reply, words: Words) -> str:
    """Says only what the rows hold: who has it, and when she will call."""
    plan, book = reply.plan, reply.book
    owner = book.coordinators[reply.owner].name
    if "call" in plan.allowed and plan.steps[0].kind == "on_call":
        return words.say("text-on-call", coordinator=owner)
    if "call" in plan.allowed and not plan.open and plan.next_opening:
        return words.say("text-after-hours", coordinator=owner, **opening(book, plan.next_opening, words.language))
    return words.say(template(book, plan.category, "received"), coordinator=owner)


def template(book: Book, category: str | None, occasion: str) -> str:
    """The category's own words for the occasion, where it has some (A-75)."""
    known = book.categories.get(category or "")
    own: Mapping[str, str] = known.templates if known else {}
    return own.get(occasion, f"text-{occasion.replace('_', '-')}")


def wish_line(words: Words, meant: Meant, *, changed: bool) -> Line | None:
    """One confirmation and no more (47 CFR 64.1200(a)(12)): none for who had it, from us or from the provider."""
    if meant.confirmed:
        return None
    match meant.wanted:
        case "out":
            return Line("confirmation", words.say("text-stopped")) if changed else None
        case "in":
            return Line("confirmation", words.say("text-started")) if changed else None
        case _:
            return Line("answer", words.say("text-help"))


def crisis_line(crisis: Crisis, language: str) -> Line:
    """988 and 911 by number, in our own words: no template of a practice may leave them out (I11)."""
    overdose = ("text-crisis-overdose",) if crisis.category == "overdose" else ()
    texts = [PLAIN[each].get(language, PLAIN[each]["en"]) for each in (*overdose, "text-crisis")]
    return Line("crisis", " ".join(texts))


@dataclass(frozen=True, slots=True)
class Written:
    """An automatic text as it is sent with the webhook's answer, and as the thread keeps it."""

    document: bytes
    messages: tuple[Message, ...] = ()


def written(links: Links, vault: Vault, came: Came, line: Line | None, inquiry: str | None = None) -> Written:
    """The same bytes however often it is made."""
    if line is None:
        return Written(replies.NOTHING)
    name = vault.name("ms", came.address.account or "", came.sid, "answer")
    message = Message(
        id=name,
        channel=came.address.channel,
        author="leadline",
        purpose=line.purpose,
        body=line.text,
        status="answered",
        segments=segments(line.text).parts,
        campaign=came.campaign,
        inquiry=inquiry,
    )
    return Written(said([line], "" if came.is_late else links.text_status(name)), (message,))


def said(lines: Sequence[Line], report: str = "") -> bytes:
    return replies.replies(replies.Reply(each.text, report) for each in lines)


def last_line(meant: Meant) -> Line | None:
    """For when the rows cannot be asked or written: a crisis is answered as one (I11), a wish is taken, and everybody
    else hears that somebody has it. In English, for nothing is known of her."""
    if meant.crisis:
        return crisis_line(meant.crisis, "en")
    if meant.confirmed or meant.wanted == "help":
        return None
    if meant.wanted:
        return Line("confirmation", PLAIN["text-stopped" if meant.wanted == "out" else "text-started"]["en"])
    return Line("answer", PLAIN["text-last-resort"]["en"])


def last_words(body: str, opt_out_type: str) -> bytes:
    line = last_line(meaning(plain(body), opt_out_type.upper()))
    return said([line] if line else [])
