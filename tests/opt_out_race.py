"""Eight threads claim texts and opt out at once: after the commit of an opt-out nothing may be claimed (I6, F63)."""

import random
import threading
import time
from collections.abc import Iterator

from routing.replying import Replying, reply
from routing.state.text import sends
from routing.state.text.opt_outs import TEXTS, Wish, note_wish
from tests.rooms import Room
from tests.text_stage import SENDER
from worker.holding import holder

CLAIMERS, TEXTS_A_ROUND = 6, 3
LONGEST_PAUSE_S = 0.004


def race(room: Room, number: int) -> Iterator[str]:
    """Three texts are written, then six threads claim them while two opt out, and in the end she opts back in. What was
    wrong, in words."""
    room.later(seconds=10)
    waiting = [written(room, f"text {number} {each}") for each in range(TEXTS_A_ROUND)]
    draw = random.Random(number)
    start, committed = threading.Barrier(CLAIMERS + 2), threading.Event()
    pauses = [draw.random() * LONGEST_PAUSE_S for _ in range(CLAIMERS + 2)]
    held: list[sends.Claim] = []
    late: list[str] = []

    def claims(at: int) -> None:
        start.wait()
        time.sleep(pauses[at])
        was_out = committed.is_set()
        won = sends.claim(room.db, waiting[at % TEXTS_A_ROUND], room.now, holder(room.desk, at), lambda *_: None)
        if won:
            (late.append(won.id) if was_out else held.append(won))

    def stops(at: int) -> None:
        start.wait()
        time.sleep(pauses[at])
        wish(room, number, is_out=True)
        committed.set()

    threads = [threading.Thread(target=claims if at < CLAIMERS else stops, args=(at,)) for at in range(CLAIMERS + 2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    yield from ("a text was claimed after the commit of an opt-out" for _ in late)
    yield from ("a claim was posted after it" for each in held if sends.posting(room.db, each, room.now))
    states = [row["state"] for send in waiting for row in room.rows("sends", id=send)]
    yield from (f"a text is {state}" for state in states if state != "withdrawn")
    room.later(seconds=1)
    wish(room, number, is_out=False)


def written(room: Room, body: str) -> str:
    conversation = str(room.row("conversations")["id"])
    return reply(room.desk, Replying(room.book(), conversation, "marcus-bell", body), room.now)


def wish(room: Room, number: int, *, is_out: bool) -> None:
    told = Wish("harbor-recovery", SENDER, TEXTS, is_out, f"ms_{number}", "race", approved_by="race")
    with room.db.writing() as tx:
        note_wish(tx, room.db.vault, told, room.desk.new_id, room.now)
