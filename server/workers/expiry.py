"""Ending the payments that a till left behind when their time was over; a soft end, the provider is asked on."""

from typing import Final

from domain.ids import Instant
from domain.payments import Cause, PaymentIntent, PaymentStatus, advance
from domain.services.orders import unwanted
from domain.services.payment_changes import save_change
from domain.services.payments import EXPIRY_BATCH
from server.workers.schedule import SWEEP_GRACE_MS
from storage.hub import HubUnitOfWork
from storage.hub_checks import first_heard, merchants_with_overdue
from storage.hub_units import HubUnits

BATCH: Final = 100


def sweep(units: HubUnits, at: Instant) -> int:
    """End overdue payments of every merchant; return how many there were. Raises StorageUnavailable."""
    over = Instant(at - SWEEP_GRACE_MS)
    merchants = units.read(lambda session: merchants_with_overdue(session, over, BATCH))
    return sum(units.run(merchant_id, lambda uow: _sweep(uow, over, at)) for merchant_id in merchants)


def _sweep(uow: HubUnitOfWork, over: Instant, at: Instant) -> int:
    overdue = [intent for intent in uow.payments.due(over, EXPIRY_BATCH) if _had_its_time(uow, intent, over)]
    for intent in overdue:
        ended = advance(intent, PaymentStatus.EXPIRED, Cause.CLOCK, at)
        save_change(uow, intent, ended, Cause.CLOCK, at)
        unwanted(uow, ended, at)
    return len(overdue)


def _had_its_time(uow: HubUnitOfWork, intent: PaymentIntent, over: Instant) -> bool:
    """Whether a payment's lifetime is over by the hub's clock too: a till's clock may be years behind.

    How long money is held is the provider's to say.
    """
    if intent.status is PaymentStatus.AUTHORIZED:
        return True
    heard_at = first_heard(uow.session, intent.merchant_id, intent.id)
    return heard_at is None or heard_at + intent.expires_at - intent.created_at <= over
