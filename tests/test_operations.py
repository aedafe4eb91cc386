"""Alive, ready and counted: what an operator sees, and what a stranger does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from prometheus_client import generate_latest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from gateway.api import api_routes
from gateway.counts import Counts, RequestCounts
from gateway.errors import Seen
from gateway.house import House
from gateway.keeping import checks
from gateway.keeping.checks import Check, OpenBook
from gateway.keeping.embedded import Valkey
from gateway.keeping.examination import examined
from gateway.operations import operations_routes
from gateway.publishing import publish_file
from gateway.request_log import templates
from gateway.tokens import mint
from routing.rulebook.almanac import standards
from routing.rules.contact import Contactable, may_contact
from routing.rules.lawful.reviews import EVERY_ROW
from routing.settings import Settings
from routing.state.live.soundness import RedisFacts, redis_facts, skew
from routing.state.practice import tokens
from routing.state.practice.tokens import Token
from tests.rooms import PRACTICES, TUESDAY, Room
from tests.stage import house_of, settings_of

HARBOR = "harbor-recovery"
LOOPBACK, STRANGER = ("127.0.0.1", 50000), ("203.0.113.9", 50000)
ON_SQLITE = pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
SOUND = RedisFacts((7, 2), "noeviction", persistent=True, skew_ms=0)


@pytest.fixture
def settings(tmp_path: Path, valkey: Valkey) -> Settings:
    return settings_of(tmp_path, LEADLINE_REDIS_URL=valkey.url)


@pytest.fixture
def house(room: Room, settings: Settings) -> House:
    return house_of(room, settings)


def door(house: House, peer: tuple[str, int] = LOOPBACK, fresh_s: float = 0.0) -> TestClient:
    counts = Counts()
    routes = [*api_routes(house), *operations_routes(house, counts, fresh_s)]
    counted = Middleware(RequestCounts, route_of=templates(routes), counts=counts)
    return TestClient(Starlette(routes=routes, middleware=[counted]), client=peer)


def bearer(room: Room, *scopes: str, practice: str = HARBOR) -> dict[str, str]:
    minted = mint(f"t{next(room.numbers):05d}")
    tokens.store(room.db, Token(minted.id, practice, minted.digest, scopes, "test", room.now), "test")
    return {"authorization": f"Bearer {minted.text}"}


@pytest.fixture
def evicting(live: "redis.Redis") -> Iterator[None]:
    live.config_set("maxmemory-policy", "allkeys-lru")
    yield
    live.config_set("maxmemory-policy", "noeviction")


def failing(client: TestClient) -> list[str]:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    found: list[str] = answer.json()["failing"]
    return found


@ON_SQLITE
def test_a_process_is_alive_whatever_it_stands_on(house: House) -> None:
    gone = replace(house.settings, redis_url="unix:///nowhere/at.sock")
    with door(replace(house, settings=gone), STRANGER) as client:
        assert client.get("/healthz").json() == {"status": "alive"}


def test_a_sound_house_is_ready_and_says_what_it_looked_at(house: House) -> None:
    with door(house) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert [check["name"] for check in answer.json()["checks"]] == [
        "database",
        "rulebooks",
        "redis",
        "redis_persistence",
        "clock",
    ]


@ON_SQLITE
def test_a_stranger_is_told_a_status_and_nothing_else(house: House, evicting: None) -> None:
    with door(house, STRANGER) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not_ready"})


@ON_SQLITE
def test_a_proxy_on_this_machine_does_not_make_strangers_loopback_peers(house: House) -> None:
    with door(house) as client:
        for header in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
            assert "checks" not in client.get("/readyz", headers={header: "203.0.113.9"}).json()
            assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 401


@ON_SQLITE
def test_details_want_an_admin_token(house: House, room: Room) -> None:
    with door(house, STRANGER) as client:
        assert "checks" in client.get("/readyz", headers=bearer(room, "admin")).json()
        assert "checks" not in client.get("/readyz", headers=bearer(room, "read", "reports")).json()


@ON_SQLITE
def test_a_redis_that_may_evict_is_refused(house: House, evicting: None) -> None:
    """F05."""
    with door(house) as client:
        assert failing(client) == ["redis"]


@ON_SQLITE
def test_in_production_a_redis_of_ones_own_has_to_persist_and_the_embedded_one_is_excused(house: House) -> None:
    """F05; the server under the tests keeps nothing."""
    production = replace(house.settings, environment="production")
    with door(replace(house, settings=production)) as client:
        assert failing(client) == ["redis_persistence"]
    with door(replace(house, settings=replace(production, redis_embedded=True))) as client:
        assert client.get("/readyz").status_code == 200


@ON_SQLITE
def test_a_redis_that_does_not_answer_is_named_and_so_is_that_of_the_jobs(house: House, tmp_path: Path) -> None:
    nowhere = f"unix://{tmp_path}/nobody.sock"
    with door(replace(house, settings=replace(house.settings, jobs_redis_url=nowhere))) as client:
        assert failing(client) == ["jobs_redis"]
    with door(replace(house, settings=replace(house.settings, redis_url=nowhere))) as client:
        assert failing(client) == ["redis"]


@ON_SQLITE
def test_who_asks_often_is_told_what_was_found_a_moment_ago(house: House, live: "redis.Redis") -> None:
    with door(house, fresh_s=3600) as client:
        assert client.get("/readyz").status_code == 200
        live.config_set("maxmemory-policy", "allkeys-lru")
        again = client.get("/readyz").status_code
        live.config_set("maxmemory-policy", "noeviction")
    assert again == 200


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_a_schema_older_or_newer_than_the_code_is_not_ready_but_alive(house: House, revision: str) -> None:
    """F16."""
    with house.desk.db.writing() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    with door(house) as client:
        assert failing(client) == ["database"]
        assert client.get("/healthz").status_code == 200


def test_a_rulebook_that_is_thirty_seconds_behind_is_not_ready(house: House, room: Room, tmp_path: Path) -> None:
    """F67."""
    source = (PRACTICES / f"{HARBOR}.yaml").read_text().replace("name: Harbor Recovery", "name: Harbor Recovery Two")
    (tmp_path / "next.yaml").write_text(source)
    publish_file(room.db, tmp_path / "next.yaml", "test", room.now)
    room.later(seconds=30)
    with door(house) as client:
        assert client.get("/readyz").status_code == 200
        room.later(seconds=1)
        assert failing(client) == ["rulebooks"]
        room.desk.shelf.refresh()
        assert client.get("/readyz").status_code == 200


@ON_SQLITE
def test_metrics_are_for_operators(house: House, room: Room) -> None:
    with door(house, STRANGER) as client:
        refused = client.get("/metrics")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert client.get("/metrics", headers=bearer(room, "reports")).status_code == 401
        assert client.get("/metrics", headers=bearer(room, "admin")).status_code == 200


@ON_SQLITE
def test_requests_are_counted_by_template_and_never_by_path(house: House, room: Room) -> None:
    with door(house) as client:
        for lead in ("ld_secret_one", "ld_secret_two"):
            client.get(f"/leads/{lead}", headers=bearer(room, "read"))
        client.request("BREW", "/teapot/ld_secret_three")
        told = client.get("/metrics").text
    assert 'leadline_requests_total{method="GET",route="/leads/{id}",status="404"} 2.0' in told
    assert 'leadline_requests_total{method="other",route="unmatched",status="404"} 1.0' in told
    assert "secret" not in told


@ON_SQLITE
def test_the_rulebook_version_at_hand_is_shown_and_a_token_sees_only_its_practice(house: House, room: Room) -> None:
    with door(house) as client:
        assert 'leadline_rulebook_version{practice="lakeside-specialty"} 1.0' in client.get("/metrics").text
    with door(house, STRANGER) as client:
        told = client.get("/metrics", headers=bearer(room, "admin")).text
    assert 'leadline_rulebook_version{practice="harbor-recovery"} 1.0' in told
    assert "lakeside" not in told


@ON_SQLITE
def test_rows_of_the_law_past_their_review_are_counted_and_told_and_stay_in_force(house: House, room: Room) -> None:
    def told() -> tuple[str, checks.Check]:
        with door(house) as client:
            (line,) = (each for each in client.get("/metrics").text.splitlines() if each.startswith("leadline_rules_"))
        return line, examined(house.settings, house.desk, house.now())[-1]

    room.now = datetime(2027, 5, 20, 12, tzinfo=UTC)
    line, check = told()
    assert (line, check.ok, check.warns) == ("leadline_rules_overdue 0.0", True, False)
    room.now += timedelta(days=1)
    line, check = told()
    assert float(line.split()[1]) == len(EVERY_ROW)
    assert (check.name, check.ok, check.warns) == ("legal_rules", True, True)
    assert checks.failing(examined(house.settings, house.desk, house.now())) == ()
    anybody = Contactable(standards(room.book(), room.now), frozenset())
    assert "hours.us" in may_contact(anybody, "call", "informational", room.now).rules


def test_every_counter_is_there_from_the_start() -> None:
    names = {family.name for family in Counts().registry.collect()}
    outages = {"live_state_down", "database_down", "spooled", "spool_down", "replayed", "set_aside"}
    assert {"requests", "errors", *outages} == {name.removeprefix("leadline_") for name in names} - {"request_seconds"}


def test_an_error_is_counted_by_its_code_and_an_outage_by_its_name() -> None:
    counts = Counts()
    for kind, code in (
        ("DatabaseDown", "database_down"),
        ("LiveStateDown", "live_state_down"),
        ("KeyError", "internal"),
    ):
        counts.error(Seen("er_1", kind, code, 503))
    told = generate_latest(counts.registry).decode()
    assert "leadline_database_down_total 1.0" in told
    assert "leadline_live_state_down_total 1.0" in told
    assert 'leadline_errors_total{code="internal"} 1.0' in told


def test_redis_tells_version_policy_persistence_and_time(valkey: Valkey, live: "redis.Redis") -> None:
    facts = redis_facts(valkey.url)
    assert facts.version >= (7, 0)
    assert (facts.policy, facts.persistent) == ("noeviction", False)
    assert abs(facts.skew_ms) < checks.SKEW_MS


@pytest.mark.parametrize(("theirs", "ahead"), [(10, 0), (15, 0), (20, 0), (8, -2), (25, 5)])
def test_a_clock_between_our_two_readings_is_not_wrong(theirs: int, ahead: int) -> None:
    assert skew(10, theirs, 20) == ahead


@pytest.mark.parametrize(("skew_ms", "ok"), [(2000, True), (-2000, True), (2001, False), (-300_000, False)])
def test_clocks_may_differ_by_two_seconds(skew_ms: int, ok: bool) -> None:
    """F50."""
    assert checks.clock(replace(SOUND, skew_ms=skew_ms)).ok == ok


def test_an_old_redis_is_refused() -> None:
    assert checks.eviction("redis", replace(SOUND, version=(6, 2))).ok is False
    assert checks.eviction("redis", SOUND).ok is True


def test_without_any_practice_there_is_nothing_to_be_ready_for() -> None:
    assert checks.rulebooks([], TUESDAY) == Check("rulebooks", False, "no practice is published")


def test_a_practice_published_a_moment_ago_may_not_be_open_yet() -> None:
    fresh = OpenBook(1, None, TUESDAY)
    assert checks.rulebooks([fresh], TUESDAY + timedelta(seconds=1)).ok
    assert not checks.rulebooks([fresh], TUESDAY + timedelta(seconds=31)).ok


@pytest.mark.parametrize(
    ("environment", "url", "ok"),
    [
        ("production", "https://leads.example.org", True),
        ("production", "http://leads.example.org", False),
        ("production", "https://user:word@leads.example.org", False),
        ("demo", "http://127.0.0.1:8080", True),
    ],
)
def test_webhooks_of_a_production_come_by_https(settings: Settings, environment: str, url: str, ok: bool) -> None:
    asked = replace(settings, environment=environment, public_url=url)  # type: ignore[arg-type]
    assert checks.webhook_url(asked).ok == ok


@ON_SQLITE
def test_the_doctor_looks_at_credentials_and_address_as_well(house: House) -> None:
    found = examined(house.settings, house.desk, house.now())
    assert [check.name for check in found][:3] == ["credentials", "webhook_url", "database"]
    assert checks.failing(found) == ()
    without = examined(replace(house.settings, twilio_accounts={}), house.desk, house.now())
    assert checks.failing(without) == ("credentials",)


@ON_SQLITE
def test_no_check_shows_a_secret_or_an_address(house: House) -> None:
    told = " ".join(check.said for check in examined(house.settings, house.desk, house.now()))
    for hidden in (house.settings.secret_key, house.settings.redis_url, house.settings.database_url, HARBOR):
        assert hidden not in told
