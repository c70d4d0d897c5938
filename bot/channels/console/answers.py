"""The shapes that the API answers in, errors first."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from bot.channels.console.port import (
    AttachmentView,
    Backlog,
    DeskError,
    DueView,
    MessageView,
    PersonView,
    TimelineView,
)

Link = Callable[[AttachmentView], str]


class BadJson(DeskError):
    """The body is not JSON."""

    code = "bad_json"


class BadRequest(DeskError):
    """Something in the request is not as the API describes it."""


class NoSuchRoute(DeskError):
    """Nothing is served at this address."""

    status = 404


class NoSuchMethod(DeskError):
    """The address does not take this method."""

    status = 405


class SignIn(DeskError):
    """The session is missing or over."""

    status, code = 401, "not_allowed"


class TooFast(Backlog):
    """Somebody speaks faster than the console takes."""


def answer(body: object, status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="application/json", headers=headers)


def refusal(error: DeskError) -> web.Response:
    response = answer({"error": {"code": error.code, "message": str(error) or (error.__doc__ or "")}}, error.status)
    if isinstance(error, Backlog):
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    return response


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def person_json(person: PersonView) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "site": person.site,
        "unit": person.unit,
        "department": person.department,
        "language": person.language,
    }


def message_json(message: MessageView, link: Link) -> dict[str, object]:
    return {
        "id": message.id,
        "from": message.sender,
        "text": message.text,
        "choices": [{"label": c.label, "value": c.value, "enabled": c.enabled} for c in message.choices],
        "attachments": [{"name": a.name, "url": link(a), "type": a.type} for a in message.attachments],
        "reply_to": message.reply_to,
        "edits": message.edits,
        "at": moment(message.at),
    }


def timeline_json(timeline: TimelineView) -> dict[str, object]:
    return {
        "number": timeline.number,
        "title": timeline.title,
        "state": timeline.state,
        "fields": [{"label": label, "value": value} for label, value in timeline.fields],
        "entries": [
            {"at": moment(e.at), "text": e.text, "clause": e.clause, "clause_title": e.clause_title}
            for e in timeline.entries
        ],
        "due": [_due_json(due) for due in timeline.due],
    }


def _due_json(due: DueView) -> dict[str, object]:
    return {
        "what": due.what,
        "due_at": moment(due.due_at),
        "in_words": due.in_words,
        "clause": due.clause,
        "clause_title": due.clause_title,
    }
