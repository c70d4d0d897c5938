"""The console's routes, put together."""

from aiohttp import web

from bot.channels.console.answers import NoSuchMethod, NoSuchRoute
from bot.channels.console.api import Api
from bot.channels.console.events import Events
from bot.channels.console.guard import HEADERS, Guard, Handler
from bot.channels.console.keys import Signer
from bot.channels.console.media import Media
from bot.channels.console.page import page_file, static_file
from bot.channels.console.port import Desk
from bot.channels.console.sessions import Sessions
from bot.channels.console.settings import ConsoleSettings


def add_console(app: web.Application, desk: Desk, settings: ConsoleSettings) -> None:
    """Serve the console under `/`, `/static`, `/media` and `/api` of this application, and end its waits with it."""
    sessions = Sessions(desk, settings, Signer(settings.cookie_keys))
    guard = Guard(settings, sessions)
    media = Media(desk, settings, sessions, Signer(settings.link_keys))
    api = Api(desk, settings, sessions, media)
    events = Events(desk, sessions, HEADERS)

    served: dict[str, dict[str, Handler]] = {
        "/": {"GET": page_file("index.html")},
        "/media/{token}": {"GET": media.open},
        "/api/me": {"GET": api.me},
        "/api/session": {"POST": api.sign_in, "DELETE": api.sign_out},
        "/api/people": {"GET": api.people},
        "/api/people/{id}/messages": {"GET": api.messages, "POST": api.say},
        "/api/clock": {"GET": api.clock, "POST": api.advance},
        "/api/clock/next": {"GET": api.next_due},
        "/api/events": {"GET": events.stream},
        "/api/records": {"GET": api.records},
        "/api/records/{number}/timeline": {"GET": api.timeline},
    }
    app.router.add_get("/static/{name}", guard.protect(static_file, keyless=True))
    for path, handlers in served.items():
        resource = app.router.add_resource(path)
        for method, handler in handlers.items():
            resource.add_route(method, guard.protect(handler))
        resource.add_route("*", guard.protect(_no_such_method))
    app.router.add_route("*", "/api/{rest:.*}", guard.protect(_no_such_route))

    async def end_waits(_: web.Application) -> None:
        desk.changes.close()

    app.on_shutdown.append(end_waits)


async def _no_such_method(request: web.Request) -> web.StreamResponse:
    raise NoSuchMethod(f"{request.method} is not served here")


async def _no_such_route(_: web.Request) -> web.StreamResponse:
    raise NoSuchRoute("there is nothing here")
