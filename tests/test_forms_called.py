"""A form, from the page to the talk: its callback rings the owner's phone first, then hers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.callback_stage import CALLER, Calls, Playing
from tests.form_stage import HARBOR, FormStage
from tests.rooms import opened_room
from tests.stage import Stage, house_of, settings_of


@pytest.fixture
def calls(sqlite_room_url: str, live: redis.Redis, tmp_path: Path) -> Iterator[Calls]:
    with opened_room(sqlite_room_url, live) as room:
        yield Calls(Stage(room, house_of(room, settings_of(tmp_path))), tmp_path)


def test_a_form_is_called_back_by_its_owner_once_however_often_it_was_posted(calls: Calls) -> None:
    room = calls.room
    forms = FormStage(room, calls.stage.house)
    several = [{"phone": CALLER, "city": None, "patient": None, "payer": "commercial"}] * 4
    lead = forms.lead_of(forms.post_all(several, "lp-201", HARBOR)[0])

    async def script(playing: Playing) -> None:
        await playing.at(60)
        playing.says(str(lead["owner_id"]), "talked")

    calls.play(script, 90)
    rang = [line for line in calls.lines if line.who == CALLER and line.what == "rings"]
    assert len(rang) == 1
    assert calls.said_to(str(lead["owner_id"]))
    row, task = room.row("callbacks"), room.row("tasks")
    assert (row["lead_id"], row["state"], row["via"]) == (lead["id"], "done", "form")
    assert task["state"] in ("done", "withdrawn")
    now = room.row("leads")
    assert (now["status"], now["owner_id"]) == ("contacted", lead["owner_id"])
    assert now["first_response_at"] is not None
