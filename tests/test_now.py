"""What time it is, for every process of a deployment."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routing.now import CLOCK_FILE, ClockError, ProcessClock, open_clock
from routing.settings import Settings, read

STARTED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
INSTANT = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)


def settings_in(folder: Path, **more: str) -> Settings:
    return read({"LEADLINE_ENVIRONMENT": "development", "LEADLINE_DATA_DIR": str(folder), **more})


def rehearsal_in(folder: Path, instant: str = "2026-11-17T14:00:00-05:00", speed: str = "1") -> Settings:
    return settings_in(folder, LEADLINE_CLOCK=instant, LEADLINE_CLOCK_SPEED=speed)


def real(seconds: float) -> Callable[[], datetime]:
    return lambda: STARTED + timedelta(seconds=seconds)


def test_without_a_rehearsal_it_is_the_real_time(tmp_path: Path) -> None:
    assert open_clock(settings_in(tmp_path), real(5)).now() == STARTED + timedelta(seconds=5)
    assert not (tmp_path / CLOCK_FILE).exists()


def test_the_real_time_is_aware_and_in_utc() -> None:
    assert ProcessClock().now().tzinfo is UTC


def test_a_rehearsal_begins_at_its_instant(tmp_path: Path) -> None:
    now = open_clock(rehearsal_in(tmp_path / "new"), real(0)).now()
    assert now == INSTANT
    assert now.tzinfo is UTC


def test_a_later_process_reads_the_clock_of_the_first(tmp_path: Path) -> None:
    open_clock(rehearsal_in(tmp_path), real(0))
    other = open_clock(rehearsal_in(tmp_path, instant="2027-01-01T00:00:00+00:00", speed="9"), real(90))
    assert other.now() == INSTANT + timedelta(seconds=90)


def test_a_fast_rehearsal_lives_an_hour_in_a_minute(tmp_path: Path) -> None:
    open_clock(rehearsal_in(tmp_path, speed="60"), real(0))
    assert open_clock(rehearsal_in(tmp_path), real(60)).now() == INSTANT + timedelta(hours=1)


def test_the_first_writer_wins_and_leaves_no_draft(tmp_path: Path) -> None:
    open_clock(rehearsal_in(tmp_path), real(0))
    assert [path.name for path in tmp_path.iterdir()] == [CLOCK_FILE]
    assert json.loads((tmp_path / CLOCK_FILE).read_text())["began_at"] == STARTED.isoformat()


@pytest.mark.parametrize("content", ["", "[]", '{"instant": 7}', '{"instant": "x", "speed": 1, "began_at": "x"}'])
def test_a_spoilt_clock_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / CLOCK_FILE).write_text(content)
    with pytest.raises(ClockError, match="remove it"):
        open_clock(rehearsal_in(tmp_path), real(0))
