"""What came in while the database was away: sealed, on disk, in order, and gone only when it is in the rows."""

import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from routing.state.database import DatabaseDown
from routing.state.sealed import Vault
from routing.state.spool import Lost, Spool, SpoolDown, Verdict

SECRET, NEXT_SECRET = b"an invented secret of thirty-two bytes or more", b"another invented secret that came after it"
CANARY, PHONE = "Zyxwv Canaryson", "+18135550177"
NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
IDS = count(1)


def spool_in(folder: Path, vault: Vault | None = None) -> Spool:
    return Spool(folder, vault or Vault(SECRET), lambda prefix: f"{prefix}_{next(IDS):08d}")


def lost(number: int = 0, what: str = "incoming") -> Lost:
    fields = {"CallSid": f"CA{number:032x}", "From": PHONE, "CallerName": CANARY}
    return Lost(what, f"iq_{number}", 0, NOW + timedelta(seconds=number), fields, f"<Say>{CANARY}</Say>".encode())


def seen(spool: Spool, verdict: Verdict = "done") -> list[Lost]:
    """Everything that is replayed now."""
    found: list[Lost] = []

    def settle(one: Lost) -> Verdict:
        found.append(one)
        return verdict

    spool.replay(settle)
    return found


def files(folder: Path, ending: str = "jsonl") -> list[Path]:
    return sorted(folder.glob(f"*.{ending}"))


def test_a_webhook_comes_back_as_it_was_kept_and_then_the_spool_is_empty(tmp_path: Path) -> None:
    spool = spool_in(tmp_path / "spool")
    assert spool.is_empty()
    wanted = [lost(1), lost(2, "status"), lost(3, "dialled")]
    for one in wanted:
        spool.append(one)
    assert not spool.is_empty()
    assert seen(spool) == wanted
    assert spool.is_empty()
    assert seen(spool) == []
    spool.append(lost(4))
    assert seen(spool) == [lost(4)]


def test_nobody_else_may_open_the_files_and_nothing_personal_can_be_read_in_them(tmp_path: Path) -> None:
    spool_in(tmp_path / "spool").append(lost(1))
    (path,) = files(tmp_path / "spool")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = path.read_bytes()
    for canary in (CANARY, "Canaryson", PHONE, PHONE[2:], lost(1).fields["CallSid"], "iq_1"):
        assert canary.encode() not in text
        assert canary not in path.name


def test_a_half_written_last_line_is_ignored_and_the_others_are_not(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    for number in (1, 2):
        spool.append(lost(number))
    spool.close()
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for cut in range(1, len(whole) // 2, 25):
        path.write_bytes(whole[:-cut])
        again = spool_in(tmp_path)
        assert [one.inquiry for one in seen(again, "later")] in (["iq_1"], ["iq_1", "iq_2"])
        for left in files(tmp_path):
            left.unlink()


def test_what_a_full_disk_cut_in_the_middle_spoils_no_line_after_it(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    spool.append(lost(1))
    (path,) = files(tmp_path)
    with path.open("ab") as out:
        out.write(b'\n{"id": "sp_half", "sea')
    spool.append(lost(2))
    assert [one.inquiry for one in seen(spool)] == ["iq_1", "iq_2"]


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.test_spool import lost, spool_in
from routing.state.spool import SpoolDown
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))
spool = spool_in(Path(sys.argv[1]))
for number in range(20):
    try:
        spool.append(lost(number))
    except SpoolDown as down:
        assert str(down) in ("OSError", "short write"), down
        break
    print(number, flush=True)
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.test_spool import lost, spool_in
spool = spool_in(Path(sys.argv[1]))
for number in range(3):
    spool.append(lost(number))
    print(number, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("script", [FULL, KILLED], ids=["disk full", "killed"])
def test_whatever_a_process_said_it_kept_is_found_by_the_next_one(tmp_path: Path, script: str) -> None:
    root = Path(__file__).parents[1]
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    kept = [f"iq_{number}" for number in told.stdout.split()]
    assert kept, told.stderr
    assert [one.inquiry for one in seen(spool_in(tmp_path))] == kept


def test_a_file_that_a_living_process_writes_is_left_to_it(tmp_path: Path) -> None:
    writing, other = spool_in(tmp_path), spool_in(tmp_path)
    writing.append(lost(1))
    assert seen(other) == []
    writing.append(lost(2))
    assert [one.inquiry for one in seen(writing)] == ["iq_1", "iq_2"]


def test_while_the_database_stays_away_nothing_is_removed(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    for number in (1, 2):
        spool.append(lost(number))

    def away(one: Lost) -> Verdict:
        if one.inquiry == "iq_2":
            raise DatabaseDown("away again")
        return "done"

    for _ in range(2):
        with pytest.raises(DatabaseDown):
            spool.replay(away)
    assert [one.inquiry for one in seen(spool)] == ["iq_1", "iq_2"]


def test_what_is_to_be_tried_later_is_kept_and_what_never_fits_is_set_aside(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    for number in range(4):
        spool.append(lost(number))
    verdicts: dict[str, Verdict] = {"iq_0": "done", "iq_1": "later", "iq_2": "aside", "iq_3": "later"}
    told = spool.replay(lambda one: verdicts[one.inquiry])
    assert (told.done, told.later, told.aside) == (1, 2, 1)
    assert [one.inquiry for one in seen(spool)] == ["iq_1", "iq_3"]
    assert spool.is_empty()
    (aside,) = files(tmp_path, "aside")
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    aside.rename(aside.with_suffix(".jsonl"))
    assert [one.inquiry for one in seen(spool)] == ["iq_2"]


def test_a_line_opens_after_the_key_was_changed_and_is_set_aside_under_a_key_nobody_knows(tmp_path: Path) -> None:
    for number, folder in enumerate(("known", "unknown")):
        spool = spool_in(tmp_path / folder)
        spool.append(lost(number))
        spool.close()
    assert len(seen(spool_in(tmp_path / "known", Vault(NEXT_SECRET, SECRET)))) == 1
    assert seen(spool_in(tmp_path / "unknown", Vault(NEXT_SECRET))) == []
    assert len(files(tmp_path / "unknown", "aside")) == 1


def test_a_line_whose_name_was_changed_is_not_believed(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    spool.append(lost(1))
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"id": "sp_', b'"id": "sq_'))
    assert seen(spool) == []
    assert len(files(tmp_path, "aside")) == 1


def test_many_threads_at_once_lose_nothing_even_while_it_is_emptied(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    found: list[Lost] = []
    with ThreadPoolExecutor(8) as threads:
        writing = [threads.submit(again(spool.append), lost(number)) for number in range(100)]
        while not all(done.done() for done in writing):
            found += seen(spool)
        for done in writing:
            done.result()
    found += seen(spool)
    assert sorted(one.inquiry for one in found) == sorted(f"iq_{number}" for number in range(100))


def again(append: Callable[[Lost], None]) -> Callable[[Lost], None]:
    """A line that had to wait too long for the others was not kept, and says so."""

    def patient(one: Lost) -> None:
        for _ in range(100):
            try:
                return append(one)
            except SpoolDown:
                continue
        raise SpoolDown("never")

    return patient


def test_a_spool_that_cannot_be_written_says_so_without_a_word_of_the_call(tmp_path: Path) -> None:
    blocked = tmp_path / "spool"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(SpoolDown) as down:
        spool_in(blocked).append(lost(1))
    assert str(down.value) in ("FileExistsError", "NotADirectoryError")
    assert spool_in(blocked).is_empty()
