"""What every request passes before it is served, and what every answer carries."""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from bot.channels.console.answers import BadRequest, SignIn, answer, refusal
from bot.channels.console.page import key_page
from bot.channels.console.port import DeskError, NotAllowed
from bot.channels.console.sessions import Sessions
from bot.channels.console.settings import ConsoleSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE_METHODS = frozenset({"GET", "HEAD"})
HOST = re.compile(r"(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,255}))(?::[0-9]{1,5})?")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": PAGE_POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

log = logging.getLogger(__name__)


class Guard:
    def __init__(self, settings: ConsoleSettings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions

    def protect(self, handler: Handler, *, keyless: bool = False) -> Handler:
        """Wrap a handler; `keyless` ones, which hold nothing secret, are served without the access key."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._check_address(request)
                self._check_origin(request)
                response: web.StreamResponse = (None if keyless else self._ask_for_key(request)) or await handler(
                    request
                )
            except DeskError as error:
                response = refusal(error)
            except web.HTTPException as error:
                response = _reshaped(error)
            except (ConnectionError, web.RequestPayloadError):
                response = refusal(BadRequest("the request broke off"))
            except Exception:
                reference = secrets.token_hex(4)
                log.exception("console request failed, reference %s: %s %r", reference, request.method, request.path)
                error_body = {"code": "internal", "message": f"something broke; reference {reference}"}
                response = answer({"error": error_body}, 500)
            if not response.prepared:
                for name, value in HEADERS.items():
                    response.headers.setdefault(name, value)
            return response

        return guarded

    def _check_address(self, request: web.Request) -> None:
        """Refuse names that are not ours (they may be rebound), and proxies nobody told us about."""
        hosts = request.headers.getall("Host", [])
        found = HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        if found is None or not self._settings.knows_host(found[1] or found[2]):
            raise NotAllowed("this console does not answer to that host name")
        if self._settings.access_key is None and any(map(_is_forwarded, request.headers)):
            raise NotAllowed("behind a proxy the console needs an access key")

    def _check_origin(self, request: web.Request) -> None:
        """Refuse what another site's page sends; a navigation from there may still open the page itself."""
        origin = request.headers.get("Origin")
        if origin is not None:
            ours = {f"http://{request.headers['Host']}".lower(), self._settings.public_origin}
            if origin.lower() not in ours:
                raise NotAllowed("requests from other sites are refused")
        site = request.headers.get("Sec-Fetch-Site", "none")
        navigates = request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if site not in {"same-origin", "none"} and not navigates:
            raise NotAllowed("requests from other sites are refused")

    def _ask_for_key(self, request: web.Request) -> web.Response | None:
        """Return what to answer instead of serving: the exchange of the key for the cookie, or the page that asks."""
        if self._sessions.has_access(request):
            if "key" in request.query and request.method == "GET":
                return self._sessions.exchange(request)
            return None
        if request.method == "GET" and self._sessions.is_key(request.query.get("key", "")):
            return self._sessions.exchange(request)
        if request.method == "GET" and request.path == "/" and "Authorization" not in request.headers:
            return key_page()
        response = refusal(SignIn("the access key is missing or wrong"))
        response.headers["WWW-Authenticate"] = "Bearer"
        return response


def _is_forwarded(header: str) -> bool:
    name = header.lower()
    return name in {"forwarded", "x-real-ip"} or name.startswith("x-forwarded")


def _reshaped(error: web.HTTPException) -> web.Response:
    """Give aiohttp's own refusals the API's shape."""
    code = "too_large" if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else "bad_request"
    return answer({"error": {"code": code, "message": error.reason}}, error.status)
