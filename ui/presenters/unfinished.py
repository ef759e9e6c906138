"""Sales of today that were left paid in part: found again after a lock, a restart or another customer."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.calendar import business_date, day_start
from domain.ids import BillId, Instant
from domain.payment_rows import SaleRow
from domain.ports import Queries
from ui.presenters.desk import Desk
from ui.presenters.reading import Reading


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A sale that is paid in part, and what of it is missing (minor units)."""

    bill_id: BillId
    missing_minor: int


class UnfinishedSales:
    """Looks for such sales of this till; `show` hears of them, the newest first."""

    def __init__(self, desk: Desk, show: Callable[[tuple[Unfinished, ...]], None]) -> None:
        self._desk = desk
        self._show = show
        self._reading = Reading[tuple[SaleRow, ...]](desk.work, self._found, desk.notices.problem)

    def look(self) -> None:
        """Look again, from the beginning of the shop's day."""
        zone = self._desk.shop.zone
        since = day_start(business_date(self._desk.now(), zone), zone)
        self._reading.ask(lambda queries: _read(queries, since))

    def _found(self, sales: tuple[SaleRow, ...]) -> None:
        self._show(tuple(Unfinished(sale.id, sale.missing_minor) for sale in sales))


def _read(queries: Queries, since: Instant) -> tuple[SaleRow, ...]:
    return tuple(queries.unfinished(since))
