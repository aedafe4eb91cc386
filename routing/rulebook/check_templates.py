"""A template may only mention what will be known when it is said or sent."""

import re
from collections.abc import Iterator

from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.yaml_file import Source

PLACEHOLDERS = frozenset(
    {
        "campaign",
        "category",
        "coordinator",
        "day",
        "dialled",
        "location",
        "minutes",
        "number",
        "options",
        "patient",
        "person",
        "position",
        "practice",
        "reason",
        "requested",
        "time",
    }
)
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
ANYTHING_ELSE = re.compile(r"\{[{%#]|[%#}]\}")


def unknown_placeholders(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, template in enumerate(file.templates):
        for language, text in template.texts.items():
            path = ("templates", at, "texts", language)
            for name in sorted(set(PLACEHOLDER.findall(text)) - PLACEHOLDERS):
                known = ", ".join(sorted(PLACEHOLDERS))
                yield source.refusal(path, f"there is nothing called `{name}` to put in; known: {known}")
            if ANYTHING_ELSE.search(PLACEHOLDER.sub("", text)):
                yield source.refusal(path, "only {{ name }} may stand in a template")
