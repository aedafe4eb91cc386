"""What the layers have settled so far, and how a rule that matches adds to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.rules.book import Book, Effect, LayerName, Rule
from routing.rules.matching import first_rule
from routing.rules.values import Decided


@dataclass(frozen=True, slots=True)
class Draft:
    """What the layers have settled so far. ``intake`` is the reason that sends it to general intake, once one does;
    ``night`` the queue a rule of the hours layer names for what arrives when closed."""

    facts: Mapping[str, str]
    decided: tuple[Decided, ...] = ()
    queue: str | None = None
    named_by: str | None = None
    rota: str | None = None
    intake: str | None = None
    ask: tuple[str, ...] = ()
    head_start_s: int | None = None
    target_s: int | None = None
    note: str | None = None
    night: str | None = None

    def say(self, layer: str, reason: str, value: str | None = None) -> "Draft":
        return replace(self, decided=(*self.decided, Decided(layer, reason, value)))

    def know(self, **facts: str) -> "Draft":
        return replace(self, facts={**self.facts, **facts})

    def to_intake(self, layer: str, reason: str, *ask: str) -> "Draft":
        said = self.say(layer, reason)
        return replace(said, intake=said.intake or reason, ask=tuple(dict.fromkeys((*self.ask, *ask))))


def ruled(book: Book, draft: Draft, layer: LayerName) -> Draft:
    rule = first_rule(book.rules, layer, draft.facts)
    return applied(draft, rule) if rule else draft


def applied(draft: Draft, rule: Rule) -> Draft:
    """What a more important layer has settled stands: its queue, rota and times are not named again (A-22)."""
    effect: Effect = rule.then
    names = effect.queue if draft.queue is None else None
    said = draft.say(rule.layer, rule.name, names).know(**effect.sets)
    return replace(
        said,
        queue=draft.queue or names,
        named_by=rule.name if names else draft.named_by,
        rota=draft.rota or effect.rota,
        ask=tuple(dict.fromkeys((*draft.ask, *effect.ask))),
        head_start_s=effect.head_start_s if draft.head_start_s is None else draft.head_start_s,
        target_s=draft.target_s or effect.target_s,
    )
