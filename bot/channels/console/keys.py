"""Signed tokens: what the console hands out and must recognise later, in cookies and in media links."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable

Keys = Callable[[], tuple[bytes, ...]]
"""The keys of this moment: the first signs, all read. Each has at least 16 random bytes."""
LEAST_BYTES = 16


class Forged(Exception):
    """The token was not made by this key for this purpose."""


class Expired(Exception):
    """The token is ours but its time is over."""


class Signer:
    """HMAC-SHA-256 over purpose, values and expiry; a token for one purpose is worthless for another."""

    def __init__(self, keys: Keys) -> None:
        if not keys() or any(len(key) < LEAST_BYTES for key in keys()):
            raise ValueError(f"a signing key must have at least {LEAST_BYTES} bytes")
        self._keys = keys

    def sign(self, purpose: str, values: tuple[str, ...], expires: int) -> str:
        """Make a URL-safe token that is good until `expires` (Unix seconds)."""
        body = json.dumps([*values, expires], ensure_ascii=False, separators=(",", ":")).encode()
        return f"{_encode(body)}.{_encode(_mac(self._keys()[0], purpose, body))}"

    def read(self, purpose: str, token: str, now: float) -> tuple[str, ...]:
        """Return the values that were signed. Raises Forged, Expired."""
        body_text, dot, mac_text = token.partition(".")
        if not dot:
            raise Forged
        body, mac = _decode(body_text), _decode(mac_text)
        # A list, not any(): the time taken tells nothing of which key it was.
        if True not in [hmac.compare_digest(mac, _mac(key, purpose, body)) for key in self._keys()]:
            raise Forged
        *values, expires = json.loads(body)
        if now >= expires:
            raise Expired
        return tuple(values)


def _mac(key: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, hashlib.sha256)


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
