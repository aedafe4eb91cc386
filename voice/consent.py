"""Recording a talk: the caller has heard the notice, and what she then says is written before anything is recorded."""

from datetime import datetime

from routing import connection
from routing.desk import Reply
from routing.going_on import Missed, go_on
from routing.state.call.messages import Consent
from routing.state.inbox import Letter
from routing.voicemail import say_on_recording, unreached, version_of
from voice.answers import connecting_after, goodbye, spoken_again
from voice.switchboard import Leg, Switchboard, key
from voice.webhooks import KeyPressed

REFUSAL_KEY = "9"


def consented(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """Who presses 9 is not recorded; who stays has agreed. The talk comes either way."""
    offer, who = connection.offering(board.desk, leg.inquiry, leg.step), unreached(board.desk, leg.inquiry)
    if offer is None or who is None:
        return goodbye(None)
    letter = Letter(key(call, "consent", leg.inquiry, str(leg.step)), b"")
    said = Consent(leg.inquiry, call.digits != REFUSAL_KEY, version_of(who.book, "recording-notice"))
    is_granted = say_on_recording(board.desk, said, letter, now)
    if offer.is_pending:
        return connecting_after(board.links, offer, leg.inquiry, consent=is_granted)

    def onward(reply: Reply) -> bytes:
        return spoken_again(board.links, reply, cut_short=False, consent=is_granted)

    missed = Missed(leg.inquiry, leg.step, "timeout", key(call, "expired", leg.inquiry, str(leg.step)))
    return go_on(board.desk, missed, onward, now) or goodbye(offer)
