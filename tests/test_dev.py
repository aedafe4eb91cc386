"""The pure parts of `dev.py`: which Python, which command, and when the environment has to be made again."""

import shutil
import sys
from pathlib import Path

import pytest

import dev


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose environment is made."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("starlette==1.10.0\n")
    (tmp_path / "requirements" / "dev.txt").write_text("starlette==1.10.0\npytest==9.2.0\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "leadline").touch()
    return tmp_path


def put_stamp(checkout: Path, kind: str) -> None:
    (checkout / ".venv" / f"leadline-{kind}").write_text(dev.stamp(checkout, kind))


def test_a_new_checkout_is_not_set_up(checkout: Path) -> None:
    assert not dev.is_set_up(checkout, "run")


def test_an_environment_for_running_is_none_for_testing(checkout: Path) -> None:
    put_stamp(checkout, "run")
    assert dev.is_set_up(checkout, "run")
    assert not dev.is_set_up(checkout, "dev")


def test_an_environment_for_testing_runs_as_well(checkout: Path) -> None:
    put_stamp(checkout, "dev")
    assert dev.is_set_up(checkout, "run")
    assert dev.is_set_up(checkout, "dev")


@pytest.mark.parametrize("changed", ["requirements/run.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_file_makes_it_again(checkout: Path, changed: str) -> None:
    put_stamp(checkout, "run")
    (checkout / changed).write_text("changed\n")
    assert not dev.is_set_up(checkout, "run")


def test_an_environment_without_our_command_is_made_again(checkout: Path) -> None:
    put_stamp(checkout, "run")
    (checkout / ".venv" / "bin" / "leadline").unlink()
    assert not dev.is_set_up(checkout, "run")


def test_a_python_that_cannot_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, good = tmp_path / "python3.14", tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")
    good.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for path in (broken, good):
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.newest_python() == str(good)


def test_the_newest_python_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("python3.11", "python3.13"):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.newest_python() == str(tmp_path / "python3.13")


def test_without_a_python_of_ours_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.newest_python() is None


@pytest.mark.parametrize(
    ("word", "rest", "command"),
    [
        ("run", ["--at", "x"], ["leadline", "demo", "--at", "x"]),
        ("test", ["tests/test_dev.py"], ["python", "-m", "pytest", "tests/test_dev.py"]),
        ("bench", ["claims", "--fast"], ["python", "-m", "tests.bench.claims", "--fast"]),
        ("rehearse", ["call"], ["leadline", "rehearse", "call"]),
    ],
)
def test_each_word_has_its_command(word: str, rest: list[str], command: list[str]) -> None:
    program, *arguments = dev.command_of(word, rest)
    assert [Path(program).name, *arguments] == command


def test_the_pinned_tools_of_the_lint_steps_are_installed() -> None:
    assert all(shutil.which(step[0], path=str(Path(sys.executable).parent)) for _, step in dev.LINT)
