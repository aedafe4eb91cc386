"""What is said by text: the practice's templates, or plain words of our own where it wrote none. They name neither a
practice nor what it does, so that they may be read by whoever holds the phone."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.rulebook.filling import worded
from routing.rules.book import Book
from routing.rules.missing import Question
from routing.rules.wording.question_words import QUESTIONS

PLAIN: Mapping[str, Mapping[str, str]] = {
    "text-received": {
        "en": "Thank you, we have your message. {{ coordinator }} will be in touch. Reply STOP to end texts.",
        "es": "Gracias, recibimos su mensaje. {{ coordinator }} le contactará. Responda STOP para no recibir más.",
    },
    "text-after-hours": {
        "en": "Thank you for your message. {{ coordinator }} will call you on {{ day }} at {{ time }}. "
        "Reply STOP to end texts.",
        "es": "Gracias por su mensaje. {{ coordinator }} le llamará el {{ day }} a las {{ time }}. "
        "Responda STOP para no recibir más.",
    },
    "text-on-call": {
        "en": "Thank you for your message. {{ coordinator }} will call you as soon as possible. "
        "Reply STOP to end texts.",
        "es": "Gracias por su mensaje. {{ coordinator }} le llamará lo antes posible. "
        "Responda STOP para no recibir más.",
    },
    "text-crisis": {
        "en": "If a life is in danger right now, call 911. You can call or text 988 at any time. "
        "A person here has been told and will get in touch.",
        "es": "Si hay una vida en peligro ahora, llame al 911. Puede llamar o escribir al 988 a toda hora. "
        "Ya avisamos a una persona de aquí, que le contactará.",
    },
    "text-crisis-overdose": {
        "en": "If you have naloxone, give it now, and have somebody call 911.",
        "es": "Si tiene naloxona, adminístrela ahora, y que alguien llame al 911.",
    },
    "text-stopped": {
        "en": "You will get no more texts from us. Reply START if you want them again.",
        "es": "No recibirá más mensajes nuestros. Responda START si los quiere de nuevo.",
    },
    "text-started": {
        "en": "You will get texts from us again. Reply STOP to end them.",
        "es": "Volverá a recibir mensajes nuestros. Responda STOP para no recibir más.",
    },
    "text-help": {
        "en": "This number answers requests by text. To talk to a person, call it. Reply STOP to end texts.",
        "es": "Este número responde solicitudes por mensaje. Para hablar con una persona, llame. "
        "Responda STOP para no recibir más.",
    },
    "text-thanks": {
        "en": "Thank you. {{ coordinator }} will be in touch.",
        "es": "Gracias. {{ coordinator }} le contactará.",
    },
    "text-last-resort": {
        "en": "We have your message and will get back to you. In an emergency, call 911.",
        "es": "Recibimos su mensaje y le responderemos. En una emergencia, llame al 911.",
    },
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one practice in one language."""

    book: Book
    language: str

    def say(self, template: str, **values: str) -> str:
        return worded(self.book, PLAIN, template, self.language, values)[0]


def words_of(book: Book, *wanted: str | None) -> Words:
    return Words(book, next((language for language in wanted if language), book.languages[0]))


def in_words(book: Book, question: Question, language: str) -> tuple[str, str]:
    """The question as it is sent, "Which office suits you? 1 Evanston 2 Naperville", and its language."""
    options = " ".join(f"{number} {option.label}" for number, option in enumerate(question.options, start=1))
    return worded(book, QUESTIONS, question.template, language, {"options": options})
