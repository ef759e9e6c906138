"""The list of payments: found by one box and three rows of chips, read page by page, one opened beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Final

from domain.calendar import business_date, day_start
from domain.changes import Topic
from domain.display import TrackingGroup, tracking_group
from domain.errors import DomainError
from domain.ids import Instant, PaymentId
from domain.payments import OPEN, PaymentStatus
from domain.policy import Action
from domain.ports import Queries
from domain.rails import Method
from domain.rows import PaymentDetail, PaymentFilter, PaymentRow
from domain.services.payments import cancel_payment
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading

PAGE: Final = 60
MOST: Final = 3_000
"""How many rows are held; beyond that a person narrows the search."""

_DAY_MS: Final = 24 * 3600 * 1000


class Period(StrEnum):
    """The days that the list shows."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: a text, a status group, a method and a period; None means any."""

    text: str = ""
    group: TrackingGroup | None = None
    method: Method | None = None
    period: Period = Period.TODAY

    @property
    def narrowed(self) -> bool:
        """Whether anything but the plain list of today is asked for."""
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class PaymentsState:
    """The rows read so far, newest first; `complete` when there are no more. `detail` stands in the drawer.

    `loaded` is False before the first answer to what is wanted now, so that nothing claims to be empty too early.
    """

    wanted: Wanted = Wanted()
    rows: tuple[PaymentRow, ...] = ()
    loaded: bool = False
    complete: bool = False
    too_many: bool = False
    chosen: PaymentId | None = None
    detail: PaymentDetail | None = None
    can_cancel: bool = False
    asking_cancel: bool = False
    problem: DomainError | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    wanted: Wanted
    rows: tuple[PaymentRow, ...]
    complete: bool
    after: tuple[Instant, PaymentId] | None


class PaymentsPresenter(Presenter[PaymentsState]):
    """Finds and shows payments; the only act on one is to cancel it while it is open."""

    watches = frozenset({Topic.PAYMENTS, Topic.OUTBOX, Topic.VOUCHERS})

    def __init__(self, desk: Desk, copy: Callable[[str], None]) -> None:
        """`copy` puts a text on the clipboard."""
        super().__init__(PaymentsState())
        self._desk = desk
        self._copy = copy
        self._pages = Reading[_Page](desk.work, self._show_page, self._show_problem)
        self._details = Reading[PaymentDetail | None](desk.work, self._show_detail, self._show_problem)

    def find(self, text: str) -> None:
        """Type into the search box; a text is looked for in all days, until other days are chosen."""
        wanted, found = self.state.wanted, text.strip()
        period = wanted.period if bool(found) == bool(wanted.text) else Period.ALL if found else Period.TODAY
        self._want(replace(wanted, text=found, period=period))

    def show_group(self, group: TrackingGroup | None) -> None:
        """Press a chip of the status row."""
        self._want(replace(self.state.wanted, group=group))

    def show_method(self, method: Method | None) -> None:
        """Press a chip of the method row."""
        self._want(replace(self.state.wanted, method=method))

    def show_period(self, period: Period) -> None:
        """Press a chip of the day row."""
        self._want(replace(self.state.wanted, period=period))

    def clear_filters(self) -> None:
        """Go back to the plain list of today."""
        self._want(Wanted())

    def more(self) -> None:
        """Reach the end of what has been read."""
        state = self.state
        if state.complete or state.too_many or not state.rows:
            return
        wanted, span, place = state.wanted, self._span(state.wanted.period), self._place()
        self._pages.ask(lambda queries: _page(queries, wanted, span, PAGE, place))

    def refresh(self) -> None:
        """Read again as many rows as stand, and the open payment."""
        wanted, span = self.state.wanted, self._span(self.state.wanted.period)
        count = max(PAGE, len(self.state.rows))
        self._pages.ask(lambda queries: _page(queries, wanted, span, count, None))
        self._read_detail()

    def choose(self, payment_id: PaymentId) -> None:
        """Open a payment in the drawer."""
        self._change(chosen=payment_id, asking_cancel=False, problem=None)
        self._read_detail()

    def close_detail(self) -> None:
        """Close the drawer."""
        self._change(chosen=None, detail=None, asking_cancel=False, can_cancel=False, problem=None)

    def open_reference(self, reference: str) -> None:
        """Open the payment that carries a reference, for example one read by a barcode scanner."""
        wanted = PaymentFilter(text=reference)
        self._desk.work.query(lambda queries: tuple(queries.payments(wanted, 1, None)), self._open_found)

    def copy_code(self) -> None:
        """Copy the open payment's reference."""
        if self.state.detail is not None:
            self._copy(self.state.detail.row.reference)
            self._desk.notices.toast(Mood.OK, Words.of("common.copied"))

    def ask_cancel(self) -> None:
        """Ask before the open payment is cancelled, or take the question back."""
        self._change(asking_cancel=self.state.can_cancel and not self.state.asking_cancel)

    def confirm_cancel(self) -> None:
        """Cancel the open payment."""
        detail, at = self.state.detail, self._desk.now()
        if detail is None or not self.state.asking_cancel:
            return
        actor, payment_id = self._desk.signed_in, detail.row.id
        self._change(asking_cancel=False, can_cancel=False)
        self._desk.work.command(
            lambda uow: cancel_payment(uow, actor, payment_id, at),
            lambda _intent: self._desk.notices.announce(Words.of("cancelled.announce")),
            self._cancel_refused,
        )

    def _want(self, wanted: Wanted) -> None:
        if wanted == self.state.wanted:
            return
        self._change(wanted=wanted, rows=(), loaded=False, complete=False, too_many=False)
        span = self._span(wanted.period)
        self._pages.ask(lambda queries: _page(queries, wanted, span, PAGE, None))

    def _span(self, period: Period) -> tuple[Instant | None, Instant | None]:
        zone = self._desk.shop.zone
        today = day_start(business_date(self._desk.now(), zone), zone)
        return {
            Period.TODAY: (today, None),
            Period.YESTERDAY: (Instant(today - _DAY_MS), today),
            Period.WEEK: (Instant(today - 6 * _DAY_MS), None),
            Period.ALL: (None, None),
        }[period]

    def _show_page(self, page: _Page) -> None:
        if page.wanted != self.state.wanted or (page.after is not None and page.after != self._place()):
            return  # the list was asked for otherwise, or has moved, since this page was asked for
        rows = page.rows if page.after is None else (*self.state.rows, *page.rows)
        self._change(rows=rows[:MOST], loaded=True, complete=page.complete, too_many=len(rows) >= MOST, problem=None)

    def _read_detail(self) -> None:
        chosen = self.state.chosen
        if chosen is not None:
            self._details.ask(lambda queries: queries.payment(chosen))

    def _show_detail(self, detail: PaymentDetail | None) -> None:
        if detail is None or detail.row.id != self.state.chosen:
            return
        can_cancel = detail.row.status in OPEN and self._desk.may(Action.CANCEL_PAYMENT)
        self._change(detail=detail, can_cancel=can_cancel, asking_cancel=self.state.asking_cancel and can_cancel)

    def _open_found(self, rows: tuple[PaymentRow, ...]) -> None:
        if rows:
            self.choose(rows[0].id)
        else:
            self._desk.notices.toast(Mood.WARN, Words.of("payments.unknown_code"))

    def _place(self) -> tuple[Instant, PaymentId] | None:
        """Behind which row the next page begins."""
        return (self.state.rows[-1].created_at, self.state.rows[-1].id) if self.state.rows else None

    def _cancel_refused(self, error: DomainError) -> None:
        self._show_problem(error)
        self._read_detail()

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True)


def _page(
    queries: Queries,
    wanted: Wanted,
    span: tuple[Instant | None, Instant | None],
    count: int,
    after: tuple[Instant, PaymentId] | None,
) -> _Page:
    """Read `count` rows behind `after`, page by page; the statuses of a group are read each by its index and merged."""
    base = PaymentFilter(text=wanted.text, method=wanted.method, since=span[0], until=span[1])
    statuses = [status for status in PaymentStatus if tracking_group(status) is wanted.group]
    filters = [replace(base, status=status) for status in statuses] if wanted.group else [base]
    rows: list[PaymentRow] = []
    place, complete = after, False
    while len(rows) < count and not complete:
        pages: list[Sequence[PaymentRow]] = [queries.payments(each, PAGE, place) for each in filters]
        found = list(islice(merge(*pages, key=_newest_first), PAGE))
        complete = len(found) < PAGE
        rows.extend(found)
        if found:
            place = (found[-1].created_at, found[-1].id)
    return _Page(wanted, tuple(rows), complete, after)


def _newest_first(row: PaymentRow) -> tuple[int, tuple[int, ...]]:
    return (-row.created_at, tuple(-ord(letter) for letter in row.id))
