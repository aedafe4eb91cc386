"""Sources and forms of a practice file: taken as written, or refused with the line and the reason."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from gateway.sources.reading import SOURCES, read_events
from gateway.sources.setting_up import set_up
from gateway.sources.vendor import Delivery, Setup, Unsigned
from routing.rulebook.load import load, read
from routing.rulebook.models_sources import SourceSlug
from routing.rules.questions import LeadSource
from tests.test_rulebook import SMALL

SOURCE = "sources:\n  - {id: typeform, secret: env:TYPEFORM_SECRET, campaign: search}\nrules:\n"
FORM = """\
  - id: lp-1
    label: Page
    origins: https://www.small.example
    redirects: [/thanks, "https://small.example/gracias"]
    honeypot: fax
    min_fill_s: 3
    token: true
    fields:
      - {name: phone, label: Phone, names: [tel], required: true}
      - {name: patient, label: New?, attribute: patient, options: [new], values: {Yes: new}}
      - {name: day, label: When?, kind: date}
"""
WRITTEN = SMALL.replace("rules:\n", SOURCE).replace(
    "  - {id: lp-1, label: Page, campaign: search, category: checkup}\n", FORM
)

REFUSED = {
    # what is replaced, by what, the text of the line it is reported at, a part of "path: message"
    "no proof": ("secret: env:TYPEFORM_SECRET, ", "", "id: typeform", "sources[0]: typeform proves itself by `secret`"),
    "a secret in the file": ("env:TYPEFORM_SECRET", "hunter2", "hunter2", "a secret is never written here"),
    "an unknown vendor": ("id: typeform", "id: typoform", "typoform", "sources[0].id"),
    "a proof it has not": (
        "secret: env:TYPEFORM_SECRET",
        "secret: env:A, key: env:B",
        "typeform",
        "has no use for `key`",
    ),
    "a token for nothing": (
        "secret: env:TYPEFORM_SECRET",
        "secret: env:A, token: env:B",
        "typeform",
        "has no use for `token`",
    ),
    "an address without a token": (
        "id: typeform, secret: env:TYPEFORM_SECRET",
        "id: hubspot, secret: env:A, api_url: env:B",
        "hubspot",
        "`api_url` is asked with a `token`",
    ),
    "half of Meta's": ("id: typeform", "id: meta", "id: meta", "meta needs `secret` and `verify`"),
    "an unmapped source": (
        "id: typeform",
        "id: generic",
        "id: generic",
        "`fields` must say which field is the `source_id`",
    ),
    "an unknown campaign": ("campaign: search}\nrules", "campaign: ads}\nrules", "ads", "there is no campaign `ads`"),
    "a name that is none": ("SECRET, ", "SECRET, fields: {a: B-c}, ", "B-c", "sources[0].fields.a"),
    "a word for nothing": (
        "SECRET, ",
        "SECRET, values: {patient: {Old: old}}, ",
        "Old: old",
        "sources[0].values.patient.Old: `old` is no patient; known: established, new",
    ),
    "two of one vendor": (
        "campaign: search}\nrules",
        "campaign: search}\n  - {id: typeform, secret: env:B}\nrules",
        "env:B",
        "already a source",
    ),
    "a path in an origin": (
        "origins: https://www.small.example",
        "origins: https://small.example/a",
        "origins",
        "an origin is written like",
    ),
    "a wildcard": ("origins: https://www.small.example", 'origins: "*"', "origins", "an origin is written like"),
    "no page": ("[/thanks, ", "[thanks, ", "thanks", "forms[0].redirects[0]"),
    "a trap that is a field": (
        "honeypot: fax",
        "honeypot: tel",
        "honeypot",
        "forms[0].honeypot: `tel` is a field of this form",
    ),
    "one name for two": (
        "names: [tel]",
        "names: [day]",
        "name: day",
        "forms[0].fields[2]: `day` is the name of two fields",
    ),
    "an option of no pick-list": (
        "options: [new]",
        "options: [old]",
        "old",
        "forms[0].fields[1].options: `old` is no patient",
    ),
    "a meaning that is no option": (
        "{Yes: new}",
        "{Yes: established}",
        "Yes",
        "`established` is none of this field's options",
    ),
    "an unknown kind": ("kind: date", "kind: time", "kind: time", "forms[0].fields[2].kind"),
}


def test_a_written_source_and_form_are_compiled_as_they_stand() -> None:
    book = load(WRITTEN, "small.yaml")
    source, form = book.sources["typeform"], book.forms["lp-1"]
    assert (source.secret, source.campaign, source.kind) == ("env:TYPEFORM_SECRET", "search", "form")
    assert (form.origins, form.redirects) == (
        ("https://www.small.example",),
        ("/thanks", "https://small.example/gracias"),
    )
    assert (form.honeypot, form.min_fill_s, form.token) == ("fax", 3, True)
    assert [field.kind for field in form.fields] == ["text", "text", "date"]
    assert (form.fields[0].names, form.fields[1].values) == (("tel",), {"Yes": "new"})


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_wrong_with_a_source_or_a_form_is_told_with_its_line(wrong: str) -> None:
    old, new, line, message = REFUSED[wrong]
    assert WRITTEN.count(old) == 1
    text = WRITTEN.replace(old, new)
    found = [finding for finding in read(text, "small.yaml").findings if finding.level == "refuse"]
    assert any(message in f"{one.path}: {one.message}" for one in found), found
    (told,) = [one for one in found if message in f"{one.path}: {one.message}"][:1]
    assert line in text.splitlines()[told.line - 1]


def test_the_token_and_the_address_of_a_test_are_compiled_as_places() -> None:
    text = WRITTEN.replace(
        "id: typeform, secret: env:TYPEFORM_SECRET", "id: hubspot, secret: env:A, token: env:B, api_url: env:C"
    )
    source = load(text, "small.yaml").sources["hubspot"]
    assert (source.secret, source.token, source.api_url) == ("env:A", "env:B", "env:C")


def test_every_vendor_of_the_practice_file_has_a_module_and_the_other_way_round() -> None:
    assert set(get_args(SourceSlug)) == set(SOURCES)
    assert all(source.slug == slug for slug, source in SOURCES.items())


def test_secrets_come_from_the_places_the_file_names(tmp_path: Path) -> None:
    (tmp_path / "typeform.key").write_text("of a file\n", encoding="utf-8")
    environment = {"OLDER": " the one before ", "KEY": "k" * 20, "SHORT": "k" * 19, "EMPTY": ""}
    source = LeadSource("typeform", secret="file:typeform.key", previous="env:OLDER")
    assert set_up(source, environment, tmp_path).secrets == (b"of a file", b"the one before")
    keyed = set_up(LeadSource("invoca", key="env:KEY", previous="env:EMPTY"), environment, tmp_path)
    assert (keyed.secrets, keyed.keys) == ((), (b"k" * 20,))
    handshake = set_up(LeadSource("meta", secret="env:OLDER", verify="env:KEY"), environment, tmp_path)
    assert handshake.verify == b"k" * 20
    with pytest.raises(ValueError, match="fewer than 20 letters"):
        set_up(LeadSource("invoca", key="env:SHORT"), environment, tmp_path)
    with pytest.raises(ValueError, match="anybody could sign"):
        Setup(source, secrets=(b"",))


@pytest.mark.parametrize("missing", ["env:NOWHERE", "env:EMPTY", "file:nowhere"])
def test_who_is_to_sign_gets_in_by_no_key_when_the_secret_is_missing(missing: str, tmp_path: Path) -> None:
    source = LeadSource("generic", secret=missing, key="env:KEY", fields={"no": "source_id"})
    known = set_up(source, {"KEY": "k" * 20, "EMPTY": ""}, tmp_path)
    delivery = Delivery(
        "POST", "https://leads.example.org", {"content-type": "application/json"}, b'{"no":1}', "k" * 20
    )
    with pytest.raises(Unsigned):
        read_events(SOURCES["generic"], delivery, known, datetime(2026, 11, 21, tzinfo=UTC))
    open_by_key = set_up(replace(source, secret=None), {"KEY": "k" * 20}, tmp_path)
    assert read_events(SOURCES["generic"], delivery, open_by_key, datetime(2026, 11, 21, tzinfo=UTC))
