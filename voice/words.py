"""What is said on the phone: the practice's templates, or plain words of our own where it wrote none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from routing.rules.book import Book
from voice.twiml import Said

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")

PLAIN: Mapping[str, Mapping[str, str]] = {
    "greeting": {"en": "Thank you for calling {{ practice }}.", "es": "Gracias por llamar a {{ practice }}."},
    "recording-notice": {"en": "This call may be recorded.", "es": "Esta llamada puede ser grabada."},
    "connecting": {"en": "One moment, please.", "es": "Un momento, por favor."},
    "waiting": {
        "en": "You are number {{ position }} in line; it should take about {{ minutes }} minutes. "
        "Press 1 at any time to keep your place and be called back.",
        "es": "Usted es el número {{ position }} en la fila; tardará unos {{ minutes }} minutos. "
        "Oprima 1 en cualquier momento para conservar su lugar y recibir una llamada.",
    },
    "callback-offer": {
        "en": "Thank you for waiting. Press 1 to keep your place and be called back.",
        "es": "Gracias por esperar. Oprima 1 para conservar su lugar y recibir una llamada.",
    },
    "callback-promise": {
        "en": "You keep your place. {{ coordinator }} will call you back at this number.",
        "es": "Conserva su lugar. {{ coordinator }} le llamará a este número.",
    },
    "cut-short": {
        "en": "It seems you were cut off. We are finding somebody else for you.",
        "es": "Parece que la llamada se cortó. Buscamos a otra persona para usted.",
    },
    "nobody-free": {
        "en": "Nobody is free at this moment. {{ coordinator }} will call you back as soon as possible.",
        "es": "Nadie está libre en este momento. {{ coordinator }} le llamará lo antes posible.",
    },
    "contact-promise": {
        "en": "Nobody is free at this moment. {{ coordinator }} has your request and will be in touch.",
        "es": "Nadie está libre en este momento. {{ coordinator }} tiene su solicitud y se comunicará.",
    },
    "after-hours": {
        "en": "We are closed right now. {{ coordinator }} will call you back on {{ day }} at {{ time }}.",
        "es": "Ahora estamos cerrados. {{ coordinator }} le llamará el {{ day }} a las {{ time }}.",
    },
    "on-call": {
        "en": "We are ringing the person on call for you. Please stay on the line.",
        "es": "Estamos llamando a la persona de guardia. Espere en la línea, por favor.",
    },
    "on-call-nobody": {
        "en": "We could not reach anyone this minute. {{ coordinator }} will call you back as soon as possible.",
        "es": "No pudimos comunicarle en este minuto. {{ coordinator }} le llamará lo antes posible.",
    },
    "no-number": {
        "en": "Nobody is free at this moment and your number is withheld. Please call us again in a few minutes.",
        "es": "Nadie está libre en este momento y su número está oculto. Por favor llámenos de nuevo en unos minutos.",
    },
    "no-number-closed": {
        "en": "We are closed right now and your number is withheld. Please call us again on {{ day }} at {{ time }}.",
        "es": "Ahora estamos cerrados y su número está oculto. Por favor llámenos el {{ day }} a las {{ time }}.",
    },
    "goodbye": {"en": "Thank you for calling. Goodbye.", "es": "Gracias por llamar. Adiós."},
    "fallback": {
        "en": "One moment, please. We are connecting you.",
        "es": "Un momento, por favor. Le estamos comunicando.",
    },
    "last-resort": {
        "en": "We are sorry, nobody could take your call just now. We will call you back. In an emergency, dial 911.",
        "es": "Lo sentimos, nadie pudo tomar su llamada. Le llamaremos. En una emergencia, marque 911.",
    },
    "whisper": {
        "en": "{{ campaign }}, {{ location }}, {{ patient }} caller, {{ reason }}. Press 1 to accept.",
        "es": "{{ campaign }}, {{ location }}, {{ patient }}, {{ reason }}. Oprima 1 para aceptar.",
    },
    "whisper-mismatch": {
        "en": "Asked for {{ requested }} on a {{ campaign }} number. Press 1 to accept.",
        "es": "Pidió {{ requested }} en un número de {{ campaign }}. Oprima 1 para aceptar.",
    },
    "whisper-on-call": {
        "en": "On call: {{ campaign }}, {{ patient }} caller. Press 1 to accept.",
        "es": "Guardia: {{ campaign }}, {{ patient }}. Oprima 1 para aceptar.",
    },
    "whisper-blind": {
        "en": "A call for you. Press 1 to accept.",
        "es": "Una llamada para usted. Oprima 1 para aceptar.",
    },
    "bridged": {"en": "Connected.", "es": "Comunicado."},
    "passed-on": {"en": "Passed on. Goodbye.", "es": "La llamada pasa a otra persona. Adiós."},
    "no-key-pressed": {"en": "No key was pressed. Goodbye.", "es": "No se oprimió ninguna tecla. Adiós."},
    "caller-left": {
        "en": "The caller is no longer waiting. A callback is on the list.",
        "es": "La persona ya no espera. La llamada pendiente está en la lista.",
    },
    "out-of-order": {
        "en": "Something is not working on our side. Please hang up; the caller is being looked after.",
        "es": "Algo no funciona de nuestro lado. Por favor cuelgue; la persona está siendo atendida.",
    },
}
PATIENT = {"en": ("new", "known"), "es": ("persona nueva", "persona conocida")}
REASONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "specialty_at_location": "this office",
        "specialty_nearest": "nearest office with it",
        "specialty_mismatch": "other service than dialled",
        "nearest_facility": "nearest",
        "level_of_care": "level of care",
        "fallback_office": "standing in for another office",
        "payer_unknown": "payer not known",
        "payer_commercial": "commercial cover",
        "payer_medicaid": "Medicaid",
        "general_intake": "general intake",
        "location_missing": "location not known",
        "location_conflict": "location unclear",
        "overflow": "passed on from another queue",
    },
    "es": {
        "specialty_at_location": "este consultorio",
        "payer_unknown": "pago por aclarar",
        "general_intake": "admisión general",
        "location_missing": "lugar por aclarar",
    },
}
"""How a reason is spoken; any other by its own name."""
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one practice in one language; a template without that language is said in the practice's first."""

    book: Book
    language: str

    def say(self, template: str, **values: str) -> Said:
        texts = self.book.templates.get(template) or PLAIN[template]
        spoken = next((lang for lang in (self.language, *self.book.languages, "en") if lang in texts), None)
        language = spoken or next(iter(texts))
        known = {"practice": self.book.name, **values}
        text = PLACEHOLDER.sub(lambda found: known.get(found.group(1), ""), texts[language])
        return Said(tidy(text), language)


def tidy(text: str) -> str:
    """Without the gaps that an empty placeholder leaves between commas."""
    return re.sub(r"\s+", " ", re.sub(r"(,\s*)+,", ",", re.sub(r"\s+([,.])", r"\1", text))).strip(" ,")


def language_of(book: Book, *wanted: str | None) -> str:
    return next((language for language in wanted if language), book.languages[0])


def reason_in(language: str, reason: str) -> str:
    return REASONS.get(language, {}).get(reason) or REASONS["en"].get(reason) or reason.replace("_", " ")
