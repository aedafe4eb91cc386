"""What is said on the phone: the practice's templates, or plain words of our own where it wrote none."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.rulebook.filling import worded
from routing.rules.book import Book
from voice.callback_words import CALLBACK_WORDS
from voice.twiml import Said

PLAIN: Mapping[str, Mapping[str, str]] = {
    **CALLBACK_WORDS,
    "greeting": {"en": "Thank you for calling {{ practice }}.", "es": "Gracias por llamar a {{ practice }}."},
    "recording-notice": {"en": "This call may be recorded.", "es": "Esta llamada puede ser grabada."},
    "connecting": {"en": "One moment, please.", "es": "Un momento, por favor."},
    "waiting": {
        "en": "You are number {{ position }} in line; it should take about {{ minutes }} minutes.",
        "es": "Usted es el número {{ position }} en la fila; tardará unos {{ minutes }} minutos.",
    },
    "waiting-rings": {
        "en": "We are ringing our team for you.",
        "es": "Estamos llamando a nuestro equipo para usted.",
    },
    "waiting-callback": {
        "en": "Press 1 at any time to keep your place and be called back.",
        "es": "Oprima 1 en cualquier momento para conservar su lugar y recibir una llamada.",
    },
    "callback-offer": {
        "en": "Thank you for waiting. Press 1 to keep your place and be called back.",
        "es": "Gracias por esperar. Oprima 1 para conservar su lugar y recibir una llamada.",
    },
    "callback-promise": {
        "en": "You keep your place. {{ coordinator }} will call you back at this number.",
        "es": "Conserva su lugar. {{ coordinator }} le llamará a este número.",
    },
    "ask-again": {"en": "Sorry, we did not get that.", "es": "Perdón, no le hemos entendido."},
    "no-key": {
        "en": "We did not get that. Stay on the line, we are finding somebody for you.",
        "es": "No le hemos entendido. Espere en la línea, buscamos a alguien para usted.",
    },
    "crisis-notice": {
        "en": "If a life is in danger right now, hang up and dial 911. You can call or text 988 at any time.",
        "es": "Si hay una vida en peligro ahora, cuelgue y marque 911. Puede llamar o escribir al 988 a toda hora.",
    },
    "crisis-overdose": {
        "en": "If you have naloxone, give it now, and have somebody dial 911.",
        "es": "Si tiene naloxona, adminístrela ahora, y que alguien marque 911.",
    },
    "crisis-connecting": {
        "en": "Please stay on the line if you can, we are connecting you with a person.",
        "es": "Espere en la línea si puede, le comunicamos con una persona.",
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
    "choices": {
        "en": "To be called back, press 1. To leave a message, press 2 or stay on the line.",
        "es": "Para que le llamemos, oprima 1. Para dejar un mensaje, oprima 2 o espere en la línea.",
    },
    "choices-on-call": {
        "en": "To be called as soon as possible, press 1. To leave a message, press 2 or stay on the line.",
        "es": "Para que le llamemos lo antes posible, oprima 1. Para dejar un mensaje, oprima 2 o espere en la línea.",
    },
    "callback-chosen": {
        "en": "{{ coordinator }} will call you at this number.",
        "es": "{{ coordinator }} le llamará a este número.",
    },
    "waiting-voicemail": {
        "en": "Press 2 to leave a message instead.",
        "es": "Oprima 2 para dejar un mensaje.",
    },
    "voicemail-notice": {
        "en": "Please leave your name and a message after the tone. The message is recorded; "
        "if you do not want that, just hang up. Press the pound key when you are done.",
        "es": "Por favor deje su nombre y un mensaje después del tono. El mensaje se graba; "
        "si no lo desea, simplemente cuelgue. Oprima la tecla numeral al terminar.",
    },
    "voicemail-number": {
        "en": "Please leave your name and the number where we can reach you after the tone. The message is recorded; "
        "if you do not want that, just hang up. Press the pound key when you are done.",
        "es": "Por favor deje su nombre y el número donde podemos llamarle después del tono. El mensaje se graba; "
        "si no lo desea, simplemente cuelgue. Oprima la tecla numeral al terminar.",
    },
    "voicemail-thanks": {
        "en": "Thank you. {{ coordinator }} has your message.",
        "es": "Gracias. {{ coordinator }} tiene su mensaje.",
    },
    "voicemail-silent": {
        "en": "We did not hear a message. Your call is noted all the same.",
        "es": "No oímos ningún mensaje. Su llamada queda anotada de todos modos.",
    },
    "recording-refusal": {
        "en": "Press 9 if you do not want to be recorded.",
        "es": "Oprima 9 si no desea que se grabe.",
    },
    "not-recorded": {"en": "This call is not recorded.", "es": "Esta llamada no se graba."},
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
        "en": "Asked for {{ requested }} on {{ dialled }} number. Press 1 to accept.",
        "es": "Pidió {{ requested }} en un número de {{ dialled }}. Oprima 1 para aceptar.",
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
    "taken-by-other": {
        "en": "Somebody else has just taken this caller. Thank you, goodbye.",
        "es": "Otra persona acaba de tomar la llamada. Gracias, hasta luego.",
    },
    "transfer-hold": {
        "en": "One moment, please. We are bringing in a colleague, who will know what you told us.",
        "es": "Un momento, por favor. Llamamos a una colega, que sabrá lo que usted nos contó.",
    },
    "transfer-first": {
        "en": "We are ringing {{ coordinator }}. The caller hears music until then.",
        "es": "Estamos llamando a {{ coordinator }}. Mientras tanto la persona escucha música.",
    },
    "transfer-back": {
        "en": "Nobody took it. You have the caller again.",
        "es": "Nadie aceptó. Usted tiene a la persona de nuevo.",
    },
    "transfer-done": {
        "en": "{{ coordinator }} has the caller. Thank you, goodbye.",
        "es": "{{ coordinator }} tiene a la persona. Gracias, hasta luego.",
    },
    "transfer-over": {
        "en": "Too late: the caller is being looked after. Thank you, goodbye.",
        "es": "Ya es tarde: alguien atiende a la persona. Gracias, hasta luego.",
    },
    "transfer-whisper": {
        "en": "Transfer from {{ coordinator }}: {{ campaign }}, {{ location }}, {{ category }}, {{ requested }}, "
        "{{ payer }}, {{ reason }}. Press 1 to accept.",
        "es": "Transferencia de {{ coordinator }}: {{ campaign }}, {{ location }}, {{ category }}, {{ requested }}, "
        "{{ payer }}, {{ reason }}. Oprima 1 para aceptar.",
    },
    "monitoring-notice": {
        "en": "A supervisor may listen to this call.",
        "es": "Un supervisor puede escuchar esta llamada.",
    },
    "hold-thanks": {
        "en": "Thank you for holding. You have not been forgotten.",
        "es": "Gracias por esperar. No nos hemos olvidado de usted.",
    },
    "hold-reminder": {"en": "Your caller is still on hold.", "es": "La persona sigue en espera."},
    "join-whisper": {
        "en": "{{ coordinator }} asks you into a call: {{ campaign }}, {{ location }}, {{ category }}, {{ reason }}. "
        "Press 1 to join.",
        "es": "{{ coordinator }} le pide entrar en una llamada: {{ campaign }}, {{ location }}, {{ category }}, "
        "{{ reason }}. Oprima 1 para entrar.",
    },
    "outside-whisper": {
        "en": "{{ practice }} asks you into a call. Press 1 to join.",
        "es": "{{ practice }} le pide entrar en una llamada. Oprima 1 para entrar.",
    },
    "referral-whisper": {
        "en": "{{ practice }} has a caller to refer to you. The caller speaks {{ language }}. Press 1 to accept.",
        "es": "{{ practice }} desea referirle a una persona, que habla {{ language }}. Oprima 1 para aceptar.",
    },
    "listen-whisper": {
        "en": "{{ coordinator }} is in a call. You will {{ mode }}. Press 1.",
        "es": "{{ coordinator }} está en una llamada. {{ mode }}. Oprima 1.",
    },
    "out-of-order": {
        "en": "Something is not working on our side. Please hang up; the caller is being looked after.",
        "es": "Algo no funciona de nuestro lado. Por favor cuelgue; la persona está siendo atendida.",
    },
}
LISTENING = {
    "en": {
        "listen": "hear both and be heard by nobody",
        "whisper": "hear both and be heard by the coordinator alone",
        "barge": "be heard by both",
    },
    "es": {
        "listen": "Oirá a ambos y nadie le oirá",
        "whisper": "Oirá a ambos y solo le oirá quien atiende",
        "barge": "Ambos le oirán",
    },
}
"""How a supervisor sits in a call, as her phone tells her."""
SPOKEN = {"en": {"en": "English", "es": "Spanish"}, "es": {"en": "inglés", "es": "español"}}
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
        "crisis": "words of a crisis",
    },
    "es": {
        "specialty_at_location": "este consultorio",
        "payer_unknown": "pago por aclarar",
        "crisis": "palabras de una crisis",
        "general_intake": "admisión general",
        "location_missing": "lugar por aclarar",
    },
}
"""How a reason is spoken; any other by its own name."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one practice in one language; a template without that language is said in the practice's first."""

    book: Book
    language: str

    def say(self, template: str, **values: str) -> Said:
        return Said(*worded(self.book, PLAIN, template, self.language, values))


def with_article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def language_of(book: Book, *wanted: str | None) -> str:
    return next((language for language in wanted if language), book.languages[0])


def reason_in(language: str, reason: str) -> str:
    return REASONS.get(language, {}).get(reason) or REASONS["en"].get(reason) or reason.replace("_", " ")
