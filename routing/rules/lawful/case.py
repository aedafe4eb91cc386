"""One person at one moment: where she may be, what she said, how often she was tried, and what is asked of us."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.rules.lawful.ledger import IN_HER_OWN_VOICE, Consent, OptOut, Purpose, Request, Scrub
from routing.rules.lawful.states import Jurisdiction
from routing.rules.lawful.windows import Standards
from routing.rules.values import ContactWay

CHOSEN_HOLDS = timedelta(minutes=30)
"""How long after it the time she named is still hers: coordinators are not always free to the minute."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A contact that went out to her, by a person or by us; answers and confirmations are none."""

    way: ContactWay
    at: datetime


@dataclass(frozen=True, slots=True)
class Contactable:
    """``places``: everywhere she may be, empty for unknown. ``barred``: ways her number cannot or may not be reached
    by (a landline's texts, a foreign number). ``attempts`` of the last seven days, all channels and brands.
    ``crisis_at``: words of a crisis were last heard. ``confirmed_at``: an opt-out was last confirmed."""

    standards: Standards
    places: frozenset[Jurisdiction]
    opt_outs: tuple[OptOut, ...] = ()
    consents: tuple[Consent, ...] = ()
    requests: tuple[Request, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    barred: frozenset[ContactWay] = frozenset()
    crisis_at: datetime | None = None
    confirmed_at: datetime | None = None
    scrubs: tuple[Scrub, ...] = ()


@dataclass(frozen=True, slots=True)
class Denial:
    """``not_before``: the first moment this reason is gone; None if time alone does not mend it."""

    reason: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approach:
    """Contact her in this way for this purpose."""

    case: Contactable
    way: ContactWay
    purpose: Purpose

    def request(self, at: datetime) -> Request | None:
        """The newest of hers that asks for this way, if it still holds; older ones are past."""
        if self.purpose != "requested_callback":
            return None
        asked = (each for each in self.case.requests if self.way in each.ways and each.at <= at)
        newest = max(asked, key=lambda each: each.at, default=None)
        return newest if newest and newest.holds(at) else None

    def chosen(self, at: datetime) -> Request | None:
        """It is the time she named for a call, and that call was not made yet."""
        asked = self.request(at)
        if asked is None or asked.chosen_at is None or self.way != "call":
            return None
        tried = any(each.way == "call" and each.at >= asked.chosen_at for each in self.case.attempts)
        return asked if asked.chosen_at <= at < asked.chosen_at + CHOSEN_HOLDS and not tried else None

    def asked_aloud(self, since: datetime, at: datetime) -> bool:
        """After ``since`` she chose this callback in her own voice, which is consent to that one; a form is not."""
        spoken = (each for each in self.case.requests if each.via in IN_HER_OWN_VOICE and each.holds(at))
        fits = self.purpose == "requested_callback" and self.way == "call"
        return fits and any(each.at > since for each in spoken)
