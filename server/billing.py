"""What came of calls to providers and of payments, told as log lines and as numbers (requirement RAIL-8).

A line names a payment by its reference alone: no secret, nothing about a person, nothing that a provider said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from domain.display import rail_word
from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.payments import PaymentIntent
from domain.rails import Provider, Rail, rail_of, route_of
from server.metrics import Metrics

_log = structlog.get_logger("hub.billing")

CALLS: Final = "bana_billing_rail_execution_total"
CALL_TIMES: Final = "bana_billing_rail_execution_seconds"
RESULTS: Final = "bana_billing_execution_result_total"
RESULT_TIMES: Final = "bana_billing_execution_seconds"


@dataclass(frozen=True, slots=True)
class RailCall:
    """A call to a provider on behalf of a merchant, and what came of it; `correlation_id` is the payment's reference.

    A call that reads a whole list names no payment.
    """

    merchant_id: MerchantId
    provider: Provider
    operation: str
    outcome: str
    failure: FailureCode | None
    correlation_id: str
    duration_ms: float
    at: Instant


@dataclass(frozen=True, slots=True)
class Billing:
    """Tells what happened to whoever watches the hub."""

    metrics: Metrics

    def rail_called(self, call: RailCall) -> None:
        """Tell of a call to a provider."""
        rail = rail_of(call.provider)
        _log.info(
            "billing.rail.execution",
            rail=rail.value,
            provider=call.provider.value,
            merchant_id=call.merchant_id,
            operation=call.operation,
            outcome=call.outcome,
            failure=_code(call.failure),
            correlation_id=call.correlation_id,
            duration_ms=call.duration_ms,
        )
        named = {**_named(rail, call.provider), "operation": call.operation, "outcome": call.outcome}
        failed = {**named, "failure": _code(call.failure) or ""}
        self.metrics.count(CALLS, "Calls to payment providers.", failed)
        self.metrics.time(CALL_TIMES, "How long calls to payment providers took.", named, call.duration_ms / 1000)

    def payment_ended(self, intent: PaymentIntent) -> None:
        """Tell of a payment that came to an end; money may still reach one that was not paid, which is another end."""
        route = route_of(intent.method, intent.provider)
        rail = rail_of(intent.provider) if route is None else route.rail
        duration_ms = max((intent.updated_at or intent.created_at) - intent.created_at, 0)
        outcome, failure = rail_word(intent.status), _code(intent.failure)
        _log.info(
            "billing.execution.result",
            rail=rail.value,
            provider=intent.provider.value,
            merchant_id=intent.merchant_id,
            outcome=outcome,
            status=intent.status.value,
            exception=intent.exception.value,
            failure=failure,
            origin=intent.origin,
            correlation_id=intent.reference,
            duration_ms=duration_ms,
        )
        named = {**_named(rail, intent.provider), "outcome": outcome, "status": intent.status.value}
        self.metrics.count(RESULTS, "Payments that came to an end.", {**named, "failure": failure or ""})
        self.metrics.time(RESULT_TIMES, "How long payments took to their end.", named, duration_ms / 1000)


def _named(rail: Rail, provider: Provider) -> Mapping[str, str]:
    return {"rail": rail.value, "provider": provider.value}


def _code(failure: FailureCode | None) -> str | None:
    return None if failure is None else failure.value
