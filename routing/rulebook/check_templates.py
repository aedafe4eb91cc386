"""A template may only mention what will be known when it is said or sent, and only hold what cannot fail then."""

from collections.abc import Iterator

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from routing.rulebook.filling import NAMES, WRITTEN
from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.yaml_file import Source

ALLOWED = (
    *(nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.CondExpr, nodes.Filter, nodes.Const),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
)
"""All that is filled in is text, so nothing built of these can fail, take long or reach into a value: no loop, no call,
no attribute, no sum."""
FILTERS = frozenset({"capitalize", "lower", "title", "trim", "upper"})
COMPARED = frozenset({"eq", "ne"})
MOST_PARTS = 100
"""More may be nested too deeply to be made ready."""
MAY_STAND = (
    "only {{ name }}, `if`, `and`, `or`, `not`, `==`, `!=`, words in quotes and the filters "
    f"{', '.join(sorted(FILTERS))} may stand in a template"
)
TOO_LONG = "this is nested too deeply for a template"


def wrong_templates(file: PracticeFile, source: Source) -> Iterator[Finding]:
    for at, template in enumerate(file.templates):
        for language, text in template.texts.items():
            for fault in faults(text):
                yield source.refusal(("templates", at, "texts", language), fault)


def faults(text: str) -> Iterator[str]:
    try:
        parts = parts_of(text)
    except TemplateSyntaxError as wrong:
        yield f"this is no template: {wrong.message}"
        return
    except RecursionError:
        yield TOO_LONG
        return
    if len(parts) > MOST_PARTS:
        yield TOO_LONG
    if not all(map(is_allowed, parts)):
        yield MAY_STAND
    for name in sorted(names_in(text) - NAMES):
        yield f"there is nothing called `{name}` to put in; known: {', '.join(sorted(NAMES))}"


def parts_of(text: str) -> list[nodes.Node]:
    """:raises TemplateSyntaxError: RecursionError."""
    return list(WRITTEN.parse(text).find_all(nodes.Node))


def is_allowed(node: nodes.Node) -> bool:
    match node:
        case nodes.Filter():
            plain = not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)
            return node.name in FILTERS and node.node is not None and plain
        case nodes.Operand():
            return node.op in COMPARED
        case nodes.Const():
            return isinstance(node.value, str)
        case _:
            return isinstance(node, ALLOWED)


def readable(text: str) -> list[nodes.Node]:
    """None of one that is refused as no template at all."""
    try:
        return parts_of(text)
    except (TemplateSyntaxError, RecursionError):
        return []


def names_in(text: str) -> frozenset[str]:
    """What it would put in or look at."""
    return frozenset(node.name for node in readable(text) if isinstance(node, nodes.Name))


def words_in(text: str) -> str:
    """What it says whatever is put in, in every branch of it."""
    parts = readable(text)
    said = (node.data if isinstance(node, nodes.TemplateData) else getattr(node, "value", None) for node in parts)
    return " ".join(each for each in said if isinstance(each, str))
