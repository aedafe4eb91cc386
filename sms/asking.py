"""What is asked by text, and what becomes of the reply: the inquiry is planned again, asked about once more, or left to
the owner's call (S-6)."""

from dataclasses import dataclass, replace
from datetime import datetime

from routing.desk import Desk
from routing.recalling import recalled
from routing.replanning import Replanned, replan
from routing.rulebook.places import city_names
from routing.rules import missing
from routing.rules.book import Book
from routing.rules.missing import (
    MOST_TIMES,
    Answer,
    Question,
    closed,
    next_question,
    question_for,
    understood,
)
from routing.rules.values import Plan
from routing.state.lookups import Underway, underway
from routing.state.text.answering import Answering, answering
from routing.state.text.joining import Besides
from routing.state.text.questions import Asked, asked_so_far
from sms.answers import Line
from sms.words import in_words, words_of


@dataclass(frozen=True, slots=True)
class Replied:
    """What she is told, and what is written with her reply."""

    line: Line | None
    beside: Besides


@dataclass(frozen=True, slots=True)
class Scene:
    """A question that is open, with the plan it belongs to."""

    book: Book
    plan: Plan
    owner: str
    question: Asked
    so_far: tuple[missing.Asked, ...]

    @property
    def language(self) -> str:
        return language_of(self.book, self.plan)

    def asked(self, *, again: bool) -> Question | None:
        return question_for(self.book, self.question.attribute, self.plan.facts, self.language, again=again)


def language_of(book: Book, plan: Plan) -> str:
    return plan.facts.get("language") or book.languages[0]


def first_question(book: Book, plan: Plan) -> Question | None:
    """Nobody is asked anything while the practice is closed: then one text says who will call, and no more (S-7a)."""
    return next_question(book, plan.facts, plan.ask, (), language_of(book, plan)) if plan.open else None


def replied(desk: Desk, question: Asked, body: str, now: datetime, *, silent: bool) -> Replied:
    """``silent`` where no automatic text may be sent: then nothing further is asked."""
    with desk.db.reading() as tx:
        at = underway(tx, question.inquiry)
        so_far = asked_so_far(tx, question.inquiry)
    if at is None:
        return left_to_owner(desk, question, now)
    scene = scene_of(desk, at, question, so_far)
    asked = scene.asked(again=question.tries > 1)
    if asked is None:
        return left_to_owner(desk, question, now)
    said = understood(asked, body, city_names())
    if isinstance(said, Answer):
        done = replace(scene, so_far=closed(so_far, asked, said))
        return answered(desk, done, said, now, silent=silent)
    repeated = scene.asked(again=True)
    if said.ask_again and question.tries < MOST_TIMES and repeated and not silent:
        line = Line("question", in_words(scene.book, repeated, scene.language)[0])
        return Replied(line, answering(desk.db.vault, Answering(question, "again"), desk.new_id, now))
    thanks = None if silent else thanked(scene.book, scene.plan, scene.owner)
    return Replied(thanks, answering(desk.db.vault, Answering(question, "given_up"), desk.new_id, now))


def scene_of(desk: Desk, at: Underway, question: Asked, so_far: tuple[missing.Asked, ...]) -> Scene:
    book, planned, _ = recalled(desk.shelf, at)
    return Scene(book, planned, at.owner, question, so_far)


def left_to_owner(desk: Desk, question: Asked, now: datetime) -> Replied:
    return Replied(None, answering(desk.db.vault, Answering(question, "given_up"), desk.new_id, now))


def answered(desk: Desk, scene: Scene, said: Answer, now: datetime, *, silent: bool) -> Replied:
    """The next question, if there is one, goes out with the answer to this. ``scene`` knows it as closed."""
    again = None if said.free else replan(desk, scene.question.inquiry, said.stated, now)
    plan, owner = (again.reply.plan, again.reply.owner) if again else (scene.plan, scene.owner)
    more = plan.open and not silent
    wanted = next_question(scene.book, plan.facts, plan.ask, scene.so_far, scene.language) if more else None
    what = settled(scene.question, again, said, wanted)
    if silent:
        return Replied(None, answering(desk.db.vault, what, desk.new_id, now))
    line = Line("question", in_words(scene.book, wanted, scene.language)[0]) if wanted else None
    return Replied(line or thanked(scene.book, plan, owner), answering(desk.db.vault, what, desk.new_id, now))


def settled(question: Asked, again: Replanned | None, said: Answer, wanted: Question | None) -> Answering:
    """An answer that cannot be planned with is left to her owner."""
    then = wanted.attribute if wanted else None
    if again is None:
        return Answering(question, "answered" if said.free else "given_up", next=then if said.free else None)
    return Answering(question, "answered", again.admission, again.owner_before, then)


def thanked(book: Book, plan: Plan, owner: str) -> Line:
    words = words_of(book, plan.facts.get("language"))
    return Line("answer", words.say("text-thanks", coordinator=book.coordinators[owner].name))
