"""The inbox worker: applies what providers told, each event once, and lets none that fails hold up the others."""

import time
from dataclasses import dataclass
from typing import Final

import structlog

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import Instant
from domain.matching import find_reference
from domain.notices import Authorization, ChargeBack, RefundNotice
from domain.payments import Cause
from domain.rails import Receipt, confirmers, rail_of
from domain.services.receipts import ReceiptOutcome, record_authorized, record_receipt
from domain.services.refund_news import record_charge_back, record_refund_notice
from domain.services.suspense_news import note_foreign
from domain.trail import Facts
from server.logs import told
from storage.hub import HubUnitOfWork
from storage.hub_checks import NEVER, finish_check, heard_of
from storage.hub_inbox import EventKey, Told, Waiting, due_events, text_of
from storage.hub_units import HubUnits

_log = structlog.get_logger("hub.inbox")

PARK_GRACE_MS: Final = 3_600_000
"""How long money waits for the payment that it names, before it is booked to suspense."""

FIRST_RETRY_MS: Final = 5_000
LONGEST_PARK_MS: Final = 300_000
LONGEST_RETRY_MS: Final = 900_000
OLD_MS: Final = 86_400_000
OLD_PARK_MS: Final = 21_600_000
OLD_RETRY_MS: Final = 3_600_000
"""An event of more than a day is tried more rarely: refunds of another shop on the same account never find theirs."""

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of an event."""

    outcome: ReceiptOutcome
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class InboxWork:
    """Applies due events; safe to run in several processes, because each event is applied under its merchant's lock."""

    units: HubUnits

    def apply_due(self, at: Instant) -> bool:
        """Try every event that is due at `at`; return whether there may be more. Raises StorageUnavailable."""
        due = self.units.read(lambda session: due_events(session, at, BATCH))
        for key in due:
            self.apply(key, at)
        return len(due) == BATCH

    def apply(self, key: EventKey, at: Instant) -> ReceiptOutcome | None:
        """Try one event; None if it is applied already or failed, in which case it is tried again later."""
        started = time.monotonic()
        try:
            applied = self.units.run(key.merchant_id, lambda uow: _apply(uow, key, at))
        except StorageUnavailable:
            raise
        except DomainError as error:
            if error.code is ErrorCode.CURRENCY_MISMATCH:
                self._give_up(key, error.code, at)
            else:
                self._put_off(key, error.code, at)
            return None
        except Exception as error:  # noqa: BLE001 - one event that breaks our code must not stop everyone's money
            _log.error("event_broke", provider=key.provider, merchant_id=key.merchant_id, **told(error))
            self._put_off(key, ErrorCode.UNEXPECTED, at)
            return None
        if applied is None:
            return None
        _log.info(
            "billing.event.applied",
            rail=rail_of(key.provider),
            provider=key.provider,
            merchant_id=key.merchant_id,
            outcome=applied.outcome,
            channel=applied.waiting.channel,
            correlation_id=find_reference(text_of(applied.waiting.told)) or key.dedupe_key,
            waited_ms=at - applied.waiting.received_at,
            duration_ms=round((time.monotonic() - started) * 1000, 1),
        )
        return applied.outcome

    def _give_up(self, key: EventKey, code: ErrorCode, at: Instant) -> None:
        """End an event that no later try can book: money of another currency never becomes the shop's own.

        Money that moved is told to the tills all the same, for a person to deal with.
        """

        def op(uow: HubUnitOfWork) -> Told | None:
            waiting = uow.inbox.waiting(key.provider, key.dedupe_key)
            if waiting is None:
                return None
            uow.inbox.give_up(key.provider, key.dedupe_key, code.value, at)
            said: Facts = {
                "provider": key.provider.value,
                "amount": waiting.told.amount_minor,
                "currency": waiting.told.currency,
                "key": key.dedupe_key,
            }
            uow.audit.add("event.not_booked", key.dedupe_key, None, at, said, cause=Cause.PROVIDER)
            note_foreign(uow, waiting.told, at)
            return waiting.told

        told_of = self.units.run(key.merchant_id, op)
        if told_of is not None:
            _log.error(
                "event_not_booked",
                provider=key.provider,
                merchant_id=key.merchant_id,
                code=code,
                amount_minor=told_of.amount_minor,
                currency=told_of.currency,
            )

    def _put_off(self, key: EventKey, code: ErrorCode, at: Instant) -> None:
        def op(uow: HubUnitOfWork) -> Instant | None:
            waiting = uow.inbox.waiting(key.provider, key.dedupe_key)
            if waiting is None:
                return None
            is_old = at - waiting.received_at >= OLD_MS
            until = Instant(at + (OLD_RETRY_MS if is_old else _delay_ms(waiting.attempts, LONGEST_RETRY_MS)))
            uow.inbox.postpone(key.provider, key.dedupe_key, "received", code.value, until)
            return until

        until = self.units.run(key.merchant_id, op)
        _log.warning("event_failed", provider=key.provider, merchant_id=key.merchant_id, code=code, until=until)


def _apply(uow: HubUnitOfWork, key: EventKey, at: Instant) -> Applied | None:
    waiting = uow.inbox.waiting(key.provider, key.dedupe_key)
    if waiting is None:
        return None
    give_up_at = Instant(waiting.received_at + PARK_GRACE_MS)
    with uow.savepoint():
        outcome = _record(uow, waiting.told, at, may_park=at < give_up_at)
    if outcome is ReceiptOutcome.PARKED:
        is_old = at - waiting.received_at >= OLD_MS
        until = at + (OLD_PARK_MS if is_old else _delay_ms(waiting.attempts, LONGEST_PARK_MS))
        if isinstance(waiting.told, Receipt):
            until = min(until, give_up_at)
        uow.inbox.postpone(key.provider, key.dedupe_key, "parked", outcome.value, Instant(until))
    else:
        uow.inbox.settle(key.provider, key.dedupe_key, outcome.value, at)
        if isinstance(waiting.told, Receipt) and waiting.told.provider_ref:
            uow.inbox.wake_gone(key.provider, waiting.told.provider_ref, at)
        _note_freshness(uow, waiting, at)
    return Applied(outcome, waiting)


def _record(uow: HubUnitOfWork, told: Told, at: Instant, *, may_park: bool) -> ReceiptOutcome:
    """Book what a provider told; money that leaves waits as long as it takes for the payment that it came with."""
    if isinstance(told, RefundNotice):
        return record_refund_notice(uow, told, at, may_park=may_park)
    if isinstance(told, ChargeBack):
        return record_charge_back(uow, told, at, may_park=may_park)
    if isinstance(told, Authorization):
        return record_authorized(uow, told, at)
    return record_receipt(uow, told, at, may_park=may_park)


def _note_freshness(uow: HubUnitOfWork, waiting: Waiting, at: Instant) -> None:
    """Remember that the provider has spoken about a payment; once it is proven, nobody needs to ask any more."""
    reference = find_reference(text_of(waiting.told))
    intent = uow.payments.by_reference(reference) if reference else None
    if intent is None or waiting.told.provider not in confirmers(intent.method, intent.provider):
        return
    if intent.proven:
        finish_check(uow.session, intent.merchant_id, intent.id, waiting.received_at, NEVER, "paid")
    else:
        heard_of(uow.session, intent.merchant_id, intent.id, waiting.received_at)


def _delay_ms(attempts: int, longest_ms: int) -> int:
    return min(FIRST_RETRY_MS << min(attempts, 20), longest_ms)
