"""A practice file's text as plain words, lists and mappings, with the line of every entry.

Every value stays text: YAML would read 17:30 as 1050 and a ZIP as an octal number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from routing.rulebook.findings import Finding

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
Path: TypeAlias = tuple[str | int, ...]

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
DEEPEST = 12
"""More levels than any practice file has; beyond that the text is no practice file."""


@dataclass(frozen=True, slots=True)
class Source:
    filename: str
    top: dict[str, Plain]
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of ``path``, or of the nearest entry around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def refusal(self, path: Path, message: str) -> Finding:
        return Finding("refuse", self.filename, self.line(path), written(path), message)


def written(path: Path) -> str:
    """``("queues", 3, "owner")`` as ``queues[3].owner``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "file"


class NotAPracticeFile(Exception):
    """Reading cannot go on."""

    def __init__(self, line: int, path: Path, message: str) -> None:
        super().__init__(message)
        self.line, self.path, self.message = line, path, message


def parse(text: str, filename: str) -> tuple[Source, tuple[Finding, ...]]:
    """The source is empty where the text is no YAML or no mapping; the findings then say why."""
    reading = Reading(yaml.parse(text, Loader=LOADER))
    try:
        top = reading.document()
    except NotAPracticeFile as stop:
        reading.faults.append((stop.line, stop.path, stop.message))
        top = {}
    except yaml.MarkedYAMLError as fault:
        reading.faults.append((marked_line(fault), (), f"not readable as YAML: {fault.problem or 'syntax'}"))
        top = {}
    except (yaml.YAMLError, UnicodeError):
        reading.faults.append((1, (), "not readable as text: it has a character that YAML does not allow"))
        top = {}
    found = tuple(Finding("refuse", filename, line, written(path), message) for line, path, message in reading.faults)
    return Source(filename, top, reading.lines), found


def marked_line(fault: yaml.MarkedYAMLError) -> int:
    mark = fault.problem_mark or fault.context_mark
    return mark.line + 1 if mark else 1


@dataclass(slots=True)
class Reading:
    """Walks the parser's events once; what may be skipped is noted in ``faults`` and read on."""

    events: Iterator[yaml.Event]
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[tuple[int, Path, str]] = field(default_factory=list)

    def document(self) -> dict[str, Plain]:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise NotAPracticeFile(1, (), "the file is empty")
        first = next(self.events)
        if not isinstance(first, yaml.MappingStartEvent):
            raise NotAPracticeFile(line_of(first), (), "a practice file is a mapping: `practice:`, `queues:` and so on")
        top = self.mapping(first, ())
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise NotAPracticeFile(line_of(after), (), "one file holds one practice: a second document starts here")
        return top

    def value(self, event: yaml.Event, path: Path) -> Plain:
        if len(path) > DEEPEST:
            raise NotAPracticeFile(line_of(event), path, "nested too deeply")
        self.lines.setdefault(path, line_of(event))
        if getattr(event, "anchor", None):
            self.faults.append((line_of(event), path, "anchors and aliases are not used: write the value out"))
        if getattr(event, "tag", None):
            self.faults.append((line_of(event), path, "tags (`!...`) are not used"))
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path)
        return self.scalar(event, path)

    def scalar(self, event: yaml.Event, path: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            return ""
        if not event.value and event.implicit[0]:
            self.faults.append((line_of(event), path, "has no value: write one or leave the line out"))
        return str(event.value)

    def sequence(self, path: Path) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items))))
        return items

    def mapping(self, start: yaml.Event, path: Path) -> dict[str, Plain]:
        entries: dict[str, Plain] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event, path)
            again = key in entries
            if again:
                self.faults.append((line_of(event), (*path, key), f"`{key}` is written twice"))
            self.lines[(*path, key)] = line_of(event)
            value = self.value(next(self.events), (*path, key))
            if not again:
                entries[key] = value
        return entries

    def key(self, event: yaml.Event, path: Path) -> str:
        if isinstance(event, yaml.ScalarEvent) and not event.anchor:
            return str(event.value)
        raise NotAPracticeFile(line_of(event), path, "a key must be a plain word")


def line_of(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
