"""A practice decides about lawful contact only where it may, and only once at a time."""

from collections.abc import Iterator

from routing.rulebook.compile_contact import override
from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.yaml_file import Path, Source
from routing.rules.lawful.overrides import objections

APPROVALS: Path = ("policies", "contact", "approvals")


def unlawful_approvals(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, entry in enumerate(file.policies.contact.approvals):
        for key, message in objections(override(entry)):
            yield source.refusal((*APPROVALS, at, key), message)


def overlapping_approvals(file: PracticeFile, source: Source) -> Iterator[Finding]:
    approvals = file.policies.contact.approvals
    for at, entry in enumerate(approvals):
        for earlier in approvals[:at]:
            if entry.rule == earlier.rule and entry.first <= earlier.last and earlier.first <= entry.last:
                yield source.refusal((*APPROVALS, at), f"`{entry.rule}` is already decided for some of these days")
