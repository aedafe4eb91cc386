"""Queues in which several phones ring for one caller: what the file asks for and what will happen."""

from collections.abc import Iterator

from routing.rulebook.check_routes import warned
from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.models_routing import Queue
from routing.rulebook.yaml_file import Source

RINGS = {
    "simultaneous": "up to {phones} phones ring at once, one more each second, and the first key 1 has the caller",
    "progressive": "one phone rings and every ten seconds one more, up to {phones}; the first key 1 has the caller",
}


def modes(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, queue in enumerate(file.queues):
        if queue.mode == "one_at_a_time":
            if "phones" in queue.model_fields_set:
                yield warned(source, ("queues", at, "phones"), "no effect: one phone at a time rings in this queue")
        elif why := one_at_a_time_all_the_same(file, queue):
            yield warned(source, ("queues", at, "mode"), f"no effect, one phone at a time rings: {why}")
        elif queue.phones > len(queue.members) and "phones" in queue.model_fields_set:
            meant = RINGS[queue.mode].format(phones=len(queue.members))
            yield warned(source, ("queues", at, "phones"), f"more than there are members: {meant}")


def one_at_a_time_all_the_same(file: PracticeFile, queue: Queue) -> str:
    """Why; nothing where several phones ring."""
    if file.policies.record_calls:
        return "`record_calls` asks the caller before each ring"
    return "it has one member" if len(queue.members) == 1 else ""
