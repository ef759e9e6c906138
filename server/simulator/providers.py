"""The simulated providers' own addresses: VNPAY QR MMS and SePay's user API."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from server.simulator.customer import PayRequest
from server.simulator.facts import VNPAY
from server.simulator.house import House

CREATE_PATH: Final = "/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode"
CHECK_PATH: Final = "/CheckTransaction/rest/api/CheckTrans"
REFUND_PATHS: Final = ("/mms/refund", "/VnPaymentRefund/rest/vnpayment/refund")
LIST_PATH: Final = "/userapi/transactions/list"

EARLY_NOTICE_WAIT_S: Final = 5.0
"""How long the create call is kept back so that the notification arrives first."""


def provider_routes(house: House) -> APIRouter:
    """Return the routes that the hub's clients of VNPAY and SePay call."""
    routes = APIRouter()

    @routes.post(CREATE_PATH)
    async def create_qr(request: Request) -> Response:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "text/plain":
            # VNPAY's clients all send the JSON as plain text, so the service reads nothing else.
            return Response("Unsupported Media Type", status_code=415, media_type="text/plain")
        raw = await request.body()
        known = set(house.book.qrs)
        answer = house.mms.create_qr(raw)
        await _pay_early(house, sorted(house.book.qrs.keys() - known))
        if answer["code"] == "00":
            await asyncio.sleep(house.chaos.create_delay_s(VNPAY))
            if house.chaos.take_lost_answer(VNPAY):
                return Response("<html><body>504 Gateway Time-out</body></html>", 504, media_type="text/html")
        return JSONResponse(answer)

    @routes.post(CHECK_PATH)
    async def check_transaction(request: Request) -> dict[str, Any]:
        return house.mms.check_transaction(await request.body())

    async def refund(request: Request) -> dict[str, Any]:
        return house.refunds.refund(await request.body())

    for path in REFUND_PATHS:
        routes.add_api_route(path, refund, methods=["POST"])

    @routes.get(LIST_PATH)
    async def transactions(request: Request) -> Response:
        if house.sepay_list.too_fast(house.chaos.switches.list_limit_per_s):
            return _list_error(429, "Too Many Requests", {"x-sepay-userapi-retry-after": "1"})
        if not house.sepay_list.knows(request.headers.get("authorization")):
            return _list_error(401, "Unauthorized", {})
        try:
            return JSONResponse(house.sepay_list.page(request.query_params))
        except ValueError:
            return _list_error(400, "Bad Request", {})

    return routes


async def _pay_early(house: House, fresh: list[str]) -> None:
    for txn_id in fresh:
        if not house.chaos.strikes("notify_before_create", VNPAY):
            continue
        _, event_ids, _ = house.customer.pay(PayRequest(txn_id=txn_id))
        await house.courier.first_tries(event_ids, EARLY_NOTICE_WAIT_S)


def _list_error(status: int, message: str, headers: dict[str, str]) -> JSONResponse:
    body = {"status": status, "error": message, "messages": {"success": False}}
    return JSONResponse(body, status_code=status, headers=headers)
