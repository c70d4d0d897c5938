"""Signed tokens: what the console hands out and must recognise later, in cookies and in media links."""

import base64
import binascii
import hashlib
import hmac
import json


class Forged(Exception):
    """The token was not made by this key for this purpose."""


class Expired(Exception):
    """The token is ours but its time is over."""


class Signer:
    """HMAC-SHA-256 over purpose, values and expiry; a token for one purpose is worthless for another."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the signing key must have at least 16 bytes")
        self._key = key

    def sign(self, purpose: str, values: tuple[str, ...], expires: int) -> str:
        """Make a URL-safe token that is good until `expires` (Unix seconds)."""
        body = json.dumps([*values, expires], ensure_ascii=False, separators=(",", ":")).encode()
        return f"{_encode(body)}.{_encode(self._mac(purpose, body))}"

    def read(self, purpose: str, token: str, now: float) -> tuple[str, ...]:
        """Return the values that were signed. Raises Forged, Expired."""
        body_text, dot, mac_text = token.partition(".")
        if not dot:
            raise Forged
        body, mac = _decode(body_text), _decode(mac_text)
        if not hmac.compare_digest(mac, self._mac(purpose, body)):
            raise Forged
        *values, expires = json.loads(body)
        if now >= expires:
            raise Expired
        return tuple(values)

    def _mac(self, purpose: str, body: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + body, hashlib.sha256)


def same_secret(given: str, wanted: str) -> bool:
    """Compare in constant time, whatever characters the two have and however long they are."""
    return hmac.compare_digest(_digest(given), _digest(wanted))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Forged from error
