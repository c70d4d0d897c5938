"""Who is looking: the access key, and the one person that a session outside a demo is bound to."""

import hashlib
from http import HTTPStatus

from aiohttp import web

from bot.channels.console.answers import SignIn
from bot.channels.console.keys import Expired, Forged, Signer, same_secret
from bot.channels.console.port import Desk, NotAllowed
from bot.channels.console.settings import ConsoleSettings

ACCESS_COOKIE = "huiyin_access"
PERSON_COOKIE = "huiyin_person"
ACCESS_SECONDS = 30 * 24 * 3600
PERSON_SECONDS = 12 * 3600


class Sessions:
    def __init__(self, desk: Desk, settings: ConsoleSettings, signer: Signer) -> None:
        self._desk = desk
        self._settings = settings
        self._signer = signer

    def has_access(self, request: web.Request) -> bool:
        """Tell whether the access key was shown, as a bearer token or by the cookie it was exchanged for."""
        if self._settings.access_key is None:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_key(given.strip()):
            return True
        return self._cookie(request, ACCESS_COOKIE, self._access_purpose()) is not None

    def is_key(self, given: str) -> bool:
        return self._settings.access_key is not None and same_secret(given, self._settings.access_key)

    def exchange(self, request: web.Request) -> web.Response:
        """Answer `?key=…` with the cookie and the same address without the key, so that it stays in no history."""
        rest = request.rel_url.without_query_params("key")
        location = rest.raw_path + (f"?{rest.raw_query_string}" if rest.raw_query_string else "")
        headers = {"Location": location, "Cache-Control": "no-store"}
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers=headers)
        self._set_cookie(response, ACCESS_COOKIE, self._access_purpose(), "", ACCESS_SECONDS)
        return response

    def person_id(self, request: web.Request) -> str | None:
        """Return whom the session is bound to; in a demo nobody is."""
        if self._desk.demo:
            return None
        values = self._cookie(request, PERSON_COOKIE, PERSON_COOKIE)
        return values[0] if values else None

    def must_be(self, request: web.Request, person_id: str) -> None:
        """Outside a demo only the session's own person is served. Raises SignIn, NotAllowed."""
        if self._desk.demo:
            return
        own = self.person_id(request)
        if own is None:
            raise SignIn("open a session with a one-time code first")
        if own != person_id:
            raise NotAllowed("this session belongs to somebody else")

    def open(self, response: web.Response, person_id: str) -> None:
        self._set_cookie(response, PERSON_COOKIE, PERSON_COOKIE, person_id, PERSON_SECONDS)

    def close(self, response: web.Response) -> None:
        response.del_cookie(PERSON_COOKIE, path="/")

    def _access_purpose(self) -> str:
        """A cookie made for one access key is worthless once the key is changed."""
        key = (self._settings.access_key or "").encode("utf-8", "surrogatepass")
        return f"{ACCESS_COOKIE}:{hashlib.sha256(key).hexdigest()}"

    def _cookie(self, request: web.Request, name: str, purpose: str) -> tuple[str, ...] | None:
        try:
            return self._signer.read(purpose, request.cookies.get(name, ""), self._settings.unix_now())
        except (Forged, Expired):
            return None

    def _set_cookie(self, response: web.Response, name: str, purpose: str, value: str, seconds: int) -> None:
        token = self._signer.sign(purpose, (value,), int(self._settings.unix_now()) + seconds)
        secure = self._settings.secure_cookies
        response.set_cookie(name, token, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=secure)
