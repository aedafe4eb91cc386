"""TwiML: built by Twilio's own builder, freed of what XML cannot hold, and read again before it is sent."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything outside XML 1.0 Char: one such character and Twilio drops the caller (error 12100)."""
MAX_SPOKEN = 500
RING_S = 15
"""Twilio adds five seconds of its own (design section 7)."""
KEY_WAIT_S = 6
ANSWER_WAIT_S = 5
SPEECH_PAUSE_S = 2
"""So long after the last word she is done; a number, for some speech models take no other."""
CONSENT_WAIT_S = 2
"""Short, for meanwhile somebody is reserved for her."""
SILENCE_S = 5
MESSAGE_S, LONGEST_S = 120, 7_200
VOICES = {"en": "en-US", "es": "es-US"}


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Ring:
    """A phone, a document played to it first, and where the outcome goes. ``consent`` takes what the caller says to
    being recorded, ``recording`` is told of the finished file, ``shown`` is a number of ours that it rings from."""

    number: str
    whisper: str
    progress: str
    action: str
    consent: str = ""
    recording: str = ""
    seconds: int = RING_S
    is_recorded: bool = False
    shown: str = ""


def clean(text: str) -> str:
    return NOT_XML.sub("", text)[:MAX_SPOKEN]


def speak(response: VoiceResponse | Gather, lines: Iterable[Said]) -> None:
    for line in lines:
        response.say(clean(line.text), language=VOICES.get(line.language, "en-US"))


def connecting(before: Iterable[Said], ring: Ring) -> bytes:
    """One number only: a second one with a key to accept would be cut off when the first leg picks up."""
    response = VoiceResponse()
    speak(response, before)
    told = reported(ring.recording, record="record-from-answer-dual") if ring.is_recorded else {}
    told |= {"caller_id": ring.shown, "time_limit": str(LONGEST_S)} if ring.shown else {}
    dial = response.dial(action=ring.action, method="POST", timeout=ring.seconds, answer_on_bridge=True, **told)
    dial.number(
        ring.number,
        url=ring.whisper or None,
        method="POST" if ring.whisper else None,
        status_callback=ring.progress,
        status_callback_method="POST",
        status_callback_event="initiated ringing answered completed",
    )
    return checked(response)


def reported(recording: str, **more: str) -> dict[str, str]:
    return {
        **more,
        "recording_status_callback": recording,
        "recording_status_callback_method": "POST",
        "recording_status_callback_event": "completed absent",
    }


def asking_consent(before: Iterable[Said], prompt: Iterable[Said], action: str) -> bytes:
    """Whatever is pressed, or nothing: the call goes on at ``action``. What stands before the question is heard in
    full, for a key would cut short what is said within it."""
    response = VoiceResponse()
    speak(response, before)
    gather = response.gather(
        num_digits=1, timeout=CONSENT_WAIT_S, action=action, method="POST", action_on_empty_result=True
    )
    speak(gather, prompt)
    return checked(response)


@dataclass(frozen=True, slots=True)
class Recorder:
    """A machine that takes messages: what is said before the beep, where the message goes, who is told of its file, and
    what somebody hears who says nothing."""

    notice: Sequence[Said]
    action: str
    recording: str
    silent: Sequence[Said]


def taking_message(before: Iterable[Said], recorder: Recorder) -> bytes:
    response = VoiceResponse()
    speak(response, before)
    record(response, recorder)
    return checked(response)


def choosing(prompt: Sequence[Said], action: str, recorder: Recorder) -> bytes:
    """A key chooses; silence leads to the recorder, without asking us again."""
    response = VoiceResponse()
    gather = response.gather(num_digits=1, timeout=KEY_WAIT_S, action=action, method="POST")
    speak(gather, prompt)
    record(response, recorder)
    return checked(response)


def record(response: VoiceResponse, recorder: Recorder) -> None:
    speak(response, recorder.notice)
    response.record(
        action=recorder.action,
        method="POST",
        timeout=SILENCE_S,
        finish_on_key="#",
        max_length=MESSAGE_S,
        play_beep=True,
        **reported(recorder.recording),
    )
    speak(response, recorder.silent)
    response.hangup()


@dataclass(frozen=True, slots=True)
class Question:
    """Where the answer goes, and the words that are likely to be said, comma separated."""

    action: str
    hints: str
    language: str


def asking(before: Iterable[Said], prompt: Iterable[Said], question: Question) -> bytes:
    """By key or in words; who is silent, or cannot speak, goes on to the same place without either."""
    response = VoiceResponse()
    speak(response, before)
    gather = response.gather(
        input="dtmf speech",
        num_digits=1,
        timeout=ANSWER_WAIT_S,
        speech_timeout=str(SPEECH_PAUSE_S),
        language=VOICES.get(question.language, "en-US"),
        hints=question.hints,
        action=question.action,
        method="POST",
    )
    speak(gather, prompt)
    response.redirect(question.action, method="POST")
    return checked(response)


def asking_for_key(prompt: Sequence[Said], action: str, otherwise: Sequence[Said]) -> bytes:
    """A mailbox never presses a key, so it never takes a caller."""
    response = VoiceResponse()
    gather = response.gather(num_digits=1, timeout=KEY_WAIT_S, action=action, method="POST")
    speak(gather, prompt)
    speak(response, otherwise)
    response.hangup()
    return checked(response)


@dataclass(frozen=True, slots=True)
class Room:
    """The waiting room of a call: its queue's name, the documents played there, and where leaving it leads."""

    queue: str
    wait: str
    action: str


def holding(before: Iterable[Said], room: Room) -> bytes:
    """The order of waiting is ours; the provider's queue only keeps the caller on the line."""
    response = VoiceResponse()
    speak(response, before)
    response.enqueue(room.queue, action=room.action, method="POST", wait_url=room.wait, wait_url_method="POST")
    return checked(response)


def waiting(lines: Iterable[Said], music: str, action: str) -> bytes:
    """Words or music, at most ten seconds, then the document is asked for again; a key counts at any time."""
    response = VoiceResponse()
    gather = response.gather(num_digits=1, timeout=1, action=action, method="POST")
    said = list(lines)
    speak(gather, said)
    if not said:
        gather.play(music)
    return checked(response)


def leaving() -> bytes:
    """Out of the provider's queue; what follows is said by the document that comes next."""
    response = VoiceResponse()
    response.leave()
    return checked(response)


def pausing(seconds: int, after: Iterable[Said]) -> bytes:
    response = VoiceResponse()
    response.pause(length=seconds)
    speak(response, after)
    return checked(response)


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a conference: its name, the document of those who wait in it, and where leaving it leads; without an
    action it ends the call. ``coaches`` is the call that alone hears her."""

    room: str
    wait: str
    action: str
    starts: bool = False
    ends: bool = False
    muted: bool = False
    coaches: str = ""


def conferring(before: Iterable[Said], seat: Seat) -> bytes:
    """Whoever waits hears music until somebody comes who starts it."""
    response = VoiceResponse()
    speak(response, before)
    dial: Dial = response.dial(action=seat.action or None, method="POST")
    heard = {"muted": True} if seat.muted else {"coach": seat.coaches} if seat.coaches else {}
    dial.conference(
        seat.room,
        start_conference_on_enter=seat.starts,
        end_conference_on_exit=seat.ends,
        beep="false",
        wait_url=seat.wait,
        wait_method="POST",
        **heard,
    )
    return checked(response)


def playing(lines: Iterable[Said], music: str, then: str = "") -> bytes:
    speak(response := VoiceResponse(), lines)
    response.play(music)
    if then:
        response.redirect(then, method="POST")
    return checked(response)


def asking_again(lines: Iterable[Said], seconds: int, url: str) -> bytes:
    """Words and a pause, then the same once more."""
    response = VoiceResponse()
    speak(response, lines)
    response.pause(length=seconds)
    response.redirect(url, method="POST")
    return checked(response)


def telling(lines: Iterable[Said]) -> bytes:
    """Words after which the call ends, or the whisper bridges."""
    speak(response := VoiceResponse(), lines)
    return checked(response)


def ending(lines: Iterable[Said]) -> bytes:
    speak(response := VoiceResponse(), lines)
    response.hangup()
    return checked(response)


def direct(before: Iterable[Said], numbers: Sequence[str], after: Iterable[Said]) -> bytes:
    """The static way on: no URL of ours in it, so it needs nothing of us any more. Without a key, the first phone to
    pick up takes the call."""
    response = VoiceResponse()
    speak(response, before)
    if numbers:
        dial: Dial = response.dial(timeout=25)
        for number in numbers[:10]:
            dial.number(number)
    speak(response, after)
    return checked(response)


def checked(response: VoiceResponse, render: Callable[[VoiceResponse], str] = str) -> bytes:
    """:raises ValueError: where the document would not parse; the door then answers with its last words."""
    document = render(response).encode("utf-8", "strict")
    try:
        fromstring(document.decode())
    except ParseError as error:
        raise ValueError("the answer is no XML") from error
    return document
