"""Reading providers' lists of movements, so that money whose notification was lost is found all the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.matching import find_reference
from domain.rails import Provider, Receipt
from server.inbox import InboxWork
from server.rails.base import Statement
from server.workers.rail_calls import RailCalls
from server.workers.schedule import (
    LEASE_MS,
    STATEMENT_FRESH_MS,
    STATEMENT_IDLE_MS,
    STATEMENT_PACE_MS,
    STATEMENT_RETRY_MS,
)
from storage.hub import HubUnitOfWork
from storage.hub_checks import NEVER
from storage.hub_inbox import EventKey
from storage.hub_statements import (
    StatementPlace,
    claim_statement,
    due_statements,
    finish_statement,
    put_off_statement,
    statement_polled_at,
)
from storage.hub_units import HubUnits

_log = structlog.get_logger("hub.statements")

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class StatementReader:
    """Reads each connected merchant's list, one page at a time, and stores what it tells with the place it reached."""

    units: HubUnits
    calls: RailCalls
    inbox: InboxWork
    now: Callable[[], Instant]

    def due(self, at: Instant) -> list[tuple[MerchantId, Provider]]:
        """Return the lists that are to be read; raises StorageUnavailable."""
        return self.units.read(lambda session: due_statements(session, at, BATCH))

    def read(self, merchant_id: MerchantId, provider: Provider) -> Instant | None:
        """Read a page; return as of when the whole list is known, or None if it is not.

        While another worker reads the list, its knowledge is returned if it is fresh. Raises StorageUnavailable.
        """
        at = self.now()
        place = self.units.read_of(
            merchant_id, lambda session: claim_statement(session, merchant_id, provider, at, Instant(at + LEASE_MS))
        )
        if place is None:
            polled_at = self.units.read_of(
                merchant_id, lambda session: statement_polled_at(session, merchant_id, provider)
            )
            return polled_at if polled_at is not None and at - polled_at <= STATEMENT_FRESH_MS else None
        page = self.calls.statement(self.calls.adapters[provider], merchant_id, place.cursor, at)
        if page.failure is not None:
            self._put_off(merchant_id, provider, page.failure)
            return None
        for key in self._keep(merchant_id, provider, place, page, at):
            self.inbox.apply(key, self.now())
        if page.unreadable:
            _log.warning("rows_unreadable", merchant_id=merchant_id, provider=provider, rows=page.unreadable)
        return None if page.more else at

    def _keep(
        self, merchant_id: MerchantId, provider: Provider, place: StatementPlace, page: Statement, asked_at: Instant
    ) -> list[EventKey]:
        at = self.now()

        def op(uow: HubUnitOfWork) -> list[EventKey]:
            fresh = [
                EventKey(merchant_id, provider, receipt.dedupe_key)
                for receipt in page.receipts
                if _counts(receipt, place) and uow.inbox.store(receipt, "{}", "statement", at)
            ]
            finish_statement(
                uow.session,
                merchant_id,
                provider,
                page.cursor,
                asked_at,
                at if page.more else Instant(at + STATEMENT_IDLE_MS),
                Instant(at + STATEMENT_PACE_MS),
                "",
            )
            return fresh

        return self.units.run(merchant_id, op)

    def _put_off(self, merchant_id: MerchantId, provider: Provider, failure: FailureCode) -> None:
        at = self.now()
        wait = STATEMENT_RETRY_MS if failure.retried else STATEMENT_IDLE_MS
        again = NEVER if failure is FailureCode.CREDENTIALS_MISSING else Instant(at + wait)
        free = Instant(at + STATEMENT_PACE_MS)
        self.units.read_of(
            merchant_id,
            lambda session: put_off_statement(session, merchant_id, provider, again, free, failure.value),
        )


def _counts(receipt: Receipt, place: StatementPlace) -> bool:
    """Whether money belongs into the books: what came before the shop was connected is in its opening balance."""
    return receipt.paid_at >= place.connected_at or find_reference(receipt.text) is not None
