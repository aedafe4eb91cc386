"""Every source of leads can prove who it is, and its words end up in our pick-lists."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from routing.rulebook.check_conditions import Use, picklists, wrong_values
from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.models_sources import LeadSource
from routing.rulebook.yaml_file import Source

PROOFS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "callrail": ("secret",),
        "google-ads": ("secret",),
        "hubspot": ("secret",),
        "meta": ("secret", "verify"),
        "typeform": ("secret",),
        "calltrackingmetrics": ("secret", "key"),
        "generic": ("secret", "key"),
        "whatconverts": ("key",),
        "invoca": ("key",),
        "jotform": ("key",),
    }
)
"""What each vendor proves itself with. Two proofs besides Meta's are alternatives, and a secret is the better one."""
BOTH = frozenset({"meta"})
FETCHED = frozenset({"meta", "hubspot"})
"""Their webhooks only name a record."""


def unproven_sources(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, entry in enumerate(file.sources):
        if fault := unproven(entry):
            yield source.refusal(("sources", at), fault)
        if entry.id == "generic" and "source_id" not in entry.fields.values():
            yield source.refusal(("sources", at), "`fields` must say which field is the `source_id`: repeats go by it")


def unproven(entry: LeadSource) -> str | None:
    wanted = PROOFS[entry.id]
    given = [name for name in wanted if getattr(entry, name)]
    if entry.id in BOTH and len(given) < len(wanted):
        return f"{entry.id} needs {' and '.join(f'`{name}`' for name in wanted)}"
    if not given:
        return f"{entry.id} proves itself by {' or '.join(f'`{name}`' for name in wanted)}"
    known = (*wanted, "token", "api_url") if entry.id in FETCHED else wanted
    foreign = [
        name for name in ("secret", "key", "verify", "token", "api_url") if getattr(entry, name) and name not in known
    ]
    if foreign:
        return f"{entry.id} has no use for `{foreign[0]}`"
    return "`api_url` is asked with a `token`" if entry.api_url and not entry.token else None


def wrong_words_of_sources(file: PracticeFile, source: Source) -> Iterator[Finding]:
    known = picklists(file)
    for at, entry in enumerate(file.sources):
        for name, words in entry.values.items():
            for said, meant in words.items():
                use = Use(("sources", at, "values", name, said), name, (meant,))
                yield from wrong_values(use, known.get(name), source)
