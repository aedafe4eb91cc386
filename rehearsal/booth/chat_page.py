"""A page as a practice would have it, with the chat widget on it and a policy that allows nothing else."""

from html import escape

from starlette.responses import HTMLResponse, Response

from rehearsal.booth.door import HEADERS
from rehearsal.scenario import Stage

PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{name}</title>
<h1>{name}</h1>
<p>A page of the practice. Its chat is in the corner; whoever is offered it answers through the API.</p>
<script src="{gateway}/chat/{practice}/widget.js" async></script>
"""


def chat_page(stage: Stage, practice: str, language: str) -> Response:
    book = stage.directory.book_of(practice)
    if book is None or book.chat is None:
        return HTMLResponse("no such page", 404)
    gateway = stage.connect_url
    socket = f"ws{gateway.removeprefix('http')}"
    policy = f"default-src 'none'; script-src {gateway}; connect-src {gateway} {socket}; base-uri 'none'"
    spoken = language if language in book.languages else book.languages[0]
    told = PAGE.format(language=spoken, name=escape(book.name), gateway=gateway, practice=book.practice)
    return HTMLResponse(told, headers={**HEADERS, "Content-Security-Policy": policy})
