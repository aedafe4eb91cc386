"""What a treatment centre texts or leaves on a voicemail says nothing of what it treats to whoever sees the phone."""

from collections.abc import Iterator, Mapping

from routing.rulebook.check_routes import warned
from routing.rulebook.check_templates import names_in, words_in
from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.yaml_file import Source
from routing.rules.wording.neutral import reveals

SENT = ("text-", "email-")
"""How the ids of templates that are sent begin; a category's and a cadence's are sent as well."""
TELLING = frozenset({"campaign", "category", "patient", "reason", "requested"})
"""Names filled with what the person asked for."""


def telling_texts(file: PracticeFile, source: Source) -> Iterator[Finding]:
    """Refused where `sms_neutral` is on; a practice with levels of care is told that it could be."""
    if not file.policies.sms_neutral:
        if any(place.levels_of_care for place in file.locations):
            yield warned(source, ("policies",), "`sms_neutral` is off: texts may tell what the practice treats")
        return
    sent, named = sent_templates(file), telling_names(file)
    for at, template in enumerate(file.templates):
        if template.id in sent or template.id.startswith(SENT):
            for language, text in template.texts.items():
                for fault in faults(text, named):
                    yield source.refusal(("templates", at, "texts", language), fault)


def faults(text: str, named: Mapping[str, str]) -> Iterator[str]:
    told = reveals(words_in(text))
    if told:
        yield f"`{told}` tells what the practice treats, and texts are neutral here (sms_neutral)"
    for name in sorted(names_in(text) & named.keys()):
        yield f"`{{{{ {name} }}}}` would put in {named[name]}, and texts are neutral here (sms_neutral)"


def telling_names(file: PracticeFile) -> Mapping[str, str]:
    """Name to why it may not stand in a neutral text."""
    found = dict.fromkeys(TELLING, "what the person asked for")
    if told := reveals(file.practice.name):
        found["practice"] = f"the practice's name with `{told}`"
    if told := next(filter(None, (reveals(place.name) for place in file.locations)), None):
        found["location"] = f"a location's name with `{told}`"
    return found


def sent_templates(file: PracticeFile) -> frozenset[str]:
    of_categories = {name for category in file.categories for name in category.templates.values()}
    steps = (step for cadence in file.cadences for step in cadence.after.values())
    return frozenset(of_categories | {step.template for step in steps if step.template and step.way != "voicemail"})
