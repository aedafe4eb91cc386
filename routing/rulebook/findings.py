"""What is wrong with a practice file, where, and how much it matters."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["refuse", "sign_off", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``line`` counts from 1. ``refuse`` keeps a file from being published, ``sign_off`` needs a name under it."""

    level: Level
    filename: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}: {self.path}: {self.message}"


class PracticeFileError(ValueError):
    """The practice file cannot be published; ``findings`` lists everything found, warnings included."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))
