"""Puts a rehearsal on stage: the account, the keys and the phones of a deployment, and the calls to place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from httpx2 import AsyncClient

from gateway.demo import demo_token
from rehearsal.delivery import Door
from rehearsal.directory import Directory
from rehearsal.exchange import Account, Carrier, Exchange
from rehearsal.network import CallOutcome, place_call
from rehearsal.pace import Pace
from rehearsal.people import HABITS, Caller, CoordinatorHabit, Phonebook
from rehearsal.signing import SigningKey
from routing.settings import Settings
from routing.settings.accounts import TwilioAccount

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
    door = Door(client, settings.public_url, stage.connect_url, key, pace, copies=stage.copies)
    numbers = frozenset(one.number for one in stage.directory.tracked)
    twilio = Account.at(account.sid, settings.public_url, numbers, settings.twilio_api_url)
    phones = phones_of(stage.directory, HABITS["accepts"])
    return Exchange(twilio, door, phones, stage.now(), stage.carrier, f"{stage.seed}/{account.sid}")


def logins_of(settings: Settings) -> dict[str, dict[str, str]]:
    """By account: who may use its REST, with which password."""
    return {
        sid: {account.rest_login[0]: account.rest_login[1], sid: account.tokens[0]}
        for sid, account in settings.twilio_accounts.items()
    }


async def rehearse_call(stage: Stage, plan: CallPlan, pace: Pace) -> CallOutcome:
    """One call from outside through the running gateway. Raises ``NothingToRehearse``."""
    async with AsyncClient(trust_env=False) as client:
        outcome = await place_call(exchange_for(stage, plan, client, pace), plan.caller, plan.to)
        with pace.outside():
            await wrap_up(stage, client, outcome.bridged)
        return outcome


async def wrap_up(stage: Stage, client: AsyncClient, bridged: Sequence[str]) -> None:
    """Who talked says how it ended, as people do at their console; without it the next call meets them wrapping up.
    Only in a demo, whose token is known."""
    settings = stage.settings
    for name in bridged if settings.environment == "demo" else ():
        practice, coordinator = stage.directory.people.get(name, (None, ""))
        if practice:
            await client.post(
                f"{stage.connect_url}/api/v1/coordinators/{coordinator}/outcome",
                headers={"authorization": f"Bearer {demo_token(settings.secret_key, practice).text}"},
                json={"code": "talked"},
                timeout=5,
            )
