"""Load, luck and lending: many drawn people, lost callbacks, and one phone network at a time."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import uvicorn
from httpx2 import AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typer.testing import CliRunner

from rehearsal.booth import Booth, booth_app
from rehearsal.commands import app as rehearse
from rehearsal.crowds.crowd import Crowd, numbers
from rehearsal.crowds.load import Carried, LoadPlan, run_load
from rehearsal.crowds.verdict import Verdict, judge, report
from rehearsal.directory import read_directory
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.listening import listening
from rehearsal.network import new_call, place_call
from rehearsal.pace import RealPace, VirtualPace, run_virtual
from rehearsal.people import HABITS, Caller, CallerHabit, Phonebook
from rehearsal.posting import Posting
from rehearsal.rest.double import RestDouble
from rehearsal.rest.relay import NoRest, rest_at
from rehearsal.scenario import Stage
from rehearsal.transcript import Failure, Transcript
from routing.settings import read
from tests.stand_in import (
    ACCOUNT,
    CALLER,
    KEISHA,
    MARCUS,
    OFFER,
    PRIYA,
    TOKEN,
    TRACKED,
    Fields,
    Staging,
    StandIn,
    client_of,
    exchange_to,
    say,
)

PRACTICES = Path(__file__).parents[1] / "routing" / "practices"


# --- luck -------------------------------------------------------------------------------------------------------


def played(posting: Posting, doubled: float = 0.0) -> tuple[StandIn, list[str]]:
    gateway = StandIn(OFFER)

    async def scene(pace: VirtualPace) -> list[str]:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, Staging(), client, pace)
            exchange.posting = posting
            object.__setattr__(exchange.door, "doubled", doubled)
            return [failure.code for failure in (await place_call(exchange, Caller(CALLER), TRACKED)).failures]

    failures = run_virtual(scene)
    return gateway, failures


def test_lost_callbacks_never_arrive() -> None:
    gateway, failures = played(Posting(lost=1.0))
    assert gateway.fields_of("/voice/leg") == gateway.fields_of("/voice/status") == []
    assert failures == []


def test_doubled_callbacks_arrive_twice_and_late_ones_out_of_order() -> None:
    gateway, _ = played(Posting(doubled=1.0))
    assert Counter(step["SequenceNumber"] for step in gateway.fields_of("/voice/leg")) == {str(n): 2 for n in range(4)}
    gateway, _ = played(Posting(late=1.0, latest_s=300))
    order = [step["SequenceNumber"] for step in gateway.fields_of("/voice/leg")]
    assert sorted(order) == ["0", "1", "2", "3"]
    assert order != sorted(order)


def test_the_same_seed_has_the_same_luck() -> None:
    posting = Posting(lost=0.3, doubled=0.3, late=0.3)
    draws = [posting.arrivals(f"callback/{place}") for place in range(2000)]
    assert draws == [posting.arrivals(f"callback/{place}") for place in range(2000)]
    assert 0.25 < sum(not arrivals for arrivals in draws) / 2000 < 0.35
    assert Posting().arrivals("x") == (0.0,)


def test_a_share_of_the_webhooks_arrives_twice_at_once() -> None:
    gateway, failures = played(Posting(), doubled=1.0)
    assert len(gateway.fields_of("/voice/incoming")) == 2
    assert failures == []


# --- people -----------------------------------------------------------------------------------------------------


def test_people_are_drawn_by_seed() -> None:
    crowd = Crowd("7")
    assert crowd.caller(3) == Crowd("7").caller(3) != Crowd("8").caller(3)
    rings = list(islice(crowd.coordinators(), 2000))
    assert rings == list(islice(Crowd("7").coordinators(), 2000))
    share = Counter(ring.reach for ring in rings)
    assert 0.2 < share["no-answer"] / 2000 < 0.3
    assert 0.07 < share["mailbox"] / 2000 < 0.13
    patience = [habit.patience_s or 0 for habit in map(crowd.caller, range(500))]
    assert min(patience) >= 20
    assert 140 < sum(patience) / 500 < 200


def test_callers_numbers_are_invented_and_nobodys() -> None:
    drawn = list(islice(numbers(frozenset({"+12055550100"})), 1999))
    assert len(set(drawn)) == 1999
    assert all(number[5:10] == "55501" for number in drawn)
    assert "+12055550100" not in drawn


# --- load -------------------------------------------------------------------------------------------------------


@dataclass
class SmallDesk:
    """Claims one free coordinator per call, tells everybody else to expect a call back."""

    free: set[str] = field(default_factory=lambda: {MARCUS, KEISHA, PRIYA})
    held: dict[str, str] = field(default_factory=dict)

    def incoming(self, fields: Fields) -> str:
        if not self.free:
            return say("We will call you back.")
        self.held[fields["CallSid"]] = taken = sorted(self.free)[0]
        self.free.discard(taken)
        return f'<Dial action="/voice/result" timeout="15"><Number url="/voice/whisper">{taken}</Number></Dial>'

    def result(self, fields: Fields) -> str:
        self.free.add(self.held.pop(fields["CallSid"]))
        return say("Goodbye.") + "<Hangup/>"


def loaded(told: Mapping[str, object], rate: float = 0.5) -> tuple[list[Carried], Transcript, list[Sequence[str]]]:
    gateway = StandIn(dict(OFFER) | dict(told))  # type: ignore[arg-type]
    talked: list[Sequence[str]] = []

    async def after_talk(names: Sequence[str]) -> None:
        talked.append(names)

    async def scene(pace: VirtualPace) -> tuple[list[Carried], Transcript]:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, Staging(), client, pace)
            plan = LoadPlan((TRACKED,), rate, 60, Crowd("1", talk_mean_s=20))
            carried = await run_load(plan, lambda to: exchange, after_talk)
            await exchange.registry.quiet()
            return carried, exchange.transcript

    carried, truth = run_virtual(scene)
    return carried, truth, talked


def test_calls_arrive_at_their_own_rate_and_are_all_carried_to_their_end() -> None:
    desk = SmallDesk()
    carried, truth, talked = loaded({"/voice/incoming": desk.incoming, "/voice/result": desk.result})
    verdict = judge(carried, truth, [])
    assert 20 <= verdict.calls <= 40
    assert sum(verdict.ends.values()) == verdict.calls
    assert verdict.ends["talked"] == len(talked) > 0
    assert not verdict.violated
    assert desk.free == {MARCUS, KEISHA, PRIYA}
    assert loaded({"/voice/incoming": SmallDesk().incoming})[0] != []


def test_two_loads_of_one_seed_are_the_same() -> None:
    def once() -> list[Carried]:
        desk = SmallDesk()
        return loaded({"/voice/incoming": desk.incoming, "/voice/result": desk.result})[0]

    assert once() == once()


def test_a_desk_that_offers_one_phone_twice_is_found_out() -> None:
    carried, truth, _ = loaded({})
    verdict = judge(carried, truth, [])
    assert verdict.violated
    assert [each.name for each in verdict.invariants if each.broken] == ["I3"]
    assert "I3  one live call a coordinator" in report(verdict)
    assert "BROKEN" in report(verdict)


def test_a_verdict_counts_what_was_refused_and_who_has_no_lead() -> None:
    truth = Transcript()
    truth.fail(Failure(0.0, "CA1", "12200", "Dial[1]", "no such attribute"))
    truth.fail(Failure(0.0, "CA1", "I1", "Say[1]", "nothing is heard"))
    verdict = judge([], truth, [CALLER])
    assert verdict.refused == {"12200": 1}
    assert [each.name for each in verdict.invariants if each.broken] == ["I1", "I2"]
    assert "12200 x 1" in report(verdict)
    assert "nobody talked" in report(verdict)


def test_waits_and_service_level_are_told() -> None:
    verdict = Verdict(4, Counter({"talked": 3, "gave up": 1}), (5.0, 15.0, 40.0), Counter(), 2, ())
    assert (verdict.answered_soon, verdict.abandonment, verdict.violated) == (0.5, 0.25, False)
    assert "median 15.0 s" in report(verdict)


# --- waiting in time that skips ---------------------------------------------------------------------------------


def test_time_that_skips_goes_with_the_clock_while_others_are_awaited() -> None:
    ticks = iter(range(10_000))

    async def scene(pace: VirtualPace) -> tuple[float, float, float]:
        await pace.sleep(100)
        skipped = pace.now()
        with pace.awaiting():
            await pace.sleep(2)
        awaited = pace.now()
        await pace.sleep(1000)
        return skipped, awaited, pace.now()

    skipped, awaited, after = run_virtual(scene, VirtualPace(lambda: next(ticks) / 1000, speed=100))
    assert skipped == 100
    assert 102 <= awaited < 104
    assert after == pytest.approx(awaited + 1000)


# --- lending ----------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def booth_at(port: int, client: AsyncClient, tmp_path: Path) -> Booth:
    settings = read(
        {
            "LEADLINE_ENVIRONMENT": "demo",
            "LEADLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
            "LEADLINE_TWILIO_AUTH_TOKEN": TOKEN,
            "LEADLINE_TWILIO_API_URL": f"http://127.0.0.1:{port}",
            "LEADLINE_DATA_DIR": str(tmp_path),
        }
    )
    stage = Stage(settings, read_directory(PRACTICES), "http://gw", "s", lambda: datetime(2026, 11, 17, tzinfo=UTC))
    return Booth(stage, client, RealPace(lambda: 0.0), Phonebook(HABITS["accepts"]))


def test_a_rehearsal_takes_the_demos_rest_and_gives_it_back(tmp_path: Path) -> None:
    async def scene() -> list[int]:
        async with AsyncClient(trust_env=False) as client:
            port = free_port()
            booth = booth_at(port, client, tmp_path)
            gateway = StandIn({})
            exchange = exchange_to(gateway, Staging(), client, VirtualPace())
            double = RestDouble({ACCOUNT: exchange}, {ACCOUNT: {ACCOUNT: TOKEN}})
            address = f"http://127.0.0.1:{port}"

            async def known() -> int:
                answered = await client.get(
                    f"{address}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.json", auth=(ACCOUNT, TOKEN)
                )
                return answered.status_code

            leg = booth.exchanges[ACCOUNT].registry.enter(_leg(exchange))
            sid = exchange.record(leg, 2, "RecordVerb")
            async with listening(booth_app(booth), port=port):
                statuses = [await known()]
                async with rest_at(address, double, client):
                    statuses.append(await known())
                statuses.append(await known())
                await client.post(f"{address}/relay", content="http://127.0.0.1:9")
                statuses.append(await known())
                refused = await client.post(f"{address}/relay", content="http://example.com:80")
                statuses.append(refused.status_code)
            async with rest_at(address, double, client):
                statuses.append(await known())
            return statuses

    assert asyncio.run(scene()) == [404, 200, 404, 404, 400, 200]


def _leg(exchange: Exchange) -> Leg:
    return new_call(exchange, Caller(CALLER, CallerHabit()), TRACKED)


@pytest.mark.parametrize("address", ["https://api.twilio.com", "http://127.0.0.1"])
def test_rest_that_is_not_on_this_machine_is_left_alone(address: str) -> None:
    async def scene() -> None:
        async with AsyncClient(trust_env=False) as client:
            with pytest.raises(NoRest):
                async with rest_at(address, RestDouble({}, {}), client):
                    pass

    asyncio.run(scene())


# --- the command ------------------------------------------------------------------------------------------------


@dataclass
class DeskWithApi:
    """A gateway of few words, with as much of the API as a load asks."""

    forgets: bool = False
    callers: list[str] = field(default_factory=list)
    wanted: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        fields = dict(parse_qsl((await request.body()).decode())) if request.method == "POST" else {}
        if path == "/voice/incoming":
            if fields["From"] not in self.callers:
                self.callers.append(fields["From"])
            body = "<Say>We will call you back.</Say><Hangup/>"
            document = f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'
            return Response(document, media_type="text/xml")
        if path.endswith("/availability"):
            self.wanted[(await request.json())["status"]] += 1
            return JSONResponse({})
        if path == "/api/v1/leads":
            known = self.callers[1:] if self.forgets else self.callers
            leads = [{"id": f"ld_{one}", "owner": "joan", "created_at": "2036-01-01T00:00:00Z"} for one in known]
            return JSONResponse({"leads": leads, "next": None})
        if path.startswith("/api/v1/leads/"):
            return JSONResponse({"person": {"numbers": [path.rpartition("_")[2]]}})
        return Response(status_code=204)


@contextmanager
def served(desk: DeskWithApi) -> Iterator[str]:
    app = Starlette(routes=[Route("/{path:path}", desk.answer, methods=["GET", "POST", "PUT"])])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def command(desk: DeskWithApi, tmp_path: Path, *more: str) -> tuple[int, str]:
    with served(desk) as url:
        surroundings = {
            "LEADLINE_ENVIRONMENT": "demo",
            "LEADLINE_SECRET_KEY": "an invented secret key of forty characters",
            "LEADLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
            "LEADLINE_TWILIO_AUTH_TOKEN": TOKEN,
            "LEADLINE_TWILIO_API_URL": f"http://127.0.0.1:{free_port()}",
            "LEADLINE_PRACTICES": str(PRACTICES),
            "LEADLINE_DATA_DIR": str(tmp_path),
        }
        given = ["load", "--url", url, "--speed", "20", "--rate", "4", "--seconds", "10", *more]
        told = CliRunner().invoke(rehearse, given, env=surroundings)
        return told.exit_code, told.output


def test_the_command_prints_waits_and_invariants(tmp_path: Path) -> None:
    desk = DeskWithApi()
    code, told = command(desk, tmp_path, "--coordinators", "3", "--copies", "half", "--lost", "0.05")
    assert code == 0, told
    assert desk.wanted["available"] == 3
    assert "I2  every call an owned lead      holds" in told
    assert f"calls               {len(desk.callers):>6}" in told


def test_a_lost_call_fails_the_command(tmp_path: Path) -> None:
    code, told = command(DeskWithApi(forgets=True), tmp_path)
    assert code == 1
    assert "BROKEN" in told


def test_wrong_wishes_are_refused(tmp_path: Path) -> None:
    assert command(DeskWithApi(), tmp_path, "--copies", "some")[0] == 2
