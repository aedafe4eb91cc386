"""REST for calls, queues and recordings: what each request does to the simulated network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.responses import JSONResponse, Response

from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, Move
from rehearsal.markup.links import BadLink, check_ours, resolve
from rehearsal.outbound import CallOrder, order_call
from rehearsal.queues import WaitingLine
from rehearsal.rest.properties import Refused
from rehearsal.rest.shapes import (
    OVER,
    STATUS,
    Json,
    call_json,
    member_json,
    page_json,
    queue_json,
    recording_json,
    sound,
)
from rehearsal.rest.switches import RestSwitches


@dataclass(frozen=True, slots=True)
class RestRequest:
    """An authenticated request: ``ids`` from its path, ``given`` its properties, ``uri`` as asked."""

    exchange: Exchange
    switches: RestSwitches
    ids: Mapping[str, str]
    given: Mapping[str, str]
    uri: str


Answering = Callable[[RestRequest], Response]


def shown(body: Json, status: int = 200) -> Response:
    return JSONResponse(body, status)


def not_found(request: RestRequest) -> Refused:
    return Refused(404, 20404, f"The requested resource {request.uri} was not found")


def leg_of(request: RestRequest, name: str = "sid") -> Leg:
    leg = request.exchange.registry.legs.get(request.ids[name])
    if leg is None:
        raise not_found(request)
    return leg


def our_link(exchange: Exchange, url: str) -> str:
    """Raises ``Refused``: REST sends calls to the gateway only, and its URLs keep the rules of those in TwiML."""
    try:
        check_ours(exchange.door.public_url, resolve(exchange.door.public_url, url))
    except BadLink as bad:
        raise Refused(400, 21205, bad.why) from None
    return url


def move_of(request: RestRequest) -> Move:
    """The document a call is sent to; Url wins over Twiml."""
    given = request.given
    if "Url" in given:
        return Move(our_link(request.exchange, given["Url"]), given.get("Method", "POST"))
    if "Twiml" in given:
        return Move(twiml=given["Twiml"])
    raise Refused(400, 21205, "Url, Twiml or ApplicationSid is required")


def progress_of(exchange: Exchange, given: Mapping[str, str]) -> dict[str, str]:
    """The status callback as attributes of a Number."""
    if "StatusCallback" not in given:
        return {}
    return {
        "statusCallback": our_link(exchange, given["StatusCallback"]),
        "statusCallbackMethod": given.get("StatusCallbackMethod", "POST"),
        "statusCallbackEvent": given.get("StatusCallbackEvent", "completed"),
    }


def queue_seconds(request: RestRequest) -> float:
    """How long a new call waits for its turn, which it takes. Raises ``Refused`` 10004 and 22005."""
    exchange, switches = request.exchange, request.switches
    if len(exchange.registry.live_legs()) >= switches.most_live_calls:
        raise Refused(400, 10004, "Call concurrency limit exceeded")
    now = exchange.now()
    leaves_s = max(now, exchange.registry.next_call_s)
    if leaves_s - now > switches.longest_queue_s:
        raise Refused(400, 22005, "Call queue is full")
    exchange.registry.next_call_s = leaves_s + switches.call_every_s
    return leaves_s - now


def check_numbers(request: RestRequest) -> None:
    for name, code in (("To", 21201), ("From", 21213)):
        if name not in request.given:
            raise Refused(400, code, f"No '{name}' number is specified")
    if request.given["From"] not in request.exchange.account.numbers:
        raise Refused(400, 21210, "'From' phone number not verified")


def create_call(request: RestRequest) -> Response:
    check_numbers(request)
    leg = order_call(request.exchange, call_order(request, move_of(request)), queue_seconds(request))
    return shown(call_json(request.exchange, leg), 201)


def call_order(request: RestRequest, document: Move) -> CallOrder:
    given = request.given
    return CallOrder(
        given["To"],
        given["From"],
        document,
        progress_of(request.exchange, given),
        float(given.get("Timeout", "60")),
        float(given.get("TimeLimit", "14400")),
        given.get("MachineDetection", ""),
        given.get("AsyncAmdStatusCallback", "") if given.get("AsyncAmd") == "true" else "",
        given.get("FallbackUrl"),
    )


def update_call(request: RestRequest) -> Response:
    """Raises ``Refused`` 21220 for a call that is past it."""
    leg, given = leg_of(request), request.given
    if "Status" in given:
        _end(leg, given["Status"])
    elif "Url" in given or "Twiml" in given:
        if leg.status != "in-progress" or leg.gone.is_set():
            raise Refused(400, 21220, "Call is not in-progress. Cannot redirect.")
        move = move_of(request)
        request.exchange.note(leg, "moved", f"by REST to {move.url or 'a document'}")
        leg.take_away(move)
    return shown(call_json(request.exchange, leg))


def _end(leg: Leg, wanted: str) -> None:
    if leg.gone.is_set() or leg.status in OVER:
        raise Refused(400, 21220, "Call is not in-progress. Cannot redirect.")
    if wanted == "canceled" and leg.status == "in-progress":
        raise Refused(400, 21220, "Call is in-progress. Cannot cancel.")
    leg.hang_up()


def fetch_call(request: RestRequest) -> Response:
    return shown(call_json(request.exchange, leg_of(request)))


def list_calls(request: RestRequest) -> Response:
    """Newest first; what is younger than the lag is not listed yet."""
    exchange, given = request.exchange, request.given
    until_s = exchange.now() - request.switches.list_lag_s
    known = [
        leg for leg in exchange.registry.legs.values() if leg.created_s <= until_s and _wanted(exchange, leg, given)
    ]
    rows = [call_json(exchange, leg) for leg in sorted(known, key=lambda leg: -leg.created_s)]
    return shown(page_of(request, "calls", rows))


def _wanted(exchange: Exchange, leg: Leg, given: Mapping[str, str]) -> bool:
    facts = {
        "To": leg.to,
        "From": leg.number,
        "ParentCallSid": leg.parent.sid if leg.parent else "",
        "Status": STATUS.get(leg.status, leg.status),
    }
    if any(name in given and given[name] != fact for name, fact in facts.items()):
        return False
    began = exchange.instant(leg.answered_s if leg.answered_s is not None else leg.created_s)
    ended = exchange.instant(leg.ended_s) if leg.ended_s is not None else None
    return _within(given, "StartTime", began) and _within(given, "EndTime", ended)


def _within(given: Mapping[str, str], name: str, at: datetime | None) -> bool:
    bounds = {sign: given[name + sign] for sign in ("", "<", ">") if name + sign in given}
    if not bounds:
        return True
    if at is None:
        return False
    spans = {sign: _span(text) for sign, text in bounds.items()}
    checks = {
        "": lambda begin, end: begin <= at < end,
        "<": lambda begin, end: at < begin,
        ">": lambda begin, end: at >= begin,
    }
    return all(checks[sign](*span) for sign, span in spans.items())


def _span(text: str) -> tuple[datetime, datetime]:
    """The day or the second that is meant."""
    begin = datetime.fromisoformat(text)
    begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
    return begin, begin + (timedelta(days=1) if len(text) == 10 else timedelta(seconds=1))


def page_of(request: RestRequest, name: str, rows: list[Json]) -> Json:
    given = request.given
    return page_json(name, rows, request.uri, (int(given.get("Page", "0")), int(given.get("PageSize", "50"))))


def fetch_recording(request: RestRequest) -> Response:
    """Its description as .json, else the sound itself: WAV unless .mp3 is asked for."""
    sid, _, form = request.ids["name"].partition(".")
    recording = request.exchange.registry.recordings.get(sid)
    if recording is None or form not in ("", "json", "mp3", "wav"):
        raise not_found(request)
    if form == "json":
        return shown(recording_json(request.exchange, recording))
    kind = "audio/mpeg" if form == "mp3" else "audio/x-wav"
    return Response(sound(recording.seconds, form), media_type=kind)


def delete_recording(request: RestRequest) -> Response:
    if request.exchange.registry.recordings.pop(request.ids["name"].partition(".")[0], None) is None:
        raise not_found(request)
    return Response(status_code=204)


def _line_of(request: RestRequest) -> WaitingLine:
    for line in request.exchange.registry.queues.values():
        if line.sid == request.ids["queue"]:
            return line
    raise not_found(request)


def list_queues(request: RestRequest) -> Response:
    rows = [queue_json(request.exchange, line) for line in request.exchange.registry.queues.values()]
    return shown(page_of(request, "queues", rows))


def list_members(request: RestRequest) -> Response:
    line = _line_of(request)
    rows = [member_json(request.exchange, line, member) for member in line.members]
    return shown(page_of(request, "queue_members", rows))


def update_member(request: RestRequest) -> Response:
    """Sends a waiting call, or the first of them (``Front``), to a document."""
    line, wanted = _line_of(request), request.ids["sid"]
    found = [member for member in line.members if wanted in ("Front", member.leg.sid) and not member.leg.moved.is_set()]
    if not found:
        raise not_found(request)
    body = member_json(request.exchange, line, found[0])
    found[0].leg.take_away(move_of(request))
    return shown(body)
