"""Encryption at rest for copies of identity papers: AES-256-GCM with a key that never lies beside the files.

A sealed file begins with a mark, the name of its key and a nonce. Keys are rotated by putting a new one first: what was
sealed under an older one is opened as long as that one is still listed.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence

MARK = b"HYS1"
_KEY_NAME, _NONCE = 8, 12
_HEAD = len(MARK) + _KEY_NAME + _NONCE


class SealBroken(Exception):
    """The file was changed, or the key that sealed it is not listed any more."""


def key_of(text: str) -> bytes:
    """The 32 bytes behind their base64 text; raises ValueError for anything else."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != 32:
        raise ValueError(f"{len(key)} bytes, not 32")
    return key


class Sealer:
    """`keys` in base64, the one to seal with first; at least one."""

    def __init__(self, keys: Sequence[str]) -> None:
        found = [key_of(text) for text in keys]
        self._keys = {_name(key): key for key in found}
        self._current = found[0]

    def seal(self, content: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head = MARK + _name(self._current)
        nonce = secrets.token_bytes(_NONCE)
        return head + nonce + AESGCM(self._current).encrypt(nonce, content, head)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; raises SealBroken."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head, nonce = sealed[: len(MARK) + _KEY_NAME], sealed[len(MARK) + _KEY_NAME : _HEAD]
        key = self._keys.get(head[len(MARK) :])
        if not head.startswith(MARK) or key is None:
            raise SealBroken("sealed under a key that is not listed")
        try:
            return AESGCM(key).decrypt(nonce, sealed[_HEAD:], head)
        except InvalidTag as error:
            raise SealBroken("the file was changed") from error


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"huiyin media key" + key).digest()[:_KEY_NAME]
