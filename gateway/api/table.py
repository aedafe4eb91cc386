"""Every operation of the API: its address, its scope, what it takes and what it answers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.api import calls, cases, closing, overview, people
from gateway.api.asking import Operation
from gateway.api.chat_operations import CHATS
from gateway.api.closure_models import ClosureMade, Closures, ClosureWanted
from gateway.api.conference_models import (
    CallNow,
    GuestMade,
    HoldNow,
    JoinWanted,
    ListenMade,
    ListenWanted,
    OfCoordinator,
)
from gateway.api.models import (
    AttemptMade,
    AvailabilityNow,
    Board,
    Coordinators,
    CoordinatorsWanted,
    Lead,
    LeadInFull,
    Leads,
    LeadsWanted,
    Made,
    Nothing,
    OutcomeSaid,
    OwnerWanted,
    Rulebook,
    StatusWanted,
    TaskWanted,
    WantedStatus,
)
from gateway.api.person_operations import PERSONS
from gateway.api.text_operations import TEXTS
from gateway.api.transfer_models import TransferMade, TransferWanted

CLOSED: Mapping[int, str] = MappingProxyType({409: "The lead is closed."})
OWNED: Mapping[int, str] = MappingProxyType({409: "Somebody was first: `owner` has it. Or the lead is closed."})
MOVED: Mapping[int, str] = MappingProxyType({409: "Not from the status it has: `allowed` may follow. Or it is closed."})
NO_TALK: Mapping[int, str] = MappingProxyType({409: "The coordinator is in no wrap-up."})
OPTED_OUT: Mapping[int, str] = MappingProxyType({409: "The person opted out of that way. Or the lead is closed."})

TRANSFERRED: Mapping[int, str] = MappingProxyType(
    {409: "`not_live`, `under_way`, `target_closed`, `nobody_free` or `not_served`; the talk goes on as it was."}
)

TALKING: Mapping[int, str] = MappingProxyType(
    {
        409: "`not_live`, `under_way`, `not_yours`, `on_hold`, `not_on_hold`, `nobody_free`, `target_closed` or "
        "`not_served`; the talk goes on as it was."
    }
)
LISTENED: Mapping[int, str] = MappingProxyType(
    {409: "`not_live`, `under_way`, `nobody_free`, or `not_monitored`: this caller was not told that anybody listens."}
)

OPERATIONS: tuple[Operation[Any], ...] = (
    Operation(
        "GET",
        "/coordinators",
        "listCoordinators",
        "Who is there, by id",
        "read",
        CoordinatorsWanted,
        Coordinators,
        people.coordinators,
    ),
    Operation(
        "PUT",
        "/coordinators/{id}/availability",
        "setAvailability",
        "Say what a coordinator wants to be; stepping away turns down an offer that stands",
        "availability",
        WantedStatus,
        AvailabilityNow,
        people.set_availability,
    ),
    Operation(
        "POST",
        "/coordinators/{id}/outcome",
        "finishTalk",
        "Say how the talk ended; the wrap-up is over",
        "availability",
        OutcomeSaid,
        None,
        people.finish_talk,
        status=204,
        refusals=NO_TALK,
    ),
    Operation(
        "POST",
        "/coordinators/{id}/heartbeat",
        "beat",
        "A coordinator's console is alive; every 10 seconds",
        "availability",
        Nothing,
        None,
        people.beat,
        status=204,
    ),
    Operation("GET", "/board", "getBoard", "The figures of this moment", "read", Nothing, Board, overview.board),
    Operation("GET", "/leads", "listLeads", "Leads, newest first", "read", LeadsWanted, Leads, cases.listed),
    Operation(
        "GET",
        "/leads/{id}",
        "getLead",
        "One lead with its person and everything that happened",
        "read",
        Nothing,
        LeadInFull,
        cases.in_full,
    ),
    Operation(
        "POST",
        "/leads/{id}/owner",
        "takeLead",
        "Become its owner; of two at once exactly one does",
        "leads",
        OwnerWanted,
        Lead,
        cases.take,
        refusals=OWNED,
    ),
    Operation(
        "POST",
        "/leads/{id}/status",
        "setStatus",
        "Move its status; closing wants a cause",
        "leads",
        StatusWanted,
        Lead,
        cases.set_status,
        refusals=MOVED,
    ),
    Operation(
        "POST",
        "/leads/{id}/attempts",
        "recordAttempt",
        "What a coordinator did and what came of it; a human response stops the clock",
        "leads",
        AttemptMade,
        Made,
        cases.record_attempt,
        status=201,
        refusals=CLOSED,
    ),
    Operation(
        "POST",
        "/leads/{id}/tasks",
        "addTask",
        "A next step that its owner owes",
        "leads",
        TaskWanted,
        Made,
        cases.add_task,
        status=201,
        refusals=OPTED_OUT,
    ),
    Operation(
        "POST",
        "/calls/{id}/transfer",
        "transferCall",
        "Ring somebody else for a live call; the caller is held until they accept, and goes back if they do not",
        "calls",
        TransferWanted,
        TransferMade,
        calls.transfer,
        status=202,
        refusals=TRANSFERRED,
    ),
    Operation(
        "GET",
        "/calls/{id}",
        "getCall",
        "One call as it stands: who has it, hold, guests",
        "read",
        Nothing,
        CallNow,
        calls.shown,
    ),
    Operation(
        "POST",
        "/calls/{id}/hold",
        "holdCall",
        "The caller hears music until she is taken back; by herself after the practice's longest hold",
        "calls",
        OfCoordinator,
        HoldNow,
        calls.hold,
        status=202,
        refusals=TALKING,
    ),
    Operation(
        "POST",
        "/calls/{id}/resume",
        "resumeCall",
        "Take the caller back from hold",
        "calls",
        OfCoordinator,
        HoldNow,
        calls.resume,
        status=202,
        refusals=TALKING,
    ),
    Operation(
        "POST",
        "/calls/{id}/join",
        "joinCall",
        "Ring a third party into the talk; whoever leaves, the other two go on",
        "calls",
        JoinWanted,
        GuestMade,
        calls.join,
        status=202,
        refusals=TALKING,
    ),
    Operation(
        "POST",
        "/calls/{id}/listen",
        "listenToCall",
        "Ring a supervisor into the talk, or change how one is heard who is in it",
        "supervise",
        ListenWanted,
        ListenMade,
        calls.listen,
        status=202,
        refusals=LISTENED,
    ),
    *TEXTS,
    *CHATS,
    *PERSONS,
    Operation(
        "GET",
        "/closures",
        "listClosures",
        "What is closed by hand, now or later",
        "admin",
        Nothing,
        Closures,
        closing.listed,
    ),
    Operation(
        "POST",
        "/closures",
        "closeByHand",
        "Close the practice, an office or a queue until a given end; callers and forms go to whoever stands in",
        "admin",
        ClosureWanted,
        ClosureMade,
        closing.close,
        status=201,
    ),
    Operation(
        "DELETE",
        "/closures/{id}",
        "liftClosure",
        "End a closure before its time",
        "admin",
        Nothing,
        None,
        closing.lift,
        status=204,
    ),
    Operation("GET", "/rulebook", "getRulebook", "The rulebook in force", "read", Nothing, Rulebook, overview.rulebook),
)
