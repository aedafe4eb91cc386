"""What a text or chat message means before anybody routes it, read in one fixed order: a crisis, then an opt-out, then
help, then an opt-in; whatever is left is for the desk."""

from dataclasses import dataclass
from typing import Literal

from routing.rules.wording.crisis import Crisis, crisis_in
from routing.rules.wording.keywords import help_in, opt_in_in
from routing.rules.wording.opt_out import OptOut, opt_out_in

Kind = Literal["crisis", "opt_out", "help", "opt_in", "plain"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """``kind`` decides the answer. A crisis and an opt-out may stand in one message: the person in danger is answered
    and her opt-out is kept. ``help`` and ``opt_in`` are the keyword that was sent, None beside an opt-out."""

    crisis: Crisis | None = None
    opt_out: OptOut | None = None
    help: str | None = None
    opt_in: str | None = None

    @property
    def kind(self) -> Kind:
        if self.crisis:
            return "crisis"
        if self.opt_out:
            return "opt_out"
        if self.help:
            return "help"
        return "opt_in" if self.opt_in else "plain"

    @property
    def wants_a_look(self) -> bool:
        """A person is to see it: a crisis always, an opt-out that is not certain."""
        return self.crisis is not None or (self.opt_out is not None and not self.opt_out.certain)


def meaning(text: str, yes_opts_in: bool = False) -> Meaning:
    """``yes_opts_in`` where YES answers our own question whether texts are welcome again; else it is just an answer."""
    crisis, opt_out = crisis_in(text), opt_out_in(text)
    if opt_out:
        return Meaning(crisis, opt_out)
    return Meaning(crisis, None, help_in(text), opt_in_in(text, yes_opts_in))
