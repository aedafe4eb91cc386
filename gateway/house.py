"""What the door stands in front of: the opened handles of a gateway process."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from structlog.typing import FilteringBoundLogger

from gateway.breaker import Breaker
from gateway.landing.limits import Visits
from gateway.provider.signature import Credentials, SharedKey, Tokens
from routing.desk import Desk
from routing.settings import Settings
from routing.state.database import DatabaseDown
from routing.state.spool import Spool
from sms.reception import Reception
from voice.switchboard import Switchboard

ON_SQLITE = 8
"""More threads than this only fight for SQLite's one writer (design section 2)."""
CALL_BUDGET_S = 0.4
"""What is left of the half second is for the spool (design section 3.6)."""
OTHER_BUDGET_S = 10.0
PAGE_BUDGET_S = 5.0
FOR_PAGES = 2
"""Forms and reports of sources wait for one another, so that many at once never keep a caller from the database."""

Given = ParamSpec("Given")
Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    desk: Desk
    board: Switchboard
    credentials: Credentials
    now: Callable[[], datetime]
    log: FilteringBoundLogger
    threads: CapacityLimiter
    spool: Spool
    call_budget_s: float = CALL_BUDGET_S
    """A caller hears something by then, if only the static words."""
    breaker: Breaker = field(default_factory=lambda: Breaker(time.monotonic))
    pages: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(FOR_PAGES))
    visits: Visits = field(default_factory=Visits)
    """How often forms were posted lately."""

    @property
    def reception(self) -> Reception:
        return Reception(self.desk, self.board.links, self.settings.twilio_accounts)

    async def below(
        self, budget_s: float, work: Callable[Given, Got], *given: Given.args, **named: Given.kwargs
    ) -> Got:
        """Runs an ordinary function in a thread. The thread may outlive the budget, its writes are safe to repeat.

        :raises TimeoutError: when the budget is spent.
        """
        with anyio.fail_after(budget_s):
            return await to_thread.run_sync(
                partial(work, *given, **named), abandon_on_cancel=True, limiter=self.threads
            )

    async def for_page(self, work: Callable[Given, Got], *given: Given.args, **named: Given.kwargs) -> Got:
        """For what nobody waits for on the line. :raises TimeoutError: when its turn did not come in time."""
        with anyio.fail_after(max(PAGE_BUDGET_S, self.call_budget_s)):
            return await to_thread.run_sync(partial(work, *given, **named), abandon_on_cancel=True, limiter=self.pages)

    async def for_caller(self, work: Callable[Given, Got], *given: Given.args, **named: Given.kwargs) -> Got:
        """The same while somebody is on the line; a database that let three of them wait is not asked by the next.

        :raises DatabaseDown: as ``work`` does, or at once while the breaker is open.
        """
        self.breaker.admit()
        try:
            got = await self.below(self.call_budget_s, work, *given, **named)
        except (DatabaseDown, TimeoutError):
            self.breaker.failed()
            raise
        self.breaker.answered()
        return got


def credentials_of(settings: Settings) -> Credentials:
    """Shared keys belong to the first account; several accounts with shared keys need one deployment each."""
    accounts = {
        account.sid: Tokens(*(token.encode() for token in account.tokens))
        for account in settings.twilio_accounts.values()
    }
    first = next(iter(accounts), "")
    shared = {key: SharedKey(first, secret.encode()) for key, secret in settings.twilio_shared_keys.items()}
    return Credentials(accounts, shared)


def limiter_of(settings: Settings) -> CapacityLimiter:
    pool = 10
    return CapacityLimiter(ON_SQLITE if settings.database_url.startswith("sqlite") else pool)
