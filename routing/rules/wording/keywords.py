"""HELP and START: whole messages only and no slip believed, since "I need help" is a person and not a keyword, and an
opt-out is lifted by nothing less than a clear word."""

from routing.rules.wording.folding import folded, words
from routing.rules.wording.misspelling import straightened
from routing.rules.wording.opt_out_doubts import POLITE

HELP = frozenset((*words("help info information ayuda informacion hlep hepl halp ayudar"), "text help", "help info"))
OPT_IN = frozenset(words("start unstop optin resubscribe subscribe iniciar comenzar reanudar empezar")) | {
    "opt in",
    "opt me in",
    "opt me back in",
    "opt back in",
    "subscribe me",
    "start again",
    "start texting me again",
    "start texts",
    "text start",
    "un stop",
}
YES = frozenset(words("yes y yeah yep si s"))
"""Twilio's default list has YES; ours only where the question was asked."""


def help_in(text: str) -> str | None:
    said = straightened(folded(text))
    return said if said in HELP else None


def opt_in_in(text: str, yes_opts_in: bool = False) -> str | None:
    said = straightened(folded(text)).split()
    left = " ".join(word for word in said if word not in POLITE)
    return left if left in OPT_IN or (yes_opts_in and left in YES) else None
