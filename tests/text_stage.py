"""Texts through the signed door of the gateway, one after the other or several at once, read as a phone shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from xml.etree.ElementTree import Element

import anyio
from defusedxml.ElementTree import fromstring
from httpx2 import ASGITransport, AsyncClient, Response

from gateway.app import app
from gateway.house import House
from rehearsal.signing import SigningKey, signature
from tests.rooms import Room
from tests.stage import ACCOUNT, PUBLIC, TOKEN

JAX, EVANSTON, NAPERVILLE = "+19045550134", "+18475550121", "+16305550122"
"""Tracking numbers that may send texts: of Harbor Recovery, and two of Lakeside Specialty."""
DETOX = "+18505550131"
"""One that may not."""
SENDER = "+19045550161"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of an answer, and where the provider reports on it."""

    text: str
    report: str


@dataclass
class TextStage:
    room: Room
    house: House
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def text(self, body: str, to: str = JAX, sender: str = SENDER, **more: str) -> list[Said]:
        """What the phone shows at once."""
        return read(self.post(self.fields(body, to, sender, **more)))

    def fields(self, body: str, to: str = JAX, sender: str = SENDER, **more: str) -> dict[str, str]:
        sid = f"SM{next(self.numbers):032x}"
        return {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": ACCOUNT,
            "From": sender,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
            **more,
        }

    def post(self, fields: Mapping[str, str], path: str = "/sms/incoming") -> Response:
        return self.post_all([fields], path)[0]

    def post_all(self, several: list[Mapping[str, str]], path: str = "/sms/incoming") -> list[Response]:
        """All at once."""
        url = path if path.startswith("http") else PUBLIC + path

        async def send() -> list[Response]:
            answers: list[Response | None] = [None] * len(several)
            async with AsyncClient(transport=ASGITransport(app(self.house))) as client:

                async def one(at: int) -> None:
                    headers = {"x-twilio-signature": signature(SigningKey(TOKEN), url, several[at].items())}
                    answers[at] = await client.post(url, data=dict(several[at]), headers=headers)

                async with anyio.create_task_group() as group:
                    for at in range(len(several)):
                        group.start_soon(one, at)
            return [each for each in answers if each]

        return anyio.run(send)

    def report(self, said: Said, status: str, sid: str = "SM" + "f" * 32, **more: str) -> Response:
        fields = {"MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT, "MessageStatus": status, **more}
        return self.post(fields, said.report)

    def thread(self) -> list[tuple[str, str]]:
        """Author and words of every message, in order."""
        rows = self.room.rows("messages")
        rows.sort(key=lambda row: (str(row["conversation_id"]), int(str(row["sequence"]))))
        unsealed, body = self.room.db.vault.unseal, self.room.table("messages").c.body
        return [(str(row["author"]), unsealed(body, str(row["id"]), row["body"])) for row in rows]  # type: ignore[arg-type]


def asks_nothing(room: Room, practice: str = "harbor-recovery") -> None:
    """Puts rules in force that want nothing more to be asked."""
    book = room.book(practice)
    rules = tuple(replace(rule, then=replace(rule.then, ask=())) for rule in book.rules)
    room.desk.shelf._shelve(replace(book, rules=rules))


def read(response: Response) -> list[Said]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/xml")
    document: Element = fromstring(response.text)
    assert document.tag == "Response"
    for message in document:
        assert message.tag == "Message"
        assert set(message.attrib) <= {"statusCallback"}
        assert message.text
        assert len(message.text) <= 1600
    return [Said(message.text or "", message.attrib.get("statusCallback", "")) for message in document]
