"""Pages on which customers pay where a provider has only a widget: for who was given the address, and nobody else."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from domain.errors import ErrorCode
from domain.ids import Instant, MerchantId, PaymentId
from domain.payments import PaymentIntent
from domain.rails import PaymentContext
from domain.services.payment_changes import sale_id
from server.hub import Hub
from server.limits import PAY_ASKED, PAY_PAGE
from server.pay_links import PAGES
from server.pay_page import Scene, language_of, scene_of, written
from server.problems import Refusal
from server.rails.base import CallFailed, ShowsWidget, Widget
from server.routes.asking import address_of, problems, routes_on
from storage.hub import HubUnitOfWork
from storage.hub_checks import first_heard, is_charging

RETURNED: Final = "resourcePath"
"""What HyperPay's widget adds to the address to which it sends the customer back; what it says is not believed."""

CHARGED: Final = "charged"
WAIT_S: Final = 20.0
ASK_WAIT_S: Final = 5.0

_PATH: Final = PAGES + "{merchant_id}/{payment_id}/{token}"
_PAGE: Final[dict[str, Any]] = {"text/html; charset=utf-8": {}}
_ANSWERS: Final = problems(404, 429)
_ANSWERS[404] = {**_ANSWERS[404], "content": {**_PAGE, **_ANSWERS[404]["content"]}}
_HTML: Final[dict[int | str, dict[str, Any]]] = {**_ANSWERS, 200: {"description": "The page.", "content": _PAGE}}
_Name = Annotated[str, Path(max_length=64)]


def pay_routes(hub: Hub) -> APIRouter:
    """Return the routes of customers' pages."""
    router = routes_on("pay", default_response_class=HTMLResponse)

    @router.get(_PATH, response_class=HTMLResponse, responses=_HTML)
    def page(request: Request, merchant_id: _Name, payment_id: _Name, token: _Name) -> Response:
        """Show what the payment's customer has to do, or what became of the payment."""
        visit = _Visit(hub, request, MerchantId(merchant_id), PaymentId(payment_id), token)
        if not visit.welcome:
            return visit.page(Scene.UNKNOWN, None, status=404)
        return visit.shown()

    @router.post(_PATH, status_code=303, response_class=RedirectResponse, responses=_ANSWERS)
    async def charged(request: Request, merchant_id: _Name, payment_id: _Name, token: _Name) -> Response:
        """Charge the word (`nonce`) for which the widget exchanged a card, and show the page again."""
        nonce = _nonce(await request.body())

        def charge() -> Response:
            visit = _Visit(hub, request, MerchantId(merchant_id), PaymentId(payment_id), token)
            if not visit.welcome:
                return visit.page(Scene.UNKNOWN, None, status=404)
            if nonce:
                hub.dispatcher.charge_now(visit.merchant_id, visit.payment_id, nonce, WAIT_S)
            # A page shown again by "reload" must not charge again.
            return RedirectResponse(f"{request.url.path}?{CHARGED}=1", status_code=303)

        return await run_in_threadpool(charge)

    return router


class _Visit:
    """One customer's look at one payment's page."""

    def __init__(self, hub: Hub, request: Request, merchant_id: MerchantId, payment_id: PaymentId, token: str) -> None:
        """Raises Refusal(429) for an address that asks too often."""
        if not hub.rates.allow(PAY_PAGE, address_of(request), hub.now()):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
        self._hub = hub
        self._request = request
        self.merchant_id, self.payment_id = merchant_id, payment_id
        self._language = language_of(request.headers.get("accept-language", ""))
        self.welcome = hub.links.opens(merchant_id, payment_id, token)

    def shown(self) -> Response:
        """Return the page as the payment stands; a customer who comes back from the provider makes the hub ask."""
        returned = RETURNED in self._request.query_params
        if returned and self._hub.rates.allow(PAY_ASKED, self.payment_id, self._hub.now()):
            self._hub.dispatcher.ask_now(self.merchant_id, self.payment_id, ASK_WAIT_S)
        at = self._hub.now()
        seen = self._hub.units.run(self.merchant_id, lambda uow: _seen(uow, self.payment_id, at))
        if seen is None:
            return self.page(Scene.UNKNOWN, None, status=404)
        payment, widget = seen.payment, None
        scene = scene_of(payment, tried=returned or seen.charging)
        if scene is Scene.WIDGET:
            context = self._hub.calls.context(payment, seen.heard_at, seen.provider_ref)
            if at >= context.expires_at:  # ended in a moment, and nothing is charged any more
                return self.page(Scene.OVER, payment, seen.shop)
            widget = self._widget(payment, context, at)
            scene = Scene.WIDGET if widget else Scene.AWAY
        return self.page(scene, payment, seen.shop, widget)

    def page(
        self,
        scene: Scene,
        payment: PaymentIntent | None,
        shop: str = "",
        widget: Widget | None = None,
        status: int = 200,
    ) -> Response:
        """Return a page with the policy that goes with it."""
        again = CHARGED in self._request.query_params
        made = written(scene, self._language, shop, payment, widget, again=again)
        return HTMLResponse(made.html, status, headers={"content-security-policy": made.policy})

    def _widget(self, payment: PaymentIntent, context: PaymentContext, at: Instant) -> Widget | None:
        """Return the provider's widget; None where it has none, or none any more."""
        adapter = self._hub.settings.adapters.get(payment.provider)
        if not isinstance(adapter, ShowsWidget):
            return None
        try:
            return self._hub.calls.widget(adapter, payment.provider, context, at)
        except CallFailed:
            return None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A payment as the hub has it; `heard_at` is when the hub first heard of it, by its own clock."""

    payment: PaymentIntent
    heard_at: Instant
    provider_ref: str
    shop: str
    charging: bool


def _seen(uow: HubUnitOfWork, payment_id: PaymentId, at: Instant) -> _Seen | None:
    payment = uow.payments.get(payment_id)
    if payment is None:
        return None
    sale = uow.payments.transaction(sale_id(payment_id))
    heard_at = first_heard(uow.session, payment.merchant_id, payment_id)
    charging = is_charging(uow.session, payment.merchant_id, payment_id, at)
    ref = "" if sale is None else sale.provider_ref
    return _Seen(payment, at if heard_at is None else heard_at, ref, uow.shop.name, charging)


def _nonce(body: bytes) -> str:
    """Return the field `nonce` of a form, empty for none and for several."""
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=10).get("nonce", [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""
