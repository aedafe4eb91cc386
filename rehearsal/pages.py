"""A landing page as its visitor leaves it: a form of a practice filled in and posted, perhaps several times at once."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from httpx2 import AsyncClient, Response

from rehearsal.directory import Directory
from rehearsal.scenario import NothingToRehearse, Stage
from routing.rules.book import Book
from routing.rules.questions import Form, FormField

SAMPLE: Mapping[str, str] = {
    "name": "Ida Bergstrom",
    "first_name": "Ida",
    "last_name": "Bergstrom",
    "email": "ida.bergstrom@example.com",
    "best_time": "after 16:00",
    "zip": "32202",
}
"""An invented person, where the field offers no choice."""


@dataclass(frozen=True, slots=True)
class PagePlan:
    """``given`` replaces what the invented visitor would write; an empty text leaves a field out."""

    practice: str
    form: str
    number: str = field(repr=False)
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """What the page sent, and what each copy was told."""

    fields: Mapping[str, str] = field(repr=False)
    answers: tuple[tuple[int, str], ...]


def filled(directory: Directory, plan: PagePlan) -> Mapping[str, str]:
    """:raises NothingToRehearse: for a practice or form that the practice files do not have."""
    book = directory.book_of(plan.practice)
    form = book.forms.get(plan.form) if book else None
    if book is None or form is None:
        raise NothingToRehearse("no practice file has this form: give --practice and --form")
    said = {one.name: answer(book, form, one, plan.number) for one in form.fields}
    return {name: text for name, text in {**said, **plan.given}.items() if text}


def answer(book: Book, form: Form, one: FormField, number: str) -> str:
    if one.name == "phone":
        return number
    if one.options:
        return one.options[0]
    if one.attribute == "city":
        return near(book, form)
    if one.attribute == "zip" and any(each.attribute == "city" for each in form.fields):
        return ""
    return SAMPLE.get(one.name, "a rehearsal" if one.kind == "text" else "")


def near(book: Book, form: Form) -> str:
    """The first city from which an office of the page's service is the nearest."""
    line = form.attributes.get("category")
    serving = [each.id for each in book.locations.values() if not line or line in each.categories]
    found = (city for city in book.cities if next(iter(book.nearness.get(city.casefold(), ())), "") in serving)
    return next(found, "")


async def post_form(stage: Stage, plan: PagePlan) -> Posted:
    """As a browser's form without a script, each copy at the same time."""
    fields = {**filled(stage.directory, plan), "submission_id": secrets.token_hex(8)}
    url = f"{stage.connect_url}/forms/{plan.practice}/{plan.form}"
    async with AsyncClient(timeout=15.0) as client:
        answers: Sequence[Response] = await asyncio.gather(*(send(client, url, fields) for _ in range(stage.copies)))
    return Posted(fields, tuple((each.status_code, each.text) for each in answers))


async def send(client: AsyncClient, url: str, fields: Mapping[str, str]) -> Response:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(url, content=urlencode(dict(fields)), headers=headers)
