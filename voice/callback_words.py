"""What is said on the coordinator's leg of a callback; the person herself hears a coordinator and no machine."""

from collections.abc import Mapping

CALLBACK_WORDS: Mapping[str, Mapping[str, str]] = {
    "callback-whisper": {
        "en": "Callback: {{ campaign }}, {{ location }}, {{ patient }} caller, {{ reason }}, {{ why }}. "
        "Press 1 to call.",
        "es": "Llamada pendiente: {{ campaign }}, {{ location }}, {{ patient }}, {{ reason }}, {{ why }}. "
        "Oprima 1 para llamar.",
    },
    "callback-early": {
        "en": "The time that was chosen is {{ time }}. We call then, please stay on the line.",
        "es": "La hora elegida es las {{ time }}. Llamamos entonces, por favor espere en la línea.",
    },
    "callback-dialling": {"en": "Calling now.", "es": "Llamando ahora."},
    "callback-off": {
        "en": "This call is not made now. Thank you, goodbye.",
        "es": "Esta llamada no se hace ahora. Gracias, hasta luego.",
    },
    "callback-unreached": {
        "en": "Nobody was reached. The next attempt is on the list. Goodbye.",
        "es": "No se alcanzó a nadie. El próximo intento está en la lista. Hasta luego.",
    },
    "callback-over": {"en": "The call is over. Goodbye.", "es": "La llamada terminó. Hasta luego."},
    "callback-joins": {
        "en": "The same person is calling us. You are connected.",
        "es": "La misma persona nos está llamando. Está comunicado.",
    },
}
WHY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "turn": "kept the place in line",
        "voicemail": "left a message",
        "time": "chose this time",
        "opening": "promised for the opening",
        "again": "attempt {{ attempt }}",
    },
    "es": {
        "turn": "conservó su lugar",
        "voicemail": "dejó un mensaje",
        "time": "eligió esta hora",
        "opening": "prometida para la apertura",
        "again": "intento {{ attempt }}",
    },
}
BEST = {"en": ", best {{ since }} to {{ until }}", "es": ", mejor de {{ since }} a {{ until }}"}


def why(language: str, kind: str, attempt: int) -> str:
    return WHY.get(language, WHY["en"])[kind].replace("{{ attempt }}", str(attempt))


def best(language: str, since: int | None, until: int | None) -> str:
    """Minutes of her day as a clock reads them; nothing where she named no time."""
    if since is None or until is None:
        return ""
    text = BEST.get(language, BEST["en"])
    return text.replace("{{ since }}", clock(since)).replace("{{ until }}", clock(until))


def clock(minute: int) -> str:
    hour = minute // 60 % 24
    return f"{hour % 12 or 12}:{minute % 60:02d} {'AM' if hour < 12 else 'PM'}"
