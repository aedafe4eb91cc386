"""CSV lists that come in: read line by line, and told what became of each line."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` is its line in the file."""

    number: int
    fields: Mapping[str, str]


class Unreadable(ValueError):
    """The file as a whole: no header, not UTF-8, a column twice."""


def rows(path: Path) -> tuple[Row, ...]:
    """:raises Unreadable: with what is wrong."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("this is no UTF-8") from None
    lines = io.StringIO(text, newline="")
    reader = csv.DictReader(lines, delimiter=delimiter(text), strict=True)
    try:
        reader.fieldnames = names = [name.strip() for name in reader.fieldnames or ()]
        if not names or len(set(names)) != len(names):
            raise Unreadable("the first line must name each column once")
        return tuple(Row(reader.line_num, whole(row)) for row in reader)
    except csv.Error:
        raise Unreadable(f"what begins in line {reader.line_num + 1} is no CSV: look at its quotes") from None


def delimiter(text: str) -> str:
    """Spreadsheets of some languages part cells with semicolons."""
    return max(DELIMITERS, key=text.partition("\n")[0].count)


def whole(row: Mapping[str | None, str | list[str] | None]) -> Mapping[str, str]:
    """A line with more cells than the header keeps them apart, so that it is refused."""
    more = {"": "more cells than columns"} if None in row else {}
    return {**{name: text.strip() for name, text in row.items() if name and isinstance(text, str)}, **more}


def given(path: Path) -> tuple[Row, ...]:
    """What a command was given. :raises typer.BadParameter: where it cannot be read."""
    try:
        return rows(path)
    except Unreadable as wrong:
        raise typer.BadParameter(str(wrong), param_hint="FILE") from None


@dataclass(frozen=True, slots=True)
class Became:
    """``what`` became of a line: ``refused``, ``there`` already, or where it went. ``refused``: field to code."""

    line: int
    what: str
    refused: Mapping[str, str] = field(default_factory=dict)


def report(told: Sequence[Became], verb: str) -> None:
    """``verb`` is what was done, or would be, with lines that are new."""
    counts = Counter(each.what for each in told)
    there, bad = counts.pop("there", 0), counts.pop("refused", 0)
    typer.echo(f"{len(told)} lines: {sum(counts.values())} {verb}, {there} there already, {bad} refused")
    for what, count in sorted(counts.items()):
        typer.echo(f"  {what}: {count}")
    for each in told:
        if each.refused:
            typer.echo(f"line {each.line}: {reasons(each.refused)}")


def reasons(fields: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {code}" for name, code in sorted(fields.items()))


def exit_code(told: Sequence[Became]) -> int:
    return 1 if any(each.refused for each in told) else 0
