"""The counter: type an amount, press once, show the code, see the money come; less than asked for is never paid."""

from dataclasses import replace
from typing import Final

from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import BillId, PaymentId
from domain.payment_rows import PaymentDetail
from domain.payments import PaymentIntent
from domain.rails import BY_HAND, Method
from domain.services.orders import capture_payment
from domain.services.payments import cancel_payment, start_payment
from ui.amount_entry import Key
from ui.presenters.charge_entry import ChargeEntry
from ui.presenters.charge_following import ChargeFollowing
from ui.presenters.charge_sale import Sale, on_counter
from ui.presenters.charge_state import ShownPayment, Stage, of_detail, of_intent
from ui.presenters.desk import Desk
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.presenter import Mood, Words

_UNANSWERED: Final = (Stage.WAITING, Stage.HELD, Stage.NOTED, Stage.SHORT)
_DID_NOT_PASS: Final = (Stage.FAILED, Stage.EXPIRED)


class ChargePresenter(ChargeFollowing):
    """One press is one intent; the payment on screen is followed until its outcome, earlier ones never replace it."""

    def __init__(self, desk: Desk, hand: HandConfirmPresenter) -> None:
        super().__init__(desk, hand)
        self._cancelling = self._taking = False
        self._stops = False

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

    def resume(self, payment_id: PaymentId) -> bool:
        """Bring an open payment back to the counter; False if something is typed or on screen already."""
        if not self._is_free():
            return False
        self._desk.work.query(lambda queries: queries.payment(payment_id), self._resumed)
        return True

    # How a payment is started, ended, taken, brought back and asked for

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
