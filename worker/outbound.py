"""Requests to the phone provider: every verb, each answered by what came of it. The only importer of ``twilio.rest``,
and imported by jobs only: whoever waits for a person's call must not wait for the provider.

Nothing here is logged or raised that the provider says in words: it repeats numbers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

import httpx2
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from routing.settings import Settings, TwilioAccount
from routing.state.database import Database
from worker.answers import (
    Ambiguous,
    Answer,
    Calls,
    CallSeen,
    Done,
    Failure,
    Gone,
    Media,
    NotProcessed,
    Refused,
    Texts,
    failure,
)
from worker.destinations import DEFAULT_REGIONS, refusal
from worker.mail import Mail
from worker.pacing import Gate
from worker.provider_codes import meaning
from worker.text import Text
from worker.wire import Declined, TooLarge, Wire, fault, sid_of

RECORDING_BYTES = 10_000_000
RECORDING_KINDS = frozenset({"audio/mpeg", "audio/wav", "audio/wave", "audio/x-wav"})
MOST_CALLS = 50
EVENTS = ("initiated", "ringing", "answered", "completed")
SDK_ENVIRONMENT: Mapping[str, str] = MappingProxyType({"TWILIO_REGION": "", "TWILIO_EDGE": ""})
"""In place of the process's own, which would change the host behind our back (an empty one would be ignored)."""
NAMED = re.compile(r"[A-Z]{2}[0-9a-f]{32}|[A-Za-z0-9_-]{1,64}")

Got = TypeVar("Got")


class Malformed(Exception):
    """Not a sid and not a name of ours: nothing was asked, for it would have become part of an address."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A call to be started. ``url`` answers it, ``status_url`` hears of it; both signed ones of ours, and each names
    the row that wants the call, so that a lost answer can be made good."""

    to: str
    from_: str
    status_url: str
    url: str = ""
    timeout_s: int = 20
    regions: frozenset[str] = DEFAULT_REGIONS


@dataclass(frozen=True, slots=True)
class Seat:
    """How a leg sits in a conference. ``coaches`` is the call that alone hears her."""

    label: str
    starts: bool = True
    ends: bool = False
    muted: bool = False
    coaches: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Of a seat in a conference; None leaves as it is. ``url`` is played on hold, ``announce`` to this leg alone, and
    ``coaches`` is the only call that hears one who is coaching."""

    hold: bool | None = None
    url: str | None = None
    muted: bool | None = None
    coaching: bool | None = None
    coaches: str | None = None
    announce: str | None = None

    @property
    def words(self) -> dict[str, Any]:
        told = {
            "hold": self.hold,
            "hold_url": self.url,
            "hold_method": "POST" if self.url else None,
            "muted": self.muted,
            "coaching": self.coaching,
            "call_sid_to_coach": named(self.coaches) if self.coaches else None,
            "announce_url": self.announce,
            "announce_method": "POST" if self.announce else None,
        }
        return {word: value for word, value in told.items() if value is not None}


class Outbound:
    """One account. Raises DatabaseDown, for pace and breaker are rows, and Malformed."""

    def __init__(self, account: TwilioAccount, wire: Wire, gate: Gate) -> None:
        name, secret = account.rest_login
        self.account = account
        self.wire = wire
        self.gate = gate
        self.client = Client(name, secret, account.sid, http_client=wire, environment=SDK_ENVIRONMENT)

    def redirect(self, call: str, url: str) -> Answer:
        """Sends a live call to a URL of ours; Gone when it is over."""
        return self._done(lambda: self.client.calls(named(call)).update(url=url, method="POST"))

    def ring(self, leg: Leg) -> Answer:
        """Starts a call. Never repeated blindly: an Ambiguous one may be ringing."""
        told = {"url": leg.url, "method": "POST", "timeout": leg.timeout_s, **status_callback(leg)}
        return self._started(leg, lambda: self.client.calls.create(to=leg.to, from_=leg.from_, **told))

    def cancel(self, call: str) -> Answer:
        """Ends a call that nobody has answered; Gone when somebody has, or it is over."""
        return self._done(lambda: self.client.calls(named(call)).update(status="canceled"))

    def hang_up(self, call: str) -> Answer:
        """Ends a call; one that is over is Done."""
        over = self._done(lambda: self.client.calls(named(call)).update(status="completed"))
        return Done(call) if isinstance(over, Gone) else over

    def calls_to(self, number: str, since: datetime) -> Calls | Failure:
        """Calls started from ``since`` on, newest first, as far as the list has them."""
        listed = self._asked(
            lambda: self.client.calls.list(to=number, start_time_after=since, limit=MOST_CALLS, page_size=MOST_CALLS)
        )
        return Calls(tuple(seen(each) for each in listed)) if isinstance(listed, list) else listed

    def call(self, sid: str) -> CallSeen | Failure:
        return self._asked(lambda: seen(self.client.calls(named(sid)).fetch()))

    def text(self, text: Text) -> Answer:
        """Sends a message. Never repeated blindly: an Ambiguous one may be on its way."""
        forbidden = refusal(text.to.rpartition(":")[2], text.regions)
        if forbidden:
            return Refused(f"destination_{forbidden}", terminal=True)
        return self._done(lambda: self.client.messages.create(**text.words))

    def texts_like(self, text: Text, since: datetime) -> Texts | Failure:
        """Those of the same words to the same person, sent from ``since`` on, as far as the list has them."""
        listed = self._asked(lambda: self.client.messages.list(limit=MOST_CALLS, **text.listed(since)))
        return (
            Texts(tuple(each.sid for each in listed if each.body == text.body)) if isinstance(listed, list) else listed
        )

    def add_participant(self, conference: str, leg: Leg, seat: Seat) -> Answer:
        """Starts a call into a conference, which is opened by it if need be. ``leg.url`` is not used."""
        told: dict[str, Any] = {
            "label": seat.label,
            "timeout": leg.timeout_s,
            "muted": seat.muted,
            "start_conference_on_enter": seat.starts,
            "end_conference_on_exit": seat.ends,
            **status_callback(leg),
        }
        if seat.coaches:
            told |= {"coaching": True, "call_sid_to_coach": named(seat.coaches)}
        people = self.client.conferences(named(conference)).participants
        return self._started(leg, lambda: people.create(to=leg.to, from_=leg.from_, **told))

    def change_participant(self, conference: str, call: str, change: Change) -> Answer:
        """Holds, resumes, mutes, coaches or speaks to one leg. Safe to repeat."""
        return self._done(lambda: self._participant(conference, call).update(**change.words))

    def running(self, conference: str) -> Answer:
        """The sid of the conference of that name, by which its seats are changed; Gone when none goes on."""
        listed = self._asked(
            lambda: self.client.conferences.list(friendly_name=named(conference), status="in-progress", limit=1)
        )
        if not isinstance(listed, list):
            return listed
        return Done(sid_of(listed[0])) if listed else Gone("not_running")

    def remove_participant(self, conference: str, call: str) -> Answer:
        return self._deleted(lambda: self._participant(conference, call).delete(), call)

    def end_conference(self, conference: str) -> Answer:
        """Everybody in it is hung up or goes on with what their TwiML says; one that is over is Done."""
        over = self._done(lambda: self.client.conferences(named(conference)).update(status="completed"))
        return Done(conference) if isinstance(over, Gone) else over

    def fetch_recording(self, sid: str) -> Media | Failure:
        """Only by its sid from our own account, never from an address somebody gave us (SEC-11)."""
        path = f"/2010-04-01/Accounts/{self.account.sid}/Recordings/{named(sid)}.mp3"
        return self._asked(lambda: self._media(path))

    def _media(self, path: str) -> Media | Refused:
        body = self.wire.fetch(path, self.account.rest_login, RECORDING_BYTES)
        return (
            Media(body.content, body.kind) if body.kind in RECORDING_KINDS else Refused("content_type", terminal=True)
        )

    def delete_recording(self, sid: str) -> Answer:
        """One that is not there is Done."""
        gone = self._deleted(lambda: self.client.recordings(named(sid)).delete(), sid)
        return Done(sid) if isinstance(gone, Gone) else gone

    def _participant(self, conference: str, call: str) -> Any:
        return self.client.conferences(named(conference)).participants(named(call))

    def _started(self, leg: Leg, create: Callable[[], Any]) -> Answer:
        """Destination first, then the account's pace: a call that is refused uses up no turn."""
        forbidden = refusal(leg.to, leg.regions)
        if forbidden:
            return Refused(f"destination_{forbidden}", terminal=True)
        if not self.gate.admits():
            return NotProcessed("login_refused")
        wait_ms = self.gate.turn()
        if wait_ms:
            return NotProcessed("pace", wait_ms)
        return self._answered(lambda: Done(sid_of(create())))

    def _done(self, question: Callable[[], Any]) -> Answer:
        return self._asked(lambda: Done(sid_of(question())))

    def _deleted(self, question: Callable[[], bool], sid: str) -> Answer:
        return self._asked(lambda: Done(sid) if question() else Ambiguous("not_deleted"))

    def _asked(self, question: Callable[[], Got]) -> Got | Failure:
        return self._answered(question) if self.gate.admits() else NotProcessed("login_refused")

    def _answered(self, question: Callable[[], Got]) -> Got | Failure:
        try:
            got = question()
        except Declined as told:
            return self._declined(told.status, told.code)
        except httpx2.RequestError as error:
            return fault(error)
        except (TooLarge, TwilioException, ValueError, KeyError, TypeError, AttributeError) as error:
            # The request was made, its answer cannot be read.
            return Ambiguous(type(error).__name__)
        self.gate.login_accepted()
        return got

    def _declined(self, status: int, code: int) -> Failure:
        answer = failure(status, code)
        if meaning(status, code) == "login":
            self.gate.login_refused(str(code or status))
        elif not isinstance(answer, Ambiguous):
            self.gate.login_accepted()
        return answer


class Outbounds:
    """The accounts of a deployment, opened when first used."""

    def __init__(self, settings: Settings, db: Database, real_ms: Callable[[], int]) -> None:
        self.accounts = settings.twilio_accounts
        self.public_url = settings.public_url
        self.wire = Wire(settings.twilio_api_url)
        self.mail = Mail(settings.smtp_url) if settings.smtp_url else None
        self.db = db
        self.real_ms = real_ms
        self.opened: dict[str, Outbound] = {}

    def of(self, account: str) -> Outbound | None:
        """None for an account the settings do not name (any more)."""
        known = self.accounts.get(account)
        if known is None:
            return None
        if account not in self.opened:
            self.opened[account] = Outbound(known, self.wire, Gate(self.db, account, self.real_ms))
        return self.opened[account]

    def close(self) -> None:
        self.wire.close()


def named(name: str) -> str:
    if not NAMED.fullmatch(name):
        raise Malformed
    return name


def seen(call: Any) -> CallSeen:
    began = call.start_time or call.date_created
    return CallSeen(call.sid, call.to or "", call.status or "", began, call.end_time, getattr(call, "_from", "") or "")


def status_callback(leg: Leg) -> dict[str, Any]:
    return {
        "status_callback": leg.status_url,
        "status_callback_method": "POST",
        "status_callback_event": list(EVENTS),
    }
