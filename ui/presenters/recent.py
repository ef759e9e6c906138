"""The newest payments of the day beside the counter, with the day's verified total."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.calendar import business_date, day_start
from domain.changes import Changes, Topic
from domain.ids import Instant, PaymentId
from domain.payment_rows import PaymentFilter, PaymentRow
from domain.payments import OPEN
from domain.policy import Actor
from domain.ports import Queries
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter
from ui.presenters.reading import Reading

MOST: Final = 30


@dataclass(frozen=True, slots=True)
class RecentState:
    """Today's newest payments; the total is in minor units and None before the first read."""

    rows: tuple[PaymentRow, ...] = ()
    total_minor: int | None = None
    count: int = 0
    needs_review: int = 0


class RecentPresenter(Presenter[RecentState]):
    """Keeps the list beside the counter fresh, also while another screen is open."""

    watches = frozenset({Topic.PAYMENTS, Topic.OUTBOX})

    def __init__(
        self, desk: Desk, resume: Callable[[PaymentId], bool], open_payment: Callable[[PaymentId], None]
    ) -> None:
        """`resume` brings an open payment back to the counter if that is free; `open_payment` shows it elsewhere."""
        super().__init__(RecentState())
        self._desk = desk
        self._resume = resume
        self._open_payment = open_payment
        self._reading = Reading[tuple[Actor, RecentState]](desk.work, self._show, desk.notices.problem)

    def opened(self) -> None:
        """What the day's total covers depends on who is signed in now: nothing of the last person's is left."""
        self._become(RecentState())
        self._stale = True
        super().opened()

    def refresh(self) -> None:
        """Read the list and the total of the shop's day."""
        zone = self._desk.shop.zone
        since = day_start(business_date(self._desk.now(), zone), zone)
        actor = self._desk.actor
        if actor is None:
            self._stale = True
        else:
            self._reading.ask(lambda queries: (actor, _read(queries, actor, since)))

    def _show(self, answer: tuple[Actor, RecentState]) -> None:
        reader, state = answer
        if reader == self._desk.actor:
            self._become(state)

    def on_changes(self, changes: Changes) -> None:
        """Read again; the list stands beside the counter, which is never closed."""
        if changes.meets(self.watches):
            self.refresh()

    def open_row(self, payment_id: PaymentId) -> None:
        """Open a row: an open payment comes back to the counter if that is free, any other opens in Payments."""
        row = next((row for row in self.state.rows if row.id == payment_id), None)
        if row is None or row.status not in OPEN or not self._resume(payment_id):
            self._open_payment(payment_id)


def _read(queries: Queries, actor: Actor, since: Instant) -> RecentState:
    total = queries.day_total(actor, since)
    rows = tuple(queries.payments(PaymentFilter(since=since), MOST, None))
    return RecentState(rows, total.amount_minor, total.count, total.needs_review)
