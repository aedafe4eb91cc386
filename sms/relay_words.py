"""What is told to coordinators' own phones, in the practice's first language: neutral words that anybody may see who
holds the phone, and no name but a first one where the practice wants it."""

from collections.abc import Mapping

from routing.rules.book import Book

WORDS: Mapping[str, Mapping[str, str]] = {
    "wrote": {
        "en": "{code}: A person wrote to you. To answer, begin your text with {code}.",
        "es": "{code}: Una persona le ha escrito. Para responder, empiece su mensaje con {code}.",
    },
    "crisis": {
        "en": "{code}: Words of a crisis, which are answered with 988 and 911. Please look at once.",
        "es": "{code}: Palabras de crisis, que se responden con el 988 y el 911. Mire de inmediato, por favor.",
    },
    "out": {
        "en": "{code}: This person has opted out. What may still be done is shown with the lead.",
        "es": "{code}: Esta persona no quiere ser contactada. Lo que aún se puede hacer está con su ficha.",
    },
    "in": {
        "en": "{code}: This person wants texts again.",
        "es": "{code}: Esta persona quiere recibir mensajes de nuevo.",
    },
    "which": {
        "en": "Nothing was sent. Which one? Begin your text with its code: {codes}.",
        "es": "No se envió nada. ¿A cuál? Empiece su mensaje con su código: {codes}.",
    },
    "none": {
        "en": "Nothing was sent: no thread came to this phone in the last day. Begin your text with a code.",
        "es": "No se envió nada: en el último día no hubo mensajes aquí. Empiece su mensaje con un código.",
    },
    "unknown": {
        "en": "Nothing was sent: there is no {code} here.",
        "es": "No se envió nada: aquí no hay ningún {code}.",
    },
    "not_hers": {
        "en": "Nothing was sent: {code} is with {coordinator} now.",
        "es": "No se envió nada: {coordinator} tiene ahora {code}.",
    },
    "empty": {
        "en": "Nothing was sent: there were no words to pass on.",
        "es": "No se envió nada: no había palabras que transmitir.",
    },
    "picture": {
        "en": "Nothing was sent: pictures are not passed on.",
        "es": "No se envió nada: las imágenes no se transmiten.",
    },
    "reaction": {
        "en": "Nothing was sent: reactions are not passed on.",
        "es": "No se envió nada: las reacciones no se transmiten.",
    },
    "too_long": {
        "en": "Nothing was sent: more than 1600 characters cannot be sent in one text.",
        "es": "No se envió nada: no se pueden enviar más de 1600 caracteres en un mensaje.",
    },
    "closed": {
        "en": "Nothing was sent: {code} is closed.",
        "es": "No se envió nada: {code} está cerrado.",
    },
    "opted_out": {
        "en": "Nothing was sent: {code} wants no texts.",
        "es": "No se envió nada: {code} no quiere mensajes.",
    },
    "not_allowed": {
        "en": "Nothing was sent: {code} may not be texted now without a new consent.",
        "es": "No se envió nada: sin un nuevo consentimiento no se puede escribir a {code}.",
    },
    "not_neutral": {
        "en": "Nothing was sent: these words tell what is treated, and texts are neutral here.",
        "es": "No se envió nada: estas palabras revelan lo que se trata, y aquí los mensajes son neutrales.",
    },
    "in_chat": {
        "en": "Nothing was sent: {code} goes on in the chat of the page. Please answer there.",
        "es": "No se envió nada: {code} sigue en el chat de la página. Responda allí, por favor.",
    },
    "no_sender": {
        "en": "Nothing was sent: {code} cannot be texted from here.",
        "es": "No se envió nada: desde aquí no se puede escribir a {code}.",
    },
    "off": {
        "en": "Nothing was sent: texts from this phone are not passed on.",
        "es": "No se envió nada: los mensajes de este teléfono no se transmiten.",
    },
    "ended": {
        "en": "Nothing was sent: your threads do not come to this phone. Reply START to have them here again.",
        "es": "No se envió nada: sus mensajes no llegan a este teléfono. Responda START para tenerlos de nuevo.",
    },
    "stopped": {
        "en": "Your threads come to this phone no more. Reply START to have them here again.",
        "es": "Sus mensajes ya no llegan a este teléfono. Responda START para tenerlos de nuevo.",
    },
    "started": {
        "en": "Your threads come to this phone again. Reply STOP to end that.",
        "es": "Sus mensajes llegan de nuevo a este teléfono. Responda STOP para terminarlo.",
    },
    "unclear": {
        "en": "Nothing was sent. To answer a thread, begin your text with its code. To have none here, reply STOP.",
        "es": "No se envió nada. Para responder, empiece con el código. Para no recibir más aquí, responda STOP.",
    },
    "help": {
        "en": "To answer a thread, begin your text with its code. Reply STOP to have no threads on this phone.",
        "es": "Para responder, empiece su mensaje con el código. Responda STOP para no recibir más aquí.",
    },
    "waits": {
        "en": "{code}: goes out on {day} at {time}, when it may.",
        "es": "{code}: sale el {day} a las {time}, cuando se permita.",
    },
}


def language_of(book: Book) -> str:
    return book.languages[0]


def say(book: Book, what: str, **values: str) -> str:
    texts = WORDS[what]
    return texts.get(language_of(book), texts["en"]).format(**values)
