"""The console's HTTP API: people, what they say and hear, the demo clock, and the records of the side panel."""

import time
from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from bot.channels.console.answers import (
    SignIn,
    TooFast,
    answer,
    message_json,
    moment,
    person_json,
    timeline_json,
)
from bot.channels.console.media import Media
from bot.channels.console.port import Desk, MessageView, NotAllowed, PersonView, UnknownPerson
from bot.channels.console.rates import Rates
from bot.channels.console.reading import duration, incoming, json_object, seconds, storable, whole
from bot.channels.console.sessions import Sessions
from bot.channels.console.settings import ConsoleSettings
from bot.channels.console.uploads import multipart_message

LONGEST_WAIT = 25.0
MOST_PERSON_ID = 64


class Api:
    def __init__(self, desk: Desk, settings: ConsoleSettings, sessions: Sessions, media: Media) -> None:
        self._desk = desk
        self._settings = settings
        self._sessions = sessions
        self._media = media
        self._speaking = Rates(burst=20, per_second=5, monotonic=settings.monotonic)
        self._trying_codes = Rates(burst=5, per_second=0.1, monotonic=settings.monotonic)

    async def me(self, request: web.Request) -> web.Response:
        """Say what kind of console this is and, outside a demo, whose."""
        person_id = self._sessions.person_id(request)
        person = await self._desk.person(person_id) if person_id else None
        return answer(
            {
                "demo": self._desk.demo,
                "zone": self._desk.zone,
                "person": person_json(person) if person else None,
                "suggested": list(await self._desk.suggested()) if self._desk.demo else [],
            }
        )

    async def sign_in(self, request: web.Request) -> web.Response:
        """Open a session with a one-time code."""
        wait = self._trying_codes.take(request.remote or "")
        if wait:
            raise TooFast("too many codes were tried", int(wait) + 1)
        code = (await json_object(request)).get("code")
        person_id = None
        if isinstance(code, str) and 0 < len(code) <= 64 and storable(code) and not self._desk.demo:
            person_id = await self._desk.redeem_code(code)
        if person_id is None:
            raise NotAllowed("that code is wrong, used or expired")
        response = answer({"id": person_id})
        self._sessions.open(response, person_id)
        return response

    async def sign_out(self, _: web.Request) -> web.Response:
        response = answer({"id": None})
        self._sessions.close(response)
        return response

    async def people(self, request: web.Request) -> web.Response:
        """List everybody in a demo, else the session's person alone."""
        if self._desk.demo:
            return answer([person_json(person) for person in await self._desk.people()])
        own = self._sessions.person_id(request)
        person = await self._desk.person(own) if own else None
        if person is None:
            raise SignIn("open a session with a one-time code first")
        return answer([person_json(person)])

    async def say(self, request: web.Request) -> web.Response:
        """Take in a text, a press or files for one person."""
        person = await self._person(request, request.match_info["id"])
        wait = self._speaking.take(person.id)
        if wait:
            raise TooFast("slow down a little", int(wait) + 1)
        if request.content_type.startswith("multipart/"):
            said = await multipart_message(request, self._desk, person.id)
        else:
            said = incoming(await json_object(request))
        return answer({"accepted": True, "id": await self._desk.accept(person.id, said)}, 202)

    async def messages(self, request: web.Request) -> web.Response:
        """List what is newer than `after`, waiting for it up to `wait` seconds when there is nothing yet."""
        person = await self._person(request, request.match_info["id"])
        after, wait = whole(request, "after"), seconds(request, "wait", LONGEST_WAIT)
        found = await self._newer(person.id, after, wait)
        link = self._media.link_for(person.id)
        return answer([message_json(message, link) for message in found])

    async def _newer(self, person_id: str, after: int | None, wait: float) -> Sequence[MessageView]:
        until = time.monotonic() + wait
        with self._desk.changes.subscribe() as subscription:
            while True:
                found = await self._desk.messages(person_id, after)
                left = until - time.monotonic()
                if found or left <= 0 or subscription.closed:
                    return found
                await subscription.news_of(person_id, left)

    async def clock(self, _: web.Request) -> web.Response:
        self._demo_only()
        return answer({"now": moment(await self._desk.now())})

    async def advance(self, request: web.Request) -> web.Response:
        """Move the demo's clock on; `PT0S` only drains."""
        self._demo_only()
        by = duration((await json_object(request)).get("advance"))
        now = await self._desk.advance(by)
        if by > timedelta():
            self._desk.changes.publish_clock()
        return answer({"now": moment(now)})

    async def next_due(self, _: web.Request) -> web.Response:
        self._demo_only()
        due_at = await self._desk.next_due()
        return answer({"now": moment(await self._desk.now()), "due_at": moment(due_at) if due_at else None})

    async def records(self, request: web.Request) -> web.Response:
        """List what `?person=` may know of, for the side panel."""
        person = await self._person(request, request.query.get("person", ""))
        found = await self._desk.records(person.id, _language(request))
        return answer([{"number": r.number, "title": r.title, "state": r.state} for r in found])

    async def timeline(self, request: web.Request) -> web.Response:
        person = await self._person(request, request.query.get("person", ""))
        number = request.match_info["number"]
        return answer(timeline_json(await self._desk.timeline(person.id, number[:64], _language(request))))

    async def _person(self, request: web.Request, person_id: str) -> PersonView:
        self._sessions.must_be(request, person_id)
        known = person_id and len(person_id) <= MOST_PERSON_ID and storable(person_id)
        person = await self._desk.person(person_id) if known else None
        if person is None:
            raise UnknownPerson("there is no such person")
        return person

    def _demo_only(self) -> None:
        if not self._desk.demo:
            raise NotAllowed("only a demo has a clock that can be moved")


def _language(request: web.Request) -> str:
    return "en" if request.query.get("lang") == "en" else "zh"
