"""How fast an account may start calls, and its breaker: a login that is refused is not tried again by every job (F33).
All workers share both through the account's row."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from routing.state.database import Database
from routing.state.practice.provider_accounts import admit, rest, take_turn, wake

SPACING_MS = 1_000
"""Twilio starts one call a second per account and queues the rest, where we could not take them back (F35)."""
PROBE_EVERY_MS = 30_000

log = logging.getLogger("leadline.worker")


@dataclass(frozen=True, slots=True)
class Gate:
    """The way to one account. ``real_ms`` gives real time in ms."""

    db: Database
    account: str
    real_ms: Callable[[], int]
    spacing_ms: int = SPACING_MS

    def admits(self) -> bool:
        """False while the login is refused, but for one probe each 30 s."""
        return admit(self.db, self.account, PROBE_EVERY_MS, self.real_ms())

    def turn(self) -> int:
        """0: a call may be started now. Else the milliseconds to wait."""
        return take_turn(self.db, self.account, self.spacing_ms, self.real_ms())

    def login_refused(self, code: str) -> None:
        now_ms = self.real_ms()
        if rest(self.db, self.account, code, now_ms + PROBE_EVERY_MS, now_ms):
            log.error("provider_refuses_our_login_%s", code)

    def login_accepted(self) -> None:
        if wake(self.db, self.account):
            log.warning("provider_accepts_our_login_again")
