"""Where landing pages post their forms: a post is answered when it is in the rows, or in the spool while these cannot
be written. Anything that looks wrong is answered like the rest and set aside."""

import secrets
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.errors import STATUSES, problem
from gateway.house import House
from gateway.landing.entry import FormPost, Taken, enter_form, keys_of, lost, taken
from gateway.landing.limits import MINUTE_S, ONCE, PER_ADDRESS, Often, sender
from gateway.landing.reading import Refusals, Submitted, may_post
from gateway.landing.token import LIFETIME, issued
from gateway.posted import MULTIPART, URLENCODED, Posted
from gateway.provider.outage import degraded, keep
from routing.rules.book import Book
from routing.rules.questions import Form

PATH = "/forms/{practice}/{form}"
SPOOL_BUDGET_S = 2.0
"""Nobody is on the line: a page can wait while many post at once."""
METHODS = "GET, POST, OPTIONS"
SCRIPT_HEADERS = "content-type, idempotency-key"
A_WHILE_S = 600


def forms_routes(house: House) -> list[Route]:
    return [
        Route(PATH, partial(on_post, house), methods=["POST"]),
        Route(PATH, partial(on_token, house), methods=["GET"]),
        Route(PATH, partial(on_preflight, house), methods=["OPTIONS"]),
    ]


def place(house: House, request: Request) -> tuple[Book, Form]:
    """:raises HTTPException: 404, and 503 while no practice file could be opened at all."""
    shelf = house.desk.shelf
    if not shelf.books:
        raise HTTPException(503, headers={"retry-after": "5"})
    book = shelf.book(request.path_params["practice"])
    form = book.forms.get(request.path_params["form"]) if book else None
    if book is None or form is None:
        raise HTTPException(404)
    return book, form


def for_script(form: Form, request: Request, **more: str) -> dict[str, str]:
    """A script of an exact origin of the practice file may read the answer; no other may, and no cookie is taken."""
    origin = request.headers.get("origin")
    allowed = {"access-control-allow-origin": origin} if origin and may_post(form, origin) else {}
    return {"vary": "origin", **(allowed | more if allowed else {})}


async def on_preflight(house: House, request: Request) -> Response:
    _, form = place(house, request)
    asked = {
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": SCRIPT_HEADERS,
        "access-control-max-age": str(A_WHILE_S),
    }
    headers = for_script(form, request, **asked)
    return Response(status_code=204 if len(headers) > 1 else 403, headers=headers)


async def on_token(house: House, request: Request) -> Response:
    """For pages that show a form by script: it says when the form was shown, and is good for one post."""
    book, form = place(house, request)
    token = issued(keys_of(house.settings), book.practice, form.id, secrets.token_hex(16), house.now())
    told = {"form_token": token, "expires_in_s": int(LIFETIME.total_seconds())}
    return JSONResponse(told, headers=for_script(form, request))


async def on_post(house: House, request: Request) -> Response:
    book, form = place(house, request)
    post = FormPost(book, form, submitted(request, await request.body()))
    read = taken(house.desk.db.vault, keys_of(house.settings), post, house.now())
    if isinstance(read, Refusals):
        return refused(house, request, form, read)
    post = watched(house, post, read)
    try:
        answer = await house.for_page(enter_form, house.reception, post, read, house.now())
    except Exception as error:
        # Whatever went wrong, somebody asked for help.
        degraded(house, error)
        if not await keep(house, lost(post, read.id, house.now()), SPOOL_BUDGET_S):
            raise HTTPException(503, headers={"retry-after": "5", **for_script(form, request)}) from None
        answer = read.id.encode()
    return accepted(request, form, read, answer)


def submitted(request: Request, body: bytes) -> Submitted:
    headers = request.headers
    peer = request.client.host if request.client else ""
    return Submitted(
        posted=Posted(headers.get("content-type", ""), body),
        address=sender(peer, headers),
        user_agent=headers.get("user-agent", ""),
        origin=headers.get("origin"),
        referrer=headers.get("referer", ""),
        idempotency_key=headers.get("idempotency-key"),
        language=headers.get("accept-language", "").partition(",")[0].strip(),
    )


def watched(house: House, post: FormPost, read: Taken) -> FormPost:
    """A copy is no further post: it becomes nothing."""
    at, of_form = house.now().timestamp(), Often(post.book.policies.forms_per_minute, MINUTE_S)
    if house.visits.too_often(read.id, (ONCE,), at):
        return post
    name = f"{post.book.practice} {post.form.id}"
    too_many = {
        "address_often": house.visits.too_often(f"{name} {post.submitted.address}", PER_ADDRESS, at),
        "form_often": house.visits.too_often(name, (of_form,), at),
    }
    return FormPost(post.book, post.form, post.submitted, tuple(trap for trap, hit in too_many.items() if hit))


def accepted(request: Request, form: Form, read: Taken, answer: bytes) -> Response:
    """The same whether it became a lead, joined one, was a repeat or was set aside: a stranger learns nothing."""
    if is_browser(request) and read.submission.redirect:
        return RedirectResponse(read.submission.redirect, 303)
    return JSONResponse({"id": answer.decode()}, 202, headers=for_script(form, request))


def is_browser(request: Request) -> bool:
    """A page that posts its form without a script asks for a page."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in (URLENCODED, MULTIPART) and "text/html" in request.headers.get("accept", "")


def refused(house: House, request: Request, form: Form, why: Refusals) -> Response:
    status = 422 if "*" not in why.fields else 400
    headers = for_script(form, request)
    if is_browser(request):
        labels = {one.name: one.label for one in form.fields}
        lines = [f"{labels.get(name, name)}: {code.replace('_', ' ')}" for name, code in sorted(why.fields.items())]
        return PlainTextResponse("Please go back and look at:\n\n" + "\n".join(lines), status, headers=headers)
    error_id = house.desk.new_id("er")
    house.log.info("refused", code="invalid", error_id=error_id)
    return problem(STATUSES[status], error_id, why.fields, headers)
