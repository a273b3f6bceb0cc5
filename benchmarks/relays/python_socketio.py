"""A plain relay on python-socketio: `python python_socketio.py PORT TICK_MS`. TICK_MS 0 passes each message on at once."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import socketio
from aiohttp import web

PORT, TICK = int(sys.argv[1]), int(sys.argv[2]) / 1000
server = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"], http_compression=False)
waiting: dict[str, list[dict[str, Any]]] = {}
guests: dict[str, tuple[str, int]] = {}


@server.event
async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
    guests[sid] = auth["room"], auth["seat"]
    await server.enter_room(sid, auth["room"])


@server.event
async def ink(sid: str, message: dict[str, Any]) -> None:
    room, seat = guests[sid]
    if TICK:
        waiting.setdefault(room, []).append({"seat": seat, **message})
    else:
        await server.emit("ink", {"seat": seat, **message}, room=room, skip_sid=sid)


async def tick(_: web.Application) -> None:
    async def run() -> None:
        while True:
            await asyncio.sleep(TICK)
            for room, ink in list(waiting.items()):
                del waiting[room]
                await server.emit("frame", {"ink": ink}, room=room)

    if TICK:
        server.start_background_task(run)


app = web.Application()
server.attach(app)
app.on_startup.append(tick)
app.router.add_get("/", lambda _: web.Response(text="ok"))
web.run_app(app, host="127.0.0.1", port=PORT, print=None, access_log=None)
