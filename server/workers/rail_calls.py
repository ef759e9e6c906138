"""Calls to providers on behalf of merchants: with their credentials, measured and logged, outside any transaction."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import httpx
import structlog

from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.payments import PaymentIntent
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, RefundOrder, route_of
from domain.services.orders import CAPTURE, VOID, WITHDRAW
from server.billing import RailCall
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

T = TypeVar("T")
Outcome = tuple[str, FailureCode | None]
_BROKEN: Final[Outcome] = (RailStatus.UNKNOWN.value, FailureCode.UNEXPECTED_ERROR)


@dataclass(frozen=True, slots=True)
class Told:
    """Which call it is that is told of."""

    merchant_id: MerchantId
    provider: Provider
    operation: str
    reference: str
    at: Instant


@dataclass(frozen=True, slots=True)
class RailCalls:
    """The providers, as merchants' payments reach them."""

    units: HubUnits
    vault: Vault
    http: httpx.Client
    adapters: Mapping[Provider, RailAdapter]
    links: PayLinks
    tell: Callable[[RailCall], None]

    def context(self, intent: PaymentIntent, heard_at: Instant, provider_ref: str = "") -> PaymentContext:
        """Return what a provider is told of a payment, with the hub's page for it."""
        page_url = self.links.of(intent.merchant_id, intent.id)
        return replace(context_of(intent, heard_at, provider_ref), page_url=page_url)

    def present(self, adapter: RailAdapter, context: PaymentContext, at: Instant) -> RailResult:
        """Ask for a code; raises StorageUnavailable."""
        credentials = self._credentials(context.merchant_id, adapter.provider, at)
        return self._ask(
            adapter.provider, context, "present", at, lambda: adapter.present(self.http, credentials, context)
        )

    def check(self, adapter: RailAdapter, context: PaymentContext, at: Instant) -> RailResult:
        """Ask what became of a payment; raises StorageUnavailable."""
        credentials = self._credentials(context.merchant_id, adapter.provider, at)
        return self._ask(adapter.provider, context, "check", at, lambda: adapter.check(self.http, credentials, context))

    def charge(
        self, adapter: Charges, provider: Provider, context: PaymentContext, nonce: str, at: Instant
    ) -> RailResult:
        """Take money for what a customer's card form handed over; raises StorageUnavailable."""
        credentials = self._credentials(context.merchant_id, provider, at)
        return self._ask(
            provider, context, "charge", at, lambda: adapter.charge(self.http, credentials, context, nonce)
        )

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

        return self._ask(adapter.provider, context, kind, at, call)

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
        told = Told(merchant_id, adapter.provider, "statement", "", at)
        return self._timed(told, lambda: adapter.statement(self.http, credentials, cursor, at), _of_statement)

    def _ask(
        self,
        provider: Provider,
        context: PaymentContext,
        operation: str,
        at: Instant,
        call: Callable[[], RailResult],
    ) -> RailResult:
        told = Told(context.merchant_id, provider, operation, context.reference, at)
        return self._timed(told, call, _of_result)

    def _ask_refund(self, adapter: RailAdapter, order: RefundOrder, operation: str, at: Instant) -> RailResult:
        assert isinstance(adapter, Refunds), "the caller has looked"
        credentials = self._credentials(order.merchant_id, adapter.provider, at)
        call = adapter.refund if operation == "refund" else adapter.check_refund
        told = Told(order.merchant_id, adapter.provider, operation, order.reference, at)
        return self._timed(told, lambda: call(self.http, credentials, order), _of_result)

    def _timed(self, told: "Told", call: Callable[[], T], outcome_of: Callable[[T], "Outcome"]) -> T:
        """Call a provider and tell how it went, also when our own code breaks over the answer."""
        started, outcome = time.monotonic(), _BROKEN
        try:
            result = call()
            outcome = outcome_of(result)
        finally:
            took_ms = round((time.monotonic() - started) * 1000, 1)
            self.tell(
                RailCall(told.merchant_id, told.provider, told.operation, *outcome, told.reference, took_ms, told.at)
            )
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


def _of_result(result: RailResult) -> Outcome:
    return result.status.value, result.failure


def _of_statement(page: Statement) -> Outcome:
    return "failed" if page.failure else "success", page.failure
