"""Reading what a request says: every number, text and duration is checked here before anybody else sees it."""

import json
import re
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.channels.console.answers import BadJson, BadRequest
from bot.channels.console.port import Incoming, TooLarge

MOST_BODY = 1024 * 1024
MOST_TEXT = 8_000
MOST_CLIENT_ID = 64
MOST_VALUE = 512
MOST_ID = 2**63 - 1
LONGEST_ADVANCE = timedelta(days=400)

WHOLE = re.compile(r"[0-9]{1,18}")
SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W|(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?)",
    re.ASCII,
)


async def json_object(request: web.Request) -> dict[str, Any]:
    """Read a JSON object of at most 1 MiB. Raises BadJson, BadRequest, TooLarge."""
    body = await _body(request)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadJson("the body is not JSON") from error
    if not isinstance(found, dict):
        raise BadRequest("the body must be a JSON object")
    return found


async def _body(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MOST_BODY:
            raise TooLarge("the body is larger than 1 MiB")
    return bytes(body)


def incoming(fields: dict[str, Any], media: tuple[str, ...] = ()) -> Incoming:
    """Check what somebody says: a text, files, or a press, never a press with anything else."""
    text = _text(fields, "text", MOST_TEXT)
    press = _text(fields, "press", MOST_VALUE)
    message = fields.get("message")
    client_id = _text(fields, "client_id", MOST_CLIENT_ID)
    if client_id == "":
        raise BadRequest("client_id must not be empty")
    if press is not None:
        if text or media:
            raise BadRequest("a press stands alone")
        if not press or isinstance(message, bool) or not isinstance(message, int) or not 0 < message <= MOST_ID:
            raise BadRequest("a press needs its value and the id of the message pressed on")
        return Incoming(press=press, message=message, client_id=client_id)
    if message is not None:
        raise BadRequest("message goes with a press only")
    if not media and not (text and text.strip()):
        raise BadRequest("say something: text, press or files")
    return Incoming(text=text or "", media=media, client_id=client_id)


def _text(fields: dict[str, Any], name: str, most: int) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be a string")
    if len(value) > most:
        raise TooLarge(f"{name} is longer than {most} characters")
    if not storable(value):
        raise BadRequest(f"{name} has characters that cannot be stored")
    return value


def storable(text: str) -> bool:
    """Neither half characters nor NUL, which databases refuse."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def whole(request: web.Request, name: str) -> int | None:
    """Read a whole number of the query string, or None where it is not given."""
    value = request.query.get(name)
    if value is None:
        return None
    if not WHOLE.fullmatch(value):
        raise BadRequest(f"{name} must be a whole number")
    return int(value)


def seconds(request: web.Request, name: str, most: float) -> float:
    """Read a number of seconds of the query string, capped, or zero where it is not given."""
    value = request.query.get(name)
    if value is None:
        return 0.0
    if not SECONDS.fullmatch(value):
        raise BadRequest(f"{name} must be a number of seconds")
    return min(float(value), most)


def duration(value: object) -> timedelta:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds: never negative, at most 400 days."""
    if not isinstance(value, str) or len(value) > 64:
        raise BadRequest("advance must be an ISO 8601 duration such as PT12H")
    found = DURATION.fullmatch(value)
    parts = {name: float(part) for name, part in found.groupdict().items() if part} if found else {}
    if not parts:
        raise BadRequest("advance must be an ISO 8601 duration such as PT12H, and not negative")
    by = timedelta(**parts)
    if by > LONGEST_ADVANCE:
        raise BadRequest("advance by 400 days at most")
    return by
