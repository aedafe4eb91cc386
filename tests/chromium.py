"""A real browser without a screen, driven over its own debugging protocol."""

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from httpx2 import AsyncClient
from websockets.asyncio.client import ClientConnection, connect

PROGRAM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
)
PATIENT_S = 30.0


@dataclass
class Tab:
    """``complaints`` are exceptions and refusals of the page's own policy."""

    line: ClientConnection
    complaints: list[str] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _answers: dict[int, "asyncio.Future[dict[str, Any]]"] = field(default_factory=dict)

    async def listen(self) -> None:
        async for text in self.line:
            told = json.loads(text)
            waiting = self._answers.pop(told.get("id", 0), None)
            if waiting:
                waiting.set_result(told)
            elif told.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(str(told["params"]["exceptionDetails"]))
            elif told.get("method") == "Log.entryAdded" and told["params"]["entry"]["source"] in (
                "security",
                "javascript",
            ):
                self.complaints.append(told["params"]["entry"]["text"])

    async def tell(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self.line.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(PATIENT_S):
            told = await self._answers[number]
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']}")
        return dict(told["result"])

    async def value(self, script: str) -> Any:
        told = await self.tell("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"])[:500])
        return told["result"].get("value")

    async def until(self, script: str) -> Any:
        """The first value that is true."""
        async with asyncio.timeout(PATIENT_S):
            while not (found := await self.value(script)):
                await asyncio.sleep(0.03)
        return found

    async def visit(self, url: str) -> None:
        await self.tell("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def type(self, text: str) -> None:
        await self.tell("Input.insertText", text=text)

    async def press(self, key: str, shift: bool = False) -> None:
        codes = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, "")}
        code, text = codes[key]
        given = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        await self.tell("Input.dispatchKeyEvent", type="keyDown", **given, **({"text": text} if text else {}))
        await self.tell("Input.dispatchKeyEvent", type="keyUp", **given)

    async def size(self, width: int, height: int, dark: bool = False) -> None:
        is_phone = width < 500
        await self.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.tell("Emulation.setEmulatedMedia", features=[scheme])

    async def picture(self, path: Path) -> None:
        told = await self.tell("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(told["data"]))


@asynccontextmanager
async def tab(folder: Path) -> AsyncIterator[Tab]:
    """One page in a fresh profile; the browser ends with the block."""
    assert PROGRAM
    profile = folder / "profile"
    command = [PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with (folder / "chromium.log").open("wb") as log:
        browser = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        port = await debugging_port(profile / "DevToolsActivePort")
        async with AsyncClient() as client:
            pages = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
        url = next(each["webSocketDebuggerUrl"] for each in pages if each["type"] == "page")
        async with connect(url, max_size=None, compression=None) as line:
            opened = Tab(line)
            listening = asyncio.create_task(opened.listen())
            for domain in ("Page", "Runtime", "Log"):
                await opened.tell(f"{domain}.enable")
            yield opened
            listening.cancel()
    finally:
        browser.terminate()
        browser.wait(10)


async def debugging_port(file: Path) -> int:
    async with asyncio.timeout(PATIENT_S):
        while not (file.exists() and file.read_text().partition("\n")[0]):
            await asyncio.sleep(0.02)
    return int(file.read_text().partition("\n")[0])
