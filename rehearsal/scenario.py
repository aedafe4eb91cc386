"""Puts a rehearsal on stage: the account, the keys and the phones of a deployment, and the calls to place."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from httpx2 import AsyncClient

from rehearsal.carrier import Account, Carrier
from rehearsal.console import Console
from rehearsal.delivery import Door
from rehearsal.directory import Directory
from rehearsal.exchange import Exchange
from rehearsal.network import CallOutcome, place_call
from rehearsal.pace import Pace
from rehearsal.people import HABITS, Caller, CoordinatorHabit, Phonebook
from rehearsal.posting import Posting
from rehearsal.rest.double import RestDouble
from rehearsal.rest.relay import rest_at
from rehearsal.signing import SigningKey
from rehearsal.texts import Shown, TextPlan, talk
from routing.settings import Settings
from routing.settings.accounts import TwilioAccount
from routing.settings.refusals import is_loopback

DESK_LINES = 20
"""How many calls fit on a fallback number at once."""


class NothingToRehearse(Exception):
    """No account signs for the number, or there is no number to dial."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A deployment as seen from the phone network. ``seed`` makes the ids: another seed, other calls."""

    settings: Settings
    directory: Directory
    connect_url: str
    seed: str
    now: Callable[[], datetime]
    copies: int = 1
    carrier: Carrier = field(default_factory=Carrier)
    doubled: float = 0.0
    posting: Posting = field(default_factory=Posting)


@dataclass(frozen=True, slots=True)
class CallPlan:
    to: str
    caller: Caller
    coordinators: CoordinatorHabit = HABITS["accepts"]
    """How everybody behaves whose phone rings."""


def local_url(settings: Settings) -> str:
    """Where the gateway of these settings listens on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def exchange_for(stage: Stage, plan: CallPlan, client: AsyncClient, pace: Pace) -> Exchange:
    """Signs with the account of the dialled number's practice. Raises ``NothingToRehearse``."""
    exchange = open_exchange(stage, account_for(stage, plan.to), client, pace)
    exchange.phones = phones_of(stage.directory, plan.coordinators)
    exchange.seed = f"{stage.seed}/{plan.to}/{plan.caller.number}"
    return exchange


def account_for(stage: Stage, to: str) -> TwilioAccount:
    """Raises ``NothingToRehearse``."""
    account = stage.settings.account_of(stage.directory.practice_of(to) or "")
    if account is None:
        raise NothingToRehearse("no Twilio account is set for this number: LEADLINE_TWILIO_ACCOUNT_SID and AUTH_TOKEN")
    return account


def phones_of(directory: Directory, habit: CoordinatorHabit) -> Phonebook:
    phones = Phonebook(habit, directory.names)
    for desk in directory.desks:
        phones.enter(desk, habit, DESK_LINES)
    return phones


def open_exchange(stage: Stage, account: TwilioAccount, client: AsyncClient, pace: Pace) -> Exchange:
    """The exchange of one account, which owns all tracking numbers."""
    settings = stage.settings
    key = SigningKey(account.tokens[0])
    door = Door(client, settings.public_url, stage.connect_url, key, pace, copies=stage.copies, doubled=stage.doubled)
    numbers = frozenset(one.number for one in stage.directory.tracked)
    twilio = Account.at(account.sid, settings.public_url, numbers, settings.twilio_api_url)
    phones = phones_of(stage.directory, HABITS["accepts"])
    seed = f"{stage.seed}/{account.sid}"
    return Exchange(twilio, door, phones, stage.now(), stage.carrier, seed, posting=stage.posting)


def logins_of(settings: Settings) -> dict[str, dict[str, str]]:
    """By account: who may use its REST, with which password."""
    return {
        sid: {account.rest_login[0]: account.rest_login[1], sid: account.tokens[0]}
        for sid, account in settings.twilio_accounts.items()
    }


async def rehearse_call(stage: Stage, plan: CallPlan, pace: Pace) -> CallOutcome:
    """One call from outside through the running gateway, with everything REST did meanwhile. Raises
    ``NothingToRehearse`` and ``NoRest``."""
    async with AsyncClient(trust_env=False) as client:
        exchange = exchange_for(stage, plan, client, pace)
        async with _rest(stage, exchange, client):
            outcome = await place_call(exchange, plan.caller, plan.to)
            await exchange.registry.quiet()
        with pace.outside():
            await wrap_up(stage, client, outcome.bridged)
        told = exchange.transcript
        return replace(outcome, lines=tuple(told.lines), failures=tuple(told.failures))


async def rehearse_texts(
    stage: Stage, plans: Sequence[TextPlan], pace: Pace
) -> list[tuple[TextPlan, tuple[Shown, ...]]]:
    """Texts of one person, one after the other. Raises ``NothingToRehearse``, ``TextRefused`` and ``WebhookFailed``."""
    async with AsyncClient(trust_env=False) as client:
        exchange = open_exchange(stage, account_for(stage, plans[0].to), client, pace)
        exchange.seed = f"{stage.seed}/{plans[0].to}/{plans[0].sender}"
        return await talk(exchange, plans)


@asynccontextmanager
async def _rest(stage: Stage, exchange: Exchange, client: AsyncClient) -> AsyncIterator[None]:
    """Only where the gateway looks for the provider on this machine."""
    settings = stage.settings
    if not is_loopback(urlsplit(settings.twilio_api_url).hostname or ""):
        yield
        return
    double = RestDouble({exchange.account.sid: exchange}, logins_of(settings))
    async with rest_at(settings.twilio_api_url, double, client):
        yield


def console_of(stage: Stage, client: AsyncClient) -> Console | None:
    """Only in a demo, whose tokens are known."""
    settings = stage.settings
    if settings.environment != "demo":
        return None
    return Console(client, stage.connect_url, settings.secret_key, stage.directory)


async def wrap_up(stage: Stage, client: AsyncClient, bridged: Sequence[str]) -> None:
    """Who talked says how it ended, as people do at their console; without it the next call meets them wrapping up."""
    console = console_of(stage, client)
    if console:
        await console.wrap_up(bridged)
