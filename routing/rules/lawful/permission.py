"""Did she allow it: the opt-out ledger, then the consent for this channel and purpose."""

from datetime import datetime, timedelta

from routing.rules.lawful.case import Approach, Denial
from routing.rules.lawful.ledger import WIDER, Consent, no_since, out_since
from routing.rules.lawful.overrides import ONE_PURPOSE_ONLY, WIDER_INCLUDES_NARROWER

OPTED_OUT = {
    "call": "opted_out_of_calls",
    "text": "opted_out_of_texts",
    "email": "opted_out_of_emails",
    "voicemail": "opted_out_of_calls",
}
ANSWER_WITHIN = timedelta(minutes=10)
"""After that it is no answer to what she just sent any more, but a contact like others."""
CONFIRM_WITHIN = timedelta(minutes=5)
"""47 CFR 64.1200(a)(12): one text that confirms an opt-out, at once and without marketing."""


def opted_out(approach: Approach, at: datetime) -> Denial | None:
    """Nothing goes to who opted out but the one confirmation, and the one callback she chose aloud since."""
    since = no_since(approach.case.opt_outs, approach.way)
    if since is None or approach.purpose == "opt_out_confirmation" or approach.asked_aloud(since, at):
        return None
    return Denial(OPTED_OUT[approach.way])


def unasked(approach: Approach, at: datetime) -> Denial | None:
    if approach.purpose == "answer":
        return unanswerable(approach, at)
    if approach.purpose == "opt_out_confirmation":
        return unconfirmable(approach, at)
    return unconsented(approach, at)


def unanswerable(approach: Approach, at: datetime) -> Denial | None:
    """An answer goes to what she sent a moment ago, in a way she asked for."""
    fresh = (each for each in approach.case.requests if each.at <= at < each.at + ANSWER_WITHIN)
    return None if any(approach.way in each.ways for each in fresh) else Denial("nothing_to_answer")


def unconfirmable(approach: Approach, at: datetime) -> Denial | None:
    since = out_since(approach.case.opt_outs, "text") if approach.way == "text" else None
    if since is None:
        return Denial("nothing_to_confirm")
    if approach.case.confirmed_at and approach.case.confirmed_at >= since:
        return Denial("already_confirmed")
    return None if since <= at <= since + CONFIRM_WITHIN else Denial("too_late_to_confirm")


def unconsented(approach: Approach, at: datetime) -> Denial | None:
    """The newest record that speaks of this holds; a request speaks for itself as long as it lasts."""
    if is_stale(approach, at):
        return Denial("consent_stale")
    asked = approach.request(at)
    records = [each for each in approach.case.consents if speaks_of(each, approach, at)]
    newest = max(records, key=lambda each: (each.at, not each.is_granted), default=None)
    if newest is None or (asked and asked.at > newest.at):
        return None if asked else Denial("no_consent")
    if not newest.is_granted:
        return Denial("consent_withdrawn")
    return None if newest.names_us else Denial("consent_names_others")


def speaks_of(consent: Consent, approach: Approach, at: datetime) -> bool:
    """By default a yes covers its own purpose only, and a no covers all."""
    if consent.way != approach.way or consent.at > at:
        return False
    standards = approach.case.standards
    if not consent.is_granted and not standards.decided(ONE_PURPOSE_ONLY, at):
        return True
    if standards.decided(WIDER_INCLUDES_NARROWER, at):
        return approach.purpose in WIDER[consent.scope]
    return consent.scope in ("any", approach.purpose)


def is_stale(approach: Approach, at: datetime) -> bool:
    """What is kept elsewhere was not read for too long, and she has not spoken to us since: a person decides (S-22)."""
    limit = approach.case.standards.stale_after
    read = [each.read_at for each in approach.case.consents if each.way == approach.way and each.read_at]
    return any(at - when > limit and not approach.asked_aloud(when, at) for when in read)
