"""Giving money back through providers: claim the refund, ask with its own reference, record the answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from domain.errors import FailureCode
from domain.ids import Instant, MerchantId, RefundId
from domain.rails import Provider, RailResult, RailStatus, RefundOrder
from domain.refunds import WAITING, Refund
from domain.services.refund_news import claim_refund, record_refund_result
from server.rails.base import Refunds
from server.workers.rail_calls import RailCalls
from server.workers.schedule import ACT_LEASE_MS, DOUBT_MS, refund_again_at
from storage.hub import HubUnitOfWork
from storage.hub_checks import NEVER
from storage.hub_refunds import claim_refund_work, due_refunds, put_off_refund
from storage.hub_units import HubUnits

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class RefundTask:
    """A claimed refund, and what its provider is asked."""

    refund: Refund
    order: RefundOrder


@dataclass(frozen=True, slots=True)
class Refunder:
    """Asks providers for refunds.

    That a refund is sent is committed before the provider is asked. After a restart between the two, or between the
    answer and its record, nobody knows whether it was asked: it is asked again with the same reference, by which no
    provider gives anything back twice. What may have been asked before is first looked for.
    """

    units: HubUnits
    calls: RailCalls
    now: Callable[[], Instant]

    def due(self, at: Instant) -> list[tuple[MerchantId, RefundId]]:
        """Return the refunds to ask about; raises StorageUnavailable."""
        return self.units.read(lambda session: due_refunds(session, at, BATCH))

    def take(self, merchant_id: MerchantId, refund_id: RefundId) -> RefundTask | None:
        """Claim a due refund; None if another worker has it or there is nothing to ask any more."""
        at = self.now()

        def op(uow: HubUnitOfWork) -> RefundTask | None:
            attempts = claim_refund_work(uow.session, merchant_id, refund_id, at, Instant(at + ACT_LEASE_MS))
            if attempts is None:
                return None
            claimed = claim_refund(uow, refund_id, at)
            if claimed is None:
                put_off_refund(uow.session, merchant_id, refund_id, NEVER, "over")
                return None
            refund, order = claimed
            return RefundTask(refund, replace(order, repeated=attempts > 1))

        return self.units.run(merchant_id, op)

    def ask(self, task: RefundTask) -> None:
        """Put a claimed refund to its provider and record the answer; raises StorageUnavailable."""
        if task.refund.provider is Provider.STORED_VALUE:  # nobody outside is asked: what is recorded is done
            self._record(task, RailResult(RailStatus.SUCCESS, provider_ref=task.order.reference))
            return
        adapter = self.calls.adapters.get(task.refund.provider)
        if adapter is None or not isinstance(adapter, Refunds):
            self._record(task, RailResult(RailStatus.FAILED, failure=FailureCode.OPERATION_UNSUPPORTED))
            return
        if task.order.repeated:
            found = self.calls.check_refund(adapter, task.order, self.now())
            if not _is_not_there(found):
                self._record(task, found)
                return
        self._record(task, self.calls.refund(adapter, task.order, self.now()))

    def _record(self, task: RefundTask, result: RailResult) -> None:
        refund_id, merchant_id, at = task.refund.id, task.refund.merchant_id, self.now()

        def op(uow: HubUnitOfWork) -> None:
            stands = record_refund_result(uow, refund_id, result, at)
            waits = stands is not None and stands.status in WAITING
            again = refund_again_at(task.refund.sent_at or at, at) if waits else NEVER
            if result.status is RailStatus.UNKNOWN:
                again = max(again, Instant(at + DOUBT_MS))
            note = "" if result.failure is None else result.failure.value
            put_off_refund(uow.session, merchant_id, refund_id, again, note)

        self.units.run(merchant_id, op)


def _is_not_there(found: RailResult) -> bool:
    """Whether a question about a refund brought nothing: asking for it again, with the same reference, is safe."""
    transient = found.failure is not None and found.failure.retried
    return found.status is RailStatus.UNKNOWN and transient
