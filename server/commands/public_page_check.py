"""`inkling doctor`'s look at the page from outside: what a browser at INKLING_PUBLIC_URL would meet."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

PAGE_TIMEOUT_SECONDS = 10.0
"""Seconds until the page has to answer."""


async def check_public_page(url: str) -> tuple[bool, str, str]:
    """Ask for the page and open its socket as a browser does; returns whether all is well, what was found, and what to do."""
    timeout = aiohttp.ClientTimeout(total=PAGE_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            async with session.get(f"{url}/api/info") as answer:
                known = answer.status == 200 and "version" in await answer.json()
        except aiohttp.ClientConnectorDNSError as error:
            return False, f"{url}: {error.os_error.strerror}", "correct INKLING_PUBLIC_URL, or the name's DNS entry"
        except (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError):
            return True, f"nobody answers at {url} now; ask again while Inkling runs", ""
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return False, f"{url} does not answer as Inkling does: {error!r}", "correct INKLING_PUBLIC_URL or the proxy"
        if not known:
            return False, f"{url} is answered by something else", "correct INKLING_PUBLIC_URL or the proxy"
        return await _check_socket(session, url)


async def _check_socket(session: aiohttp.ClientSession, url: str) -> tuple[bool, str, str]:
    door = f"{url}/socket.io/?EIO=4&transport=websocket"
    try:
        async with (
            session.ws_connect(door, origin=str(URL(url).origin())) as socket,
            asyncio.timeout(PAGE_TIMEOUT_SECONDS),
        ):
            if str((await socket.receive()).data).startswith("0{"):
                return True, f"{url} lets its own page in", ""
    except aiohttp.WSServerHandshakeError as error:
        if error.status == 403:
            return (
                False,
                f"{url} takes its own page for somebody else's",
                "set the same INKLING_PUBLIC_URL for `inkling web`",
            )
        return (
            False,
            f"{url} opens no WebSocket (status {error.status})",
            "have the proxy pass WebSockets on (docs/hosting.md)",
        )
    except (aiohttp.ClientError, TimeoutError) as error:
        return False, f"{url} opens no WebSocket: {error!r}", "have the proxy pass WebSockets on (docs/hosting.md)"
    return False, f"{url} opens a WebSocket that is not Inkling's", "have the proxy pass /socket.io/ on"
