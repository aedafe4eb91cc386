"""Reads a practice file: everything wrong with it at once, or the book the rules work with."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from routing.rulebook.check import check
from routing.rulebook.check_words import forbidden_words
from routing.rulebook.compile import compiled
from routing.rulebook.findings import Finding, PracticeFileError
from routing.rulebook.models import PracticeFile
from routing.rulebook.refusals import refusals
from routing.rulebook.yaml_file import parse
from routing.rules.book import Book


@dataclass(frozen=True, slots=True)
class Reading:
    """``file`` is None where the text could not be read as a practice file; the findings then say why."""

    file: PracticeFile | None
    digest: str
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        return self.file is None or any(finding.level == "refuse" for finding in self.findings)


def read(text: str, filename: str) -> Reading:
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    source, faults = parse(text, filename)
    if faults and not source.top:
        return Reading(None, digest, faults)
    found = (*faults, *forbidden_words(source))
    try:
        file = PracticeFile.model_validate(source.top)
    except ValidationError as error:
        return Reading(None, digest, in_order((*found, *refusals(error, source))))
    return Reading(file, digest, in_order((*found, *check(file, source))))


@lru_cache(maxsize=64)
def load(text: str, filename: str, version: int = 1) -> Book:
    """PracticeFileError with all findings where one of them refuses; what wants a signature or a look does not. A book
    never changes, and checking its text costs far more than keeping it."""
    reading = read(text, filename)
    if reading.file is None or reading.refused:
        raise PracticeFileError(reading.findings)
    return compiled(reading.file, reading.digest, version)


def in_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.line))
