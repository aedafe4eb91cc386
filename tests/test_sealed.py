"""Personal text at rest: only its own row and column, its own key and nobody else can read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.exc import StatementError

from routing.rules.identity import Who
from routing.state.database import Database, open_database
from routing.state.lead.people import Newcomer, known, welcome
from routing.state.sealed import KEY_ID_BYTES, NONCE_BYTES, SealBroken, SealedBytes, Vault
from routing.state.tables import people, person_numbers, practices

NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
FIRST, SECOND = b"an invented secret of thirty-two bytes or more", b"another invented secret that came after the first"
CANARY, PHONE = "Zyxwv Canaryson", "+18135550177"
VAULT = Vault(FIRST)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, VAULT, wait_s=5, statement_s=10)
    with opened.writing() as tx:
        tx.execute(
            insert(practices), [{"id": each, "name": each, "version": 1, "created_at": NOW} for each in ("one", "two")]
        )
    yield opened
    opened.engine.dispose()


@given(st.text())
def test_what_was_sealed_comes_back(text: str) -> None:
    assert VAULT.unseal(people.c.name, "pe_1", VAULT.seal(people.c.name, "pe_1", text)) == text


def test_no_two_seals_are_alike() -> None:
    assert len({VAULT.seal(people.c.name, "pe_1", CANARY) for _ in range(100)}) == 100


@dataclass(frozen=True)
class Row:
    id: str
    practice_id: str = "one"
    created_at: datetime = NOW

    @property
    def values(self) -> dict[str, object]:
        return {"id": self.id, "practice_id": self.practice_id, "created_at": self.created_at}


@pytest.mark.parametrize("plain", [CANARY, CANARY.encode(), 12])
def test_a_sealed_column_refuses_what_no_vault_has_sealed(db: Database, plain: object) -> None:
    with pytest.raises(StatementError, match="only what a vault has sealed"), db.writing() as tx:
        tx.execute(insert(people).values(**Row("pe_1").values, name=plain))


def test_a_sealed_column_may_stay_empty(db: Database) -> None:
    with db.writing() as tx:
        tx.execute(insert(people).values(**Row("pe_1").values))
    with db.reading() as tx:
        assert tx.execute(select(people.c.name)).scalar_one() is None


def test_a_name_moved_to_another_row_or_column_does_not_open(db: Database) -> None:
    with db.writing() as tx:
        tx.execute(insert(people).values(**Row("pe_1").values, name=VAULT.seal(people.c.name, "pe_1", CANARY)))
        tx.execute(insert(people).values(**Row("pe_2").values))
        stolen = tx.execute(select(people.c.name).where(people.c.id == "pe_1")).scalar_one()
        tx.execute(update(people).where(people.c.id == "pe_2").values(name=stolen))
    with db.reading() as tx:
        kept = {row.id: row.name for row in tx.execute(select(people.c.id, people.c.name))}
    assert VAULT.unseal(people.c.name, "pe_1", kept["pe_1"]) == CANARY
    with pytest.raises(SealBroken):
        VAULT.unseal(people.c.name, "pe_2", kept["pe_2"])
    with pytest.raises(SealBroken):
        VAULT.unseal(people.c.email, "pe_1", kept["pe_1"])


@pytest.mark.parametrize("place", range(KEY_ID_BYTES + NONCE_BYTES + 3))
def test_one_altered_byte_breaks_the_seal(place: int) -> None:
    sealed = bytearray(VAULT.seal(people.c.name, "pe_1", "abc"))
    sealed[place] ^= 1
    with pytest.raises(SealBroken):
        VAULT.unseal(people.c.name, "pe_1", bytes(sealed))


@given(st.binary(max_size=40))
def test_bytes_that_no_vault_made_break_the_seal(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        VAULT.unseal(people.c.name, "pe_1", sealed)


@pytest.mark.parametrize("length", range(KEY_ID_BYTES + NONCE_BYTES + 16))
def test_a_cut_seal_is_broken_and_nothing_else(length: int) -> None:
    with pytest.raises(SealBroken):
        VAULT.unseal(people.c.name, "pe_1", VAULT.seal(people.c.name, "pe_1", CANARY)[:length])


def test_an_older_secret_still_opens_while_keys_rotate_and_no_longer_after() -> None:
    old = Vault(FIRST).seal(people.c.name, "pe_1", CANARY)
    rotating, rotated = Vault(SECOND, previous=FIRST), Vault(SECOND)
    assert rotating.unseal(people.c.name, "pe_1", old) == CANARY
    with pytest.raises(SealBroken, match="not known here"):
        rotated.unseal(people.c.name, "pe_1", old)
    fresh = rotating.seal(people.c.name, "pe_1", CANARY)
    assert rotated.unseal(people.c.name, "pe_1", fresh) == CANARY
    with pytest.raises(SealBroken):
        Vault(FIRST).unseal(people.c.name, "pe_1", fresh)


def test_links_signed_before_a_rotation_still_hold() -> None:
    tag = Vault(FIRST).sign("iq_1", "2")
    assert Vault(SECOND, previous=FIRST).signed(tag, "iq_1", "2")
    assert not Vault(SECOND, previous=FIRST).signed(tag, "iq_1", "3")
    assert not Vault(SECOND).signed(tag, "iq_1", "2")
    assert not Vault(SECOND).signed("é" * 16, "iq_1", "2")


def test_the_parts_of_a_signature_cannot_be_shifted() -> None:
    assert VAULT.sign("iq_1", "23") != VAULT.sign("iq_12", "3")


def test_the_index_of_a_number_differs_between_practices_and_secrets() -> None:
    found = {VAULT.index("one", PHONE), VAULT.index("two", PHONE), Vault(SECOND).index("one", PHONE)}
    assert len(found) == 3
    assert VAULT.index("one", PHONE) == Vault(FIRST).index("one", PHONE)


def test_a_person_is_known_in_her_practice_only(db: Database) -> None:
    with db.writing() as tx:
        welcome(tx, VAULT, Newcomer("pe_1", "one", Who(PHONE)), NOW)
    with db.reading() as tx:
        assert known(tx, VAULT, "one", PHONE).person.id == "pe_1"
        assert known(tx, VAULT, "two", PHONE).person.id is None


def test_a_person_is_still_known_while_keys_rotate(db: Database) -> None:
    with db.writing() as tx:
        welcome(tx, VAULT, Newcomer("pe_1", "one", Who(PHONE)), NOW)
    with db.reading() as tx:
        assert known(tx, Vault(SECOND, previous=FIRST), "one", PHONE).person.id == "pe_1"
        assert known(tx, Vault(SECOND), "one", PHONE).person.id is None


def test_neither_name_nor_number_is_in_the_file(sqlite_url: str) -> None:
    db = open_database(sqlite_url, VAULT)
    with db.writing() as tx:
        tx.execute(insert(practices).values(id="one", name="one", version=1, created_at=NOW))
        welcome(tx, VAULT, Newcomer("pe_1", "one", Who(PHONE)), NOW)
        tx.execute(update(people).values(name=VAULT.seal(people.c.name, "pe_1", CANARY)))
        number = tx.execute(select(person_numbers.c.number)).scalar_one()
    assert VAULT.unseal(person_numbers.c.number, "pe_1", number) == PHONE
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    stored = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"pe_1" in stored
    assert not [word for word in (CANARY, PHONE, PHONE[2:], "Canaryson") if word.encode() in stored]
    db.engine.dispose()


def test_the_secret_is_in_no_text_of_a_keyring_or_seal() -> None:
    told = repr(VAULT) + repr(VAULT._rings) + repr(SealedBytes(VAULT.seal(people.c.name, "pe_1", CANARY)))
    assert FIRST.decode() not in told
    assert CANARY not in told
