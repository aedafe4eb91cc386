"""TwiML for texts: built by Twilio's own builder and read again before it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from twilio.twiml.messaging_response import MessagingResponse

from routing.rules.wording.plain import plain

MOST = 1_600
"""Characters the provider takes at most (error 21617)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message; ``report`` is where the provider tells what became of it."""

    text: str
    report: str = ""


def replies(given: Iterable[Reply]) -> bytes:
    """Empty for no answer. :raises ValueError: where the document would not parse."""
    response = MessagingResponse()
    for each in given:
        told = {"status_callback": each.report} if each.report else {}
        response.message(plain(each.text)[:MOST], **told)
    document = str(response).encode("utf-8", "strict")
    try:
        fromstring(document.decode())
    except ParseError as error:
        raise ValueError("the answer is no XML") from error
    return document


NOTHING = replies(())
