"""E-mails that a cadence owes: by the practice's own mail server, once, with a way out of them in each."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from routing.rules.cadences import Cadence, FollowUp
from routing.state.callback.dial_ends import Concluded, conclude
from routing.state.lead.people import OptOut, opt_out
from routing.state.text.opt_outs import Wish, note_wish
from routing.state.text.send_ends import Lost, Outcome, Rejected
from tests.form_stage import HARBOR, FormStage
from tests.mail_server import MailServer, mail_server
from tests.rooms import Room, opened_room
from tests.stage import house_of, settings_of
from worker.answers import Ambiguous, Done, NotProcessed, Refused
from worker.letters import Senders, letter_kinds
from worker.mail import Email, Mail
from worker.outbound import Outbounds
from worker.texting import perform_send

HERS, ADDRESS, OURS = "+18135550163", "ana@example.com", "hello@front-desk.example"
LETTER = Email("ms_1", OURS, ADDRESS, "Your request", "Hello", datetime(2026, 11, 17, 19, tzinfo=UTC))


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as opened:
        yield opened


@dataclass
class Desk:
    room: Room
    by: Outbounds
    server: MailServer
    forms: FormStage

    def tried(self, email: str | None = ADDRESS) -> str:
        """The task of the e-mail that follows a call which reached nobody."""
        said = {"phone": HERS, "city": None, "patient": None, "payer": "commercial"}
        person = str(self.forms.lead_of(self.forms.post("lp-201", HARBOR, **said))["person_id"])
        callbacks, people, vault = self.room.table("callbacks"), self.room.table("people"), self.room.db.vault
        with self.room.db.writing() as tx:
            if email:
                told = {"email": vault.seal(people.c.email, person, email), "email_index": vault.index(HARBOR, email)}
                tx.execute(people.update().values(**told))
            row = tx.execute(select(callbacks).where(callbacks.c.settled_at.is_(None))).one()
            conclude(tx, self.room.book(), row, Concluded("no_response", self.room.now), self.room.desk.new_id)
        return str(self.room.row("follow_ups")["task_id"])

    def round(self) -> None:
        by = Senders(self.by.accounts, self.by.mail is not None)
        letter_kinds(by)["follow_ups"].settle(self.room.desk, self.room.now)

    def send(self) -> list[Outcome | None]:
        open_ones = [str(row["id"]) for row in self.room.rows("sends") if row["settled_at"] is None]
        return [perform_send(self.by, self.room.desk, each, self.room.now) for each in open_ones]

    def owed(self) -> tuple[object, object]:
        row = self.room.row("follow_ups")
        return row["state"], row["code"]


@pytest.fixture
def desk(sqlite_url: str, live: "redis.Redis", tmp_path: Path, server: MailServer) -> Iterator[Desk]:
    with opened_room(sqlite_url, live) as room:
        settings = settings_of(tmp_path, LEADLINE_SMTP_URL=server.url)
        by, book = Outbounds(settings, room.db, room.desk.by.real_ms), room.book()
        cadence = Cadence("standard", (0, 900), {"no_response": FollowUp("email", 900, "email-missed-you")})
        texts = {"email-missed-you": {"en": "We tried to reach you. {{ coordinator }} will try again."}}
        templates = {**book.templates, **texts}
        room.desk.shelf._shelve(replace(book, mail_from=OURS, templates=templates, cadences={"standard": cadence}))
        yield Desk(room, by, server, FormStage(room, house_of(room, settings)))
        by.close()


def test_it_goes_out_once_with_a_neutral_subject_and_a_way_out(desk: Desk) -> None:
    desk.tried()
    desk.room.later(minutes=15)
    desk.round()
    send = str(desk.room.row("sends")["id"])
    assert [len(desk.send()), len(desk.send())] == [1, 0]
    desk.round()
    (letter,) = desk.server.taken
    owner = desk.room.book().coordinators[str(desk.room.row("leads")["owner_id"])].name
    assert letter.get_content().splitlines() == [
        f"We tried to reach you. {owner} will try again.",
        "",
        "To get no more e-mails from us, reply with the word STOP.",
    ]
    assert (letter["To"], letter["From"], letter["Subject"]) == (ADDRESS, OURS, "Your request")
    assert letter["Message-ID"] == f"<{send}@front-desk.example>"
    assert letter["List-Unsubscribe"] == f"<mailto:{OURS}?subject=STOP>"
    assert desk.server.heard[1].startswith("AUTH PLAIN")
    assert desk.owed() == ("sent", None)
    (attempt,) = [row for row in desk.room.rows("attempts") if row["channel"] == "email"]
    assert (attempt["is_human"], desk.room.row("leads")["first_response_at"]) == (False, None)
    (message,) = [row for row in desk.room.rows("messages") if row["id"] == send]
    assert (message["channel"], message["status"], message["sid"]) == ("email", "sent", letter["Message-ID"])


def test_an_opt_out_of_e_mails_reaches_one_that_is_planned_and_one_of_texts_does_not(desk: Desk) -> None:
    desk.tried()
    desk.room.later(minutes=15)
    desk.round()
    for ways, state in ((frozenset({"text"}), "new"), (frozenset({"email"}), "withdrawn")):
        wish = Wish(HARBOR, HERS, ways, is_out=True, source="test", by="test")  # type: ignore[arg-type]
        with desk.room.db.writing() as tx:
            note_wish(tx, desk.room.db.vault, wish, desk.room.desk.new_id, desk.room.now)
        assert desk.room.row("sends")["state"] == state
    assert (desk.send(), desk.server.taken) == ([], [])


def no_server(desk: Desk) -> None:
    desk.by.mail = None


def no_sender(desk: Desk) -> None:
    desk.room.desk.shelf._shelve(replace(desk.room.book(), mail_from=None))


def opted_out(desk: Desk) -> None:
    with desk.room.db.writing() as tx:
        opt_out(tx, desk.room.db.vault, OptOut("oo_1", HARBOR, ADDRESS, "email", True, "crm"), desk.room.now)


@pytest.mark.parametrize(
    ("happens", "email", "reason"),
    [
        (no_server, ADDRESS, "no_mail_server"),
        (no_sender, ADDRESS, "no_sender_address"),
        (opted_out, ADDRESS, "opted_out_of_emails"),
        (lambda _: None, None, "no_address"),
    ],
)
def test_else_it_stands_before_the_owner(desk: Desk, happens: Any, email: str | None, reason: str) -> None:
    task = desk.tried(email)
    happens(desk)
    desk.room.later(minutes=15)
    desk.round()
    assert desk.owed() == ("person", reason)
    assert desk.room.row("tasks", id=task)["state"] == "open"


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ({}, Done(f"<ms_1@{OURS.partition('@')[2]}>")),
        ({"AUTH": "535 who are you"}, NotProcessed("smtp_535")),
        ({"AUTH": ""}, NotProcessed("no_mail_server")),
        ({"RCPT": "450 later please"}, NotProcessed("smtp_450")),
        ({"MAIL": "550 not from you"}, Refused("smtp_550", terminal=True)),
        ({"RCPT": "550 nobody here"}, Refused("no_such_mailbox", terminal=True)),
        ({"RCPT": "550 5.7.1 not from you"}, Refused("smtp_550", terminal=True)),
        ({"RCPT": ""}, NotProcessed("no_mail_server")),
        ({"RCPT": "354 what"}, NotProcessed("smtp_354")),
        ({"DATA": "451 not now"}, NotProcessed("smtp_451")),
        ({"DATA": ""}, NotProcessed("no_mail_server")),
        ({"end": "452 full"}, NotProcessed("smtp_452")),
        ({"end": "554 spam"}, Refused("smtp_554", terminal=True)),
        ({"end": ""}, Ambiguous("mail_unknown")),
        ({"end": "taken"}, Ambiguous("mail_unknown")),
    ],
)
def test_each_answer_says_whether_it_may_be_sent_again(server: MailServer, says: dict[str, str], answer: Any) -> None:
    server.says = says
    assert Mail(server.url).send(LETTER) == answer
    assert len(server.taken) == isinstance(answer, Done)


def test_nothing_goes_in_clear_to_another_machine_and_no_header_is_smuggled_in(server: MailServer) -> None:
    """The server offers no encryption: its password is not told, nor anything else."""
    plain = Mail(server.url)
    plain.is_loopback = False
    assert isinstance(plain.send(LETTER), NotProcessed)
    assert [verb for verb in server.heard if verb.startswith(("AUTH", "MAIL"))] == []
    assert Mail(server.url).send(replace(LETTER, subject="Hello\r\nBcc: x@example.com")) == Refused("malformed", True)
    for unusable in (
        "smtp://127.0.0.1:1",
        server.url.replace("an%20invented", "w%C3%BCrd"),
        f"smtp://{'x' * 70}.example",
    ):
        assert Mail(unusable).send(LETTER) == NotProcessed("no_mail_server")


def test_lines_of_dots_arrive_as_they_were_written(server: MailServer) -> None:
    assert isinstance(Mail(server.url).send(replace(LETTER, body=".\n..\nMAIL FROM:<x@example.com>")), Done)
    (letter,) = server.taken
    assert letter.get_content().splitlines() == [".", "..", "MAIL FROM:<x@example.com>"]


def test_an_address_that_came_back_is_written_to_no_more(desk: Desk) -> None:
    desk.tried()
    desk.room.later(minutes=15)
    desk.round()
    desk.server.says = {"RCPT": "550 nobody here"}
    assert desk.send() == [Rejected("no_such_mailbox")]
    desk.round()
    assert desk.owed() == ("person", "no_such_mailbox")
    follow_ups = desk.room.table("follow_ups")
    with desk.room.db.writing() as tx:
        # What the next call that reaches nobody would owe.
        tx.execute(follow_ups.update().values(state="due", settled_at=None, message_id=None))
    desk.server.says = {}
    desk.room.later(days=1)
    desk.round()
    assert (desk.owed(), desk.send(), desk.server.taken) == (("person", "destination_barred"), [], [])


def certificate(folder: Path) -> Path:
    """Of this machine, by nobody."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    told = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "mail.pem"
    path.write_bytes(told + made.public_bytes(Encoding.PEM))
    return path


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(path := certificate(tmp_path))
    with mail_server(own) as server:
        url = server.url.replace("smtp://", "smtps://")
        assert Mail(url).send(LETTER) == NotProcessed("no_mail_server")
        assert server.heard == []
        assert isinstance(Mail(url, ssl.create_default_context(cafile=str(path))).send(LETTER), Done)
        assert len(server.taken) == 1


def test_a_refused_letter_waits_minutes_and_a_lost_one_is_never_sent_again(desk: Desk) -> None:
    task = desk.tried()
    desk.room.later(minutes=15)
    desk.round()
    desk.server.says = {"RCPT": "450 we do not know you yet"}
    desk.send()
    assert (desk.send(), desk.room.row("sends")["state"]) == ([None], "new")
    desk.room.later(minutes=5)
    desk.server.says = {"end": ""}
    assert desk.send() == [Lost("mail_unknown")]
    desk.room.later(hours=1)
    desk.round()
    assert (desk.send(), desk.owed()) == ([], ("person", "not_known"))
    assert desk.room.row("tasks", id=task)["state"] == "open"
