"""The counter: type an amount, press once, show the code, see the money come; less than asked for is never paid."""

from dataclasses import replace
from typing import Final

from domain.changes import Changes, Topic
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import BillId, Instant, PaymentId
from domain.payment_rows import PaymentDetail, SaleRow
from domain.payments import PaymentIntent
from domain.rails import BY_HAND, Method
from domain.services.orders import capture_payment
from domain.services.payments import cancel_payment, start_payment
from ui.amount_entry import AmountEntry, Key
from ui.presenters.charge_codes import ChargeCodes
from ui.presenters.charge_entry import ChargeEntry
from ui.presenters.charge_sale import Sale, on_counter
from ui.presenters.charge_state import (
    NOTHING_TYPED,
    STAGES,
    Rest,
    ShownPayment,
    Stage,
    at_moment,
    of_detail,
    of_intent,
)
from ui.presenters.desk import Desk
from ui.presenters.earlier_payments import EarlierPayments
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.outcome import tell_outcome
from ui.presenters.presenter import Mood, Words
from ui.presenters.reading import Reading
from ui.presenters.unfinished import Unfinished, UnfinishedSales

RETURN_MS: Final = 4_000
"""How long a paid payment stays on screen if nobody presses a key (UX 1.4)."""

_UNANSWERED: Final = (Stage.WAITING, Stage.HELD, Stage.NOTED, Stage.SHORT)
_DID_NOT_PASS: Final = (Stage.FAILED, Stage.EXPIRED)


class ChargePresenter(ChargeCodes):
    """One press is one intent; the payment on screen is followed until its outcome, earlier ones never replace it."""

    watches = frozenset({Topic.HOLDERS, Topic.PAYMENTS, Topic.OUTBOX, Topic.SETTINGS, Topic.ACCOUNTS})

    def __init__(self, desk: Desk, hand: HandConfirmPresenter) -> None:
        """`hand` asks what a person saw who confirms a payment by hand."""
        super().__init__(desk)
        self._hand = hand
        self._returns_at: Instant | None = None
        self._cancelling = self._taking = False
        self._stops = False
        self._earlier = EarlierPayments(desk)
        self._current = Reading[PaymentDetail | None](desk.work, self._show_read, desk.notices.problem)
        self._sales = Reading[PaymentDetail | SaleRow | None](desk.work, self._show_sale, desk.notices.problem)
        self._unfinished = UnfinishedSales(desk, self._show_unfinished)
        self._draw_entry()

    def hand_over(self, tendered_minor: int) -> None:
        """Press an offered cash amount: this charges."""
        if self.state.stage is Stage.ENTRY and self.state.method is Method.CASH:
            self._start(Method.CASH, self._entry.due_minor, tendered_minor)

    def charge(self) -> None:
        """Enter, F9 or the button: start one payment of what was typed; a second press meets a locked button."""
        if self.state.stage in (Stage.PAID, Stage.NOTED):
            self.finish()
        elif self._is_typing and self.state.can_charge:
            if self.state.options and not self.state.option:
                self._ask_option(charges_then=True)
                return
            self._start(self.state.method, self._entry.due_minor, self._entry.tender_minor or None)

    # What the cashier does with a payment on screen

    def escape(self) -> None:
        """Esc: one step back; a payment under way asks first, an outcome that needs a choice stays."""
        stage = self.state.stage
        if self.state.asking:
            self.stop_asking()
        elif stage is Stage.ENTRY and self._entry.tender is not None:
            self._typed(replace(self._entry, tender=None))
        elif stage is Stage.ENTRY and self._entry.in_parts and not self._entry.amount.total_minor:
            self.set_aside()
        elif stage is Stage.ENTRY:
            self.press(Key.CLEAR)
        elif (stage is Stage.HELD and self._is_taken) or (stage is Stage.NOTED and not self._is_noted):
            self.finish()
        elif stage in _UNANSWERED:
            self._change(asking_cancel=not self.state.asking_cancel)
        elif stage is Stage.PAID:
            self.finish()
        elif stage in _DID_NOT_PASS:
            self.other_method()

    def keep_waiting(self) -> None:
        """Answer the question before a cancel with no."""
        self._change(asking_cancel=False)

    def confirm_cancel(self) -> None:
        """Answer the question before a cancel with yes."""
        payment = self.state.payment
        if payment is None or not self.state.asking_cancel or self._cancelling:
            return
        self._stops = self.state.stage is Stage.SHORT
        self._cancel(payment)

    def leave(self) -> None:
        """F2: let the payment under way go on in the background and type the next one."""
        self.stop_asking()
        if self.state.stage in _UNANSWERED:
            self.finish()
        elif self.state.stage is Stage.ENTRY and self._entry.in_parts:
            self.set_aside()
        elif self.state.stage is Stage.ENTRY:
            self.press(Key.CLEAR)

    def set_aside(self) -> None:
        """Leave a sale that is paid in part: it is found again; one without money is put together again."""
        sale = self._entry.sale
        if self.state.stage is not Stage.ENTRY or sale is None or not self._entry.in_parts:
            return
        if not self._goes_on:
            self.split()
            return
        self._desk.notices.toast(Mood.WARN, Words.of("sale.left", missing=sale.missing_minor))
        self._return_with(ChargeEntry.empty(self.state.currency))

    def go_on_with(self, bill_id: BillId) -> bool:
        """Bring an unfinished sale back to the counter; False if something is typed or on screen already."""
        if self.state.stage is Stage.PAID:
            self.finish()
        if not self._is_free():
            return False
        self._sales.ask(lambda queries: on_counter(queries, bill_id))
        return True

    def ask_confirm(self) -> None:
        """Ask what was seen of the money of the payment on screen, to confirm it by hand."""
        payment = self.state.payment
        if payment is not None and self.state.can_confirm:
            self._hand.ask(payment.id, payment.reference, payment.method, payment.missing_minor)

    def check(self) -> None:
        """Have the provider asked now whether the money came."""
        payment = self.state.payment
        if payment is None or payment.checking:
            return
        self._change(payment=replace(payment, checking=True, checked=None), problem=None)
        self._desk.work.remote(
            lambda hub: hub.check_payment(payment.id),
            lambda _answer: self._checked(payment.id),
            lambda error: self._check_refused(payment.id, error),
        )

    def try_again(self) -> None:
        """Start a new payment of the same amount and method, for the same sale, after one that failed or expired."""
        payment = self.state.payment
        if payment is not None and self.state.stage in _DID_NOT_PASS:
            if payment.method in BY_HAND:  # another cheque is another paper
                self.other_method()
                return
            again = ChargeEntry.after(payment.sale, payment.amount_minor, self.state.currency)
            self._entry, self._option = replace(again, hold=payment.hold), payment.option
            self._start(payment.method, min(payment.amount_minor, payment.sale.missing_minor), None)

    def take_held(self) -> None:
        """Have all that is held of the payment on screen taken; it is paid once the provider says so."""
        payment, at = self.state.payment, self._desk.now()
        if payment is None or self.state.stage is not Stage.HELD or self._is_taken or self._taking:
            return
        actor, amount = self._desk.signed_in, min(payment.held_minor, payment.amount_minor)
        self._taking = True
        self._desk.work.command(
            lambda uow: capture_payment(uow, actor, payment.id, amount, at), self._ordered, self._take_refused
        )

    @property
    def _is_taken(self) -> bool:
        """Whether what is held was ordered to be taken."""
        return self.state.payment is not None and self.state.payment.capture_minor > 0

    def other_method(self) -> None:
        """Pay the same sale another way: a code that waits is ended, so that its late money cannot be a second sale."""
        payment = self.state.payment
        if payment is None or self._cancelling:
            return
        if self.state.stage is Stage.NOTED and not self._is_noted:
            self.finish()
        elif self.state.stage in _UNANSWERED:
            self._cancel(payment)
        elif self.state.stage in _DID_NOT_PASS:
            self._return_with(ChargeEntry.after(payment.sale, payment.amount_minor, self.state.currency))

    def finish(self) -> None:
        """Go on to the next customer."""
        if self.state.stage not in (Stage.ENTRY, Stage.STARTING):
            self._return_with(ChargeEntry.empty(self.state.currency))

    def resume(self, payment_id: PaymentId) -> bool:
        """Bring an open payment back to the counter; False if something is typed or on screen already."""
        if not self._is_free():
            return False
        self._desk.work.query(lambda queries: queries.payment(payment_id), self._resumed)
        return True

    # What happens meanwhile

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

    def tick(self) -> None:
        """Count down, and return from a paid payment when its time is over."""
        self._hand.tick()
        if self._returns_at is not None and self._desk.now() >= self._returns_at:
            self.finish()
        elif self.state.payment is not None:
            self._change(payment=self._timed(self.state.payment))

    # How a payment comes onto the screen and leaves it

    def _start(self, method: Method, amount_minor: int, tendered_minor: int | None) -> None:
        """Press once: the id is made here and kept for a repeated try, so that no fault can make two payments of it."""
        if self._needs_network(method):
            self._change(problem=RuleBroken(ErrorCode.METHOD_NEEDS_NETWORK, method=method.value))
            return
        option = self._option_of(method)
        if self._attempt is None or self._attempt[1:] != (method, amount_minor, option):
            self._attempt = (PaymentId(self._desk.new_id()), method, amount_minor, option)
        payment_id, actor, at = self._attempt[0], self._desk.signed_in, self._desk.now()
        online, (name, phone), bill = self._desk.online, self._entry.customer_facts(), self._entry.bill_for(payment_id)
        holds = self._holds(method)
        try:
            cheque, note = self._entry.slip.paper(method, self._today)
            holder = self._entry.holder_for(method, self._desk.shop.merchant_id)
        except RuleBroken as unread:
            self._show_problem(unread)
            return
        self._change(stage=Stage.STARTING, can_charge=False, can_split=False, problem=None, payment=None)
        self._desk.work.command(
            lambda uow: start_payment(
                uow,
                actor,
                payment_id,
                method,
                amount_minor,
                at,
                online=online,
                bill=bill,
                tendered_minor=tendered_minor,
                customer_name=name,
                customer_phone=phone,
                option=option,
                capture=not holds,
                cheque=cheque,
                note=note,
                holder=holder,
            ),
            self._started,
            self._start_refused,
        )

    def _started(self, intent: PaymentIntent) -> None:
        self._attempt = None
        entry = self._entry
        sale = entry.sale or Sale(intent.bill.due_minor)
        self._entry = ChargeEntry.empty(self.state.currency)
        self._take(of_intent(intent, replace(sale, customer=entry.customer)))

    def _start_refused(self, error: DomainError) -> None:
        self._change(stage=Stage.ENTRY, payment=None)
        self._draw_entry()
        self._show_problem(error)
        if error.code is ErrorCode.BILL_COVERED and self._entry.sale is not None:
            self._read_sale(self._entry.sale)

    def _cancel(self, payment: ShownPayment) -> None:
        actor, at = self._desk.signed_in, self._desk.now()
        self._cancelling = True
        self._desk.work.command(
            lambda uow: cancel_payment(uow, actor, payment.id, at), self._cancelled, self._cancel_refused
        )

    def _cancelled(self, intent: PaymentIntent) -> None:
        self._cancelling = False
        payment, stops = self.state.payment, self._stops
        self._stops = False
        if payment is not None and payment.id == intent.id:
            self._take(of_intent(intent, payment.sale))
            if stops:
                self.set_aside()

    def _cancel_refused(self, error: DomainError) -> None:
        self._cancelling = self._stops = False
        self._change(asking_cancel=False, problem=error)
        self._read_current()

    def _ordered(self, intent: PaymentIntent) -> None:
        self._taking = False
        self._desk.notices.announce(Words.of("held.taking_text", amount=intent.capture_minor))
        payment = self.state.payment
        if payment is not None and payment.id == intent.id:
            self._take(of_intent(intent, payment.sale))

    def _take_refused(self, error: DomainError) -> None:
        self._taking = False
        self._change(problem=error)
        self._read_current()

    def _resumed(self, detail: PaymentDetail | None) -> None:
        if detail is not None and self._is_free_still():
            self._take(of_detail(detail, None), aloud=False)

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

    def _checked(self, payment_id: PaymentId) -> None:
        payment = self.state.payment
        if payment is not None and payment.id == payment_id:
            words = Words.of("pending.asked", at=self._desk.now())
            self._change(payment=replace(payment, checking=False, checked=words))
            self._read_current()

    def _check_refused(self, payment_id: PaymentId, error: DomainError) -> None:
        payment = self.state.payment
        if payment is not None and payment.id == payment_id:
            self._change(payment=replace(payment, checking=False), problem=error)

    def _timed(self, payment: ShownPayment) -> ShownPayment:
        return at_moment(payment, self._desk.now(), self._desk.sync, self._returns_at)
