"""What pydantic found, as findings a practice manager can act on."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from routing.rulebook.findings import Finding
from routing.rulebook.models import keys_at
from routing.rulebook.yaml_file import Path, Source, written

ORDERINGS = frozenset({"live_ordering", "later_ordering"})


def refusals(error: ValidationError, source: Source) -> tuple[Finding, ...]:
    found = (refusal(detail, source) for detail in error.errors(include_url=False, include_input=False))
    return tuple(finding for finding in found if not finding.path.endswith("priority"))


def refusal(detail: ErrorDetails, source: Source) -> Finding:
    path: Path = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        return source.refusal(path, f"unknown key; known here: {', '.join(keys_at(path[:-1]))}")
    if detail["type"] == "missing":
        return source.refusal(path, f"`{path[-1]}` is missing")
    return Finding("refuse", source.filename, source.line(path), written(path), message(detail, path))


def message(detail: ErrorDetails, path: Path) -> str:
    expected = detail.get("ctx", {}).get("expected")
    if detail["type"] == "literal_error":
        subject = "there is no such ordering" if path[-1] in ORDERINGS else "not one of the words known here"
        return f"{subject}; write {expected}"
    said = detail["msg"].removeprefix("Value error, ")
    return said.removeprefix("Input should be ").replace("valid dictionary", "mapping").replace("valid tuple", "list")
