"""News of payments that are no longer on the counter's screen: told once, beside the entry under way, never over it."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from domain.display import CounterStatus, counter_status
from domain.ids import PaymentId
from domain.matching import PREFIX, shown_reference
from domain.payment_rows import PaymentDetail
from domain.payments import Cause
from domain.ports import Queries
from ui.presenters.charge_state import ShownPayment
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Words
from ui.sound import Sound

LOOKED_AT: Final = 50
"""How many changed payments are looked at in one go: after days offline only the newest are news."""

TOLD_ONE_BY_ONE: Final = 3
REMEMBERED: Final = 500

_NEWS: Final = {
    CounterStatus.PAID: (Mood.OK, "charge.entry_kept"),
    CounterStatus.LATE: (Mood.WARN, "late.toast"),
    CounterStatus.HELD: (Mood.INFO, "earlier.held"),
    CounterStatus.SHORT: (Mood.ERR, "earlier.short"),
    CounterStatus.OVER: (Mood.WARN, "earlier.over"),
    CounterStatus.FAILED: (Mood.WARN, "earlier.failed"),
}
_Fact = tuple[PaymentId, CounterStatus, int]


class EarlierPayments:
    """Looks at changed payments of this till and tells what providers and the hub said about them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: OrderedDict[_Fact, None] = OrderedDict()

    def know(self, payment: ShownPayment) -> None:
        """Take note of what the counter's screen has told already."""
        self._remember((payment.id, payment.status, payment.received_minor))

    def look(self, changed: Iterable[str]) -> None:
        """Look at changed payments, newest first (ids rise with time)."""
        ids = [PaymentId(each) for each in sorted(changed, reverse=True)[:LOOKED_AT]]
        if ids:
            self._desk.work.query(lambda queries: _details(queries, ids), self._tell)

    def _tell(self, details: list[PaymentDetail]) -> None:
        news = [detail for detail in details if self._is_news(detail)]
        if len(news) > TOLD_ONE_BY_ONE:
            self._desk.notices.toast(Mood.INFO, Words.of("earlier.many", count=len(news)))
            return
        for detail in news:
            mood, key = _NEWS[_status(detail)]
            row = detail.row
            words = Words.of(
                key,
                amount=row.amount_minor,
                received=row.received_minor,
                excess=detail.sale.excess_minor,
                code=shown_reference(row.reference),
            )
            self._desk.notices.toast(mood, words)
        if any(_status(detail) is not CounterStatus.PAID for detail in news):
            self._desk.sounds.play(Sound.NOTICE)

    def _is_news(self, detail: PaymentDetail) -> bool:
        row, status = detail.row, _status(detail)
        mine = row.reference.startswith(PREFIX + self._desk.shop.till_code)
        said = bool(detail.events) and detail.events[-1].cause in (Cause.PROVIDER, Cause.HUB)
        fact = (row.id, status, row.received_minor)
        if not (mine and said and status in _NEWS) or fact in self._told:
            return False
        self._remember(fact)
        return True

    def _remember(self, fact: _Fact) -> None:
        self._told[fact] = None
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)


def _status(detail: PaymentDetail) -> CounterStatus:
    return counter_status(detail.row.status, detail.row.exception, method=detail.row.method)


def _details(queries: Queries, ids: list[PaymentId]) -> list[PaymentDetail]:
    return [detail for each in ids if (detail := queries.payment(each)) is not None]
