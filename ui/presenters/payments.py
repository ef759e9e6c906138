"""The list of payments: found by one box and three rows of chips, read page by page, one opened beside it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from domain.approvals import Approval, asked_of
from domain.changes import Topic
from domain.display import TrackingGroup
from domain.errors import DomainError
from domain.ids import BillId, Instant, PaymentId, RefundId, ResolutionId, VoucherId
from domain.matching import shown_reference
from domain.payment_rows import MatterRow, PaymentDetail, PaymentFilter, PaymentRow
from domain.payments import PaymentStatus
from domain.policy import Action
from domain.rails import Method
from domain.refunds import RefundWay
from domain.services.payments import cancel_payment, void_sale
from domain.services.resolutions import mark_seen
from domain.vouchers import Voucher
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.by_hand import Becoming, ByHandPresenter
from ui.presenters.desk import Desk
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.held_money import HeldPresenter
from ui.presenters.matters import MattersPresenter
from ui.presenters.payment_acts import may_cancel, may_say_seen, may_void
from ui.presenters.payment_search import CHEQUES, PAGE, PLAIN, FoundPage, Period, Wanted, days_of, read_page
from ui.presenters.payments_state import NOT_ASKED, NOTHING_OFFERED, PaymentsState
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading
from ui.presenters.refund import RefundPresenter
from ui.presenters.unmatched import UnmatchedPresenter

MOST: Final = 3_000
"""How many rows are held; beyond that a person narrows the search."""


class PaymentsPresenter(Presenter[PaymentsState]):
    """Finds and shows payments; an open one can be cancelled, a cash sale of today at this till taken back.

    `approval` asks who may allow a void that the person at the till may not do alone.
    """

    watches = frozenset({Topic.PAYMENTS, Topic.OUTBOX, Topic.VOUCHERS})

    def __init__(
        self,
        desk: Desk,
        copy: Callable[[str], None],
        approval: ApprovalPresenter,
        hand: HandConfirmPresenter,
        go_on: Callable[[BillId], None],
        open_voucher: Callable[[VoucherId], None],
    ) -> None:
        """`copy` puts a text on the clipboard, `hand` asks what a person saw who confirms a payment by hand.

        `go_on` brings an unfinished sale to the counter, `open_voucher` shows a voucher in its own screen.
        """
        super().__init__(PaymentsState())
        self.approval = approval
        self.refund = RefundPresenter(desk, approval, open_voucher)
        self.unmatched = UnmatchedPresenter(desk, approval, open_voucher)
        self.matters = MattersPresenter(desk, self.unmatched.renew)
        self.held = HeldPresenter(desk)
        self.by_hand = ByHandPresenter(desk, approval)
        self._hand, self._go_on, self._open_voucher = hand, go_on, open_voucher
        self._person = ""
        self._desk = desk
        self._copy = copy
        self._pages = Reading[FoundPage](desk.work, self._show_page, self._show_problem)
        self._details = Reading[PaymentDetail | None](desk.work, self._show_detail, self._show_problem)

    def opened(self) -> None:
        """What may be done with the open payment depends on who is signed in now; another person begins anew."""
        person = self._desk.actor.user_id if self._desk.actor is not None else ""
        if person != self._person:
            self._person = person
            self._become(PaymentsState())
            self.matters.begin()
        self._change(asking_cancel=False, **NOTHING_OFFERED, **NOT_ASKED)
        self._stale = True
        super().opened()

    def closed(self) -> None:
        """Leaving the screen asks for nothing any more."""
        self.refund.cancel()
        self.unmatched.cancel()
        self.held.cancel()
        self.by_hand.cancel()
        self.approval.cancel()
        self._hand.cancel()
        super().closed()

    def covered(self) -> None:
        """An approval that is asked for ends; the sheets below it stand."""
        self.approval.cancel()
        self._hand.approval.cancel()

    def uncovered(self) -> None:
        """Money may have moved meanwhile: look again, also for the sheets."""
        self.refresh()

    def detach(self) -> None:
        """Forget the views."""
        self.approval.detach()
        self.matters.detach()
        self.refund.detach()
        self.unmatched.detach()
        self.held.detach()
        self.by_hand.detach()
        super().detach()

    def tick(self) -> None:
        """Time passes for a PIN pad that is closed."""
        self.approval.tick()

    def find(self, text: str) -> None:
        """Type into the search box; a text is looked for in all days, until other days are chosen."""
        wanted, found = self.state.wanted, text.strip()
        period = wanted.period if bool(found) == bool(wanted.text) else Period.ALL if found else Period.TODAY
        self._want(replace(wanted, text=found, period=period))

    def show_group(self, group: TrackingGroup | None) -> None:
        """Press a chip of the status row."""
        self.matters.look(False)
        self._want(replace(self.state.wanted, group=group, status=None))

    def show_status(self, status: PaymentStatus | None) -> None:
        """Choose one status out of the list of all."""
        self._want(replace(self.state.wanted, group=None, status=status))

    def show_cheques(self) -> None:
        """Press the chip of cheques that wait to be cleared, of all days."""
        self.matters.look(False)
        self._want(CHEQUES)

    def show_matters(self) -> None:
        """Press the chip of what needs a look."""
        self.matters.look(True)
        self.close_detail()

    def open_matter(self, row: MatterRow) -> None:
        """Open the page of something that needs a look; money that no payment took has a sheet of its own."""
        if row.payment_id is None or row.voucher_id is not None:
            self.unmatched.ask(row)
        else:
            self.choose(row.payment_id)

    def show_method(self, method: Method | None) -> None:
        """Press a chip of the method row."""
        self._want(replace(self.state.wanted, method=method))

    def show_period(self, period: Period) -> None:
        """Press a chip of the day row."""
        self._want(replace(self.state.wanted, period=period))

    def clear_filters(self) -> None:
        """Go back to the plain list of today."""
        self._want(PLAIN)

    def more(self) -> None:
        """Reach the end of what has been read."""
        state = self.state
        if state.complete or state.too_many or not state.rows:
            return
        wanted, span, place = state.wanted, self._days(state.wanted.period), self._place()
        self._pages.ask(lambda queries: read_page(queries, wanted, span, PAGE, place))

    def refresh(self) -> None:
        """Read again as many rows as stand, and the open payment."""
        wanted, span = self.state.wanted, self._days(self.state.wanted.period)
        count = max(PAGE, len(self.state.rows))
        self._pages.ask(lambda queries: read_page(queries, wanted, span, count, None))
        self._desk.work.query(lambda queries: queries.methods(), self._know_methods, self._show_problem)
        self.matters.refresh()
        self._read_detail()

    def choose(self, payment_id: PaymentId) -> None:
        """Open a payment in the drawer."""
        if payment_id != self.state.chosen:
            self._change(**NOTHING_OFFERED)
        self._change(chosen=payment_id, asking_cancel=False, **NOT_ASKED)
        self._read_detail()

    def close_detail(self) -> None:
        """Close the drawer."""
        self._change(chosen=None, detail=None, asking_cancel=False, **NOTHING_OFFERED, **NOT_ASKED)

    def open_reference(self, reference: str) -> None:
        """Open the payment that carries a reference, for example one read by a barcode scanner."""
        wanted = PaymentFilter(text=reference)
        self._desk.work.query(lambda queries: tuple(queries.payments(wanted, 1, None)), self._open_found)

    def copy_code(self) -> None:
        """Copy the open payment's reference."""
        if self.state.detail is not None:
            self._copy(self.state.detail.row.reference)
            self._desk.notices.toast(Mood.OK, Words.of("common.copied"))

    def ask_confirm(self) -> None:
        """Ask what was seen of the open payment's money, to confirm it by hand."""
        detail = self.state.detail
        if detail is not None and self.state.can_confirm:
            row = detail.row
            missing = max(row.amount_minor - row.received_minor, 0)
            self._hand.ask(row.id, row.reference, row.method, missing)

    def ask_refund(self, way: RefundWay | None = None) -> None:
        """Ask how much of the open payment is given back, by a way chosen already or one to choose."""
        state = self.state
        offered = {RefundWay.WRITE_OFF: state.can_write_off, RefundWay.CREDIT: state.can_keep}
        if state.detail is not None and (state.can_refund if way is None else offered.get(way, False)):
            self.refund.ask(state.detail, way)

    def say_seen(self) -> None:
        """Say that the open payment's being late was seen: it needs no look any more."""
        detail, at = self.state.detail, self._desk.now()
        if detail is None or not self.state.can_see:
            return
        actor, payment_id, seen_id = self._desk.signed_in, detail.row.id, ResolutionId(self._desk.new_id())
        self._change(can_see=False)
        self._desk.work.command(
            lambda uow: mark_seen(uow, actor, seen_id, payment_id, at),
            lambda _seen: self._desk.notices.toast(Mood.OK, Words.of("payment.seen_done")),
            self._cancel_refused,
        )

    @property
    def opens_vouchers(self) -> bool:
        """Whether the person at the till may look at vouchers."""
        return self._desk.may(Action.SEE_BOOKS)

    def open_voucher(self, voucher_id: VoucherId) -> None:
        """Show the voucher of a step."""
        if self.opens_vouchers:
            self._open_voucher(voucher_id)

    def show_refund(self, refund_id: RefundId) -> None:
        """Open a refund of the open payment's sale."""
        refunds = () if self.state.detail is None else self.state.detail.refunds
        found = next((each for each in refunds if each.refund.id == refund_id), None)
        if found is not None:
            self.refund.show(found)

    def ask_take(self) -> None:
        """Ask how much of the open payment's held money is taken."""
        if self.state.detail is not None and self.state.can_take:
            self.held.ask(self.state.detail)

    def ask_becoming(self, becoming: Becoming) -> None:
        """Ask what was seen of the open payment's money, or why its cheque was not paid."""
        if self.state.detail is not None:
            self.by_hand.ask(self.state.detail, becoming)

    def collect(self) -> None:
        """Go on at the counter with what is missing of the open payment's sale."""
        if self.state.detail is not None and self.state.can_collect:
            self._go_on(self.state.detail.row.bill_id)

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

    def ask_void(self) -> None:
        """Ask why the open sale is taken back, or take the question back."""
        if self.state.can_void and not self.state.voiding:
            self._change(asking_void=not self.state.asking_void, problem=None)

    def set_reason(self, reason: str) -> None:
        """Type why."""
        self._change(reason=reason, problem=None)

    def confirm_void(self) -> None:
        """Take the open sale back; what needs another's word asks for it."""
        self._void(None)

    def _void(self, approval: Approval | None) -> None:
        state, at = self.state, self._desk.now()
        if state.detail is None or not state.asking_void or state.voiding or not state.reason.strip():
            return
        actor, payment_id, reason = self._desk.signed_in, state.detail.row.id, state.reason
        self._change(voiding=True, problem=None)
        self._desk.work.command(
            lambda uow: void_sale(uow, actor, payment_id, at, reason=reason, approval=approval),
            lambda reversal: self._voided(payment_id, reversal),
            self._void_refused,
        )

    def _voided(self, payment_id: PaymentId, reversal: Voucher) -> None:
        amount = reversal.total_minor
        self._desk.notices.toast(Mood.OK, Words.of("payment.void_done", number=reversal.number, amount=amount))
        if self.state.chosen == payment_id:
            self._change(can_void=False, **NOT_ASKED)
        self.refresh()

    def _void_refused(self, error: DomainError) -> None:
        """What needs another's word goes on once that is given; who left the screen is not asked for it."""
        detail, asked = self.state.detail, asked_of(error)
        self._change(voiding=False)
        if asked is not None and detail is not None and self._open:
            self.approval.ask(asked, shown_reference(detail.row.reference), self.state.reason, self._void)
        else:
            self._show_problem(error)
            self._read_detail()

    def _want(self, wanted: Wanted) -> None:
        if wanted == self.state.wanted:
            return
        self._change(wanted=wanted, rows=(), loaded=False, complete=False, too_many=False)
        span = self._days(wanted.period)
        self._pages.ask(lambda queries: read_page(queries, wanted, span, PAGE, None))

    def _days(self, period: Period) -> tuple[Instant | None, Instant | None]:
        return days_of(period, self._desk.now(), self._desk.shop.zone)

    def _show_page(self, page: FoundPage) -> None:
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
        state = self.state
        can_cancel = may_cancel(self._desk, detail.row)
        can_take = self.held.offered_for(detail)
        can_void = may_void(self._desk, detail)
        can_confirm = self._hand.offered_for(detail.row)
        if not can_confirm:
            self._hand.settled(detail.row.id)
        if not can_take:
            self.held.settled(detail.row.id)
        self.refund.renew(detail)
        self.by_hand.renew(detail)
        self._change(
            detail=detail,
            can_refund=self.refund.offered_for(detail),
            can_write_off=self.refund.write_off_offered_for(detail),
            can_keep=self.refund.credit_offered_for(detail),
            can_see=may_say_seen(self._desk, detail),
            can_take=can_take,
            can_settle=self.by_hand.may_settle(detail),
            can_bounce=self.by_hand.may_bounce(detail),
            can_confirm=can_confirm,
            can_collect=detail.sale.unfinished and self._desk.may(Action.TAKE_PAYMENT),
            can_cancel=can_cancel,
            asking_cancel=state.asking_cancel and can_cancel,
            can_void=can_void,
            asking_void=state.asking_void and can_void,
        )

    def _know_methods(self, methods: Sequence[Method]) -> None:
        self._change(takes_cheques=Method.CHEQUE in methods)

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
