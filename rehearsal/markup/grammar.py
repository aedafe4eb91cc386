"""TwiML as a table: the verbs and nouns, their attributes with permitted values, and what may stand inside what."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Check = Callable[[str], str]
"""Answers "" for a permitted value, else what would have been permitted."""


def whole(low: int, high: int) -> Check:
    return lambda value: (
        "" if re.fullmatch(r"\d{1,9}", value) and low <= int(value) <= high else f"a whole number from {low} to {high}"
    )


def one_of(*words: str) -> Check:
    return lambda value: "" if value in words else "one of " + ", ".join(words)


def several_of(*words: str) -> Check:
    """Words separated by single blanks, none twice."""

    def check(value: str) -> str:
        given = value.split(" ")
        known = set(given) <= set(words) and len(set(given)) == len(given)
        return "" if known else "some of " + " ".join(words) + ", separated by blanks"

    return check


def matching(pattern: str, words: str) -> Check:
    return lambda value: "" if re.fullmatch(pattern, value) else words


def at_most(length: int) -> Check:
    return lambda value: "" if 0 < len(value) <= length else f"1 to {length} characters"


def _link(value: str) -> str:
    """URLs are checked by ``links`` because they depend on the document's own URL."""
    return "" if value else "a URL"


LINK: Check = _link
FLAG = one_of("true", "false")
METHOD = one_of("GET", "POST")
E164 = r"\+[1-9]\d{7,14}"
LANGUAGE = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){1,2}", "a language tag such as en-US")
DIGITS = r"[0-9*#A-DwW]{1,32}"

ALL_RECORDINGS = one_of(
    "do-not-record",
    "record-from-answer",
    "record-from-ringing",
    "record-from-answer-dual",
    "record-from-ringing-dual",
)
RECORDING: Mapping[str, Check] = MappingProxyType(
    {
        "recordingStatusCallback": LINK,
        "recordingStatusCallbackMethod": METHOD,
        "recordingStatusCallbackEvent": several_of("in-progress", "completed", "absent"),
    }
)
PROGRESS: Mapping[str, Check] = MappingProxyType(
    {
        "statusCallback": LINK,
        "statusCallbackMethod": METHOD,
        "statusCallbackEvent": several_of("initiated", "ringing", "answered", "completed"),
    }
)
MACHINES: Mapping[str, Check] = MappingProxyType(
    {
        "machineDetection": one_of("Enable", "DetectMessageEnd"),
        "machineDetectionTimeout": whole(3, 60),
        "machineDetectionSpeechThreshold": whole(1000, 6000),
        "machineDetectionSpeechEndThreshold": whole(500, 5000),
        "machineDetectionSilenceTimeout": whole(2000, 10000),
        "amdStatusCallback": LINK,
        "amdStatusCallbackMethod": METHOD,
    }
)


@dataclass(frozen=True, slots=True)
class Element:
    attributes: Mapping[str, Check] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    text: Literal["none", "words", "number", "link", "name"] = "none"


SPOKEN = frozenset({"Say", "Play", "Pause"})

VERBS: Mapping[str, Element] = MappingProxyType(
    {
        "Say": Element(
            {
                "voice": matching(r"[A-Za-z0-9.:-]{1,64}", "a voice's name"),
                "loop": whole(1, 1000),
                "language": LANGUAGE,
            },
            text="words",
        ),
        "Play": Element({"loop": whole(0, 1000), "digits": matching(DIGITS, "up to 32 keys")}, text="link"),
        "Pause": Element({"length": whole(1, 600)}),
        "Gather": Element(
            {
                "action": LINK,
                "method": METHOD,
                "input": one_of("dtmf", "speech", "dtmf speech"),
                "timeout": whole(1, 60),
                "speechTimeout": matching(r"auto|[1-9]\d?", "auto or seconds"),
                "numDigits": whole(1, 32),
                "finishOnKey": matching(r"[0-9*#]?", "one key or nothing"),
                "language": LANGUAGE,
                "hints": at_most(10_000),
                "speechModel": matching(r"[a-z0-9_]{1,64}", "a speech model's name"),
                "profanityFilter": FLAG,
                "actionOnEmptyResult": FLAG,
                "bargeIn": FLAG,
                "partialResultCallback": LINK,
                "partialResultCallbackMethod": METHOD,
            },
            SPOKEN,
        ),
        "Dial": Element(
            {
                "action": LINK,
                "method": METHOD,
                "timeout": whole(5, 600),
                "timeLimit": whole(1, 14_400),
                "callerId": matching(E164, "a number in E.164"),
                "callReason": at_most(50),
                "answerOnBridge": FLAG,
                "hangupOnStar": FLAG,
                "sequential": FLAG,
                "ringTone": matching(r"automatic|[a-z]{2}(-old)?", "automatic or a country"),
                "record": ALL_RECORDINGS,
                "recordingTrack": one_of("inbound", "outbound", "both"),
                "trim": one_of("trim-silence", "do-not-trim"),
                "referUrl": LINK,
                "referMethod": METHOD,
                **RECORDING,
            },
            frozenset({"Number", "Client", "Sip", "Conference", "Queue"}),
            "number",
        ),
        "Enqueue": Element(
            {
                "action": LINK,
                "method": METHOD,
                "waitUrl": LINK,
                "waitUrlMethod": METHOD,
                "maxQueueSize": whole(1, 5000),
                "workflowSid": matching(r"WW[0-9a-f]{32}", "a workflow's sid"),
            },
            text="name",
        ),
        "Record": Element(
            {
                "action": LINK,
                "method": METHOD,
                "timeout": whole(1, 600),
                "finishOnKey": matching(r"[0-9*#]{0,12}", "keys"),
                "maxLength": whole(1, 14_400),
                "playBeep": FLAG,
                "trim": one_of("trim-silence", "do-not-trim"),
                "transcribe": FLAG,
                "transcribeCallback": LINK,
                **RECORDING,
            }
        ),
        "Redirect": Element({"method": METHOD}, text="link"),
        "Reject": Element({"reason": one_of("rejected", "busy")}),
        "Hangup": Element(),
        "Leave": Element(),
    }
)

NOUNS: Mapping[str, Element] = MappingProxyType(
    {
        "Number": Element(
            {
                "sendDigits": matching(DIGITS, "up to 32 keys, w and W"),
                "url": LINK,
                "method": METHOD,
                **PROGRESS,
                **MACHINES,
            },
            text="number",
        ),
        "Client": Element({"url": LINK, "method": METHOD, **PROGRESS}, text="name"),
        "Sip": Element(
            {"username": at_most(256), "password": at_most(256), "url": LINK, "method": METHOD, **PROGRESS, **MACHINES},
            text="name",
        ),
        "Queue": Element({"url": LINK, "method": METHOD}, text="name"),
        "Conference": Element(
            {
                "muted": FLAG,
                "beep": one_of("true", "false", "onEnter", "onExit"),
                "startConferenceOnEnter": FLAG,
                "endConferenceOnExit": FLAG,
                "participantLabel": at_most(128),
                "waitUrl": LINK,
                "waitMethod": METHOD,
                "maxParticipants": whole(2, 250),
                "coach": matching(r"CA[0-9a-f]{32}", "a CallSid"),
                "record": one_of("do-not-record", "record-from-start"),
                "trim": one_of("trim-silence", "do-not-trim"),
                "region": matching(r"[a-z]{2}[0-9]", "a region"),
                "statusCallback": LINK,
                "statusCallbackMethod": METHOD,
                "statusCallbackEvent": several_of(
                    "start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"
                ),
                **RECORDING,
            },
            text="name",
        ),
    }
)
