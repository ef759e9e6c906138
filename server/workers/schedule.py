"""When to ask again, as data: eagerly while a customer stands at the counter, then ever more rarely."""

from typing import Final

from domain.ids import Instant
from domain.payments import RECONCILE_WINDOW_MS, PaymentIntent
from storage.hub_checks import NEVER

ASK_MS: Final = (5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 900_000)
"""A payment is asked about again after the first of these that its age does not exceed: its age doubles each time."""

CODE_MS: Final = (1_000, 2_000, 4_000, 8_000, 15_000)
"""A code that could not be asked for is asked for again after the first of these that its age does not exceed."""

CODE_PATIENCE_MS: Final = 30_000
"""After this the cashier is told that there will be no code, and can choose another way to be paid."""

LEASE_MS: Final = 60_000
"""A claim is free again after this; longer than any call takes, so only a dead worker's claims are taken over."""

ACT_LEASE_MS: Final = 300_000
"""The same for a claim to move money, which takes several calls: whether it was moved before, and then to move it.

A provider without idempotency would move it twice for two workers that look at the same moment.
"""

DOUBT_MS: Final = 60_000
"""How long a refund or a charge without an answer is left alone: what is being carried out may not be listed yet."""

REFUND_MS: Final = (5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000)
"""A refund that is not finished is asked about again after the first of these that its age does not exceed."""

STATEMENT_IDLE_MS: Final = 900_000
"""How often a merchant's list is read while nobody waits for money."""

STATEMENT_PACE_MS: Final = 1_000
"""Between two pages of one list; SePay allows two requests in a second."""

STATEMENT_FRESH_MS: Final = 3_000
"""A list read this short a time ago answers another payment's question as well."""

STATEMENT_RETRY_MS: Final = 60_000
SWEEP_GRACE_MS: Final = 300_000
"""Tills end their payments themselves; the hub ends those that a till left behind, and tills' clocks differ."""


def ask_again_at(intent: PaymentIntent, heard_at: Instant, at: Instant) -> Instant:
    """Return when to ask about a payment again; NEVER once it is proven or later money no longer settles it."""
    if intent.proven or at > window_end(intent, heard_at):
        return NEVER
    return Instant(at + _step(ASK_MS, at - heard_at))


def code_again_at(heard_at: Instant, at: Instant) -> Instant | None:
    """Return when to ask for a code again, or None when the cashier has waited long enough."""
    if at - heard_at >= CODE_PATIENCE_MS:
        return None
    return Instant(at + _step(CODE_MS, at - heard_at))


def refund_again_at(sent_at: Instant, at: Instant) -> Instant:
    """Return when to ask about a refund again: eagerly at first, then once a day for as long as it takes."""
    return Instant(at + _step(REFUND_MS, at - sent_at))


def window_end(intent: PaymentIntent, heard_at: Instant) -> Instant:
    """Return until when money may still settle a payment, by the hub's clock: a till's may be years off."""
    lifetime = intent.expires_at - intent.created_at
    over_at = max(heard_at + lifetime, intent.held_until or 0)
    return Instant(over_at + SWEEP_GRACE_MS + RECONCILE_WINDOW_MS)


def order_again_at(ordered_at: Instant, at: Instant) -> Instant:
    """Return when to ask again for something that was ordered and is not done."""
    return Instant(at + _step(ASK_MS, at - ordered_at))


def _step(steps: tuple[int, ...], age_ms: int) -> int:
    return next((step for step in steps if step >= age_ms), steps[-1])
