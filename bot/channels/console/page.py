"""The page's own files, read once; nothing else of the disk can be asked for."""

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import resources

from aiohttp import web

from bot.channels.console.answers import NoSuchRoute

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    """Content, media type and tag of each file by its name."""
    folder = resources.files("bot.channels.console") / "static"
    contents = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.rpartition(".")[2] in TYPES}
    return {
        name: (content, TYPES[name.rpartition(".")[2]], f'"{hashlib.sha256(content).hexdigest()[:16]}"')
        for name, content in contents.items()
    }


def _file(request: web.Request, name: str) -> web.Response:
    if name not in _files():
        raise NoSuchRoute
    content, media_type, tag = _files()[name]
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=content, content_type=media_type, charset="utf-8", headers=headers)


def page_file(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Make a handler that serves this one file."""

    async def serve(request: web.Request) -> web.Response:
        return _file(request, name)

    return serve


async def static_file(request: web.Request) -> web.Response:
    return _file(request, request.match_info["name"])


def key_page() -> web.Response:
    """Ask for the access key where the page would be."""
    content, media_type, _ = _files()["key.html"]
    headers = {"Cache-Control": "no-store", "WWW-Authenticate": "Bearer"}
    return web.Response(body=content, status=401, content_type=media_type, charset="utf-8", headers=headers)
