"""Signed links to photos and files: short-lived, for one viewer, checked again when opened."""

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from bot.channels.console.answers import Link
from bot.channels.console.keys import Expired, Forged, Signer
from bot.channels.console.port import AttachmentView, Desk, Gone, NotAllowed
from bot.channels.console.sessions import Sessions
from bot.channels.console.settings import ConsoleSettings

PURPOSE = "media"
STEP_SECONDS = 1800
SHOWN_INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
MEDIA_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


class Media:
    def __init__(self, desk: Desk, settings: ConsoleSettings, sessions: Sessions, signer: Signer) -> None:
        self._desk = desk
        self._settings = settings
        self._sessions = sessions
        self._signer = signer

    def link_for(self, person_id: str) -> Link:
        """Make links that live for half an hour to an hour and stay equal meanwhile, so that a page may keep them."""
        expires = (int(self._settings.unix_now()) // STEP_SECONDS + 2) * STEP_SECONDS

        def link(attachment: AttachmentView) -> str:
            return "/media/" + self._signer.sign(PURPOSE, (attachment.media_id, person_id), expires)

        return link

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Serve what a link names, if its viewer may see it now as well."""
        try:
            media_id, person_id = self._signer.read(PURPOSE, request.match_info["token"], self._settings.unix_now())
        except Forged as error:
            raise NotAllowed("this link was not made here") from error
        except Expired as error:
            raise Gone("this link has expired; list the messages again for a new one") from error
        self._sessions.must_be(request, person_id)
        if not await self._desk.may_see(person_id, media_id):
            raise NotAllowed("this is not for this person to see")
        opened = await self._desk.open_media(media_id, person_id)
        place = "inline" if opened.type in SHOWN_INLINE else "attachment"
        headers = {
            "Content-Type": opened.type,
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(opened.name, safe='')}",
            "Content-Security-Policy": MEDIA_POLICY,
            "Cache-Control": "no-store" if opened.sealed else f"private, max-age={STEP_SECONDS}",
        }
        if isinstance(opened.content, Path):
            if not opened.content.is_file():
                raise Gone("the file is no longer there")
            return web.FileResponse(opened.content, headers=headers)
        return web.Response(body=opened.content, headers=headers)
