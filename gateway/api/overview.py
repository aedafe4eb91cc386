"""The board, and which rulebook is in force."""

from gateway.api.asking import Asked
from gateway.api.models import Board, Nothing, Rulebook
from routing.state.practice.board import figures


def board(asked: Asked, _: Nothing) -> Board:
    with asked.desk.db.reading() as tx:
        return Board.model_validate(figures(tx, asked.book, asked.now))


def rulebook(asked: Asked, _: Nothing) -> Rulebook:
    book = asked.book
    return Rulebook(practice=book.practice, name=book.name, version=book.version, digest=book.digest)
