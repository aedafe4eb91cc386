"""Texts of a treatment centre tell nothing to whoever sees the phone; a practice file with one that does is refused."""

from pathlib import Path

import pytest

import routing
from routing.rulebook.load import read
from routing.rules.wording.neutral import REVEALING, reveals
from routing.rules.wording.question_words import QUESTIONS

HARBOR = (Path(routing.__file__).parent / "practices" / "harbor-recovery.yaml").read_text(encoding="utf-8")
RECEIVED = "Thank you, we have your message. {{ coordinator }} will be in touch. Reply STOP to end texts."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Your bed at our detox is ready", "detox"),
        ("Thank you for calling about REHAB.", "rehab"),
        ("Dana from admissions will call", "admissions"),
        ("Outpatient group at 5", "outpatient"),
        ("Your treatment plan", "treatment plan"),
        ("Llame a la clínica de desintoxicación", "desintoxicacion"),
        ("Su cita de terapia", "terapia"),
        ("We can help with drinking", "drinking"),
        ("Thank you, we have your message.", None),
        ("Which place suits you? 1 Tampa 2 Jacksonville", None),
        ("Gracias, recibimos su mensaje.", None),
        ("Reply STOP to end texts.", None),
        ("", None),
    ],
)
def test_a_word_that_tells_what_is_treated_is_found(text: str, told: str | None) -> None:
    assert reveals(text) == told


def test_our_own_questions_are_neutral() -> None:
    assert [text for texts in QUESTIONS.values() for text in texts.values() if reveals(text)] == []
    assert len(set(REVEALING)) == len(REVEALING)


def refused(text: str) -> list[str]:
    return [str(finding) for finding in read(text, "harbor.yaml").findings if finding.level == "refuse"]


def line_of(text: str) -> int:
    return HARBOR[: HARBOR.index(text)].count("\n") + 1


def test_the_shipped_centre_is_neutral() -> None:
    assert refused(HARBOR) == []


@pytest.mark.parametrize(
    ("telling", "message"),
    [
        ("Our detox team has your message.", "`detox` tells what the practice treats"),
        ("{{ practice }} has your message.", "would put in the practice's name with `recovery`"),
        ("We have your question about {{ category }}.", "would put in what the person asked for"),
        ("{{ campaign }}: thank you.", "would put in what the person asked for"),
    ],
)
def test_a_telling_text_is_refused_with_its_line(telling: str, message: str) -> None:
    found = refused(HARBOR.replace(RECEIVED, telling))
    assert len(found) == 1
    assert found[0].startswith(f"harbor.yaml:{line_of(RECEIVED)}: templates")
    assert message in found[0]


def test_what_is_spoken_or_shown_beside_a_form_may_name_the_practice() -> None:
    assert "You have reached {{ practice }}" in HARBOR
    assert "Harbor Recovery may contact me" in HARBOR


def test_a_centre_whose_texts_are_not_neutral_is_warned() -> None:
    findings = read(HARBOR.replace("sms_neutral: true", "sms_neutral: false"), "harbor.yaml").findings
    assert [finding.level for finding in findings if "sms_neutral" in finding.message] == ["warn"]
