"""Where persons' texts are told to coordinators' own phones, each phone takes texts and is hers alone."""

from collections import Counter
from collections.abc import Iterator

from routing.rulebook.check_routes import signed, warned
from routing.rulebook.findings import Finding
from routing.rulebook.models import PracticeFile
from routing.rulebook.models_people import Coordinator
from routing.rulebook.numbers import takes_texts
from routing.rulebook.yaml_file import Path, Source

OTHERWISE = "or write `text_relay: false` for her"


def relayed(file: PracticeFile, who: Coordinator) -> bool:
    return file.policies.text_relay if who.text_relay is None else who.text_relay


def unrelayable(file: PracticeFile, source: Source) -> Iterator[Finding]:
    mine = [(at, who) for at, who in enumerate(file.coordinators) if relayed(file, who)]
    if file.policies.text_relay_content:
        content: Path = ("policies", "text_relay_content")
        if mine:
            yield signed(source, content, "what persons write is texted, unsealed, to coordinators' own phones")
        else:
            yield warned(source, content, "no effect: nobody has `text_relay`")
    if mine and not any(number.texts for number in file.tracking_numbers):
        at, who = mine[0]
        path: Path = ("coordinators", at, "text_relay") if who.text_relay else ("policies", "text_relay")
        yield source.refusal(path, "no tracking number has `texts: true`, so nothing could be sent to these phones")
    shared = Counter(who.phone for who in file.coordinators)
    for at, who in mine:
        if why := fault(file, who.phone, shared[who.phone]):
            yield source.refusal(("coordinators", at, "phone"), f"{why}: give her own one, {OTHERWISE} (text_relay)")


def fault(file: PracticeFile, phone: str, holders: int) -> str:
    """Why threads cannot be told to this phone; nothing where they can."""
    if phone in {number.number for number in file.tracking_numbers}:
        return "this is a tracking number of the practice"
    if phone in {place.number for place in file.locations}:
        return "this is an office's number"
    if not takes_texts(phone):
        return "this kind of number takes no texts"
    return "another coordinator has this phone too, so nobody could say whose text it is" if holders > 1 else ""
