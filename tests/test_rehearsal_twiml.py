"""The rehearsal refuses every document that Twilio would refuse, and those Twilio would let pass in silence."""

import pytest

from rehearsal.markup.reading import Answer, outline, read_document
from rehearsal.markup.refusal import Place, TwiMLRefused

URL = "https://gw.example.com/voice/incoming"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def answer(inner: str, content_type: str = "text/xml", declaration: str = DECLARATION) -> Answer:
    return Answer(URL, 200, content_type, f"{declaration}<Response>{inner}</Response>".encode())


def code_of(inner: str, place: Place = Place.CALLER, heard: bool = False) -> str:
    with pytest.raises(TwiMLRefused) as refused:
        read_document(answer(inner), place, heard)
    return refused.value.code


SAY = "<Say>Hello, you have reached Harbor Recovery.</Say>"
NUMBER = "<Number>+13125550142</Number>"


@pytest.mark.parametrize(
    ("code", "inner"),
    [
        ("12200", "<Speak>Hello</Speak>"),
        ("12200", "<say>Hello</say>"),
        ("12200", '<x:Say xmlns:x="urn:x">Hello</x:Say>'),
        ("12200", SAY + "<Number>+13125550142</Number>"),
        ("12200", f'<Dial time-out="15" action="/voice/a">{NUMBER}</Dial>'),
        ("12200", f'<Dial answer_on_bridge="true" action="/voice/a">{NUMBER}</Dial>'),
        ("12200", f'<Dial timeout="4" action="/voice/a">{NUMBER}</Dial>'),
        ("12200", f'<Dial timeout="601" action="/voice/a">{NUMBER}</Dial>'),
        ("12200", f'<Dial timeout="15s" action="/voice/a">{NUMBER}</Dial>'),
        ("12200", f'<Dial answerOnBridge="True" action="/voice/a">{NUMBER}</Dial>'),
        ("12200", f'<Dial method="PUT" action="/voice/a">{NUMBER}</Dial>'),
        ("13214", f'<Dial callerId="anonymous" action="/voice/a">{NUMBER}</Dial>'),
        ("12200", '<Dial action="/voice/a"/>'),
        ("12200", f'<Dial action="/voice/a">{NUMBER}{NUMBER}</Dial>'),
        ("12200", f'<Dial action="/voice/a">+13125550143 {NUMBER}</Dial>'),
        ("12200", f'<Dial action="/voice/a">{NUMBER}<Conference>room</Conference></Dial>'),
        (
            "12200",
            '<Dial action="/voice/a">'
            + "".join(f"<Number>+1312555{place:04d}</Number>" for place in range(142, 153))
            + "</Dial>",
        ),
        ("13223", '<Dial action="/voice/a"><Number>312-555-0142</Number></Dial>'),
        ("13223", '<Dial action="/voice/a"><Number>3125550142</Number></Dial>'),
        ("13223", '<Dial action="/voice/a"><Number>+1312555014</Number></Dial>'),
        ("13223", '<Dial action="/voice/a"><Number>+11125550142</Number></Dial>'),
        ("13223", '<Dial action="/voice/a"><Number/></Dial>'),
        ("13223", '<Dial action="/voice/a">front desk</Dial>'),
        ("13225", '<Dial action="/voice/a"><Number>+19002345678</Number></Dial>'),
        (
            "mailbox",
            '<Dial action="/voice/a"><Number url="/voice/w/1">+13125550142</Number>'
            '<Number url="/voice/w/2">+13125550143</Number></Dial>',
        ),
        ("12200", f'<Dial action="/voice/a">{NUMBER}</Dial>' + SAY),
        ("12200", SAY + "<Hangup/>" + SAY),
        ("12200", SAY + "<Redirect>/voice/b</Redirect>" + SAY),
        ("12200", SAY + "<Reject/>"),
        ("12200", "<Hangup>now</Hangup>" + SAY),
        ("12200", SAY + "goodbye"),
        ("12200", "<Say/>"),
        ("12200", "<Say>...</Say>"),
        ("12200", '<Say loop="0">Hello</Say>'),
        ("12200", '<Say language="english">Hello</Say>'),
        ("12200", "<Say>Hello <b>you</b></Say>"),
        ("template", "<Say>Hello {name}</Say>"),
        ("SEC-08", f"<Say>{'word ' * 101}</Say>"),
        ("12200", f'<Gather action="/voice/k" numDigits="0">{SAY}</Gather>{SAY}'),
        ("12200", f'<Gather action="/voice/k" numdigits="1">{SAY}</Gather>{SAY}'),
        ("12200", f'<Gather action="/voice/k" input="keys">{SAY}</Gather>{SAY}'),
        ("12200", f'<Gather action="/voice/k"><Dial>{NUMBER}</Dial></Gather>{SAY}'),
        ("12200", f'<Gather numDigits="1">{SAY}</Gather>{SAY}'),
        ("12200", '<Record maxLength="60"/>'),
        ("12200", f'<Dial action="/voice/a"><Number statusCallbackEvent="answered">+13125550142</Number></Dial>{SAY}'),
        (
            "12200",
            '<Dial action="/voice/a"><Number statusCallback="/voice/s" statusCallbackEvent="initiated,ringing">'
            "+13125550142</Number></Dial>",
        ),
        ("11100", SAY + "<Redirect/>"),
        ("11100", SAY + "<Redirect>ftp://gw.example.com/x</Redirect>"),
        ("11100", SAY + "<Redirect>/voice/a b</Redirect>"),
        ("11100", "<Play>https://media_1.example.com/a.mp3</Play>"),
        ("origin", SAY + "<Redirect>https://elsewhere.example.com/voice/x</Redirect>"),
        ("query-order", SAY + "<Redirect>/voice/x?b=1&amp;a=2</Redirect>"),
        ("I12", SAY + "<Redirect>/voice/x?to=%2B13125550142</Redirect>"),
        ("11243", SAY + "<Redirect>/voice/x#rc=9</Redirect>"),
        ("11243", SAY + "<Redirect>/voice/x#rp=sometimes</Redirect>"),
        ("I1", ""),
        ("I1", "<Pause/>"),
        ("I1", "<Hangup/>"),
        ("I1", '<Gather action="/voice/k"/>'),
        ("I1", SAY + '<Pause length="4"/>' + SAY),
        ("I1", f"<Dial>{NUMBER}</Dial>"),
        ("I1", f'<Gather action="/voice/k" numDigits="1">{SAY}</Gather>'),
        ("I1", '<Enqueue waitUrl="/voice/w">waiting</Enqueue>'),
    ],
)
def test_a_document_for_the_caller_is_refused_with_the_code_that_names_its_fault(code: str, inner: str) -> None:
    assert code_of(inner) == code


@pytest.mark.parametrize(
    ("code", "content_type", "body"),
    [
        ("11200", "", DECLARATION.encode() + b"<Response><Say>Hello</Say></Response>"),
        ("12300", "application/json", DECLARATION.encode() + b"<Response><Say>Hello</Say></Response>"),
        ("12300", "text/html; charset=utf-8", DECLARATION.encode() + b"<Response><Say>Hello</Say></Response>"),
        ("12300", "text/xml; charset=latin-1", DECLARATION.encode() + b"<Response><Say>Hello</Say></Response>"),
        ("11750", "text/xml", DECLARATION.encode() + b"<Response><Say>" + b"a" * 65536 + b"</Say></Response>"),
        ("11770", "text/xml", b" \n"),
        ("12100", "text/xml", b"<Response><Say>Hello</Say></Response>"),
        ("12100", "text/xml", b'<?xml version="1.0"?><Response><Say>Hello</Say></Response>'),
        ("12100", "text/xml", DECLARATION.encode() + b"<Response><Say>Hello</Response>"),
        ("12100", "text/xml", DECLARATION.encode() + b"<Response><Say>Hel\x0blo</Say></Response>"),
        ("12100", "text/xml", DECLARATION.encode() + b"<Response><Say>\xff\xfe</Say></Response>"),
        ("12100", "text/xml", DECLARATION.encode() + b"<response><Say>Hello</Say></response>"),
        (
            "12100",
            "text/xml",
            DECLARATION.encode() + b"<!DOCTYPE r [<!ENTITY a 'b'>]><Response><Say>&a;</Say></Response>",
        ),
        ("12200", "text/xml", DECLARATION.encode() + b'<Response version="2"><Say>Hello</Say></Response>'),
    ],
)
def test_an_answer_that_is_no_twiml_is_refused(code: str, content_type: str, body: bytes) -> None:
    with pytest.raises(TwiMLRefused) as refused:
        read_document(Answer(URL, 200, content_type, body))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("code", "inner"),
    [
        ("13201", f'<Dial action="/voice/a">{NUMBER}</Dial>'),
        ("12200", '<Enqueue action="/voice/a">waiting</Enqueue>'),
        ("mailbox", SAY),
        ("mailbox", ""),
        ("mailbox", f'<Gather action="/voice/k" numDigits="1">{SAY}</Gather>'),
        ("mailbox", f'<Gather action="/voice/k" numDigits="1">{SAY}</Gather>{SAY}'),
    ],
)
def test_a_whisper_that_could_bridge_a_mailbox_or_dial_is_refused(code: str, inner: str) -> None:
    assert code_of(inner, Place.WHISPER) == code


@pytest.mark.parametrize(
    ("place", "inner"),
    [
        (Place.WHISPER, f'<Gather action="/voice/k" numDigits="1">{SAY}</Gather><Hangup/>'),
        (Place.WHISPER, "<Hangup/>"),
        (Place.ACCEPTED, ""),
        (Place.ACCEPTED, SAY),
        (Place.GONE, ""),
    ],
)
def test_what_a_dialled_leg_or_nobody_may_be_told_is_read(place: Place, inner: str) -> None:
    assert read_document(answer(inner), place).url == URL


def test_a_caller_who_has_heard_something_may_be_hung_up_on() -> None:
    assert outline(read_document(answer("<Hangup/>"), heard=True)) == "Hangup"


def test_relative_urls_mean_the_document_that_holds_them() -> None:
    document = read_document(answer('<Play>bell.mp3</Play><Redirect method="GET">../voice/next?a=1</Redirect>'))
    assert [verb.text for verb in document.verbs] == [
        "https://gw.example.com/voice/bell.mp3",
        "https://gw.example.com/voice/next?a=1",
    ]


def test_a_full_document_is_read_with_its_nouns_and_told_in_one_line() -> None:
    dial = (
        '<Dial action="/voice/a/1" answerOnBridge="true" callerId="+14155550199" method="POST" timeout="15">'
        '<Number url="/voice/w/1" statusCallback="/voice/s/1" statusCallbackEvent="initiated answered completed">'
        "+13125550142</Number></Dial>"
    )
    document = read_document(answer(SAY + dial))
    number = document.verbs[1].children[0]
    assert number.attributes["url"] == "https://gw.example.com/voice/w/1"
    assert number.path == "Dial[2]/Number[1]"
    assert outline(document).endswith("Dial timeout=15 (Number (+13125550142))")


def test_a_refusal_says_where_and_why_but_not_which_number() -> None:
    with pytest.raises(TwiMLRefused) as refused:
        read_document(answer('<Dial action="/voice/a"><Number>312-555-0142</Number></Dial>'))
    assert str(refused.value) == "13223 at Dial[1]/Number[1]: the number is not in E.164"
