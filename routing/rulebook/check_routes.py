"""Every way through a practice ends with a named owner, and every queue can be ordered and left."""

from collections import Counter
from collections.abc import Iterator, Mapping

from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.models_routing import Queue
from routing.rulebook.yaml_file import Path, Source, written
from routing.rules.book import LARGE_POOL, SORTED_ORDERINGS

MOST_CATEGORIES = 12
AUDIT_DAYS = 2190
"""Six years: 45 CFR 164.316(b)(2)(i)."""


def owners(file: PracticeFile, source: Source) -> Iterator[Finding]:
    """B-11, B-16, S-17: a target without a named person is no target."""
    for at, queue in enumerate(file.queues):
        if queue.owner is None:
            only = ": an e-mail address is told as well, it is not an owner" if queue.emails else ": name a coordinator"
            yield source.refusal(("queues", at), f"no owner{only}")
        elif not queue.members:
            yield source.refusal(("queues", at), "no members: nobody would ever be offered what arrives")
    for at, affiliate in enumerate(file.affiliates):
        if affiliate.owner is None:
            yield source.refusal(("affiliates", at), "no owner: name the coordinator who follows a referral up")


def endings(file: PracticeFile, source: Source) -> Iterator[Finding]:
    """General intake is the step that never expires, so it hands on to nobody."""
    for at, queue in enumerate(file.queues):
        if queue.id == file.practice.intake and queue.then:
            yield source.refusal(
                ("queues", at, "then"), "general intake is the end of every plan and hands on to nobody"
            )
    for at, rota in enumerate(file.rotas):
        if len(set(rota.rungs)) == 1:
            yield signed(source, ("rotas", at, "rungs"), "one person alone on call: a second rung is missing")
    if file.policies.retention_days.audit < AUDIT_DAYS:
        path = ("policies", "retention_days", "audit")
        yield signed(source, path, f"audit records are kept {AUDIT_DAYS} days elsewhere")


def positions(file: PracticeFile, source: Source) -> Iterator[Finding]:
    """Equal positions would leave ties to chance (routing-semantics section 19, trap 12)."""
    for at, queue in enumerate(file.queues):
        taken = Counter(member.position or number for number, member in enumerate(queue.members, start=1))
        people = Counter(member.coordinator for member in queue.members)
        for number, member in enumerate(queue.members):
            path = ("queues", at, "members", number)
            if taken[member.position or number + 1] > 1:
                yield source.refusal(path, f"position {member.position or number + 1} is taken twice")
            if people[member.coordinator] > 1:
                yield source.refusal(path, f"`{member.coordinator}` is a member twice")


def orderings(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, queue in enumerate(file.queues):
        if len(queue.members) <= LARGE_POOL:
            continue
        for key in ("live_ordering", "later_ordering"):
            if getattr(queue, key) not in SORTED_ORDERINGS:
                allowed = ", ".join(sorted(SORTED_ORDERINGS))
                yield source.refusal(
                    ("queues", at, key), f"more than {LARGE_POOL} members can only be ordered by {allowed}"
                )


def relaxations(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, queue in enumerate(file.queues):
        groups = {wanted.group for wanted in queue.requires}
        last = -1
        for number, step in enumerate(queue.relax):
            path = ("queues", at, "relax", number)
            for group in step.drop:
                if group not in groups:
                    yield source.refusal((*path, "drop"), f"no requirement of this queue is in a group `{group}`")
            if step.after_s <= last:
                yield source.refusal(
                    (*path, "after_s"), "steps are seconds from the start, each later than the one before"
                )
            last = step.after_s


def loops(file: PracticeFile, source: Source) -> Iterator[Finding]:
    queues = {queue.id: queue for queue in file.queues}
    for at, queue in enumerate(file.queues):
        if came_back := way_back(queue, queues):
            yield source.refusal(("queues", at, "then"), f"goes round in a circle: {' -> '.join(came_back)}")


def way_back(start: Queue, queues: Mapping[str, Queue]) -> tuple[str, ...] | None:
    """The overflow steps that lead from a queue back to itself, if any do."""
    ways: list[tuple[str, ...]] = [(start.id, name) for name in start.then]
    seen = set[str]()
    while ways:
        way = ways.pop()
        if way[-1] == start.id:
            return way
        if way[-1] in queues and way[-1] not in seen:
            seen.add(way[-1])
            ways.extend((*way, name) for name in queues[way[-1]].then)
    return None


def advice(file: PracticeFile, source: Source) -> Iterator[Finding]:
    if len(file.categories) > MOST_CATEGORIES:
        path: Path = ("categories", MOST_CATEGORIES)
        yield warned(source, path, f"more than {MOST_CATEGORIES} categories: staff stop telling them apart")
    for at, number in enumerate(file.tracking_numbers):
        if number.campaign is None:
            yield warned(source, ("tracking_numbers", at), "no campaign: its leads count for none")
    for at, template in enumerate(file.templates):
        lacking = [language for language in file.practice.languages if language not in template.texts]
        if lacking:
            yield warned(source, ("templates", at, "texts"), f"no text in {', '.join(lacking)}")


def signed(source: Source, path: Path, message: str) -> Finding:
    return Finding("sign_off", source.filename, source.line(path), written(path), message)


def warned(source: Source, path: Path, message: str) -> Finding:
    return Finding("warn", source.filename, source.line(path), written(path), message)
