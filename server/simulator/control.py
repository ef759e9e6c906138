"""The control API under /control: what tests, scenes and the page tell the simulated customers and providers.

All bodies and answers are JSON; amounts are whole VND (at a stall minor units of the offer's currency), `…_s` real
seconds, `…_ms` UTC milliseconds since 1970. A refusal answers 404 (`unknown`), 409 (`paid`, `expired`, `not_now`,
`foreign_account`) or 422 (`unreadable`, `amount_missing`, `too_large`, `outcome`, `nothing`) with
`{"refused": <word>, "message": …}`.

* `GET /control/state` → `{version, offers, events, plans, bank, refunds, stall_refunds, chaos, providers, settings}`;
  no secret is shown.
* `GET /control/events/{event_id}` → one notification with every attempt and answer.
* `GET /control/idle?timeout_s=10` → `{"idle": true}` once nothing is planned, held, being sent or waiting for a
  retry; `{"idle": false}` when the time is over first.
* `POST /control/offer {qr_text}` → `{offer, status}`: a phone has read this QR; paying does this by itself.
* `POST /control/pay` (`PayRequest`: `offer` | `txn_id` | `qr_text` | `account_number`; `amount`, `times`, `delay_s`,
  `late`, `voucher`, `content`, `text_style`, `stray`, `outcome`, `wait_s`) → `{offer, status, events, plan}`: what was
  sent and the receiver's answers, after the first attempt of each notification or `wait_s`.
* `POST /control/decline` and `POST /control/expire` with `{offer | txn_id | qr_text}` (decline at a stall also
  `outcome`) → the same shape.
* `POST /control/do {offer, deed}` → the same shape: one of a stall's own acts, such as a charge-back.
* `POST /control/redeliver {event_id, times, parallel}` → `{event_id, state, attempts}`: the same notification again
  (same ids, rightly signed), one after the other or all at once.
* `POST /control/chaos {…}` changes the named switches of `ChaosSwitches`, `{"reset": true}` puts all back; answers
  all switches as they stand.
* `POST /control/configure {vnpay_notify_url?, bank_notify_url?, stall_notify_urls?, time_scale?}` until the next start.
"""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.simulator import overview
from server.simulator.chaos import ChaosSwitches
from server.simulator.customer import PayRequest
from server.simulator.house import House
from server.simulator.settings import NotLoopback
from server.simulator.stall import CannotDo

REFUSAL_STATUS: Final = {"unknown": 404, "paid": 409, "expired": 409, "not_now": 409, "foreign_account": 409}
IDLE_LOOK_S: Final = 0.01


class OfferRequest(BaseModel):
    """Body of `POST /control/offer`."""

    model_config = ConfigDict(extra="forbid")

    qr_text: str


class WhichOffer(BaseModel):
    """Body of `POST /control/decline` and `/control/expire`: one of the first three names the QR."""

    model_config = ConfigDict(extra="forbid")

    offer: str | None = None
    txn_id: str | None = None
    qr_text: str | None = None
    outcome: str = ""
    wait_s: float = Field(default=10.0, ge=0, le=120)


class StallDeed(BaseModel):
    """Body of `POST /control/do`."""

    model_config = ConfigDict(extra="forbid")

    offer: str
    deed: str
    wait_s: float = Field(default=10.0, ge=0, le=120)


class Redelivery(BaseModel):
    """Body of `POST /control/redeliver`."""

    model_config = ConfigDict(extra="forbid")

    event_id: int
    times: int = Field(default=1, ge=1, le=500)
    parallel: bool = False


class Configuration(BaseModel):
    """Body of `POST /control/configure`; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    vnpay_notify_url: str | None = None
    bank_notify_url: str | None = None
    stall_notify_urls: dict[str, str] = Field(default_factory=dict)
    time_scale: float | None = Field(default=None, gt=0)


def refusal(problem: CannotDo) -> JSONResponse:
    """Return the answer for an act that is impossible."""
    status = REFUSAL_STATUS.get(problem.code, 422)
    return JSONResponse({"refused": problem.code, "message": str(problem)}, status_code=status)


def control_routes(house: House) -> APIRouter:
    """Return the routes of the control API."""
    routes = APIRouter(prefix="/control")
    book, customer, courier = house.book, house.customer, house.courier

    async def answered(offer: str, event_ids: list[int], wait_s: float) -> dict[str, Any]:
        await courier.first_tries(event_ids, wait_s)
        return {
            "offer": offer,
            "status": house.status_of(offer),
            "events": [overview.event(book, house.market, book.notices[event_id]) for event_id in event_ids],
            "plan": None,
        }

    @routes.get("/state")
    async def state() -> dict[str, Any]:
        return house.state()

    @routes.get("/events/{event_id}")
    async def one_event(event_id: int) -> dict[str, Any]:
        if event_id not in book.notices:
            raise HTTPException(404, f"there is no notification {event_id}")
        return overview.event(book, house.market, book.notices[event_id])

    @routes.get("/idle")
    async def idle(timeout_s: float = Query(default=10.0, ge=0, le=120)) -> dict[str, bool]:
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while not house.idle() and loop.time() < until:
            await asyncio.sleep(IDLE_LOOK_S)
        return {"idle": house.idle()}

    @routes.post("/offer")
    async def offer(body: OfferRequest) -> dict[str, Any]:
        key = customer.show(body.qr_text)
        return {"offer": key, "status": house.status_of(key)}

    @routes.post("/pay")
    async def pay(body: PayRequest) -> dict[str, Any]:
        key, event_ids, plan = customer.pay(body)
        answer = await answered(key, event_ids, body.wait_s)
        if plan is not None:
            answer["plan"] = {"plan_id": plan.plan_id, "due_ms": plan.due_ms}
        return answer

    @routes.post("/decline")
    async def decline(body: WhichOffer) -> dict[str, Any]:
        key = customer.named(body.offer, body.txn_id, body.qr_text)
        return await answered(key, customer.decline(key, body.outcome), body.wait_s)

    @routes.post("/expire")
    async def expire(body: WhichOffer) -> dict[str, Any]:
        key = customer.named(body.offer, body.txn_id, body.qr_text)
        return await answered(key, customer.expire(key), body.wait_s)

    @routes.post("/do")
    async def deed(body: StallDeed) -> dict[str, Any]:
        return await answered(body.offer, house.market.do(body.offer, body.deed), body.wait_s)

    @routes.post("/redeliver")
    async def redeliver(body: Redelivery) -> dict[str, Any]:
        notice = book.notices.get(body.event_id)
        if notice is None:
            raise HTTPException(404, f"there is no notification {body.event_id}")
        tries = await courier.redeliver(notice, body.times, parallel=body.parallel)
        state = overview.event_state(book, notice)
        return {"event_id": body.event_id, "state": state, "attempts": [overview.attempt(made) for made in tries]}

    @routes.post("/chaos")
    async def chaos(changes: dict[str, Any]) -> ChaosSwitches:
        wanted = dict(changes)
        if wanted.pop("reset", False):
            wanted = ChaosSwitches().model_dump() | wanted
        if wanted.get("only", "") not in ("", *house.providers()):
            raise HTTPException(422, f"there is no provider {wanted['only']!r}")
        try:
            return house.chaos.set(**wanted)
        except ValidationError as problem:
            raise HTTPException(422, problem.errors(include_url=False, include_input=False)) from problem

    @routes.post("/configure")
    async def configure(body: Configuration) -> dict[str, Any]:
        try:
            house.configure(body.vnpay_notify_url, body.bank_notify_url, body.stall_notify_urls, body.time_scale)
        except NotLoopback as problem:
            raise HTTPException(422, str(problem)) from problem
        except KeyError as problem:
            raise HTTPException(404, f"there is no stall {problem}") from problem
        return house.public_settings()

    return routes
