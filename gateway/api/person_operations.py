"""The operations of the API about who is behind a lead, posts that were set aside, and leads that were lost."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.api import persons
from gateway.api.asking import Operation
from gateway.api.lead_models import (
    LetIn,
    MergeWanted,
    OptedOutNow,
    OptOutSaid,
    Period,
    Quarantine,
    ScrubsRecorded,
    ScrubsTold,
    SplitWanted,
    UncontactedShown,
)
from gateway.api.models import Lead, Made, Nothing
from gateway.api.scrubs import record_scrubs

MERGED: Mapping[int, str] = MappingProxyType({409: "`same_lead`, `under_way`, `open_twice`; or one is `closed`."})
SPLIT: Mapping[int, str] = MappingProxyType({409: "`unknown_inquiry`, `nothing_left`, `under_way`; or it is `closed`."})

PERSONS: tuple[Operation[Any], ...] = (
    Operation(
        "POST",
        "/leads/{id}/merge",
        "mergeLead",
        "Another lead turns out to be the same person's; the earlier clock wins",
        "leads",
        MergeWanted,
        Lead,
        persons.merged,
        refusals=MERGED,
    ),
    Operation(
        "POST",
        "/leads/{id}/split",
        "splitLead",
        "Some of its inquiries are another person's, on the same number; they become a lead of their own",
        "leads",
        SplitWanted,
        Made,
        persons.split_off,
        status=201,
        refusals=SPLIT,
    ),
    Operation(
        "POST",
        "/leads/{id}/opt-out",
        "noteOptOut",
        "What the person said about being contacted; lifting an opt-out wants a name under it",
        "leads",
        OptOutSaid,
        OptedOutNow,
        persons.opt_out,
    ),
    Operation(
        "POST",
        "/scrubs",
        "recordScrubs",
        "Results of comparing numbers with the do-not-call registry, or with numbers that have changed hands",
        "leads",
        ScrubsTold,
        ScrubsRecorded,
        record_scrubs,
    ),
    Operation(
        "GET",
        "/quarantine",
        "listQuarantine",
        "Posts that look wrong and wait for a person, oldest first",
        "leads",
        Nothing,
        Quarantine,
        persons.set_aside,
    ),
    Operation(
        "POST",
        "/quarantine/{id}/enter",
        "enterPost",
        "Let it in: it becomes a lead, its clock running from when it came",
        "leads",
        Nothing,
        LetIn,
        persons.enter,
    ),
    Operation(
        "DELETE",
        "/quarantine/{id}",
        "discardPost",
        "Nobody is behind it",
        "leads",
        Nothing,
        None,
        persons.discard,
        status=204,
    ),
    Operation(
        "GET",
        "/reports/uncontacted",
        "reportUncontacted",
        "Leads closed without contact, each under its one cause",
        "read",
        Period,
        UncontactedShown,
        persons.lost,
    ),
)
