"""The pages of the phone booth: plain HTML, no scripts."""

from collections.abc import Sequence
from html import escape
from string import Template

from starlette.responses import HTMLResponse

from rehearsal.directory import Directory
from rehearsal.legs import Leg
from rehearsal.transcript import Line, written

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">$refresh</head>
<body><h1>$title</h1>
$body
</body></html>
"""
)
FORM = Template(
    """<form method="post" action="/calls">
<p><label>Call <select name="to">$numbers</select></label></p>
<p><label>From <input name="from" inputmode="tel" placeholder="a new number"></label></p>
<p><label>Coordinators <select name="habit">$habits</select></label></p>
<p><button>Place a call</button></p>
</form>"""
)


def _page(title: str, body: str, refresh: str = "") -> HTMLResponse:
    return HTMLResponse(PAGE.substitute(title=escape(title), body=body, refresh=refresh), headers=SECURITY)


def booth_page(directory: Directory, habits: Sequence[str]) -> HTMLResponse:
    numbers = "".join(
        f'<option value="{escape(one.number)}">{escape(one.number)} {escape(one.label)}</option>'
        for one in directory.tracked
    )
    choices = "".join(f"<option>{escape(habit)}</option>" for habit in habits)
    if not directory.tracked:
        return _page("Phone booth", "<p>No practice has a tracking number yet.</p>")
    return _page("Phone booth", FORM.substitute(numbers=numbers, habits=choices))


def call_page(leg: Leg, lines: list[Line], finished: bool) -> HTMLResponse:
    """Looks again every second until the call is over."""
    refresh = "" if finished else '<meta http-equiv="refresh" content="1">'
    body = (
        f'<pre>{escape(written(lines))}</pre>\n<p>{escape(leg.status)}</p>\n<p><a href="/">Place another call</a></p>'
    )
    return _page(f"Call to {leg.to}", body, refresh)
