"""A form's fields have one name each, and what they offer exists."""

from collections.abc import Iterator

from routing.rulebook.check_conditions import Use, picklists, wrong_values
from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.models_reach import FormField
from routing.rulebook.yaml_file import Path, Source


def repeated_fields(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, form in enumerate(file.forms):
        seen = set[str]()
        for number, field in enumerate(form.fields):
            for name in (field.name, *field.names):
                if name in seen:
                    yield source.refusal(("forms", at, "fields", number), f"`{name}` is the name of two fields")
                seen.add(name)
        if form.honeypot in seen:
            path: Path = ("forms", at, "honeypot") if "honeypot" in form.model_fields_set else ("forms", at)
            yield source.refusal(path, f"`{form.honeypot}` is a field of this form, so it can be no trap")


def wrong_options(file: PracticeFile, source: Source) -> Iterator[Finding]:
    known = picklists(file)
    for at, form in enumerate(file.forms):
        for number, field in enumerate(form.fields):
            path: Path = ("forms", at, "fields", number)
            if field.attribute and field.attribute != "city":
                use = Use((*path, "options"), field.attribute, field.options)
                yield from wrong_values(use, known.get(field.attribute), source)
            yield from wrong_meanings(field, path, source)


def wrong_meanings(field: FormField, path: Path, source: Source) -> Iterator[Finding]:
    for said, meant in field.values.items():
        if field.options and meant not in field.options:
            yield source.refusal((*path, "values", said), f"`{meant}` is none of this field's options")
