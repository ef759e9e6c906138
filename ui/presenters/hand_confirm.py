"""Confirming by hand that a provider's money came: which payment, what was seen, and a second person where needed."""

from dataclasses import dataclass
from typing import Final

from domain.approvals import Approval, Guarded, asked_of, may_ask
from domain.errors import DomainError
from domain.ids import PaymentId
from domain.matching import shown_reference
from domain.payment_rows import PaymentRow
from domain.payments import OPEN, PaymentIntent, PaymentStatus
from domain.rails import BY_HAND, Method
from domain.services.hand_confirm import confirm_by_hand
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words

_MAY_BE_CONFIRMED: Final = (OPEN - {PaymentStatus.AUTHORIZED}) | {PaymentStatus.EXPIRED}


@dataclass(frozen=True, slots=True)
class HandConfirmState:
    """`payment` is None while nothing is asked; the amount is what a person says has come, in minor units.

    `evidence` is what was typed of what they saw.
    """

    payment: PaymentId | None = None
    reference: str = ""
    method: Method = Method.VIETQR
    amount_minor: int = 0
    evidence: str = ""
    saving: bool = False
    problem: DomainError | None = None


class HandConfirmPresenter(Presenter[HandConfirmState]):
    """Asks for one payment at a time; `approval` asks who may allow what the person may not do alone."""

    def __init__(self, desk: Desk, approval: ApprovalPresenter) -> None:
        super().__init__(HandConfirmState())
        self.approval = approval
        self._desk = desk

    @property
    def offered(self) -> bool:
        """Whether the person at the till may at least ask for it."""
        actor = self._desk.actor
        return actor is not None and may_ask(actor.role, Guarded.HAND_CONFIRM)

    def offered_for(self, row: PaymentRow) -> bool:
        """Whether a payment may be confirmed by hand: a provider's, that waits or that time alone has ended."""
        at = self._desk.now()
        return (
            self.offered
            and row.method not in BY_HAND | {Method.CASH, Method.STORED_VALUE}
            and row.status in _MAY_BE_CONFIRMED
            and not row.voided
            and not row.closed(at)
        )

    def detach(self) -> None:
        """Forget the views."""
        self.approval.detach()
        super().detach()

    def tick(self) -> None:
        """Time passes for a PIN pad that is closed."""
        self.approval.tick()

    def ask(self, payment_id: PaymentId, reference: str, method: Method, amount_minor: int) -> None:
        """Ask what was seen of a payment's money."""
        if self.offered:
            self._become(HandConfirmState(payment_id, reference, method, amount_minor))

    def cancel(self) -> None:
        """Ask no longer; nothing happens."""
        self.approval.cancel()
        self._become(HandConfirmState())

    def settled(self, payment_id: PaymentId) -> None:
        """A payment was settled otherwise, or is no longer looked at: nothing is asked about it any more."""
        if self.state.payment == payment_id:
            self.cancel()

    def set_evidence(self, text: str) -> None:
        """Type what was seen."""
        self._change(evidence=text, problem=None)

    def confirm(self) -> None:
        """Take the payment for paid; what needs another's word asks for it."""
        self._confirm(None)

    def _confirm(self, approval: Approval | None) -> None:
        state, at = self.state, self._desk.now()
        if state.payment is None or state.saving or not state.evidence.strip():
            return
        payment_id, evidence, actor = state.payment, state.evidence, self._desk.signed_in
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: confirm_by_hand(uow, actor, payment_id, at, evidence=evidence, approval=approval),
            self._confirmed,
            lambda error: self._refused(payment_id, error),
        )

    def _confirmed(self, intent: PaymentIntent) -> None:
        code = shown_reference(intent.reference)
        self._desk.notices.toast(Mood.WARN, Words.of("by_hand.done", code=code, amount=intent.amount_minor))
        if self.state.payment == intent.id:
            self.cancel()

    def _refused(self, payment_id: PaymentId, error: DomainError) -> None:
        """What needs another's word goes on once that is given."""
        if self.state.payment != payment_id:
            return
        asked = asked_of(error)
        self._change(saving=False)
        if asked is not None:
            record = shown_reference(self.state.reference)
            self.approval.ask(asked, record, self.state.evidence, self._confirm)
        else:
            self._change(problem=error)
