"""Multipart messages: files are handed on as they arrive, never held whole in memory."""

import mimetypes
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from aiohttp import (
    BadContentDispositionHeader,
    BadContentDispositionParam,
    BodyPartReader,
    MultipartReader,
    web,
)
from aiohttp.http_exceptions import HttpProcessingError

from bot.channels.console.answers import BadRequest
from bot.channels.console.port import Desk, Incoming, TooLarge, Upload
from bot.channels.console.reading import incoming, storable

MOST_UPLOAD = 20 * 1024 * 1024
MOST_FILES = 10
MOST_FIELD = 64 * 1024
MOST_FIELDS = 32
MOST_NAME = 120
CHUNK = 64 * 1024
ODD_HEADERS = (BadContentDispositionHeader, BadContentDispositionParam)
"""Warnings by their class; where warnings are errors, they are raised."""
PLAIN_ENCODINGS = frozenset({"", "binary", "8bit", "7bit"})


async def multipart_message(request: web.Request, desk: Desk, person_id: str) -> Incoming:
    """Store the files and read the other fields. Raises BadRequest, TooLarge, UnsupportedMedia."""
    fields: dict[str, Any] = {}
    media: list[str] = []
    with _broken_body_refused():
        reader = await request.multipart()
    for _ in range(MOST_FIELDS):
        part = await _next(reader)
        if part is None:
            return incoming(fields, tuple(media))
        if part.name == "files":
            if len(media) == MOST_FILES:
                raise TooLarge(f"at most {MOST_FILES} files at once")
            media.append(await desk.store_media(person_id, await _upload(part)))
        else:
            fields[str(part.name)] = await _field(part)
    raise TooLarge(f"at most {MOST_FIELDS} fields")


@contextmanager
def _broken_body_refused() -> Iterator[None]:
    """The multipart reader raises whatever it stumbles over."""
    try:
        yield
    except (
        ValueError,
        AssertionError,
        RuntimeError,
        LookupError,
        EOFError,
        HttpProcessingError,
        *ODD_HEADERS,
    ) as error:
        raise BadRequest("the multipart body is broken") from error


async def _next(reader: MultipartReader) -> BodyPartReader | None:
    with _broken_body_refused():
        part = await reader.next()
        if part is not None and (isinstance(part, MultipartReader) or part.name is None):
            raise BadRequest("only plain form fields are read")
        return part


async def _read(part: BodyPartReader) -> bytes:
    with _broken_body_refused():
        return await part.read_chunk(CHUNK)


async def _field(part: BodyPartReader) -> str:
    body = bytearray()
    while chunk := await _read(part):
        body += chunk
        if len(body) > MOST_FIELD:
            raise TooLarge(f"{part.name} is too long")
    with _broken_body_refused():
        return body.decode("utf-8")


async def _upload(part: BodyPartReader) -> Upload:
    if part.headers.get("Content-Transfer-Encoding", "").lower() not in PLAIN_ENCODINGS:
        raise BadRequest("files are sent as they are, not encoded")
    first = await _read(part)
    if not first:
        raise BadRequest("a file is empty")
    declared = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()[:100]
    return Upload(_name(part.filename, declared), declared or "application/octet-stream", _chunks(part, first))


async def _chunks(part: BodyPartReader, first: bytes) -> AsyncIterator[bytes]:
    size, chunk = 0, first
    while chunk:
        size += len(chunk)
        if size > MOST_UPLOAD:
            raise TooLarge("a file is larger than 20 MiB")
        yield chunk
        chunk = await _read(part)


def _name(given: str | None, declared: str) -> str:
    """Keep the last part of the name only, without what could steer a terminal or a file system.

    Browsers escape quotes in names as %22, some clients whatever is not ASCII.
    """
    last = unquote(given or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and storable(c)).strip(". ")
    return kept[-MOST_NAME:] or f"file{mimetypes.guess_extension(declared) or ''}"
