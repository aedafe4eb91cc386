"""Which rule of a layer matches: first match wins, and the absent attribute has a word of its own."""

from collections.abc import Iterable, Mapping

from routing.rules.book import LayerName, Queue, Rule
from routing.rules.values import MISSING


def holds(wanted: Mapping[str, frozenset[str]], facts: Mapping[str, str]) -> bool:
    return all(facts.get(name, MISSING) in values for name, values in wanted.items())


def first_rule(rules: Iterable[Rule], layer: LayerName, facts: Mapping[str, str]) -> Rule | None:
    return next((rule for rule in rules if rule.layer == layer and holds(rule.when, facts)), None)


def serving_queue(queues: Iterable[Queue], facts: Mapping[str, str]) -> Queue | None:
    """The first queue that says what it serves and serves this; a queue that says nothing serves only by rule."""
    return next((queue for queue in queues if queue.serves and holds(queue.serves, facts)), None)
