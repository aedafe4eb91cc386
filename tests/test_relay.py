"""Two-way by a coordinator's own phone: told that somebody wrote, answering from there, and never taken for a lead."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from gateway.provider.outage import emptied
from routing.rulebook.load import read
from routing.rules.calendars import Calendar, HoursRule, Span
from routing.rules.relaying import code_of, number_in, said
from routing.rules.wording.neutral import reveals
from routing.rules.wording.segments import cut, segments
from routing.state.lead.cases import Case, Taking, set_status, take
from sms.incoming import texted
from sms.relay_words import WORDS
from sms.webhooks import TextArrived
from tests.loopback import Told
from tests.rooms import PRACTICES, Room, with_coordinator
from tests.stage import house_of, settings_of
from tests.strict_rest import StrictRest, strict_rest
from tests.test_sends import OUT
from tests.test_texts import away
from tests.text_stage import DETOX, JAX, SENDER, Said, TextStage, asks_nothing
from worker.outbound import Outbounds
from worker.texting import perform_send

OTHER = "+19045550162"
FILLED = {"code": "K71", "codes": "K71, B52", "day": "Wednesday", "time": "11:00 AM", "coordinator": "Dana Whitlock"}
on_sqlite = pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)


@dataclass
class Phones:
    """A practice whose coordinators all have the relay, its texts and what the provider was asked to send."""

    texts: TextStage
    rest: StrictRest
    by: Outbounds

    @property
    def room(self) -> Room:
        return self.texts.room

    @property
    def owner(self) -> str:
        return str(self.room.rows("leads")[0]["owner_id"])

    @property
    def phone(self) -> str:
        return self.room.book().coordinators[self.owner].phone

    def writes(self, body: str, sender: str | None = None, **more: str) -> list[str]:
        """From the owner's own phone, unless it says whose, past the door; what it shows at once."""
        text = TextArrived.model_validate(self.texts.fields(body, sender=sender or self.phone, **more))
        return [str(each.text) for each in fromstring(texted(self.texts.house.reception, text, self.room.now))]

    def sent(self) -> list[tuple[str, str, str]]:
        """What goes out by now: to whom, from which number, which words."""
        self.rest.asked.clear()
        for row in sorted(self.room.rows("sends", state="new"), key=lambda row: str(row["created_at"])):
            perform_send(self.by, self.room.desk, str(row["id"]), self.room.now)
        asked = [each for each in self.rest.asked if each.method == "POST"]
        return [(each.one("To"), each.one("From"), each.one("Body")) for each in asked]

    def words_of(self, coordinator: str) -> list[str]:
        return [words for author, words in self.texts.thread() if author == coordinator]

    def two_threads(self) -> str:
        """A2 and H3, of one owner."""
        self.writes("hello", SENDER)
        owner = self.owner
        self.writes("hello", OTHER)
        for lead in self.room.rows("leads"):
            self.give(str(lead["id"]), owner)
        self.sent()
        self.writes("are you there?", OTHER)
        return owner

    def give(self, lead: str, owner: str) -> None:
        version = int(str(self.room.row("leads", id=lead)["version"]))
        wish = Taking(Case("harbor-recovery", lead, "test"), owner, version)
        take(self.room.db, wish, self.room.desk.new_id, self.room.now)

    def shows_content(self, shown: bool = True) -> None:
        book = self.room.book()
        self.room.desk.shelf._shelve(replace(book, policies=replace(book.policies, text_relay_content=shown)))


@pytest.fixture
def phones(room: Room, tmp_path: Path) -> Iterator[Phones]:
    with strict_rest() as rest:
        settings = settings_of(tmp_path, LEADLINE_TWILIO_API_URL=rest.root)
        by = Outbounds(settings, room.db, room.desk.by.real_ms)
        asks_nothing(room)
        for who in room.book().coordinators:
            with_coordinator(room, who, text_relay=True)
        yield Phones(TextStage(room, house_of(room, settings)), rest, by)
        by.close()


def test_a_text_is_told_to_its_owners_phone_and_answered_from_there(phones: Phones) -> None:
    phones.texts.text("hello, I am looking for help")
    assert phones.sent() == [(phones.phone, JAX, "A2: A person wrote to you. To answer, begin your text with A2.")]
    phones.room.later(minutes=2)
    fields = phones.texts.fields("a2 Hello, how can I help?", sender=phones.phone)
    first, again = phones.texts.post(fields), phones.texts.post(fields)
    assert first.content == again.content
    assert phones.words_of(phones.owner) == ["Hello, how can I help?"]
    assert phones.room.row("leads")["first_response_at"] is None
    assert phones.sent() == [(SENDER, JAX, "Hello, how can I help?")]
    assert phones.room.row("leads")["first_response_at"] == phones.room.now
    assert [row["coordinator_id"] for row in phones.room.rows("attempts", is_human=True)] == [phones.owner]
    assert len(phones.room.rows("leads")) == len(phones.room.rows("people")) == 1


@on_sqlite
def test_with_content_the_words_and_the_first_name_are_told_in_so_many_parts_and_no_more(phones: Phones) -> None:
    phones.shows_content()
    phones.writes("my knee hurts", SENDER)
    with phones.room.db.writing() as tx:
        people = phones.room.table("people")
        person = str(phones.room.row("people")["id"])
        tx.execute(people.update().values(name=phones.room.db.vault.seal(people.c.name, person, "Ana Reyes Soto")))
    assert [words for _, _, words in phones.sent()] == ["A2: my knee hurts"]
    phones.writes("\U0001f62d" * 300, SENDER)
    ((_, _, long),) = phones.sent()
    assert long.startswith("A2 Ana: \U0001f62d")
    assert (long.endswith("..."), segments(long).parts) == (True, 3)
    phones.writes("i want to kill myself", SENDER)
    phones.writes("stop texting me", SENDER)
    crisis, out = (words for _, _, words in phones.sent())
    assert crisis == "A2: Words of a crisis, which are answered with 988 and 911. Please look at once. Ana: " + (
        "i want to kill myself"
    )
    assert out.startswith("A2: This person has opted out.")
    assert phones.writes("A2 are you sure?") == ["Nothing was sent: A2 wants no texts."]
    assert (phones.words_of(phones.owner), phones.sent()) == ([], [])


@on_sqlite
def test_words_without_a_code_answer_the_only_thread_of_the_day_and_are_asked_about_where_there_are_two(
    phones: Phones,
) -> None:
    phones.two_threads()
    assert phones.writes("yes") == ["Nothing was sent. Which one? Begin your text with its code: H3, A2."]
    assert phones.writes("B12 vitamins?") == ["Nothing was sent: there is no B12 here."]
    assert phones.writes("H3: yes") == []
    assert [words for _, _, words in phones.sent()][-1] == "yes"
    assert phones.room.row("sends", purpose="reply")["recipient_index"] in phones.room.db.vault.indexes(
        "harbor-recovery", OTHER
    )
    phones.room.later(hours=23)
    phones.writes("hello again", OTHER)
    phones.room.later(hours=2)
    assert phones.writes("good morning") == []
    assert sorted(phones.words_of(phones.owner)) == ["good morning", "yes"]
    phones.room.later(hours=25)
    assert "no thread came to this phone" in phones.writes("hello?")[0]
    phones.room.now = phones.room.now.replace(hour=22)
    assert phones.writes("A2 still there?") == ["A2: goes out on Friday at 8:00 AM, when it may."]


@on_sqlite
def test_words_that_are_not_surely_an_answer_go_to_no_thread(phones: Phones) -> None:
    """A phone that answers by itself does so at once, and whoever wants to be left alone means us."""
    phones.writes("hello", SENDER)
    for words in ("I'm driving with Focus turned on.", "yes"):
        phones.room.later(seconds=4)
        assert phones.writes(words) == ["Nothing was sent. Which one? Begin your text with its code: A2."]
    phones.room.later(minutes=1)
    for words in ("please stop texting me", "i want to kill myself"):
        *crisis, told = phones.writes(words)
        assert told == (
            "Nothing was sent. To answer a thread, begin your text with its code. To have none here, reply STOP."
        )
        assert ["988" in each for each in crisis] == [True] * ("kill" in words)
    assert phones.room.rows("relay_stops") == []
    assert phones.writes("A2 We stop texting you now.") == []
    assert phones.writes("#a2: -5 to .5") == []
    assert sorted(phones.words_of(phones.owner)) == ["-5 to .5", "We stop texting you now."]


@on_sqlite
def test_what_the_practice_wants_no_more_when_it_would_be_sent_is_not(phones: Phones) -> None:
    phones.shows_content()
    phones.writes("my knee hurts", SENDER)
    owner, phone = phones.owner, phones.phone
    phones.shows_content(False)
    assert phones.sent() == []
    phones.writes("hello?", SENDER)
    with_coordinator(phones.room, owner, phone="+19045550169")
    assert phones.sent() == []
    with_coordinator(phones.room, owner, phone=phone)
    phones.writes("hello??", SENDER)
    with_coordinator(phones.room, owner, text_relay=False)
    assert phones.sent() == []
    with_coordinator(phones.room, owner, text_relay=True, shifts=None)
    phones.writes("hello???", SENDER)
    with_coordinator(phones.room, owner, shifts=Calendar("UTC", (HoursRule("nights", "open", (Span(0, 60),)),)))
    assert phones.sent() == []
    codes = [row["code"] for row in phones.room.rows("sends")]
    assert sorted(map(str, codes)) == ["not_her_phone", "relay_off", "relay_off", "words_not_wanted"]


@on_sqlite
def test_what_cannot_be_sent_is_said_in_plain_words_and_nothing_is_sent(phones: Phones) -> None:
    owner = phones.two_threads()
    refused = {
        "A2": "no words to pass on",
        "A2 A bed in detox is free.": "tell what is treated",
        f"A2 {'x' * 1601}": "1600 characters",
        "Liked \u201cA2: A person wrote to you.\u201d": "reactions are not passed on",
        "Z9 hello": "no Z9 here",
    }
    for words, why in refused.items():
        assert why in phones.writes(words)[0], words
    told = phones.writes("A2", NumMedia="1", MediaUrl0="https://api.twilio.com/x", MediaContentType0="image/png")
    assert "pictures" in told[0]
    first, second = sorted(phones.room.rows("leads"), key=lambda row: str(row["created_at"]))
    phones.give(str(second["id"]), "dana-whitlock")
    assert phones.writes("H3 hello") == ["Nothing was sent: H3 is with Dana Whitlock now."]
    set_status(phones.room.db, Case("harbor-recovery", str(first["id"]), "test"), "closed", "spam", phones.room.now)
    crisis, closed = phones.writes("A2 i want to kill myself")
    assert ("988" in crisis, closed) == (True, "Nothing was sent: A2 is closed.")
    assert (phones.words_of(owner), phones.room.rows("sends", purpose="reply")) == ([], [])
    answers = [len(phones.writes("Z9 I am driving")) for _ in range(4)]
    assert answers == [1, 1, 0, 0]
    assert len(phones.room.rows("leads")) == 2


@on_sqlite
def test_stop_ends_the_relay_for_her_and_start_begins_it_again_and_no_lead_is_opted_out(phones: Phones) -> None:
    phones.writes("hello", SENDER)
    assert phones.writes("STOP") == ["Your threads come to this phone no more. Reply START to have them here again."]
    assert phones.writes("Stop.") == []
    assert phones.room.row("sends", purpose="relay")["code"] == "relay_ended"
    phones.writes("are you there?", SENDER)
    assert phones.sent() == []
    assert "Reply START" in phones.writes("A2 yes")[0]
    assert phones.writes("start") == ["Your threads come to this phone again. Reply STOP to end that."]
    phones.writes("hello?", SENDER)
    assert len(phones.sent()) == 1
    assert (phones.writes("A2 please stop by tomorrow"), phones.room.rows("opt_outs")) == ([], [])
    assert [row["after"] for row in phones.room.rows("audit", action="relay")] == ["off", "on"]
    assert phones.room.row("leads")["closed_at"] is None


@on_sqlite
def test_nobody_is_told_who_is_away_or_has_no_relay_and_her_phone_is_no_lead_all_the_same(phones: Phones) -> None:
    phones.writes("hello", SENDER)
    owner = phones.owner
    assert len(phones.sent()) == 1
    phones.room.wish(owner, "away")
    phones.writes("one", SENDER)
    phones.room.wish(owner, "available")
    with_coordinator(phones.room, owner, text_relay=False)
    phones.writes("two", SENDER)
    assert phones.sent() == []
    assert phones.writes("A2 hello") == ["Nothing was sent: texts from this phone are not passed on."]
    assert phones.writes("hello", to=DETOX) == []
    assert [words for _, _, words in phones.sent()] == ["Nothing was sent: texts from this phone are not passed on."]
    assert len(phones.room.rows("people")) == 1


@on_sqlite
def test_an_answer_in_an_outage_is_passed_on_afterwards_and_one_that_cannot_be_is_told_by_a_text(
    phones: Phones,
) -> None:
    phones.writes("hello", SENDER)
    phones.sent()
    phone, owner = phones.phone, phones.owner
    with away(phones.texts):
        for words in ("A2 we are here", "K9 hello"):
            (told,) = phones.texts.text(words, sender=phone)
            assert "get back to you" in told.text
    phones.room.later(minutes=9)
    assert emptied(phones.texts.house).done == 2
    assert phones.words_of(owner) == ["we are here"]
    assert sorted(phones.sent()) == sorted(
        [(SENDER, JAX, "we are here"), (phone, JAX, "Nothing was sent: there is no K9 here.")]
    )


@on_sqlite
def test_a_relay_whose_answer_was_lost_is_looked_for_and_one_that_the_carrier_refuses_ends_it(phones: Phones) -> None:
    phones.writes("hello", SENDER)
    phones.rest.next.append(Told(cut=True))
    assert len(phones.sent()) == 1
    lost = phones.room.row("sends", purpose="relay")
    assert lost["state"] == "ambiguous"
    report = phones.room.links.text_status(str(lost["id"]))
    assert phones.texts.report(Said("", report), "delivered").status_code == 204
    assert phones.room.row("sends", purpose="relay")["state"] == "created"
    assert phones.room.row("relay_texts")["sid"] == "SM" + "f" * 32
    phones.writes("hello?", SENDER)
    phones.rest.next.append(OUT)
    assert len(phones.sent()) == 1
    assert phones.room.row("relay_stops")["coordinator_id"] == phones.owner
    assert phones.room.rows("opt_outs") == []


@pytest.mark.parametrize(
    ("change", "path", "why"),
    [
        (('"+17275550171"', '"+18005550171"'), "coordinators[0].phone", "takes no texts"),
        (('"+17275550172"', '"+17275550171"'), "coordinators[1].phone", "another coordinator has this phone too"),
        (('"+17275550171"', '"+18505550131"'), "coordinators[0].phone", "a tracking number"),
        ((", texts: true", ""), "policies.text_relay", "no tracking number has `texts: true`"),
    ],
    ids=["toll-free", "shared", "our own", "no sender"],
)
def test_a_practice_whose_coordinators_cannot_be_told_is_not_published(
    change: tuple[str, str], path: str, why: str
) -> None:
    text = (PRACTICES / "harbor-recovery.yaml").read_text(encoding="utf-8")
    with_relay = text.replace("\npolicies:\n", "\npolicies:\n  text_relay: true\n")
    assert [each for each in read(with_relay, "x").findings if each.level == "refuse"] == []
    refused = [each for each in read(with_relay.replace(*change), "x").findings if each.level == "refuse"]
    assert any(each.path == path and why in each.message for each in refused), refused


def test_codes_are_never_given_twice_and_a_slip_names_none_of_the_newest() -> None:
    codes = [code_of(number) for number in range(1_000)]
    assert [number_in(code) for code in codes] == list(range(1_000))
    assert [number_in(code) for code in ("A1", "A20", "A201", "Z3", "A", "A2\u0663")] == [None] * 6
    assert len(set(codes)) == len(codes)
    for at in range(len(codes) - 8):
        near = codes[at : at + 8]
        assert len({code[0] for code in near}) == len({code[1] for code in near}) == 8


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("k7 on my way", "K7", "on my way"),
        ("K7: on my way", "K7", "on my way"),
        ("  K712 - yes", "K712", "yes"),
        ("yes", None, "yes"),
        ("K7", "K7", ""),
        ("(K7) yes", "K7", "yes"),
        ("#K7 yes", "K7", "yes"),
        ("K7 .5 mg at 9", "K7", ".5 mg at 9"),
        ("K7 -5", "K7", "-5"),
        ("K7 :) fine", "K7", ":) fine"),
        ("K7th street", None, "K7th street"),
        ("OK see you at 9", None, "OK see you at 9"),
    ],
)
def test_a_code_is_read_where_a_text_begins(body: str, code: str | None, words: str) -> None:
    asked = said(body)
    assert (asked.code, asked.words) == (code, words)


def test_words_for_phones_are_neutral_and_long_ones_are_cut_at_whole_parts() -> None:
    for texts in WORDS.values():
        assert [each for each in texts.values() if reveals(each)] == []
        assert segments(texts["en"].format_map(FILLED)).parts == 1
    for body in ("x" * 2_000, "\U0001f62d" * 500, "{}" * 700, "short"):
        short = cut(body, 2)
        assert segments(short).parts <= 2
        assert short == body or segments(f"{short[:-3]}{body[len(short) - 3]}...").parts == 3
