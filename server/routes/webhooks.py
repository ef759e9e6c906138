"""Notifications of providers: verified on their raw bytes, stored, answered, and only then applied."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, MerchantId
from domain.matching import find_reference
from domain.notices import Authorization, ChargeBack, RefundNotice
from domain.rails import Provider, Receipt
from server.credentials import Opened, open_credentials
from server.hub import Hub
from server.limits import FALSE_NEWS, SECURITY_LOG
from server.logs import told
from server.problems import problem
from server.rails.base import Answer, Notice, Notices, NotificationRefused, RailAdapter
from server.routes.asking import address_of, problems, routes_on
from storage.hub import HubUnitOfWork

_log = structlog.get_logger("hub.webhooks")

_SECRET_NAME: Final = re.compile(r"secret|token|password|passwd|apikey|api_key|authorization", re.IGNORECASE)
_PHONE_NAME: Final = re.compile(r"mobile|phone", re.IGNORECASE)
_DEPTH: Final = 8
_OWN_WORDS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": "Refused in the provider's own words."} for status in (400, 401, 403)
}
_PROVIDERS: Final = {provider.value: provider for provider in Provider}


def webhook_routes(hub: Hub) -> APIRouter:
    """Return the route on which providers notify merchants' payments."""
    router = routes_on("providers")

    @router.post("/api/v1/billing/webhook/{provider}/{merchant_id}", responses={**_OWN_WORDS, **problems(404, 429)})
    async def notified(
        request: Request,
        provider: Annotated[str, Path(max_length=64)],
        merchant_id: Annotated[str, Path(max_length=64)],
    ) -> Response:
        """Keep a provider's notification and answer in the provider's own words; what it tells is applied afterwards.

        Who signed it is decided by the credentials of the merchant in the path. A provider or a merchant that is not
        known, and a merchant that is not connected to the provider, are all the same 404.
        """
        body = await request.body()
        headers = _once(request)
        address = address_of(request)
        return await run_in_threadpool(_notified, hub, provider, MerchantId(merchant_id), headers, body, address)

    return router


def _notified(
    hub: Hub, name: str, merchant_id: MerchantId, headers: Mapping[str, str], body: bytes, address: str
) -> Response:
    at = hub.now()
    if hub.rates.spent(FALSE_NEWS, address, at):
        return problem(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
    adapter = hub.settings.adapters.get(_provider(name))
    opened = open_credentials(hub.units, hub.settings.vault, merchant_id, _provider(name), at)
    if adapter is None or opened is None:
        hub.rates.allow(FALSE_NEWS, address, at)
        return problem(ErrorCode.HUB_REFUSED, 404)
    try:
        notices = _read(adapter, opened, headers, body, at)
    except NotificationRefused as refusal:
        hub.rates.allow(FALSE_NEWS, address, at)
        if hub.rates.allow(SECURITY_LOG, address, at):
            _log.warning(
                "notification_refused",
                provider=adapter.provider,
                merchant_id=merchant_id,
                reason=refusal.reason,
                peer=address,
            )
        return _said(refusal.answer)
    try:
        fresh = hub.units.run(merchant_id, lambda uow: keep_notification(uow, notices, body, at))
    except Exception as error:  # noqa: BLE001 - whatever kept it from being stored, the provider must send it again
        code = error.code if isinstance(error, DomainError) else ErrorCode.UNEXPECTED
        _log.error(
            "notification_not_kept", provider=adapter.provider, merchant_id=merchant_id, code=code, **told(error)
        )
        return _said(adapter.answer("unavailable", notices[0]))
    hub.something_started()
    return _said(adapter.answer("accepted" if fresh else "duplicate", notices[0]))


def _read(adapter: RailAdapter, opened: Opened, headers: Mapping[str, str], body: bytes, at: Instant) -> Notices:
    """Verify with the current secrets, then with those that were replaced a short time ago."""
    try:
        return _all(adapter.read_notification(opened.current, headers, body, at))
    except NotificationRefused as refusal:
        if refusal.reason != "signature" or opened.before is None:
            raise
        return _all(adapter.read_notification(opened.before, headers, body, at))


def keep_notification(uow: HubUnitOfWork, told_of: Notice | Notices, body: bytes, at: Instant) -> bool:
    """Keep all that a notification told, also that it told of no money; False if all of it was kept before."""
    raw = redacted_raw(body)
    fresh = [_keep(uow, notice, raw, at) for notice in _all(told_of)]
    return any(fresh)


def _keep(uow: HubUnitOfWork, notice: Notice, raw: str, at: Instant) -> bool:
    if isinstance(notice, Receipt | Authorization | RefundNotice | ChargeBack):
        return uow.inbox.store(notice, raw, "webhook", at)
    fresh = uow.inbox.note(notice.provider, notice.dedupe_key, raw, "webhook", at)
    reference = find_reference(notice.text)
    intent = uow.payments.by_reference(reference) if reference and fresh else None
    if intent is not None and intent.provider is notice.provider:
        # It tells of no money, and yet something happened to the payment: PayPal completes an approved one when asked.
        uow.receipts.ask_soon(intent.id, at)
    return fresh


def _all(told_of: Notice | Notices) -> Notices:
    return told_of if isinstance(told_of, tuple) else (told_of,)


def redacted_raw(body: bytes) -> str:
    """Return a notification as it is kept: its JSON without secrets and with telephone numbers cut to their end."""
    try:
        return json.dumps(_redacted(json.loads(body), 0), separators=(",", ":"))
    except (ValueError, RecursionError):
        return "{}"


def _redacted(value: Any, depth: int) -> Any:
    if depth > _DEPTH:
        return "…"
    if isinstance(value, dict):
        return {name: _kept(name, part, depth) for name, part in value.items()}
    if isinstance(value, list):
        return [_redacted(part, depth + 1) for part in value]
    return value


def _kept(name: str, value: Any, depth: int) -> Any:
    if _SECRET_NAME.search(name):
        return "***"
    if _PHONE_NAME.search(name) and isinstance(value, str):
        return f"•••{value[-3:]}" if value else ""
    return _redacted(value, depth + 1)


def _provider(name: str) -> Provider:
    """Return a provider by its name; a name that is none is looked up like one that nobody is connected to."""
    return _PROVIDERS.get(name, Provider.NONE)


def _once(request: Request) -> dict[str, str]:
    """Return the headers; one that is repeated could be read in two ways, so it is left out."""
    names = [name for name, _ in request.headers.items()]
    return {name: value for name, value in request.headers.items() if names.count(name) == 1}


def _said(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.content_type)
