"""What a caller or a coordinator hears at each turn of a call."""

from dataclasses import replace

from routing.connection import Offering
from routing.desk import Reply
from routing.links import Links
from routing.rulebook.filling import opening
from routing.rules.book import Book
from routing.rules.mismatch import dialled_category
from routing.rules.values import Plan, Step
from routing.waiting import InLine
from voice.choices import Alone, choices
from voice.question import Asking, question
from voice.twiml import (
    Ring,
    Room,
    Said,
    asking_again,
    asking_consent,
    asking_for_key,
    connecting,
    direct,
    ending,
    holding,
    telling,
)
from voice.words import PATIENT, PLAIN, Words, language_of, reason_in, with_article

TWILIO_ADDS_S = 5
ASK_AGAIN_S = 3
LONGEST_RING_S = 20
"""And five of Twilio's, the words before and the whisper are less than the sixty of such an offer."""


def spoken(links: Links, reply: Reply, instead: list[Said] | None = None) -> bytes:
    """The first answer of a call: who we are, then the way on. ``instead`` of the greeting for who has heard it."""
    words = words_for(reply)
    policies = reply.book.policies
    heard = [words.say("monitoring-notice")] if policies.monitoring else []
    greeting = [words.say(policies.person_first or "greeting"), *heard] if instead is None else instead
    if reply.asks:
        return question(links, Asking(reply.inquiry.id, 0, reply.asks, words), greeting)
    told = policies.recording_notice and reply.offer and not policies.record_calls
    notice = [words.say("recording-notice")] if told else []
    return answered(links, reply, [*greeting, *notice], words)


def spoken_again(links: Links, reply: Reply, *, cut_short: bool, consent: bool | None = None) -> bytes:
    """After an offer that came to nothing. ``consent`` is what she said to being recorded, None if not asked yet."""
    words = words_for(reply)
    before = words.say("cut-short" if cut_short else "connecting")
    return answered(links, reply, [before] if reply.offer or reply.waits else [], words, consent)


def words_for(reply: Reply) -> Words:
    return Words(reply.book, language_of(reply.book, reply.plan.facts.get("language")))


def answered(links: Links, reply: Reply, before: list[Said], words: Words, consent: bool | None = None) -> bytes:
    if reply.degraded or is_stranded(reply):
        return direct(before, reply.book.policies.fallback_numbers, [promise(reply, words), words.say("goodbye")])
    inquiry = reply.inquiry.id
    if reply.waits:
        room = Room(
            queue=f"leadline {reply.book.practice}",
            wait=links.to("wait", inquiry, reply.step),
            action=links.to("queued", inquiry, reply.step),
        )
        return holding(before, room)
    if reply.offer is None:
        return choices(links, alone(reply), [*before, promise(reply, words)], words)
    stop = reply.plan.steps[reply.offer.plan_step]
    on_call = [words.say("on-call")] if stop.kind == "on_call" else []
    bell = ring(links, reply.book, inquiry, (reply.offer.coordinator, reply.offer.step))
    return put_through([*before, *on_call], timed(bell, reply.book, stop), words, consent)


def alone(reply: Reply) -> Alone:
    owner = reply.book.coordinators[reply.owner].name
    on_call = reply.plan.steps[0].kind == "on_call"
    return Alone(reply.inquiry.id, reply.step, owner, reply.has_number, on_call)


def timed(bell: Ring, book: Book, stop: Step) -> Ring:
    """A rung of a rota rings as long as the rota says, Twilio's own five seconds included, and no longer than leaves
    time for the whisper before the offer ends."""
    if stop.kind != "on_call":
        return bell
    wanted = book.rotas[stop.target].ring_s - TWILIO_ADDS_S
    return replace(bell, seconds=min(max(wanted, TWILIO_ADDS_S), LONGEST_RING_S))


def put_through(before: list[Said], bell: Ring, words: Words, consent: bool | None) -> bytes:
    """Where calls are recorded, she is asked first; without her answer nothing is recorded (I13)."""
    if not words.book.policies.record_calls:
        return connecting(before, bell)
    if consent is None:
        notice = [*before, words.say("recording-notice")]
        return asking_consent(notice, [words.say("recording-refusal")], bell.consent)
    return connecting(before, replace(bell, is_recorded=consent))


def is_stranded(reply: Reply) -> bool:
    """In a crisis nobody is left with a promise before the practice's own numbers were dialled."""
    return reply.inquiry.crisis and reply.offer is None and not reply.waits


def promise(reply: Reply, words: Words) -> Said:
    """Says only what the rows hold: who has it, and when. Nobody promises a call to a number that was withheld."""
    owner = reply.book.coordinators[reply.owner].name
    if not reply.has_number:
        return call_again(reply, words)
    if "call" not in reply.plan.allowed:
        return words.say("contact-promise", coordinator=owner)
    if reply.plan.steps[0].kind == "on_call":
        return words.say("on-call-nobody", coordinator=owner)
    if not reply.plan.open and reply.plan.next_opening:
        when = opening(reply.book, reply.plan.next_opening, words.language)
        return words.say("after-hours", coordinator=owner, **when)
    return words.say("nobody-free", coordinator=owner)


def promise_in_line(words: Words, at: InLine) -> bytes:
    """After the line: a callback she chose, or the promise of one."""
    chosen = at.has_number and "call" in at.plan.allowed
    template = "callback-promise" if chosen else "contact-promise" if at.has_number else "no-number"
    return ending([words.say(template, coordinator=at.owner_name), words.say("goodbye")])


def connecting_again(links: Links, offer: Offering, inquiry: str, consent: bool | None = None) -> bytes:
    """A caller out of the line is connected; she has heard who we are."""
    words = Words(offer.book, language_of(offer.book, offer.plan.facts.get("language")))
    bell = ring(links, offer.book, inquiry, (offer.coordinator, offer.step))
    return put_through([words.say("connecting")], bell, words, consent)


def connecting_after(links: Links, offer: Offering, inquiry: str, *, consent: bool) -> bytes:
    """She has said whether she may be recorded."""
    words = Words(offer.book, language_of(offer.book, offer.plan.facts.get("language")))
    stop = next((stop for stop in offer.plan.steps if stop.kind == "on_call"), None)
    bell = ring(links, offer.book, inquiry, (offer.coordinator, offer.step))
    before = words.say("connecting" if consent else "not-recorded")
    return put_through([before], timed(bell, offer.book, stop) if stop else bell, words, consent)


def ring(links: Links, book: Book, inquiry: str, to: tuple[str, int]) -> Ring:
    coordinator, step = to
    return Ring(
        number=book.coordinators[coordinator].phone,
        whisper=links.to("whisper", inquiry, step),
        progress=links.to("leg", inquiry, step),
        action=links.to("dialled", inquiry, step),
        consent=links.to("consent", inquiry, step),
        recording=links.to("recording", inquiry, step),
    )


def call_again(reply: Reply, words: Words) -> Said:
    if reply.plan.open or reply.plan.next_opening is None:
        return words.say("no-number")
    return words.say("no-number-closed", **opening(reply.book, reply.plan.next_opening, words.language))


def whispered(links: Links, offer: Offering, inquiry: str, step: int) -> bytes:
    words = coordinator_words(offer)
    prompt = words.say(whisper_of(offer), **context(offer, words.language))
    return asking_for_key([prompt], links.to("accept", inquiry, step), [words.say("no-key-pressed")])


def whisper_of(offer: Offering) -> str:
    if offer.plan.reason == "specialty_mismatch":
        return "whisper-mismatch"
    return "whisper-on-call" if offer.plan.steps[0].kind == "on_call" else "whisper"


def whispered_blind(links: Links, inquiry: str, step: int) -> bytes:
    """While the database is away: nothing is known of the caller, but a key is still asked for."""
    prompt = [Said(PLAIN["whisper-blind"]["en"])]
    return asking_for_key(prompt, links.to("accept", inquiry, step), [Said(PLAIN["no-key-pressed"]["en"])])


def context(offer: Offering, language: str) -> dict[str, str]:
    """Campaign, location, new or known, and why here, by label: all that a coordinator is told before accepting."""
    book, plan = offer.book, offer.plan
    campaign = book.campaigns.get(plan.facts.get("campaign", ""))
    location = book.locations.get(plan.location or "")
    category = book.categories.get(plan.category or "")
    asked_for = category.relay or category.label if category else ""
    new, known = PATIENT.get(language, PATIENT["en"])
    return {
        "campaign": campaign.label if campaign else "",
        "location": location.name if location else "",
        "category": asked_for,
        "requested": category.label.lower() if category else "",
        "dialled": dialled(book, plan, language),
        "patient": known if offer.person.id else new,
        "reason": reason_in(language, plan.reason),
    }


def dialled(book: Book, plan: Plan, language: str) -> str:
    """What the dialled number stands for, in English with its article."""
    category = book.categories.get(dialled_category(book, plan) or "")
    label = category.label.lower() if category else ""
    return with_article(label) if language == "en" and label else label


def coordinator_words(offer: Offering) -> Words:
    """In the practice's first language: coordinators may speak several, the practice is run in one."""
    return Words(offer.book, offer.book.languages[0])


def connected(offer: Offering | None) -> bytes:
    return telling([line(offer, "bridged")])


def passed_on(offer: Offering | None) -> bytes:
    return ending([line(offer, "passed-on")])


def nobody_waiting(offer: Offering | None) -> bytes:
    return ending([line(offer, "caller-left")])


def goodbye(offer: Offering | None) -> bytes:
    return ending([line(offer, "goodbye")])


def line(offer: Offering | None, template: str) -> Said:
    return coordinator_words(offer).say(template) if offer else Said(PLAIN[template]["en"])


def one_moment() -> bytes:
    """To a waiting caller: words after which the wait goes on."""
    return telling([line(None, "connecting")])


def one_moment_more(url: str) -> bytes:
    """To whoever has a seat in a conference waiting for her: the rows are asked again in a moment."""
    return asking_again([line(None, "connecting")], ASK_AGAIN_S, url)


def last_words(numbers: tuple[str, ...]) -> bytes:
    """For when neither Redis nor the database can be asked: it promises a call, after dialling the static numbers."""
    return direct([Said(PLAIN["fallback"]["en"])], numbers, [Said(PLAIN["last-resort"]["en"])])


def last_words_to_coordinator() -> bytes:
    """On a dialled leg nothing may be dialled (error 13201)."""
    return ending([Said(PLAIN["out-of-order"]["en"])])
