"""Lists of leads: imported once whatever is run again, refused line by line, exported without a formula."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from gateway.app import app
from gateway.commands import app as leadline
from gateway.terminal.lead_csv import cell
from gateway.terminal.lists import Unreadable, rows
from routing.state.lead.exporting import Listing, TooMany, listed
from tests.form_stage import LAKESIDE, FormStage
from tests.rooms import TUESDAY, Room, opened_room
from tests.stage import house_of, settings_of
from tests.test_api import token

LIST = """crm,name,phone,city,patient,reason,consent_texts
1,Ana Reyes,(847) 555-0141,Skokie,new,knee,yes
2,=HYPERLINK("x"),+1 847 555 0142,Aurora,established,@hip,
3,Otto Brandt,12,Aurora,new,,
4,Uwe Dahl,+18475550144,Skokie,perhaps,,
5,Ute Dahl,+18475550145,Evanston,new,shoulder,no,surplus
"""


@pytest.fixture
def room(sqlite_room_url: str, live: redis.Redis, commands: None) -> Iterator[Room]:
    with opened_room(sqlite_room_url, live) as opened:
        yield opened


def run(*words: str) -> tuple[int, str]:
    told = CliRunner().invoke(leadline, ["leads", *words], catch_exceptions=False)
    return told.exit_code, told.stdout


def test_a_list_is_tried_imported_and_imported_again(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LIST, encoding="utf-8")
    words = ("import", str(file), "--practice", LAKESIDE, "--form", "lp-101", "--key", "crm")
    code, told = run(*words, "--dry-run")
    assert (code, room.rows("leads")) == (1, [])
    assert "5 lines: 2 would be entered, 0 there already, 3 refused" in told
    assert "line 4: phone not_a_number" in told
    assert "line 5: patient not_an_option" in told
    assert "line 6: * too_many_cells" in told
    assert "ortho-new-EVN: 1" in told
    code, told = run(*words)
    assert (code, len(room.rows("leads"))) == (1, 2)
    file.write_text(LIST.replace("knee", "both knees"), encoding="utf-8")
    assert "0 entered, 2 there already, 3 refused" in run(*words)[1]
    assert len(room.rows("inquiries")) == 2
    assert {row["kind"] for row in room.rows("tasks")} == {"call"}
    assert room.rows("callbacks") == room.rows("sends") == []
    assert [row["channel"] for row in room.rows("consents")] == ["text"]


def test_a_spreadsheet_of_another_language_is_read_and_a_line_said_twice_is_one(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    ana = '"Reyes; Ana";(847) 555-0141;Skokie;new;"knee\r\nand hip"\r\n'
    text = f"name;phone;city; patient ;reason\r\n{ana}{ana}Zo\u00eb Berg;;Aurora;new\r\n;;;;\r\n"
    file.write_bytes(text.encode("utf-8-sig"))
    words = ("import", str(file), "--practice", LAKESIDE, "--form", "lp-101")
    for how in ((*words, "--dry-run"), words):
        code, told = run(*how)
        assert (code, told.splitlines()[0].partition(":")[0]) == (1, "4 lines")
        assert "1 there already, 2 refused" in told
        assert "line 6: phone required" in told
        assert "line 7: name required; phone required" in told
    (lead,) = room.rows("leads")
    person = room.row("people", id=lead["person_id"])
    column = room.table("people").c.name
    assert room.db.vault.unseal(column, str(person["id"]), person["name"]) == "Reyes; Ana"  # type: ignore[arg-type]


UNREADABLE = {
    "no UTF-8": (b"name,phone\nZo\xeb,1\n", "no UTF-8"),
    "a column twice": (b"name,phone, name\n", "must name each column once"),
    "nothing": (b"", "must name each column once"),
    "an open quote": (b'name,phone\nAna,"1\nOtto,2\n', "begins in line 2 is no CSV"),
}


@pytest.mark.parametrize("wrong", UNREADABLE)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole_with_the_reason(wrong: str, tmp_path: Path) -> None:
    file, (content, reason) = tmp_path / "leads.csv", UNREADABLE[wrong]
    file.write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        rows(file)


def test_an_import_that_was_broken_off_says_how_far_it_came_and_goes_on(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LIST, encoding="utf-8")
    words = ("import", str(file), "--practice", LAKESIDE, "--form", "lp-101", "--key", "crm")
    only_one = "CREATE TRIGGER full_up BEFORE INSERT ON inquiries WHEN (SELECT count(*) FROM inquiries) = 1 "
    with room.db.writing() as tx:
        tx.exec_driver_sql(f"{only_one} BEGIN SELECT RAISE(ABORT, 'no room'); END")
    code, told = run(*words)
    assert (code, len(room.rows("leads"))) == (1, 1)
    assert "2 lines: 1 entered, 0 there already, 1 refused" in told
    assert "line 3: * database_down" in told
    with room.db.writing() as tx:
        tx.exec_driver_sql("DROP TRIGGER full_up")
    assert "5 lines: 1 entered, 1 there already, 3 refused" in run(*words)[1]
    assert len(room.rows("leads")) == len(room.rows("inquiries")) == 2


def test_an_export_of_too_many_leads_is_none(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LIST, encoding="utf-8")
    run("import", str(file), "--practice", LAKESIDE, "--form", "lp-101")
    everything = Listing(LAKESIDE, TUESDAY, TUESDAY + timedelta(days=1), "test", most=1)
    with pytest.raises(TooMany):
        listed(room.db, everything, room.now)
    assert room.rows("audit", action="export") == []
    both = list(listed(room.db, replace(everything, most=2), room.now))
    assert sorted(each.numbers for each in both) == [("+18475550141",), ("+18475550142",)]
    assert len(room.rows("audit", action="export")) == 1


def test_an_export_has_no_formula_no_rehearsal_and_an_entry_in_the_audit_log(room: Room, tmp_path: Path) -> None:
    file, out = tmp_path / "leads.csv", tmp_path / "out.csv"
    file.write_text(LIST, encoding="utf-8")
    run("import", str(file), "--practice", LAKESIDE, "--form", "lp-101")
    with room.db.writing() as tx:
        table = room.table("leads")
        second = tx.execute(select(table.c.id).where(table.c.queue == "ortho-new-EVN")).scalar_one()
        tx.execute(table.update().where(table.c.id == second).values(is_test=True))
    assert run("export", "--practice", LAKESIDE, "--out", str(out))[0] == 0
    text = out.read_bytes().decode("utf-8-sig")
    (lead,) = list(csv.DictReader(io.StringIO(text)))
    assert (lead["name"], lead["phone"], lead["queue"]) == ('\'=HYPERLINK("x")', "'+18475550142", "ortho-est-NAP")
    assert text.endswith("\r\n")
    room.later(hours=1)
    with TestClient(app(house_of(room, settings_of(tmp_path)))) as client:
        told = client.get("/api/v1/leads.csv", headers={"authorization": f"Bearer {token(room, LAKESIDE)}"})
        reading = client.get(
            "/api/v1/leads.csv", headers={"authorization": f"Bearer {token(room, LAKESIDE, ('read',))}"}
        )
    assert reading.status_code == 403
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(told.text.splitlines()) == 1 + len([row for row in room.rows("leads") if not row["is_test"]])
    assert [row["action"] for row in room.rows("audit", subject_id=LAKESIDE)].count("export") == 2


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
)
def test_whatever_begins_a_formula_becomes_text(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell(f"a{text}") == f"a{text}"


def test_a_page_and_a_list_meet_in_one_lead(room: Room, tmp_path: Path) -> None:
    forms = FormStage(room, house_of(room, settings_of(tmp_path)))
    lead = forms.lead_of(forms.post())
    file = tmp_path / "leads.csv"
    file.write_text(LIST, encoding="utf-8")
    run("import", str(file), "--practice", LAKESIDE, "--form", "lp-101")
    assert len(room.rows("inquiries", lead_id=lead["id"])) == 2
    assert len(room.rows("tasks", lead_id=lead["id"])) == 1
