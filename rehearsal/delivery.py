"""Carries signed webhooks to the gateway as Twilio does: time limit, retries and, if asked, several copies at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import urldefrag, urlencode, urlsplit, urlunsplit

from httpx2 import AsyncClient, ConnectError, ConnectTimeout, TimeoutException, TransportError

from rehearsal.markup.links import Overrides, read_overrides
from rehearsal.markup.reading import Answer
from rehearsal.pace import Pace
from rehearsal.signing import SigningKey, signed_headers, voice_url


class WebhookFailed(Exception):
    """No usable answer. ``code`` is Twilio's error code."""

    def __init__(self, code: str, where: str, why: str) -> None:
        super().__init__(code, where, why)
        self.code = code
        self.where = where
        self.why = why


@dataclass(frozen=True, slots=True)
class Webhook:
    method: str
    url: str
    fields: Mapping[str, str]
    token: str
    """The I-Twilio-Idempotency-Token, equal on all copies and retries."""


@dataclass(frozen=True, slots=True)
class Delivered:
    answer: Answer
    copies_agree: bool


@dataclass(frozen=True, slots=True)
class Door:
    """The way in: ``public_url`` is what Twilio was told and signs, ``connect_url`` where the gateway listens."""

    client: AsyncClient
    public_url: str
    connect_url: str
    key: SigningKey
    pace: Pace
    limit_s: float = 15.0
    copies: int = 1
    doubled: float = 0.0
    """Share of the webhooks that arrive twice at once, where ``copies`` does not say so of all."""

    def copies_of(self, webhook: Webhook) -> int:
        if self.copies > 1 or not self.doubled:
            return self.copies
        return 2 if Random(webhook.token).random() < self.doubled else 1  # noqa: S311 - repeatable on purpose

    async def deliver(self, webhook: Webhook) -> Delivered:
        """Raises ``WebhookFailed`` if every copy failed."""
        with self.pace.outside():
            sent = (self._send(webhook) for _ in range(self.copies_of(webhook)))
            came = await asyncio.gather(*sent, return_exceptions=True)
        answers = [one for one in came if isinstance(one, Answer)]
        if not answers:
            raise next(one for one in came if isinstance(one, BaseException))
        seen = {(one.status, one.content_type, one.body) for one in answers}
        return Delivered(answers[0], len(seen) == 1 and len(answers) == len(came))

    async def _send(self, webhook: Webhook) -> Answer:
        overrides = read_overrides(webhook.url)
        try:
            async with asyncio.timeout(min(self.limit_s, overrides.total_s)):
                return await self._try_all(webhook, overrides)
        except TimeoutError:
            raise WebhookFailed("11205", webhook.url, "no answer within the time limit") from None

    async def _try_all(self, webhook: Webhook, overrides: Overrides) -> Answer:
        for left in reversed(range(overrides.retries + 1)):
            try:
                answer = await self._try_once(webhook)
            except (ConnectError, ConnectTimeout):
                failed, why = WebhookFailed("11205", webhook.url, "nobody listens"), "ct"
            except TimeoutException:
                failed, why = WebhookFailed("11205", webhook.url, "no answer within the time limit"), "rt"
            except TransportError:
                raise WebhookFailed("11206", webhook.url, "the connection broke off") from None
            else:
                if 200 <= answer.status < 300:
                    return answer
                failed = WebhookFailed("11200", webhook.url, f"answered {answer.status}")
                why = f"{answer.status // 100}xx"
            if not left or not overrides.repeats(why):
                break
        raise failed

    async def _try_once(self, webhook: Webhook) -> Answer:
        url = urldefrag(webhook.url).url
        form = dict(webhook.fields)
        if webhook.method == "GET" and form:
            url += ("&" if "?" in url else "?") + urlencode(form)
            form = {}
        headers = signed_headers(self.key, voice_url(url), form, webhook.token)
        headers["Host"] = urlsplit(url).netloc.rpartition("@")[2]
        content = None
        if webhook.method == "POST":
            content = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        response = await self.client.request(
            webhook.method, self._inward(url), content=content, headers=headers, follow_redirects=False
        )
        return Answer(url, response.status_code, response.headers.get("content-type", ""), response.content)

    def is_ours(self, url: str) -> bool:
        asked, public = urlsplit(url), urlsplit(self.public_url)
        return (asked.scheme, asked.netloc) == (public.scheme, public.netloc)

    def _inward(self, url: str) -> str:
        asked, real = urlsplit(url), urlsplit(self.connect_url)
        if not self.is_ours(url):
            return url
        return urlunsplit((real.scheme, real.netloc, asked.path, asked.query, ""))
