"""The widget in a real browser, on a page of another origin that allows nothing but what the docs tell it to allow."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
import redis

from gateway.keeping.embedded import Valkey
from tests.chat_stage import ChatStage, chat_stage, served, with_origin
from tests.chromium import PROGRAM, Tab, tab
from tests.rooms import NEW_YORK, opened_room

NIGHT = datetime(2026, 11, 17, 22, 30, tzinfo=NEW_YORK)
POLICY = "default-src 'none'; script-src {gateway}; connect-src {gateway} {socket}; base-uri 'none'; "
TRUSTED = "require-trusted-types-for 'script'"
PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A page of the practice</title><h1>Harbor Recovery</h1><a id="before" href="#x">A link</a>
<script src="{gateway}/chat/harbor-recovery/widget.js" async></script>"""
ROOT = "document.querySelector('leadline-chat').shadowRoot"

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on PATH")


@asynccontextmanager
async def pages(gateway: str) -> AsyncIterator[str]:
    """A web server of another origin; ``/es`` is in Spanish."""

    async def served_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(65_536)
        language = "es" if head.startswith(b"GET /es") else "en"
        body = PAGE.format(gateway=gateway, language=language).encode()
        policy = POLICY.format(gateway=gateway, socket=gateway.replace("http", "ws")) + TRUSTED
        lines = ("HTTP/1.1 200 OK", "content-type: text/html", f"content-security-policy: {policy}")
        if head:  # a browser opens lines that it may need
            writer.write(
                "\r\n".join((*lines, f"content-length: {len(body)}", "connection: close", "", "")).encode() + body
            )
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    serving = set[asyncio.Task[None]]()
    server = await asyncio.start_server(
        lambda *streams: serving.add(asyncio.create_task(served_page(*streams))), "127.0.0.1", 0
    )
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
        await asyncio.gather(*serving, return_exceptions=True)


@pytest.fixture
def chats(sqlite_room_url: str, live: redis.Redis, valkey: Valkey, tmp_path: Path) -> Iterator[ChatStage]:
    with opened_room(sqlite_room_url, live) as room, chat_stage(room, tmp_path, valkey.url) as stage:
        yield stage


async def lines(page: Tab) -> list[str]:
    """What the log shows, from top to bottom."""
    return list(await page.value(f"[...{ROOT}.querySelectorAll('li p')].map((line) => line.textContent)"))


async def shows(page: Tab, count: int) -> list[str]:
    await page.until(f"{ROOT}.querySelectorAll('li:not(.wait)').length === {count}")
    return await lines(page)


async def where(page: Tab, words: str) -> None:
    await page.until(f"{ROOT}.querySelector('.panel').textContent.includes({words!r})")


async def write(page: Tab, text: str) -> None:
    await page.value(f"{ROOT}.querySelector('textarea').focus()")
    await page.type(text)


async def answer(chats: ChatStage, words: str) -> None:
    conversation, owner = chats.room.row("conversations")["id"], chats.room.row("leads")["owner_id"]
    status, _ = await chats.api("POST", f"/conversations/{conversation}/messages", coordinator=owner, body=words)
    assert status == 201


async def arrive(page: Tab, url: str) -> None:
    await page.visit(url)
    await page.until("document.querySelector('leadline-chat')?.shadowRoot !== undefined")


def test_a_chat_by_keyboard_over_page_loads_and_a_gateway_that_goes_away(chats: ChatStage, tmp_path: Path) -> None:
    async def scene() -> None:
        async with pages(chats.url) as site, tab(tmp_path) as page:
            with_origin(chats.room, site)
            await talk(chats, page, site)
            await night(chats, page, site)
            assert page.complaints == []

    chats.play(scene)


async def talk(chats: ChatStage, page: Tab, site: str) -> None:
    await arrive(page, site)
    assert not chats.room.rows("chat_sessions")
    await page.value("document.querySelector('#before').focus()")
    await page.press("Tab")
    assert await page.value(f"{ROOT}.activeElement.getAttribute('aria-label')") == "Open chat"
    await page.press("Enter")
    await where(page, "somebody here will answer")
    assert await page.value(f"{ROOT}.activeElement.tagName") == "TEXTAREA"
    await page.type("hello <b>there</b>")
    await page.press("Enter")
    assert (await shows(page, 2))[0] == "hello <b>there</b>"
    await where(page, "Finding somebody for you")
    await answer(chats, "Hello, how can I help?")
    await where(page, "is here")
    assert (await shows(page, 3))[2] == "Hello, how can I help?"

    await write(page, "half a sent")
    await page.visit(f"{site}/another-page")
    assert len(await shows(page, 3)) == 3
    assert await page.value(f"{ROOT}.querySelector('textarea').value") == "half a sent"

    await page.value(f"{ROOT}.querySelector('textarea').focus()")
    await page.press("Escape")
    assert await page.value(f"{ROOT}.activeElement.className") == "launch"
    await page.visit(site)
    await page.until(f"{ROOT}.querySelectorAll('li').length === 3")
    assert await page.value(f"{ROOT}.querySelector('.count').hidden")
    await page.value(f"{ROOT}.querySelector('.launch').focus()")
    await answer(chats, "Still there?")
    await page.until(f"{ROOT}.querySelector('.count').textContent === '1'")
    await page.press("Enter")
    assert len(await shows(page, 4)) == 4
    await named(page)


async def named(page: Tab) -> None:
    """Everything that can be used has a name, the log is one, and what changes is told."""
    tree = (await page.tell("Accessibility.getFullAXTree"))["nodes"]
    roles = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]]
    used = {"button", "textbox", "checkbox", "radio", "link", "dialog", "log"}
    assert all(name for role, name in roles if role in used)
    assert {"dialog", "log", "textbox", "status"} <= {role for role, _ in roles}
    assert ("dialog", "Harbor Recovery") in roles


async def night(chats: ChatStage, page: Tab, site: str) -> None:
    """A form instead of a dead chat, in the page's language."""
    chats.room.now = NIGHT
    await page.value("sessionStorage.clear()")
    await arrive(page, f"{site}/es")
    await page.value(f"{ROOT}.querySelector('.launch').click()")
    await where(page, "cerrados. Deje un mensaje y un número; le responderemos el miércoles, 8:00")
    assert not await page.value(f"{ROOT}.querySelector('.number').hidden")
    await page.value(f"{ROOT}.querySelector('.number .go').click()")
    assert await page.value(f"{ROOT}.activeElement.name") == "phone"
    await where(page, "Escriba un número")
    await page.type("(904) 555-0164")
    await page.value(f"{ROOT}.querySelector('[name=consent]').click()")
    await write(page, "necesito una cita")
    await page.value(f"{ROOT}.querySelector('.number').requestSubmit()")
    said = await shows(page, 4)
    assert said[0] == "necesito una cita"
    assert said[2] == "Escríbanme, por favor: +19045550164"
    assert chats.room.row("consents")["channel"] == "text"
    await page.until(f"{ROOT}.querySelector('.number').hidden")


def test_what_is_written_while_the_gateway_is_away_is_kept_and_sent_once(
    sqlite_room_url: str, live: redis.Redis, valkey: Valkey, tmp_path: Path
) -> None:
    with opened_room(sqlite_room_url, live) as room:
        with chat_stage(room, tmp_path, valkey.url) as chats:
            house, url = chats.house, chats.url

        async def scene() -> None:
            async with pages(url) as site, tab(tmp_path) as page:
                with_origin(room, site)
                await outage(page, site)

        async def outage(page: Tab, site: str) -> None:
            port = int(url.rpartition(":")[2])
            with served(house, port):
                await arrive(page, site)
                await page.value(f"{ROOT}.querySelector('.launch').click()")
                await where(page, "somebody here will answer")
                await write(page, "before")
                await page.press("Enter")
                await shows(page, 2)
            await where(page, "onnect")
            await write(page, "while you were away")
            await page.press("Enter")
            await where(page, "Waiting for the connection")
            with served(house, port):
                await page.value("dispatchEvent(new Event('online'))")
                assert (await shows(page, 3))[2] == "while you were away"
                await asyncio.sleep(0)
            said = [str(row["sequence"]) for row in room.rows("messages", direction="inbound")]
            assert len(said) == len(set(said)) == 2

        chats.play(scene)
