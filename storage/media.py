"""The media store: a local folder, addressed by content, with limits; photos lose their metadata on the way in."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.errors import MediaRefused, NoSealingKey, TooLarge, TooManyPixels, UnsupportedMedia
from storage.media_kinds import PHOTOS, SUFFIXES, check_declared, kind_of
from storage.media_rows import MediaRow, Stored
from storage.photos import clean_photo
from storage.sealing import Sealer

__all__ = ["MediaRefused", "MediaStore", "NoSealingKey", "Sealer", "TooLarge", "TooManyPixels", "UnsupportedMedia"]

MOST_BYTES = 20 * 1024 * 1024
YOUNG_SECONDS = 3600
SEALED, THUMBNAIL = ".sealed", ".thumb.jpg"
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: str
    size: int
    width: int | None = None
    height: int | None = None


class MediaStore:
    """Files below `folder`; what is known of each is a row (`work.media`), to be added by the caller."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, sealer: Sealer | None = None) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._sealer = sealer

    async def store(
        self, chunks: AsyncIterator[bytes], name: str, declared_type: str, *, sealed: bool = False
    ) -> Stored:
        """Take the file in; `work.media.add_stored` then gives it a row.

        It is streamed to a temporary file, checked and rewritten in a thread, and only then gets its place; with
        `sealed` (copies of identity papers) only encrypted, and without a thumbnail.
        Raises TooLarge, UnsupportedMedia, TooManyPixels, NoSealingKey; nothing is left behind then.
        """
        if sealed and self._sealer is None:
            raise NoSealingKey("no key to encrypt identity papers with ([media] keys)")
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".incoming-") as folder:
            incoming = Path(folder) / "incoming"
            head = await self._receive(chunks, incoming)
            kind, kept = await asyncio.to_thread(self._keep, incoming, head, declared_type, sealed)
        return Stored(kept.digest, _plain_name(name, kind), kind, kept.size, kept.width, kept.height, sealed)

    async def _receive(self, chunks: AsyncIterator[bytes], target: Path) -> bytes:
        """Write the chunks down and return the first of them."""
        head, size = b"", 0
        with target.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._most_bytes:
                    raise TooLarge(f"files may have {self._most_bytes} bytes at most")
                head += chunk[: max(0, _HEAD - len(head))]
                file.write(chunk)
        if not size:
            raise UnsupportedMedia("the file is empty")
        return head

    def _keep(self, incoming: Path, head: bytes, declared_type: str, sealed: bool) -> tuple[str, _Kept]:
        kind = kind_of(head, whole=incoming.stat().st_size <= _HEAD)
        check_declared(kind, declared_type)
        if kind not in PHOTOS:
            size = incoming.stat().st_size
            return kind, _Kept(self._place(incoming, kind, sealed), size)
        clean, small = incoming.with_name("clean"), incoming.with_name("small")
        width, height = clean_photo(incoming, kind, clean, small)
        size = clean.stat().st_size
        digest = self._place(clean, kind, sealed)
        if not sealed:
            self._move(small, self._path(digest, THUMBNAIL))
        return kind, _Kept(digest, size, width, height)

    def _place(self, file: Path, kind: str, sealed: bool) -> str:
        """Move the file to where its content says it belongs; the same content is kept once."""
        if sealed and self._sealer is not None:
            file.write_bytes(self._sealer.seal(file.read_bytes()))
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        self._move(file, self._path(digest, SEALED if sealed else SUFFIXES[kind]))
        return digest

    @staticmethod
    def _move(file: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as content:
            os.fsync(content.fileno())
        file.replace(target)

    def path(self, row: MediaRow) -> Path:
        """Where the file lies; it may be gone (erased on request)."""
        return self._path(row.digest, SEALED if row.sealed else SUFFIXES[row.type])

    def thumbnail(self, row: MediaRow) -> Path | None:
        """A small JPEG of a photo; None for other files, and for sealed ones."""
        return self._path(row.digest, THUMBNAIL) if row.type in PHOTOS and not row.sealed else None

    async def content(self, row: MediaRow) -> bytes:
        """The whole file as it was given. Raises FileNotFoundError, SealBroken, NoSealingKey."""
        return await self.unsealed(row) if row.sealed else await asyncio.to_thread(self.path(row).read_bytes)

    async def unsealed(self, row: MediaRow) -> bytes:
        """The content of a sealed file. Raises FileNotFoundError, SealBroken, NoSealingKey."""
        if self._sealer is None:
            raise NoSealingKey("no key to open identity papers with ([media] keys)")
        sealer, path = self._sealer, self.path(row)
        return await asyncio.to_thread(lambda: sealer.open(path.read_bytes()))

    async def remove(self, digest: str, now: datetime) -> bool:
        """Take the bytes away, thumbnail too; False for a file so young that somebody may just be storing it again."""
        return await asyncio.to_thread(self._remove, digest, now)

    def _remove(self, digest: str, now: datetime) -> bool:
        found = list((self._folder / digest[:2]).glob(f"{digest}.*"))
        if any(now.timestamp() - file.stat().st_mtime < YOUNG_SECONDS for file in found):
            return False
        for file in found:
            file.unlink(missing_ok=True)
        return True

    def _path(self, digest: str, suffix: str) -> Path:
        return self._folder / digest[:2] / f"{digest}{suffix}"


def _plain_name(name: str, kind: str) -> str:
    """The sender's name of the file without folders and control characters, ending in what it is."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(c for c in last if c.isprintable()).strip(". ")
    stem = printable.rpartition(".")[0] if "." in printable else printable
    return (stem[:80] or "file") + SUFFIXES[kind]
