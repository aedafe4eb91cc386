"""What may be sent to each REST resource: Twilio's documented property names, and how each value must look.

The names are those of Twilio's published OpenAPI description of api.twilio.com (2010-04-01)."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from rehearsal.markup.grammar import FLAG, METHOD, Check, at_most, matching, one_of, whole

ANY: Check = lambda value: ""  # noqa: E731 - a check like the others
PHONE = matching(r"\+[1-9]\d{6,14}|client:.+|sips?:.+", "a number in E.164")


def _url(value: str) -> str:
    parts = urlsplit(value)
    return "" if parts.scheme in ("http", "https") and parts.hostname else "an absolute URL"


URL: Check = _url
PROGRESS_EVENT = one_of("initiated", "ringing", "answered", "completed")
DETECTION: Mapping[str, Check] = {
    "MachineDetection": one_of("Enable", "DetectMessageEnd"),
    "MachineDetectionTimeout": whole(3, 59),
    "MachineDetectionSpeechThreshold": whole(1000, 6000),
    "MachineDetectionSpeechEndThreshold": whole(500, 5000),
    "MachineDetectionSilenceTimeout": whole(2000, 10000),
}
RECORDING: Mapping[str, Check] = {
    "Record": FLAG,
    "RecordingChannels": one_of("mono", "dual"),
    "RecordingStatusCallback": URL,
    "RecordingStatusCallbackMethod": METHOD,
    "RecordingStatusCallbackEvent": one_of("in-progress", "completed", "absent"),
    "RecordingConfigurationId": ANY,
    "RecordingTrack": one_of("inbound", "outbound", "both"),
    "Trim": one_of("trim-silence", "do-not-trim"),
}
PROGRESS: Mapping[str, Check] = {
    "StatusCallback": URL,
    "StatusCallbackEvent": PROGRESS_EVENT,
    "StatusCallbackMethod": METHOD,
}
PAGES: Mapping[str, Check] = {"PageSize": whole(1, 1000), "Page": whole(0, 10**6), "PageToken": ANY}
OUTBOUND: Mapping[str, Check] = {
    "SipAuthUsername": ANY,
    "SipAuthPassword": ANY,
    "CallerId": PHONE,
    "CallReason": at_most(50),
    "CallToken": ANY,
    "TimeLimit": whole(1, 86_400),
    "Timeout": whole(1, 600),
    "Byoc": ANY,
    "Passports": ANY,
    "ClientNotificationUrl": URL,
}
CALL_CREATE: Mapping[str, Check] = MappingProxyType(
    {
        "To": PHONE,
        "From": PHONE,
        "Method": METHOD,
        "FallbackUrl": URL,
        "FallbackMethod": METHOD,
        "SendDigits": matching(r"[0-9*#wW]{1,32}", "up to 32 keys"),
        "AsyncAmd": FLAG,
        "AsyncAmdStatusCallback": URL,
        "AsyncAmdStatusCallbackMethod": METHOD,
        "Url": URL,
        "Twiml": at_most(4000),
        "ApplicationSid": matching(r"AP[0-9a-f]{32}", "an application's sid"),
        **PROGRESS,
        **OUTBOUND,
        **DETECTION,
        **RECORDING,
    }
)
CALL_UPDATE: Mapping[str, Check] = MappingProxyType(
    {
        "Url": URL,
        "Method": METHOD,
        "Status": one_of("canceled", "completed"),
        "FallbackUrl": URL,
        "FallbackMethod": METHOD,
        "StatusCallback": URL,
        "StatusCallbackMethod": METHOD,
        "Twiml": at_most(4000),
        "TimeLimit": whole(1, 86_400),
    }
)
_INSTANT = matching(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z?)?", "a date or an instant in UTC")
CALL_LIST: Mapping[str, Check] = MappingProxyType(
    {
        "To": ANY,
        "From": ANY,
        "ParentCallSid": ANY,
        "Status": one_of("queued", "ringing", "in-progress", "canceled", "completed", "failed", "busy", "no-answer"),
        **{f"{name}{sign}": _INSTANT for name in ("StartTime", "EndTime") for sign in ("", "<", ">")},
        **PAGES,
    }
)
CONFERENCE_EVENT = one_of("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
_SEAT: Mapping[str, Check] = {
    "Muted": FLAG,
    "WaitUrl": URL,
    "WaitMethod": METHOD,
    "EndConferenceOnExit": FLAG,
    "Coaching": FLAG,
    "CallSidToCoach": matching(r"CA[0-9a-f]{32}", "a call's sid"),
}
PARTICIPANT_CREATE: Mapping[str, Check] = MappingProxyType(
    {
        "To": PHONE,
        "From": PHONE,
        "Label": at_most(128),
        "Beep": one_of("true", "false", "onEnter", "onExit"),
        "StartConferenceOnEnter": FLAG,
        "EarlyMedia": FLAG,
        "MaxParticipants": whole(2, 250),
        "ConferenceRecord": one_of("true", "false", "record-from-start", "do-not-record"),
        "ConferenceTrim": one_of("trim-silence", "do-not-trim"),
        "ConferenceStatusCallback": URL,
        "ConferenceStatusCallbackMethod": METHOD,
        "ConferenceStatusCallbackEvent": CONFERENCE_EVENT,
        "ConferenceRecordingStatusCallback": URL,
        "ConferenceRecordingStatusCallbackMethod": METHOD,
        "ConferenceRecordingStatusCallbackEvent": one_of("in-progress", "completed", "absent"),
        "Region": ANY,
        "JitterBufferSize": ANY,
        "AmdStatusCallback": URL,
        "AmdStatusCallbackMethod": METHOD,
        "CallerDisplayName": ANY,
        **{f"Emergency{word}": ANY for word in ("CallerPosition", "CallerLocation", "Name", "Address", "ZipCode")},
        **{f"Emergency{word}": ANY for word in ("City", "State", "Country")},
        **_SEAT,
        **PROGRESS,
        **OUTBOUND,
        **DETECTION,
        **RECORDING,
    }
)
PARTICIPANT_UPDATE: Mapping[str, Check] = MappingProxyType(
    {
        "Hold": FLAG,
        "HoldUrl": URL,
        "HoldMethod": METHOD,
        "AnnounceUrl": URL,
        "AnnounceMethod": METHOD,
        "BeepOnExit": FLAG,
        **_SEAT,
    }
)
PARTICIPANT_LIST: Mapping[str, Check] = MappingProxyType({"Muted": FLAG, "Hold": FLAG, "Coaching": FLAG, **PAGES})
CONFERENCE_UPDATE: Mapping[str, Check] = MappingProxyType(
    {"Status": one_of("completed"), "AnnounceUrl": URL, "AnnounceMethod": METHOD}
)
CONFERENCE_LIST: Mapping[str, Check] = MappingProxyType(
    {
        "FriendlyName": ANY,
        "Status": one_of("init", "in-progress", "completed"),
        **{f"{name}{sign}": _INSTANT for name in ("DateCreated", "DateUpdated") for sign in ("", "<", ">")},
        **PAGES,
    }
)
MEMBER_UPDATE: Mapping[str, Check] = MappingProxyType({"Url": URL, "Method": METHOD})
REPEATED = frozenset(
    {
        "StatusCallbackEvent",
        "RecordingStatusCallbackEvent",
        "ConferenceStatusCallbackEvent",
        "ConferenceRecordingStatusCallbackEvent",
    }
)
"""Properties that are lists: their key is repeated."""


class Refused(Exception):
    """``code`` and ``status`` as Twilio answers them; ``words`` may name the property, never a value."""

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(status, code, words)
        self.status = status
        self.code = code
        self.words = words


CODES: Mapping[str, int] = MappingProxyType({"To": 21211, "From": 21212, "Url": 21205, "FallbackUrl": 21205})
"""Twilio's code for a bad value of this property; for the others 20001."""
Given = Sequence[tuple[str, str]]


def read_given(given: Given, known: Mapping[str, Check]) -> dict[str, str]:
    """The properties by name, lists joined by blanks. Raises ``Refused`` for an unknown name, which Twilio would have
    ignored in silence, for a value that does not fit, and for a name sent twice."""
    found: dict[str, str] = {}
    for name, value in given:
        check = known.get(name)
        if check is None:
            raise Refused(400, 20001, f"there is no property {re.sub('[^A-Za-z<>_]', '?', name)[:60]}")
        wanted = check(value)
        if wanted:
            raise Refused(400, CODES.get(name, 20001), f"{name} wants {wanted}")
        if name in found and name not in REPEATED:
            raise Refused(400, 20001, f"{name} is sent twice")
        found[name] = f"{found[name]} {value}" if name in found else value
    return found
