"""What the environment may say, and what a production start refuses."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routing.settings import SETTINGS, Settings, SettingsError, read
from routing.settings.secret_key import DEVELOPMENT_KEY
from routing.settings.sockets import socket_path

KEY = "r4nd0mKv9xQmZt7LwYpB2sHcJfNgUaEiOdXeRk5Tb3VqWy8Zu1MoPlCh"
SID = "AC" + "0123456789abcdef" * 2
TOKEN = "token-of-the-first-account"

PRODUCTION = {
    "LEADLINE_SECRET_KEY": KEY,
    "LEADLINE_PUBLIC_URL": "https://leads.example.org",
    "LEADLINE_TWILIO_ACCOUNT_SID": SID,
    "LEADLINE_TWILIO_AUTH_TOKEN": TOKEN,
}
DEVELOPMENT = {"LEADLINE_ENVIRONMENT": "development"}


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        read(environ)
    return refused.value.problems


def test_production_is_the_default_and_needs_three_things() -> None:
    named = [problem.split()[0] for problem in problems_of({})]
    assert named == ["LEADLINE_SECRET_KEY", "LEADLINE_PUBLIC_URL", "LEADLINE_TWILIO_AUTH_TOKEN"]


def test_a_complete_production_environment_is_read() -> None:
    settings = read(PRODUCTION)
    assert settings.environment == "production"
    assert settings.public_url == "https://leads.example.org"
    assert settings.twilio_accounts[SID].tokens == (TOKEN,)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (DEVELOPMENT_KEY, "is a sample"),
        ("please-changeme-please-changeme-please-changeme", "is a sample"),
        ("Zu1MoPlChr4nd0m", "is too short"),
        ("0123456789abcdef" * 3, "is too short"),
        ("a" * 64, "repeats itself"),
        ("0123456789abcdef" * 4, "repeats itself"),
    ],
)
def test_production_refuses_a_weak_key_without_showing_it(key: str, why: str) -> None:
    (problem,) = problems_of({**PRODUCTION, "LEADLINE_SECRET_KEY": key})
    assert problem.startswith(f"LEADLINE_SECRET_KEY {why}")
    assert key not in problem


@pytest.mark.parametrize("key", [KEY, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
def test_32_random_bytes_are_a_good_key_in_base64_and_in_hexadecimal(key: str) -> None:
    assert read({**PRODUCTION, "LEADLINE_SECRET_KEY": key}).secret_key == key


@pytest.mark.parametrize("name", ["LEADLINE_CLOCK", "LEADLINE_CLOCK_SPEED"])
def test_production_refuses_another_clock(name: str) -> None:
    value = {"LEADLINE_CLOCK": "2026-11-17T14:00:00-05:00", "LEADLINE_CLOCK_SPEED": "1"}[name]
    assert f"{name} is refused in production" in problems_of({**PRODUCTION, name: value})


def test_production_refuses_a_plain_http_address() -> None:
    (problem,) = problems_of({**PRODUCTION, "LEADLINE_PUBLIC_URL": "http://leads.example.org"})
    assert problem.startswith("LEADLINE_PUBLIC_URL must begin with https://")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "leads.example.org"])
def test_a_demo_refuses_a_host_that_others_can_reach(host: str) -> None:
    (problem,) = problems_of({"LEADLINE_ENVIRONMENT": "demo", "LEADLINE_HOST": host})
    assert problem.startswith("LEADLINE_HOST must be a loopback address")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_demo_listens_on_loopback(host: str) -> None:
    assert read({"LEADLINE_ENVIRONMENT": "demo", "LEADLINE_HOST": host}).host == host


def test_development_starts_with_nothing_at_all() -> None:
    settings = read(DEVELOPMENT)
    assert settings.data_dir == Path.cwd() / ".leadline"
    assert settings.database_url == f"sqlite:///{Path.cwd()}/.leadline/leadline.db"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.redis_embedded
    assert settings.jobs_redis_url == settings.redis_url
    assert settings.secret_key == DEVELOPMENT_KEY
    assert settings.twilio_accounts == {}


def test_an_empty_setting_means_not_given() -> None:
    assert read({**DEVELOPMENT, "LEADLINE_PORT": "", "LEADLINE_CLOCK": "", "LEADLINE_REDIS_URL": ""}).port == 8080


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LEADLINE_ENVIRONMENT", "staging", "must be production, development or demo"),
        ("LEADLINE_PORT", "eighty", "must be a number from 1 to 65535"),
        ("LEADLINE_PORT", "70000", "must be a number from 1 to 65535"),
        ("LEADLINE_DATABASE_URL", "mysql://db/leadline", "must begin with postgresql://"),
        ("LEADLINE_DATABASE_URL", "sqlite:///", "must begin with postgresql://"),
        ("LEADLINE_REDIS_URL", "localhost:6379", "must begin with redis://"),
        ("LEADLINE_PUBLIC_URL", "leads.example.org", "must be a web address"),
        ("LEADLINE_PUBLIC_URL", "https://leads.example.org/?a=b", "must be a web address"),
        ("LEADLINE_TWILIO_SHARED_KEYS", "no-secret", "must look like id=secret"),
        ("LEADLINE_FALLBACK_NUMBER", "850 555 0100", "must be a phone number"),
        ("LEADLINE_SMTP_URL", "mail.example.org", "must begin with smtp://"),
        ("LEADLINE_SMTP_URL", "smtp://mailer:pa/ss@mail.example.org", "must begin with smtp://"),
        ("LEADLINE_CLOCK", "yesterday", "must be an instant"),
        ("LEADLINE_CLOCK", "2026-11-17T14:00:00", "must name its offset"),
        ("LEADLINE_CLOCK_SPEED", "0", "must be a number above 0"),
        ("LEADLINE_CLOCK_SPEED", "inf", "must be a number above 0"),
        ("LEADLINE_CLOCK_SPEED", "2", "needs LEADLINE_CLOCK"),
        ("LEADLINE_PRACTICES", "/no/such/folder", "is not a folder"),
        ("LEADLINE_TWILIO_ACCOUNT_SID", SID, "and LEADLINE_TWILIO_AUTH_TOKEN go together"),
        ("LEADLINE_TWILIO_API_KEY_SID", "SK1", "and LEADLINE_TWILIO_API_KEY_SECRET go together"),
        ("LEADLINE_SECRET_KEY_FILE", "/no/such/file", "names a file that cannot be read"),
    ],
)
def test_a_wrong_value_is_one_clear_line(name: str, value: str, words: str) -> None:
    assert f"{name} {words}" in "\n".join(problems_of({**DEVELOPMENT, name: value}))


def test_all_problems_are_told_at_once() -> None:
    wrong = {"LEADLINE_PORT": "x", "LEADLINE_SMTP_URL": "x", "LEADLINE_CLOCK": "x"}
    assert len(problems_of({**DEVELOPMENT, **wrong})) == 3


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    assert read({**DEVELOPMENT, "LEADLINE_SECRET_KEY_FILE": str(path)}).secret_key == KEY
    both = {**DEVELOPMENT, "LEADLINE_SECRET_KEY_FILE": str(path), "LEADLINE_SECRET_KEY": KEY}
    assert problems_of(both) == ("LEADLINE_SECRET_KEY and LEADLINE_SECRET_KEY_FILE are both set: keep one",)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_postgres_address_means_psycopg(scheme: str) -> None:
    url = read({**DEVELOPMENT, "LEADLINE_DATABASE_URL": f"{scheme}://u:p@db/leadline"}).database_url
    assert url == "postgresql+psycopg://u:p@db/leadline"


def test_no_secret_is_in_the_printed_settings() -> None:
    secret = {
        "LEADLINE_SECRET_KEY": KEY,
        "LEADLINE_SECRET_KEY_PREVIOUS": f"previous-{KEY}",
        "LEADLINE_TWILIO_AUTH_TOKEN": TOKEN,
        "LEADLINE_TWILIO_AUTH_TOKEN_SECONDARY": "token-of-tomorrow",
        "LEADLINE_TWILIO_API_KEY_SID": "SK1",
        "LEADLINE_TWILIO_API_KEY_SECRET": "secret-of-the-api-key",
        "LEADLINE_TWILIO_SHARED_KEYS": "webhooks_sharedkey_1=secret-of-the-shared-key",
        "LEADLINE_DATABASE_URL": "postgresql://leadline:secret-of-the-database@db/leadline",
        "LEADLINE_REDIS_URL": "redis://:secret-of-redis@redis/0",
        "LEADLINE_SMTP_URL": "smtp://mailer:secret-of-mail@mail.example.org",
    }
    printed = repr(read({**PRODUCTION, **secret}))
    assert not re.findall(r"secret-of|token-of|r4nd0m", printed)
    assert SID in printed


def accounts(tmp_path: Path, content: object) -> Settings:
    path = tmp_path / "accounts.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read({**PRODUCTION, "LEADLINE_TWILIO_ACCOUNTS_FILE": str(path)})


OTHER_SID = "AC" + "f" * 32


def test_a_practice_uses_the_account_that_names_it_and_others_the_plain_one(tmp_path: Path) -> None:
    row = {"sid": OTHER_SID, "auth_token": "one", "secondary": "two", "practices": ["harbor-recovery"]}
    settings = accounts(tmp_path, [row])
    harbor, lakeside = settings.account_of("harbor-recovery"), settings.account_of("lakeside-specialty")
    assert harbor is not None
    assert lakeside is not None
    assert (harbor.sid, harbor.tokens, harbor.rest_login) == (OTHER_SID, ("one", "two"), (OTHER_SID, "one"))
    assert lakeside.sid == SID


def test_an_api_key_replaces_the_token_in_requests() -> None:
    key = {"LEADLINE_TWILIO_API_KEY_SID": "SK1", "LEADLINE_TWILIO_API_KEY_SECRET": "s"}
    assert read({**PRODUCTION, **key}).twilio_accounts[SID].rest_login == ("SK1", "s")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ({}, "must be a JSON list"),
        (["x"], "entry 1 must be an object"),
        ([{"sid": "x", "auth_token": "t"}], "entry 1: sid must be AC"),
        ([{"sid": OTHER_SID}], "entry 1: auth_token is missing"),
        ([{"sid": OTHER_SID, "auth_token": 7}], "entry 1: auth_token must be text"),
        ([{"sid": OTHER_SID, "auth_token": "t", "practices": "all"}], "entry 1: practices must be a list"),
        ([{"sid": OTHER_SID, "auth_token": "t", "token": "t"}], "entry 1 has an unknown key: token"),
        ([{"sid": OTHER_SID, "auth_token": "t"}] * 2, "names an account twice"),
        (
            [{"sid": sid, "auth_token": "t", "practices": ["harbor-recovery"]} for sid in (SID, OTHER_SID)],
            "gives one practice to two accounts",
        ),
    ],
)
def test_a_wrong_accounts_file_is_one_clear_line(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"LEADLINE_TWILIO_ACCOUNTS_FILE {words}")):
        accounts(tmp_path, content)


def test_shared_keys_are_read_by_their_id() -> None:
    keys = read({**DEVELOPMENT, "LEADLINE_TWILIO_SHARED_KEYS": "k1=abc=, k2=def"}).twilio_shared_keys
    assert keys == {"k1": "abc=", "k2": "def"}


def test_the_clock_keeps_its_offset() -> None:
    settings = read({**DEVELOPMENT, "LEADLINE_CLOCK": "2026-11-17T14:00:00-05:00", "LEADLINE_CLOCK_SPEED": "60"})
    assert settings.clock == datetime(2026, 11, 17, 19, tzinfo=UTC)
    assert settings.clock_speed == 60


def test_a_folder_too_deep_for_a_socket_gets_a_short_one() -> None:
    assert socket_path(Path("/var/lib/leadline/valkey")) == Path("/var/lib/leadline/valkey/valkey.sock")
    deep = Path("/srv") / ("x" * 90) / "valkey"
    assert len(str(socket_path(deep))) < 100
    assert socket_path(deep) != socket_path(deep / "other")


def test_each_setting_has_one_row_with_its_meaning() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(names) == len(set(names))
    assert all(setting.meaning and setting.name.startswith("LEADLINE_") for setting in SETTINGS)
