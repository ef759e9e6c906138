"""Taking money that a provider holds for the shop: all of it, or a part that becomes the whole sale."""

from dataclasses import dataclass

from domain.errors import DomainError
from domain.ids import Instant, PaymentId
from domain.matching import shown_reference
from domain.payment_rows import PaymentDetail
from domain.payments import PaymentIntent
from domain.policy import Action
from domain.services.orders import capture_payment
from ui.presenters.desk import Desk
from ui.presenters.paying_out import read_amount
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.voucher_draft import plain_amount


@dataclass(frozen=True, slots=True)
class HeldState:
    """`payment` is None while nothing is asked; amounts are minor units, `amount` is as it was typed.

    `least_minor` is what must be taken at least: everything where other payments pay the sale too.
    """

    payment: PaymentId | None = None
    reference: str = ""
    held_minor: int = 0
    held_until: Instant | None = None
    least_minor: int = 1
    amount: str = ""
    amount_minor: int | None = None
    saving: bool = False
    problem: DomainError | None = None

    @property
    def takes_part(self) -> bool:
        """Whether a part of it may be taken."""
        return self.least_minor < self.held_minor

    @property
    def fits(self) -> bool:
        """Whether what was typed can be taken."""
        return self.amount_minor is not None and self.least_minor <= self.amount_minor <= self.held_minor

    @property
    def can_take(self) -> bool:
        """Whether a press takes it."""
        return self.fits and not self.saving


class HeldPresenter(Presenter[HeldState]):
    """Holds one sheet for one payment."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(HeldState())
        self._desk = desk

    def offered_for(self, detail: PaymentDetail) -> bool:
        """Whether money is held that the person at the till may take."""
        return detail.is_held and self._desk.may(Action.TAKE_PAYMENT)

    def ask(self, detail: PaymentDetail) -> None:
        """Ask how much of a payment's held money is taken."""
        if not self.offered_for(detail):
            return
        row = detail.row
        whole = min(row.held_minor, row.amount_minor)
        self._become(
            HeldState(
                payment=row.id,
                reference=row.reference,
                held_minor=whole,
                held_until=row.held_until,
                least_minor=1 if detail.pays_alone else whole,
                amount=plain_amount(whole, self._desk.shop.currency),
                amount_minor=whole,
            )
        )

    def cancel(self) -> None:
        """Ask no longer; nothing is taken."""
        self._become(HeldState())

    def settled(self, payment_id: PaymentId) -> None:
        """Nothing is held of a payment any more: nothing is asked about it."""
        if self.state.payment == payment_id and not self.state.saving:
            self.cancel()

    def set_amount(self, text: str) -> None:
        """Type how much is taken; the rest is let go."""
        if self.state.takes_part and not self.state.saving:
            self._change(amount=text, amount_minor=read_amount(text, self._desk.shop.currency), problem=None)

    def take(self) -> None:
        """Order it to be taken; it is paid once the provider says so."""
        state, at = self.state, self._desk.now()
        if state.payment is None or not state.can_take:
            return
        payment_id, amount, actor = state.payment, state.amount_minor or 0, self._desk.signed_in
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: capture_payment(uow, actor, payment_id, amount, at),
            self._ordered,
            lambda error: self._refused(payment_id, error),
        )

    def _ordered(self, intent: PaymentIntent) -> None:
        words = Words.of("held.ordered", amount=intent.capture_minor, code=shown_reference(intent.reference))
        self._desk.notices.toast(Mood.INFO, words)
        if self.state.payment == intent.id:
            self.cancel()

    def _refused(self, payment_id: PaymentId, error: DomainError) -> None:
        if self.state.payment == payment_id:
            self._change(saving=False, problem=error)
        else:
            self._desk.notices.problem(error)
