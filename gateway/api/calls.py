"""Calls that somebody has on the line: handing one to somebody else."""

from gateway.api.asking import Asked, FieldRefused, NotHere
from gateway.api.transfer_models import TransferMade, TransferWanted
from routing import transfers
from routing.rules.transfer_targets import UnknownCategory, UnknownTarget, Wish
from routing.transfers import UnknownCall


def transfer(asked: Asked, wanted: TransferWanted) -> TransferMade:
    """:raises TransferRefused: nothing was written and the talk goes on."""
    sets = wanted.sets
    kind, target = wanted.to.named
    wish = Wish(asked.ids["id"], kind, target, wanted.mode, wanted.reason, asked.by, sets.category, sets.payer)
    try:
        made = transfers.ask(asked.desk, asked.house.board.links, asked.book, wish, asked.now)
    except UnknownCall:
        raise NotHere from None
    except UnknownCategory:
        raise FieldRefused("sets.category", "unknown") from None
    except UnknownTarget:
        raise FieldRefused(f"to.{kind}", "unknown") from None
    return TransferMade(id=made.id, coordinator=made.target, queue=made.queue)
