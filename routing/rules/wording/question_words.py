"""The questions in plain words of ours, for practices that wrote none. They tell nothing to whoever holds the phone."""

from collections.abc import Mapping
from types import MappingProxyType

QUESTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "text-ask-location": {
            "en": "Which office suits you? {{ options }}",
            "es": "¿Qué consultorio le conviene? {{ options }}",
        },
        "text-ask-payer": {"en": "How would it be paid for? {{ options }}", "es": "¿Cómo se pagaría? {{ options }}"},
        "text-ask-patient": {"en": "Have you been here before? {{ options }}", "es": "¿Ha venido antes? {{ options }}"},
        "text-ask-best-time": {"en": "When may we call you?", "es": "¿Cuándo podemos llamarle?"},
        "text-ask": {"en": "What fits best? {{ options }}", "es": "¿Qué se ajusta mejor? {{ options }}"},
        "text-ask-again": {
            "en": "Sorry, we did not get that. Please reply with a number. {{ options }}",
            "es": "Perdón, no le entendimos. Responda con un número. {{ options }}",
        },
    }
)
