"""What becomes of a transfer: the caller is held, is back with the one she had, or goes to the line."""

from dataclasses import dataclass
from typing import Literal

TransferState = Literal["asked", "moving", "posting", "ringing", "accepted", "returning", "returned", "failed"]
Mode = Literal["warm", "cold"]
Following = Literal["nothing", "ring", "stay", "give_back", "to_line", "over"]
"""``stay``: the bridge was never touched. ``over``: the caller has left."""


@dataclass(frozen=True, slots=True)
class Underway:
    """``is_live``: the caller is there. ``caller_in`` and ``first_on``: she sits in the conference, the first
    coordinator's leg is up. ``is_deserted``: for some seconds nobody has had her."""

    state: TransferState
    is_live: bool = True
    caller_in: bool = False
    first_on: bool = True
    target_pending: bool = True
    is_late: bool = False
    move_open: bool = False
    move_refused: bool = False
    is_deserted: bool = False


def following(at: Underway) -> Following:
    """Whichever leg dies, there is a next step (F46). A call that is perhaps on its way is left alone: her own dial
    tells when it has ended."""
    if at.state == "failed":
        return "nothing"
    if at.state in ("accepted", "returned"):
        return "to_line" if at.is_live and at.is_deserted else "nothing"
    if not at.is_live:
        return "over"
    if not at.caller_in:
        return "stay" if at.move_refused else "nothing"
    if at.state == "returning":
        return "to_line" if not at.first_on else "nothing" if at.move_open else "give_back"
    if not at.target_pending or at.is_late:
        return "give_back" if at.first_on else "to_line"
    return "ring" if at.state == "moving" else "nothing"
