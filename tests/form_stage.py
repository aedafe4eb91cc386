"""Landing pages that post their forms to the gateway, one after the other or several at once."""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from httpx2 import ASGITransport, AsyncClient, Response

from gateway.app import app
from gateway.house import House
from tests.rooms import Room
from tests.stage import PUBLIC

LAKESIDE, HARBOR = "lakeside-specialty", "harbor-recovery"
PAGE = "https://www.lakeside-specialty.example"
ANA: Mapping[str, Any] = {
    "name": "Ana Reyes",
    "phone": "+1 847 555 0141",
    "city": "Skokie",
    "patient": "new",
    "reason": "knee pain",
    "consent_calls": "yes",
    "consent_texts": "yes",
}


@dataclass
class FormStage:
    room: Room
    house: House

    def post(self, form: str = "lp-101", practice: str = LAKESIDE, /, **fields: Any) -> Response:
        """Ana's form with these changes; None leaves a field out."""
        return self.post_all([fields], form, practice)[0]

    def post_all(
        self, several: Sequence[Mapping[str, Any]], form: str = "lp-101", practice: str = LAKESIDE
    ) -> list[Response]:
        """All at once, each from an address of its own."""
        bodies = [{name: text for name, text in {**ANA, **fields}.items() if text is not None} for fields in several]
        asks = [
            ("POST", f"/forms/{practice}/{form}", json.dumps(body), self.headers(at)) for at, body in enumerate(bodies)
        ]
        return self.ask_all(asks)

    @staticmethod
    def headers(at: int = 0) -> dict[str, str]:
        return {"content-type": "application/json", "x-forwarded-for": f"203.0.{at // 250}.{at % 250 + 1}"}

    def ask(
        self, method: str, path: str, body: str | bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        return self.ask_all([(method, path, body, headers or {})])[0]

    def ask_all(self, asks: Sequence[tuple[str, str, str | bytes, Mapping[str, str]]]) -> list[Response]:
        async def send() -> list[Response]:
            answers: list[Response | None] = [None] * len(asks)
            async with AsyncClient(transport=ASGITransport(app(self.house)), base_url=PUBLIC) as client:

                async def one(at: int) -> None:
                    method, path, body, headers = asks[at]
                    answers[at] = await client.request(method, path, content=body, headers=dict(headers))

                async with anyio.create_task_group() as group:
                    for at in range(len(asks)):
                        group.start_soon(one, at)
            return [each for each in answers if each is not None]

        return anyio.run(send)

    def lead_of(self, answer: Response) -> Mapping[str, object]:
        """The lead behind the id that a page was told."""
        assert answer.status_code == 202, answer.text
        inquiry = self.room.row("inquiries", id=answer.json()["id"])
        return self.room.row("leads", id=inquiry["lead_id"])


CALLRAIL_SECRET = "an-invented-signing-key-of-callrail"


def callrail(stage: FormStage, practice: str = LAKESIDE, secret: str = CALLRAIL_SECRET, **report: Any) -> Response:
    """A signed report as the tracking provider sends it."""
    body = json.dumps({"timestamp": stage.room.now.isoformat(), "resource_id": "CAL1", **report}).encode()
    mark = base64.b64encode(hmac.digest(secret.encode(), body, "sha1")).decode()
    headers = {"content-type": "application/json", "signature": mark}
    return stage.ask("POST", f"/sources/{practice}/callrail", body, headers)
