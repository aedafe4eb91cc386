"""What messages mean, measured: every phrase of ``tests/corpus`` against the verdict of its file, with the figures."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from routing.rules.wording.folding import Phrases
from routing.rules.wording.meaning import Kind, Meaning, meaning
from routing.rules.wording.misspelling import slips
from routing.rules.wording.opt_out import OptOut, Unnamed, opt_out_in, ways_of
from routing.rules.wording.opt_out_friends import BARE_FRIENDS, FALSE_FRIENDS
from routing.rules.wording.opt_out_words import EXPLICIT

CORPUS = Path(__file__).parent / "corpus"
DOCS = Path(__file__).parents[1] / "docs" / "wording.md"
CERTAIN_OF_VARIANTS = 0.99
FILES: Mapping[str, Kind] = {
    "opt_out_core": "opt_out",
    "opt_out_variants": "opt_out",
    "doubtful": "opt_out",
    "false_friends": "plain",
    "help": "help",
    "not_help": "plain",
    "opt_in": "opt_in",
    "not_opt_in": "plain",
    "crisis": "crisis",
    "crisis_friends": "plain",
    "plain": "plain",
}
DRESSES: Mapping[str, Callable[[str], str]] = {
    "as written": str,
    "shouted": str.upper,
    "with an emoji": lambda words: f"{words} \U0001f620",
    "with marks": lambda words: f"  {words}!!!\n",
}


def phrases(name: str) -> list[str]:
    """One a line; ``\\n`` is a line break within a phrase."""
    lines = (CORPUS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line.strip()]


def scoped(name: str) -> list[tuple[frozenset[str], str]]:
    """``texts calls | stop calling and texting me``"""
    parted = (line.split("|", 1) for line in phrases(name))
    return [(frozenset(scopes.split()), words.strip()) for scopes, words in parted]


def said_in(name: str) -> list[str]:
    return [words for _, words in scoped(name)] if name in ("opt_out_core", "doubtful") else phrases(name)


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    every = [words for name in FILES for words in said_in(name)]
    assert len(every) >= 500
    assert sorted({words for words in every if every.count(words) > 1}) == []


@pytest.mark.parametrize("dress", DRESSES)
def test_core_wording_is_an_opt_out_of_what_was_said_and_certain(dress: str) -> None:
    for scopes, words in scoped("opt_out_core"):
        found = opt_out_in(DRESSES[dress](words))
        assert (words, found and (found.scopes, found.certain)) == (words, (scopes, True))


def test_variants_are_recognised_but_for_one_in_a_hundred() -> None:
    variants = phrases("opt_out_variants")
    missed = [words for words in variants if meaning(words).kind != "opt_out"]
    assert len(missed) <= (1 - CERTAIN_OF_VARIANTS) * len(variants), missed


def test_doubtful_wording_is_obeyed_and_shown_to_a_person() -> None:
    for scopes, words in scoped("doubtful"):
        heard = meaning(words)
        assert (words, heard.opt_out and heard.opt_out.scopes, heard.wants_a_look) == (words, scopes, True)


@pytest.mark.parametrize(
    "name", ["false_friends", "plain", "not_help", "not_opt_in", "help", "opt_in", "crisis", "crisis_friends"]
)
def test_what_only_sounds_like_it_is_left_alone(name: str) -> None:
    wrong = {words: meaning(words).kind for words in said_in(name)}
    assert {words: kind for words, kind in wrong.items() if kind != FILES[name]} == {}


def test_the_figures_in_the_docs_are_those_of_the_corpus(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [figures(name) for name in FILES]
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - the measured figures
    page = DOCS.read_text(encoding="utf-8")
    assert [line for line in lines if line not in page] == []


def figures(name: str) -> str:
    said = said_in(name)
    right = sum(meaning(words).kind == FILES[name] for words in said)
    return f"| `{name}.txt` | {len(said)} | {right} | {right / len(said):.1%} |"


def test_a_crisis_comes_first_and_its_opt_out_is_kept() -> None:
    heard = meaning("I want to die. stop texting me")
    assert heard.kind == "crisis"
    assert heard.opt_out is not None
    assert heard.wants_a_look


def test_characters_that_hide_within_a_word_hide_no_crisis() -> None:
    for words in (
        "I want to kill m\u200byself",
        "su\u00adicide",
        "\U0001d5ee\U0001d5fa \U0001d5e2\U0001d5d7ing",
        "ＯＤｉｎｇ",
    ):
        assert meaning(words).kind == "crisis", words


def test_yes_lifts_an_opt_out_only_where_that_was_asked() -> None:
    assert meaning("Yes please").kind == "plain"
    assert meaning("Yes please", yes_opts_in=True).opt_in == "yes"
    assert meaning("start, no wait, STOP texting me", yes_opts_in=True) == Meaning(
        opt_out=opt_out_in("stop texting me")
    )


@pytest.mark.parametrize(
    ("words", "unnamed", "ended"),
    [
        ("STOP", "everything", {"call", "text", "email", "voicemail"}),
        ("STOP", "this_way", {"text"}),
        ("stop texting me", "everything", {"text"}),
        ("stop texting me, leave me alone", "this_way", {"call", "text", "email", "voicemail"}),
        ("no me llamen", "everything", {"call", "voicemail"}),
        ("stop emailing and texting me", "everything", {"email", "text"}),
    ],
)
def test_what_ends_is_what_was_named_and_else_what_the_policy_says(
    words: str, unnamed: Unnamed, ended: set[str]
) -> None:
    found = opt_out_in(words)
    assert found is not None
    assert ways_of(found.scopes, "text", unnamed) == ended


def test_the_answer_carries_our_phrase_and_never_the_persons_words() -> None:
    found = opt_out_in("Ana Reyes of 12 Elm Street says stop texting me")
    assert found is not None
    assert found.phrase in EXPLICIT["en"]["texts"]
    assert opt_out_in("unsubscirbe") == OptOut(frozenset({"unnamed"}), "unsubscribe", "misspelled")
    assert opt_out_in("no me escriban más").language == "es"  # type: ignore[union-attr]


def test_a_false_friend_beside_a_real_opt_out_hides_nothing() -> None:
    for friend in ("I'll stop by tomorrow", "I want to quit drinking", "cancel my appointment"):
        assert opt_out_in(f"{friend}. Stop texting me.") is not None
        assert opt_out_in(f"Do not contact me again. {friend}.") is not None


def test_nothing_is_heard_in_nothing_and_a_flood_is_read_to_a_bound() -> None:
    assert [meaning(empty).kind for empty in ("", "   ", "\u200b", "???", "\U0001f44d", "\x00\x07")] == ["plain"] * 6
    assert opt_out_in("word " * 100_000) is None
    assert opt_out_in("stop " * 100_000) is not None


def test_of_a_table_only_the_phrases_are_tried_of_which_a_word_was_said() -> None:
    table = Phrases(("stop|quit ... texts", "no more $", "^ wrong number|house", "suicid*"))
    assert [table.near(words) for words in ("stop it", "the texts", "no", "wrong")] == [[3], [0, 3], [1, 3], [2, 3]]
    assert [table.first(words) for words in ("quit these texts", "no more", "suicidal")] == [0, 1, 3]
    assert [table.first(words) for words in ("no more pain", "the wrong house", "texts stop")] == [None] * 3
    assert table.without("wrong house no more").split() == ["-", "-"]


def test_slips_of_the_finger_are_counted_to_a_bound() -> None:
    counted = [slips("sotp", "stop", 2), slips("stop", "stop", 1), slips("stp", "stop", 1), slips("knee", "stop", 1)]
    assert counted == [1, 0, 1, 2]


def test_no_phrase_is_written_twice() -> None:
    for table in (
        FALSE_FRIENDS,
        BARE_FRIENDS,
        *(phrases for scopes in EXPLICIT.values() for phrases in scopes.values()),
    ):
        assert len(set(table)) == len(table)
