"""Every form of both invented practices can be filled in by the rehearsal and is taken by the gateway."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
import redis

from rehearsal.directory import directory_of
from rehearsal.pages import PagePlan, filled
from rehearsal.scenario import NothingToRehearse
from tests.form_stage import FormStage
from tests.rooms import opened_room
from tests.stage import house_of, settings_of


def test_every_form_can_be_rehearsed(sqlite_room_url: str, live: redis.Redis, tmp_path: Path) -> None:
    with opened_room(sqlite_room_url, live) as room:
        forms, books = FormStage(room, house_of(room, settings_of(tmp_path))), list(room.desk.shelf.books.values())
        directory, at = directory_of(books), 0
        for book in books:
            for form in book.forms:
                at += 1
                said = filled(directory, PagePlan(book.practice, form, f"+151255501{at:02d}"))
                headers = {"content-type": "application/x-www-form-urlencoded"}
                answer = forms.ask("POST", f"/forms/{book.practice}/{form}", urlencode(dict(said)), headers)
                lead = forms.lead_of(answer)
                assert lead["reason"] != "location_missing", (book.practice, form)
        with pytest.raises(NothingToRehearse):
            filled(directory, PagePlan("harbor-recovery", "nowhere", "+15125550101"))
        changed = filled(
            directory, PagePlan("lakeside-specialty", "lp-101", "+15125550101", {"city": "", "reason": "x"})
        )
        assert "city" not in changed
        assert changed["reason"] == "x"
