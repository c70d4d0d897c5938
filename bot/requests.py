"""What every HTTP request passes: it gets an id, is counted by route, and is sent away kindly when we go down."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web
from structlog.contextvars import bound_contextvars

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

    from bot.app import App

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
ALWAYS_SERVED = frozenset({"/healthz", "/readyz", "/metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def passing(app: "App") -> "Middleware":
    """The middleware of one house."""

    @web.middleware
    async def passed(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get(REQUEST_ID, "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        status = 500
        try:
            with bound_contextvars(request=name):
                response = await (_going_down() if _too_late(app, request) else handler(request))
            status = response.status
            if not response.prepared:
                response.headers[REQUEST_ID] = name
            return response
        except web.HTTPException as answer:
            status = answer.status
            answer.headers[REQUEST_ID] = name
            raise
        finally:
            method = request.method if request.method in METHODS else "other"
            app.metrics.requests.labels(method, _route(request), str(status)).inc()

    return passed


def _too_late(app: "App", request: web.Request) -> bool:
    return app.stopping and request.path not in ALWAYS_SERVED


async def _going_down() -> web.StreamResponse:
    error = {"code": "stopping", "message": "this server is going down; ask again in a moment"}
    response = web.json_response({"error": error}, status=503, headers={"Retry-After": "1"})
    response.force_close()
    return response


def _route(request: web.Request) -> str:
    """The pattern, not the path: labels must not grow with what people ask for."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "other"
