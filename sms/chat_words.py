"""What the machine says in a chat: the practice's templates, or plain words of our own. One short message at a time."""

from collections.abc import Mapping

from routing.desk import Reply
from routing.rulebook.filling import opening, worded
from routing.rules.book import Book
from routing.rules.missing import Question
from sms.answers import Line, crisis_line
from sms.meaning import Meant
from sms.words import in_words

PLAIN: Mapping[str, Mapping[str, str]] = {
    "chat-finding": {
        "en": "Thank you for writing. We are finding somebody for you; it takes a moment.",
        "es": "Gracias por escribir. Buscamos a alguien para usted; tarda un momento.",
    },
    "chat-later": {
        "en": "Thank you for writing. Everybody is with somebody else right now; {{ coordinator }} will answer you. "
        "If you leave a number, you need not wait here.",
        "es": "Gracias por escribir. En este momento todos atienden a otras personas; {{ coordinator }} le responderá. "
        "Si deja un número, no tiene que esperar aquí.",
    },
    "chat-after-hours": {
        "en": "Thank you for writing. We are closed at this hour; {{ coordinator }} will get back to you on {{ day }} "
        "at {{ time }}. Leave a number if you like a text or a call.",
        "es": "Gracias por escribir. Estamos cerrados a esta hora; {{ coordinator }} le responderá el {{ day }} a las "
        "{{ time }}. Deje un número si prefiere un mensaje o una llamada.",
    },
    "chat-stopped": {
        "en": "Understood. We will not get in touch with you any more. You can write here again at any time.",
        "es": "Entendido. No le contactaremos más. Puede volver a escribir aquí cuando quiera.",
    },
    "chat-left": {
        "en": "Thank you. {{ coordinator }} has your number.",
        "es": "Gracias. {{ coordinator }} tiene su número.",
    },
    "chat-left-call": {"en": "Please call me: {{ number }}", "es": "Llámenme, por favor: {{ number }}"},
    "chat-left-text": {"en": "Please text me: {{ number }}", "es": "Escríbanme, por favor: {{ number }}"},
    "chat-consent": {
        "en": "{{ practice }} may contact me at this number about my request. I can withdraw this at any time.",
        "es": "{{ practice }} puede contactarme en este número sobre mi solicitud. Puedo retirarlo en todo momento.",
    },
}


def say(book: Book, template: str, language: str, **values: str) -> str:
    return worded(book, PLAIN, template, language, values)[0]


def first_lines(reply: Reply, meant: Meant, asked: Question | None, language: str) -> tuple[Line, ...]:
    """What the first message is answered with at once."""
    book = reply.book
    if meant.crisis:
        return (crisis_line(meant.crisis, language),)
    if meant.wanted == "out":
        return (Line("confirmation", say(book, "chat-stopped", language)),)
    answer = Line("answer", received(reply, language))
    return (answer, question_line(book, asked, language)) if asked else (answer,)


def question_line(book: Book, asked: Question, language: str) -> Line:
    return Line("question", in_words(book, asked, language)[0])


def received(reply: Reply, language: str) -> str:
    """Says only what the rows hold: that somebody is being found, or who will answer, and when."""
    plan, book = reply.plan, reply.book
    if reply.offer:
        return say(book, "chat-finding", language)
    owner = book.coordinators[reply.owner].name
    if not plan.open and plan.next_opening:
        when = opening(book, plan.next_opening, language)
        return say(book, "chat-after-hours", language, coordinator=owner, **when)
    return say(book, "chat-later", language, coordinator=owner)
