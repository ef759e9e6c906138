"""The doorbell: a WebSocket that says "there is something, pull now", and nothing else."""

import asyncio

from anyio.to_thread import run_sync
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from domain.errors import DomainError
from server.auth import Caller, admit, find_till
from server.hub import Hub
from server.live import Doorbell
from server.problems import Refusal, refused
from storage.hub_feed import head_seq
from storage.hub_tills import KnownTill
from sync.wire import Ring

NOT_A_PLACE_TO_TALK = 1008
ENDED_BY_HUB = 1001


def live_routes(hub: Hub) -> APIRouter:
    """Return the route of the doorbell."""
    router = APIRouter()

    @router.websocket("/api/v1/live")
    async def live(socket: WebSocket) -> None:
        """Ring a till whenever its merchant's feed has grown; the token stands in the Authorization header only."""
        authorization = socket.headers.get("authorization", "")
        calling = Caller(authorization, socket.client.host if socket.client else "")
        try:
            till = await run_sync(lambda: admit(hub.units, hub.rates, calling, hub.now()))
            merchant_id = till.merchant_id
            head = await run_sync(
                lambda: hub.units.read_of(merchant_id, lambda session: head_seq(session, merchant_id))
            )
        except (Refusal, DomainError) as error:
            await socket.send_denial_response(refused(error))
            return
        await socket.accept()
        bell = hub.live.enter(till.merchant_id, till.device_id)
        bell.ring(head)
        tasks = [
            asyncio.create_task(_listen(socket)),
            asyncio.create_task(_ring(socket, bell, hub.settings.limits.ring_s)),
            asyncio.create_task(_recheck(hub, till, authorization)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            codes = [task.result() for task in done]
            if None not in codes:
                await socket.close(codes[0] or ENDED_BY_HUB)
        finally:
            hub.live.leave(till.merchant_id, till.device_id, bell)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return router


async def _listen(socket: WebSocket) -> int | None:
    """Wait for the end of the line; a till that talks is sent away."""
    message = await socket.receive()
    return None if message["type"] == "websocket.disconnect" else NOT_A_PLACE_TO_TALK


async def _ring(socket: WebSocket, bell: Doorbell, patience_s: float) -> int | None:
    """Pass rings on; a line that takes none for a while is given up, and no other one waits for it."""
    try:
        while (seq := await bell.next()) is not None:
            async with asyncio.timeout(patience_s):
                await socket.send_text(Ring(seq=seq).model_dump_json())
    except (TimeoutError, WebSocketDisconnect):
        return None
    return ENDED_BY_HUB


async def _recheck(hub: Hub, till: KnownTill, authorization: str) -> int:
    """Wait until the token is no longer good: another process of the hub may have shut the till out."""
    while True:
        await asyncio.sleep(hub.settings.limits.recheck_s)
        try:
            still = await run_sync(lambda: find_till(hub.units, authorization))
        except DomainError:
            continue  # nobody can tell now; the next look will
        if still != till:
            return NOT_A_PLACE_TO_TALK
