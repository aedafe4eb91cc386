"""REST for messages: created, refused as the provider refuses them, listed with a lag."""

from collections.abc import Mapping
from email.utils import format_datetime
from types import MappingProxyType

from starlette.responses import Response

from rehearsal.markup.grammar import Check, at_most, matching
from rehearsal.registry import SentText
from rehearsal.rest.calls import RestRequest, our_link, page_of, shown
from rehearsal.rest.properties import ANY, PAGES, URL, Refused
from rehearsal.rest.shapes import VERSION, Json
from rehearsal.texts import LONGEST, tell_later

ADDRESS = matching(r"(whatsapp:)?\+[1-9]\d{6,14}", "a number in E.164")
MESSAGE_CREATE: Mapping[str, Check] = MappingProxyType(
    {
        "To": ADDRESS,
        "From": ADDRESS,
        "Body": ANY,
        "StatusCallback": URL,
        "SmartEncoded": matching("true|false", "true or false"),
        "ValidityPeriod": at_most(5),
    }
)
MESSAGE_LIST: Mapping[str, Check] = MappingProxyType(
    {"To": ANY, "From": ANY, **{f"DateSent{sign}": ANY for sign in ("", "<", ">")}, **PAGES}
)
MISSING: Mapping[str, int] = MappingProxyType({"To": 21604, "From": 21603, "Body": 21602})


def create_message(request: RestRequest) -> Response:
    """Raises ``Refused`` with the provider's codes (twilio facts section 4.7)."""
    given, exchange = request.given, request.exchange
    for name, code in MISSING.items():
        if not given.get(name):
            raise Refused(400, code, f"'{name}' is required")
    if len(given["Body"]) > LONGEST:
        raise Refused(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    sender = given["From"].rpartition(":")[2]
    if sender not in exchange.account.numbers:
        raise Refused(400, 21606, "The 'From' phone number is not a valid, SMS-capable number of the account")
    if (given["From"], given["To"]) in exchange.registry.stopped:
        raise Refused(400, 21610, "Attempt to send to unsubscribed recipient")
    text = SentText(exchange.new_id("SM"), given["To"], given["From"], given["Body"], exchange.now())
    exchange.registry.texts[text.sid] = text
    if "StatusCallback" in given:
        tell_later(exchange, text, our_link(exchange, given["StatusCallback"]))
    return shown(message_json(request, text), 201)


def list_messages(request: RestRequest) -> Response:
    """Newest first; what is younger than the lag is not listed yet."""
    until_s = request.exchange.now() - request.switches.list_lag_s
    wanted = {"to": request.given.get("To"), "sender": request.given.get("From")}
    found = [
        text
        for text in request.exchange.registry.texts.values()
        if text.at_s <= until_s and all(value in (None, getattr(text, name)) for name, value in wanted.items())
    ]
    rows = [message_json(request, text) for text in sorted(found, key=lambda text: -text.at_s)]
    return shown(page_of(request, "messages", rows))


def message_json(request: RestRequest, text: SentText) -> Json:
    exchange = request.exchange
    at = format_datetime(exchange.instant(text.at_s))
    own = f"/{VERSION}/Accounts/{exchange.account.sid}/Messages/{text.sid}"
    return {
        "account_sid": exchange.account.sid,
        "api_version": VERSION,
        "body": text.body,
        "date_created": at,
        "date_sent": at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": text.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": text.sid,
        "status": "queued",
        "subresource_uris": {"media": f"{own}/Media.json"},
        "to": text.to,
        "uri": f"{own}.json",
    }
