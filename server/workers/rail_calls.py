"""Calls to providers on behalf of merchants: with their credentials, measured and logged, outside any transaction."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import httpx
import structlog

from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.payments import PaymentIntent
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder, rail_of, route_of
from domain.services.orders import CAPTURE, VOID, WITHDRAW
from server.credentials import open_credentials
from server.pay_links import PayLinks
from server.rails.base import (
    Captures,
    Charges,
    Credentials,
    RailAdapter,
    Refunds,
    ShowsWidget,
    Statement,
    Widget,
    Withdraws,
)
from server.vault import Vault, VaultRefused
from storage.hub_units import HubUnits

_log = structlog.get_logger("hub.rails")

NO_ADAPTER: Final = "no_adapter"


@dataclass(frozen=True, slots=True)
class RailCalls:
    """The providers, as merchants' payments reach them."""

    units: HubUnits
    vault: Vault
    http: httpx.Client
    adapters: Mapping[Provider, RailAdapter]
    links: PayLinks

    def context(self, intent: PaymentIntent, heard_at: Instant, provider_ref: str = "") -> PaymentContext:
        """Return what a provider is told of a payment, with the hub's page for it."""
        page_url = self.links.of(intent.merchant_id, intent.id)
        return replace(context_of(intent, heard_at, provider_ref), page_url=page_url)

    def present(self, adapter: RailAdapter, context: PaymentContext, at: Instant) -> RailResult:
        """Ask for a code; raises StorageUnavailable."""
        credentials = self._credentials(context.merchant_id, adapter.provider, at)
        return self._ask(adapter.provider, context, "present", lambda: adapter.present(self.http, credentials, context))

    def check(self, adapter: RailAdapter, context: PaymentContext, at: Instant) -> RailResult:
        """Ask what became of a payment; raises StorageUnavailable."""
        credentials = self._credentials(context.merchant_id, adapter.provider, at)
        return self._ask(adapter.provider, context, "check", lambda: adapter.check(self.http, credentials, context))

    def charge(
        self, adapter: Charges, provider: Provider, context: PaymentContext, nonce: str, at: Instant
    ) -> RailResult:
        """Take money for what a customer's card form handed over; raises StorageUnavailable."""
        credentials = self._credentials(context.merchant_id, provider, at)
        return self._ask(provider, context, "charge", lambda: adapter.charge(self.http, credentials, context, nonce))

    def widget(self, adapter: ShowsWidget, provider: Provider, context: PaymentContext, at: Instant) -> Widget:
        """Return what a payment's page shows; raises CallFailed and StorageUnavailable."""
        return adapter.widget(self._credentials(context.merchant_id, provider, at), context)

    def carry_out(
        self, adapter: RailAdapter, context: PaymentContext, kind: str, amount_minor: int, at: Instant
    ) -> RailResult:
        """Take what is held, let it go, or take a payment off the air; raises StorageUnavailable."""
        credentials = self._credentials(context.merchant_id, adapter.provider, at)

        def call() -> RailResult:
            if kind == CAPTURE and isinstance(adapter, Captures):
                return adapter.capture(self.http, credentials, context, amount_minor)
            if kind == VOID and isinstance(adapter, Captures):
                return adapter.void(self.http, credentials, context)
            if kind == WITHDRAW and isinstance(adapter, Withdraws):
                return adapter.withdraw(self.http, credentials, context)
            return RailResult(RailStatus.FAILED, failure=FailureCode.OPERATION_UNSUPPORTED)

        return self._ask(adapter.provider, context, kind, call)

    def refund(self, adapter: RailAdapter, order: RefundOrder, at: Instant) -> RailResult:
        """Ask for money to be given back; raises StorageUnavailable."""
        return self._ask_refund(adapter, order, "refund", at)

    def check_refund(self, adapter: RailAdapter, order: RefundOrder, at: Instant) -> RailResult:
        """Ask what became of a refund; raises StorageUnavailable."""
        return self._ask_refund(adapter, order, "check_refund", at)

    def statement(self, adapter: RailAdapter, merchant_id: MerchantId, cursor: str, at: Instant) -> Statement:
        """Read a page of a merchant's movements; raises StorageUnavailable."""
        credentials = self._credentials(merchant_id, adapter.provider, at)
        if not credentials:
            return Statement((), cursor, failure=FailureCode.CREDENTIALS_MISSING)
        started = time.monotonic()
        page = adapter.statement(self.http, credentials, cursor, at)
        _say(
            adapter.provider,
            merchant_id,
            "statement",
            "failed" if page.failure else "success",
            page.failure,
            "",
            started,
        )
        return page

    def _ask(
        self, provider: Provider, context: PaymentContext, operation: str, call: Callable[[], RailResult]
    ) -> RailResult:
        started = time.monotonic()
        result = call()
        _say(provider, context.merchant_id, operation, result.status, result.failure, context.reference, started)
        return result

    def _ask_refund(self, adapter: RailAdapter, order: RefundOrder, operation: str, at: Instant) -> RailResult:
        assert isinstance(adapter, Refunds), "the caller has looked"
        credentials = self._credentials(order.merchant_id, adapter.provider, at)
        started = time.monotonic()
        call = adapter.refund if operation == "refund" else adapter.check_refund
        result = call(self.http, credentials, order)
        _say(adapter.provider, order.merchant_id, operation, result.status, result.failure, order.reference, started)
        return result

    def _credentials(self, merchant_id: MerchantId, provider: Provider, at: Instant) -> Credentials:
        """Return the open credentials; none if there are none or if they do not open, which the adapters report."""
        try:
            opened = open_credentials(self.units, self.vault, merchant_id, provider, at)
        except VaultRefused as error:
            _log.error("credentials_locked", merchant_id=merchant_id, provider=provider, code=error.code)
            return {}
        return {} if opened is None else opened.current


def context_of(intent: PaymentIntent, heard_at: Instant, provider_ref: str = "") -> PaymentContext:
    """Return what a provider is told of a payment, with the hub's clock as the measure of its time.

    A till whose clock is wrong would otherwise ask for a code that is dead already, or that lives too long.
    """
    lifetime = intent.expires_at - intent.created_at
    route = route_of(intent.method, intent.provider)
    expires_at = min(intent.expires_at, heard_at + lifetime)
    return PaymentContext(
        merchant_id=intent.merchant_id,
        reference=intent.reference,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        description=intent.order_ref or intent.reference,
        created_at=heard_at,
        expires_at=Instant(expires_at if expires_at > heard_at else heard_at + lifetime),
        option="" if route is None else route.options.get(intent.option, ""),
        capture=intent.capture,
        provider_ref=provider_ref,
    )


def _say(
    provider: Provider,
    merchant_id: MerchantId,
    operation: str,
    status: str,
    failure: FailureCode | None,
    correlation_id: str,
    started: float,
) -> None:
    _log.info(
        "billing.rail.execution",
        rail=rail_of(provider),
        provider=provider,
        merchant_id=merchant_id,
        operation=operation,
        status=status,
        failure=failure,
        correlation_id=correlation_id,
        duration_ms=round((time.monotonic() - started) * 1000, 1),
    )
