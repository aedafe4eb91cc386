"""What a whole TwiML document must do for the person who hears it: no silence, no dead end, no bridged mailbox."""

from collections.abc import Callable

from rehearsal.markup.refusal import Document, Place, TwiMLRefused, Verb

MOST_NUMBERS = 10
LONGEST_SILENCE_S = 3
"""I1: every answered call hears speech, ringing or music within 3 s."""
HEARD_OR_CONNECTED = frozenset({"Say", "Play", "Dial", "Enqueue", "Record", "Redirect", "Reject"})
WHISPERED = frozenset({"Say", "Play", "Pause", "Gather", "Hangup", "Redirect"})
WAITED = WHISPERED | {"Leave"}
GROUPS = frozenset({"Conference", "Queue"})


def check_manners(document: Document, place: Place, heard: bool) -> None:
    """Raises ``TwiMLRefused`` for a document that is well-formed but must not be sent to this place."""
    for verb in document.verbs:
        _check_events(verb)
        RULES.get(verb.name, _anything)(verb)
    _check_order(document)
    if place is not Place.WAITING and any(verb.name == "Leave" for verb in document.verbs):
        raise TwiMLRefused("12200", document.url, "there is no queue to leave")
    if place in (Place.CALLER, Place.BRIDGING):
        _check_caller(document, heard, place)
    elif place in (Place.WHISPER, Place.ACCEPTED):
        _check_whisper(document, place)
    elif place is Place.WAITING:
        _check_waiting(document)
    elif place is Place.CALLED:
        _check_called(document, heard)


def _anything(verb: Verb) -> None:
    """Verbs without a rule of their own."""


def _check_events(verb: Verb) -> None:
    for one in (verb, *verb.children):
        for name in one.attributes:
            owner = name.removesuffix("Event").removesuffix("Method")
            if owner.endswith("Callback") and owner not in one.attributes:
                raise TwiMLRefused("12200", f"{one.path}@{name}", f"has no effect without {owner}")


def _check_dial(dial: Verb) -> None:
    if not dial.children and not dial.text:
        raise TwiMLRefused("12200", dial.path, "dials nobody")
    groups = [noun for noun in dial.children if noun.name in GROUPS]
    if groups and len(dial.children) > 1:
        raise TwiMLRefused("12200", dial.path, "a conference or queue stands alone in a Dial")
    if len(dial.children) > MOST_NUMBERS:
        raise TwiMLRefused("12200", dial.path, "dials more than ten at once")
    if len({noun.text for noun in dial.children}) < len(dial.children):
        raise TwiMLRefused("12200", dial.path, "dials one phone twice")
    if len(dial.children) > 1 and any("url" in noun.attributes for noun in dial.children):
        raise TwiMLRefused(
            "mailbox", dial.path, "the first leg to pick up, perhaps a mailbox, cancels the others before its whisper"
        )


def _check_gather(gather: Verb) -> None:
    if "action" not in gather.attributes:
        raise TwiMLRefused("12200", gather.path, "without action the keys go to the document that asked for them")
    for spoken in gather.children:
        if spoken.name == "Play" and spoken.attributes.get("loop") == "0":
            raise TwiMLRefused("12200", spoken.path, "endless music never lets the Gather time out")


def _check_record(record: Verb) -> None:
    if "action" not in record.attributes:
        raise TwiMLRefused("12200", record.path, "without action the recording is asked for again and again")


RULES: dict[str, Callable[[Verb], None]] = {"Dial": _check_dial, "Gather": _check_gather, "Record": _check_record}


def _never_returns(verb: Verb) -> bool:
    """Whether no later verb of the document can run."""
    if verb.name in ("Dial", "Enqueue"):
        return "action" in verb.attributes
    if verb.name == "Gather":
        return verb.flag("actionOnEmptyResult")
    endless = verb.name == "Play" and verb.attributes.get("loop") == "0"
    return endless or verb.name in ("Hangup", "Redirect", "Reject", "Leave")


def _check_order(document: Document) -> None:
    for verb in document.verbs[:-1]:
        if _never_returns(verb):
            raise TwiMLRefused("12200", verb.path, "the verbs after this one can never run")
    for verb in document.verbs[1:]:
        if verb.name == "Reject":
            raise TwiMLRefused("12200", verb.path, "a call is rejected by the first verb or not at all")


def _audible(verb: Verb) -> bool:
    if verb.name == "Gather":
        return any(spoken.name in ("Say", "Play") for spoken in verb.children)
    return verb.name in HEARD_OR_CONNECTED


def _check_silence(document: Document, heard: bool) -> None:
    if not heard and not any(_audible(verb) for verb in document.verbs):
        raise TwiMLRefused("I1", document.url, "the caller hears nothing")
    for verb in document.every_verb():
        if verb.name == "Pause" and verb.whole("length", 1) > LONGEST_SILENCE_S:
            raise TwiMLRefused("I1", verb.path, f"more than {LONGEST_SILENCE_S} s of silence")


def _check_caller(document: Document, heard: bool, place: Place) -> None:
    """While a bridge is not confirmed the caller may be talking already: there a pause is no silence."""
    if place is Place.CALLER:
        _check_silence(document, heard)
    last = document.verbs[-1] if document.verbs else None
    if last and last.name in ("Dial", "Enqueue", "Gather") and not _never_returns(last):
        raise TwiMLRefused("I1", last.path, "nothing follows if nobody answers or presses: the caller is dropped")


def _check_waiting(document: Document) -> None:
    for verb in document.verbs:
        if verb.name not in WAITED:
            raise TwiMLRefused("12200", verb.path, "this verb cannot run while the caller waits in a queue")
    leaves = any(verb.name == "Leave" for verb in document.verbs)
    _check_silence(document, heard=leaves)


def _check_called(document: Document, heard: bool) -> None:
    refuses = bool(document.verbs) and document.verbs[0].name == "Hangup"
    _check_silence(document, heard or refuses)


def _check_whisper(document: Document, place: Place) -> None:
    for verb in document.verbs:
        if verb.name == "Dial":
            raise TwiMLRefused("13201", verb.path, "a dialled leg cannot dial")
        if verb.name not in WHISPERED:
            raise TwiMLRefused("12200", verb.path, "this verb cannot run on a dialled leg before the bridge")
    gathers = any(verb.name == "Gather" for verb in document.verbs)
    refuses = bool(document.verbs) and document.verbs[-1].name == "Hangup"
    if place is Place.WHISPER and not gathers and not refuses:
        raise TwiMLRefused("mailbox", document.url, "a whisper without a key would bridge a mailbox")
    if gathers and document.verbs[-1].name not in ("Hangup", "Redirect"):
        raise TwiMLRefused("mailbox", document.verbs[-1].path, "no key pressed must end in Hangup, or it bridges")
