"""HTTP to the Bot API: the transport below python-telegram-bot's `Bot`, and the raw calls of the receive loop."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
CHUNK = 64 * 1024
MOST_ANSWER = 8 * 1024 * 1024
"""A hundred of the longest updates stay well below."""


class NotSent(NetworkError):
    """No connection came about: the service has not seen the call."""


class Ill(NetworkError):
    """The service, or what stands in front of it, answered 5xx."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the service answered {status}")
        self.status = status


class Wire(BaseRequest):
    """One session of connections for one bot."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_SECONDS

    async def initialize(self) -> None:
        """The session comes with the first call."""

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002  (the interface has them, one limit is enough)
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """Status and body. Raises NotSent, Ill, TimedOut, NetworkError: what the sender has to tell apart."""
        seconds = read_timeout if isinstance(read_timeout, (int, float)) else READ_SECONDS
        return await self._asked(url, method, seconds, _body(request_data))

    async def raw(self, url: str, parameters: dict[str, Any], seconds: float) -> tuple[int, Any]:
        """One call without any types: status and the whole answer as JSON; None where it is none."""
        status, body = await self._asked(url, "POST", seconds, {"json": parameters}, ill=False)
        try:
            return status, json.loads(body)
        except ValueError:
            return status, None

    async def download(self, url: str, seconds: float) -> AsyncIterator[bytes]:
        """The file in pieces. Raises FileNotFoundError when it is there no longer, and the network's errors."""
        try:
            async with self._open().get(url, timeout=aiohttp.ClientTimeout(seconds, CONNECT_SECONDS)) as answer:
                if answer.status >= 500:
                    raise Ill(answer.status)
                if answer.status != 200:
                    raise FileNotFoundError(answer.status)
                async for chunk in answer.content.iter_chunked(CHUNK):
                    yield chunk
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from error

    async def _asked(
        self, url: str, method: str, seconds: float, body: dict[str, Any], *, ill: bool = True
    ) -> tuple[int, bytes]:
        limits = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        try:
            async with self._open().request(method, url, timeout=limits, **body) as answer:
                content = await _whole(answer)
                if ill and answer.status >= 500:
                    raise Ill(answer.status)
                return answer.status, content
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise NetworkError(type(error).__name__) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            loop = asyncio.get_running_loop()
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=128, loop=loop))
        return self._session


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """Raises NetworkError for more than any answer of the service has."""
    content = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        content += chunk
        if len(content) > MOST_ANSWER:
            raise NetworkError("the answer is too large")
    return bytes(content)


def _body(data: RequestData | None) -> dict[str, Any]:
    if data is None:
        return {}
    if not data.contains_files:
        return {"json": data.parameters}
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return {"data": form}
