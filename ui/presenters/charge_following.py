"""The payment on the counter, followed until its outcome, and what the counter shows after it."""

from dataclasses import replace
from typing import Final

from domain.changes import Changes, Topic
from domain.ids import Instant
from domain.payment_rows import PaymentDetail, SaleRow
from domain.rails import BY_HAND, Method
from ui.amount_entry import AmountEntry
from ui.presenters.charge_codes import ChargeCodes
from ui.presenters.charge_entry import ChargeEntry
from ui.presenters.charge_sale import Sale, on_counter
from ui.presenters.charge_state import NOTHING_TYPED, STAGES, Rest, ShownPayment, Stage, at_moment, of_detail
from ui.presenters.desk import Desk
from ui.presenters.earlier_payments import EarlierPayments
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.outcome import tell_outcome
from ui.presenters.presenter import Words
from ui.presenters.reading import Reading
from ui.presenters.unfinished import Unfinished, UnfinishedSales

RETURN_MS: Final = 4_000
"""How long a paid payment stays on screen if nobody presses a key (UX 1.4)."""


class ChargeFollowing(ChargeCodes):
    """Shows the payment on screen as it stands now; earlier ones are told of and never replace it."""

    watches = frozenset({Topic.HOLDERS, Topic.PAYMENTS, Topic.OUTBOX, Topic.SETTINGS, Topic.ACCOUNTS})

    def __init__(self, desk: Desk, hand: HandConfirmPresenter) -> None:
        """`hand` asks what a person saw who confirms a payment by hand."""
        super().__init__(desk)
        self._hand = hand
        self._returns_at: Instant | None = None
        self._earlier = EarlierPayments(desk)
        self._current = Reading[PaymentDetail | None](desk.work, self._show_read, desk.notices.problem)
        self._sales = Reading[PaymentDetail | SaleRow | None](desk.work, self._show_sale, desk.notices.problem)
        self._unfinished = UnfinishedSales(desk, self._show_unfinished)
        self._draw_entry()

    def finish(self) -> None:
        """Go on to the next customer."""
        if self.state.stage not in (Stage.ENTRY, Stage.STARTING):
            self._return_with(ChargeEntry.empty(self.state.currency))

    def on_changes(self, changes: Changes) -> None:
        """Follow the payment on screen; tell of earlier ones; the counter looks even while another screen is open."""
        if not changes.meets(self.watches):
            return
        self._look_at_methods(changes)
        changed = changes.touched.get(Topic.PAYMENTS, frozenset())
        payment, sale = self.state.payment, self._entry.sale
        if payment is not None and (changed & payment.sale.ids or Topic.OUTBOX in changes.touched):
            self._read_current()
        elif self.state.stage is Stage.ENTRY and sale is not None and changed & sale.ids:
            self._read_sale(sale)
        self._earlier.look(changed - {payment.id} if payment else changed)
        if changed:
            self._unfinished.look()

    def opened(self) -> None:
        """A new day, or somebody else: look for unfinished sales anew."""
        self._stale = True
        super().opened()

    def refresh(self) -> None:
        """Look for sales that were left paid in part."""
        self._unfinished.look()

    def on_sync(self) -> None:
        """Grey or free the tiles, renew how fresh the payment on screen is, and say when news can no longer come."""
        self._draw_entry()
        before = self.state.payment
        self.tick()
        after = self.state.payment
        if self.state.stage is Stage.WAITING and before and after and after.blind and not before.blind:
            self._desk.notices.announce(Words.of("pending.offline"))

    def closed(self) -> None:
        """Leaving the screen asks for nothing any more."""
        self._hand.cancel()
        super().closed()

    def covered(self) -> None:
        """An approval that is asked for ends; what was seen of the money stands."""
        self._hand.approval.cancel()

    def uncovered(self) -> None:
        """A new day may have begun."""
        self.opened()

    def tick(self) -> None:
        """Count down, and return from a paid payment when its time is over."""
        self._hand.tick()
        if self._returns_at is not None and self._desk.now() >= self._returns_at:
            self.finish()
        elif self.state.payment is not None:
            self._change(payment=self._timed(self.state.payment))

    def _read_sale(self, sale: Sale) -> None:
        bill_id = sale.bill_id
        if bill_id is not None:
            self._sales.ask(lambda queries: on_counter(queries, bill_id))

    def _show_sale(self, found: PaymentDetail | SaleRow | None) -> None:
        """Take a sale as it was read: what is on screen for it, or what is missing of it."""
        standing = self._entry.sale
        if found is None or self.state.stage is not Stage.ENTRY or (standing is None and not self._is_free_still()):
            return
        if isinstance(found, PaymentDetail):
            self._take(of_detail(found, None), aloud=standing is not None)
        elif standing is None:
            self._return_with(ChargeEntry.going_on(Sale.of_row(found), self.state.currency))
        elif standing.bill_id == found.id:
            fresh = replace(Sale.of_row(found), customer=standing.customer)
            kept = self._entry.kept and not fresh.received_minor
            amount = self._entry.amount if kept or self._entry.in_parts else AmountEntry(self.state.currency)
            self._entry = replace(self._entry, sale=fresh, kept=kept, amount=amount)
            self._draw_entry()

    def _show_unfinished(self, sales: tuple[Unfinished, ...]) -> None:
        self._change(unfinished=sales)

    def _read_current(self) -> None:
        payment = self.state.payment
        if payment is not None:
            self._current.ask(lambda queries: queries.payment(payment.id))

    def _show_read(self, detail: PaymentDetail | None) -> None:
        payment = self.state.payment
        if detail is not None and payment is not None and payment.id == detail.row.id:
            self._take(of_detail(detail, payment))

    def _take(self, payment: ShownPayment, aloud: bool = True) -> None:
        """Show a payment as it stands now, and tell its outcome if that is new."""
        before = self.state.payment
        known = before is not None and before.id == payment.id
        news = not known or (before.status, before.received_minor) != (payment.status, payment.received_minor)  # type: ignore[union-attr]  # known says that there is one
        stage = Stage.ENTRY if payment.is_part else STAGES[payment.status]
        self._earlier.know(payment)
        if news:
            self._hand.settled(payment.id)
            tell_outcome(self._desk, payment, aloud)
            self._returns_at = self._return_time(payment, stage)
        if stage is Stage.ENTRY:
            self._return_after(payment)
            return
        self._change(
            stage=stage,
            method=payment.method,
            amount_minor=payment.amount_minor,
            **NOTHING_TYPED,
            can_confirm=self._hand.offered and payment.method not in BY_HAND | {Method.CASH, Method.STORED_VALUE},
            payment=self._timed(payment),
            asking_cancel=self.state.asking_cancel and not news,
            problem=None if news else self.state.problem,
        )
        self._draw_code(payment)
        if payment.rest is Rest.CODE and payment.rest_pattern is None:
            self.code_for_rest()

    def _return_time(self, payment: ShownPayment, stage: Stage) -> Instant | None:
        """When the screen goes back by itself; change to hand out stays until the next key."""
        if stage is Stage.PAID and not payment.change_minor:
            return Instant(self._desk.now() + RETURN_MS)
        return None

    def _return_after(self, payment: ShownPayment) -> None:
        """Go back to the entry after a part of a sale, or after a code that will not be paid."""
        sale, currency = payment.sale, self.state.currency
        if not payment.is_part:
            self._return_with(ChargeEntry.after(sale, payment.amount_minor, currency))
            return
        self._return_with(ChargeEntry.going_on(sale, currency))
        method = self._rest_method if payment.method is Method.CASH else payment.method
        method = Method.CASH if method in BY_HAND else method  # the rest of a cheque is most often notes
        self._change(method=method, change_minor=payment.change_minor)
        self._draw_entry()

    def _return_with(self, entry: ChargeEntry) -> None:
        self._returns_at = None
        self._entry, self._option = entry, ""
        self._change(stage=Stage.ENTRY, payment=None, change_minor=0, asking=False, asking_cancel=False, problem=None)
        self._draw_entry()

    def _timed(self, payment: ShownPayment) -> ShownPayment:
        return at_moment(payment, self._desk.now(), self._desk.sync, self._returns_at)
