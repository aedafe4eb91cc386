"""The yardstick: a Starlette endpoint that does nothing, served as the gateway is."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def hello(request: Request) -> Response:
    return Response(b"hello", media_type="text/plain")


if __name__ == "__main__":
    app = Starlette(routes=[Route("/voice/incoming", hello, methods=["POST"])])
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False, proxy_headers=False)
