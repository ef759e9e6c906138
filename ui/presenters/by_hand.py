"""Saying what became of a cheque, or of money paid elsewhere: it came and to which wallet, or the cheque bounced."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.accounts import AccountType
from domain.approvals import Approval, Guarded, asked_of, may_ask
from domain.cheques import Cheque
from domain.errors import DomainError, FailureCode
from domain.ids import AccountId, PaymentId
from domain.matching import shown_reference
from domain.payment_rows import PaymentDetail
from domain.payments import OPEN, PaymentIntent, PaymentStatus
from domain.policy import Action, Actor
from domain.ports import Queries
from domain.rails import BY_HAND, Method, Provider
from domain.services.by_hand import BOUNCES, bounce_cheque, settle_by_hand
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words

_MAY_BE_SETTLED: Final = OPEN | {PaymentStatus.EXPIRED}


class Becoming(StrEnum):
    """What a person says of a payment that waits."""

    SETTLED = "settled"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class ReceivingWallet:
    """A wallet that the money may have come to; the usual one has no id for who sees no wallets: the till knows it."""

    id: AccountId | None
    name: str = ""


USUAL: Final = ReceivingWallet(None)


@dataclass(frozen=True, slots=True)
class ByHandState:
    """`payment` is None while nothing is asked; the amount is minor units.

    `words` is what was typed: the evidence of money that came, or what the bank wrote of a cheque it did not pay, which
    is for `why`.
    """

    payment: PaymentId | None = None
    becoming: Becoming = Becoming.SETTLED
    reference: str = ""
    method: Method = Method.CHEQUE
    amount_minor: int = 0
    cheque: Cheque | None = None
    wallets: tuple[ReceivingWallet, ...] = (USUAL,)
    wallet: ReceivingWallet = USUAL
    why: FailureCode = BOUNCES[0]
    words: str = ""
    saving: bool = False
    problem: DomainError | None = None

    @property
    def can_submit(self) -> bool:
        """Whether everything needed is there: money that came needs evidence."""
        return not self.saving and (self.becoming is Becoming.BOUNCED or bool(self.words.strip()))


class ByHandPresenter(Presenter[ByHandState]):
    """Holds one sheet for one payment; `approval` asks who may allow what the person may not do alone."""

    def __init__(self, desk: Desk, approval: ApprovalPresenter) -> None:
        super().__init__(ByHandState())
        self._desk, self._approval = desk, approval

    def may_settle(self, detail: PaymentDetail) -> bool:
        """Whether the person at the till may at least ask to have a payment taken for settled."""
        row, actor = detail.row, self._desk.actor
        asked = actor is not None and may_ask(actor.role, Guarded.HAND_CONFIRM)
        return asked and row.method in BY_HAND and row.status in _MAY_BE_SETTLED and not row.closed(self._desk.now())

    def may_bounce(self, detail: PaymentDetail) -> bool:
        """Whether a payment is a cheque that the person at the till may say bounced."""
        row = detail.row
        return row.method is Method.CHEQUE and row.status in OPEN and self._desk.may(Action.CANCEL_PAYMENT)

    def ask(self, detail: PaymentDetail, becoming: Becoming) -> None:
        """Ask what was seen of a payment's money, or why its cheque was not paid."""
        offered = self.may_settle(detail) if becoming is Becoming.SETTLED else self.may_bounce(detail)
        if not offered:
            return
        row = detail.row
        self._become(ByHandState(row.id, becoming, row.reference, row.method, row.amount_minor, detail.cheque))
        if becoming is Becoming.SETTLED:
            actor = self._desk.signed_in
            self._desk.work.query(
                lambda queries: _wallets(queries, actor, row.method),
                lambda wallets: self._offer(row.id, wallets),
                self._show_problem,
            )

    def cancel(self) -> None:
        """Ask no longer; nothing happens."""
        self._approval.cancel()
        self._become(ByHandState())

    def renew(self, detail: PaymentDetail) -> None:
        """A payment that was read anew and waits no longer is not asked about any more."""
        state = self.state
        if state.payment != detail.row.id or state.saving:
            return
        offered = self.may_settle(detail) if state.becoming is Becoming.SETTLED else self.may_bounce(detail)
        if not offered:
            self.cancel()

    def set_words(self, text: str) -> None:
        """Type what was seen, or what the bank wrote."""
        self._change(words=text, problem=None)

    def choose_wallet(self, wallet: ReceivingWallet) -> None:
        """Choose the wallet that the money came to."""
        self._change(wallet=wallet, problem=None)

    def choose_why(self, why: FailureCode) -> None:
        """Choose why the bank did not pay."""
        self._change(why=why, problem=None)

    def submit(self) -> None:
        """Say so; what needs another's word asks for it."""
        if self.state.becoming is Becoming.SETTLED:
            self._settle(None)
        else:
            self._bounce()

    def _settle(self, approval: Approval | None) -> None:
        state, at = self.state, self._desk.now()
        if state.payment is None or not state.can_submit:
            return
        payment_id, evidence, wallet_id, actor = state.payment, state.words, state.wallet.id, self._desk.signed_in
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: settle_by_hand(
                uow, actor, payment_id, at, evidence=evidence, wallet_id=wallet_id, approval=approval
            ),
            self._done,
            lambda error: self._refused(payment_id, error),
        )

    def _bounce(self) -> None:
        state, at = self.state, self._desk.now()
        if state.payment is None or not state.can_submit:
            return
        payment_id, why, reason, actor = state.payment, state.why, state.words, self._desk.signed_in
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: bounce_cheque(uow, actor, payment_id, at, why=why, reason=reason),
            self._done,
            lambda error: self._refused(payment_id, error),
        )

    def _done(self, intent: PaymentIntent) -> None:
        came = intent.status is PaymentStatus.PAID
        words = Words.of(
            "settle.done" if came else "bounce.done",
            code=shown_reference(intent.reference),
            amount=intent.amount_minor,
        )
        self._desk.notices.toast(Mood.OK if came else Mood.WARN, words)
        if self.state.payment == intent.id:
            self.cancel()

    def _refused(self, payment_id: PaymentId, error: DomainError) -> None:
        """What needs another's word goes on once that is given; who closed the sheet is told what went wrong."""
        asked = asked_of(error)
        if self.state.payment != payment_id:
            if asked is None:
                self._desk.notices.problem(error)
            return
        self._change(saving=False)
        if asked is not None:
            self._approval.ask(asked, shown_reference(self.state.reference), self.state.words, self._settle)
        else:
            self._change(problem=error)

    def _offer(self, payment_id: PaymentId, wallets: tuple[ReceivingWallet, ...]) -> None:
        state = self.state
        if (state.payment, state.becoming) == (payment_id, Becoming.SETTLED) and not state.saving:
            self._change(wallets=wallets, wallet=wallets[0] if state.wallet == USUAL else state.wallet)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error)


def _wallets(queries: Queries, actor: Actor, method: Method) -> tuple[ReceivingWallet, ...]:
    """Return the wallets that money may have come to as a person sees them, the usual one first.

    Who may not see the wallet that was chosen for the method is offered the usual one without its name.
    """
    rows = queries.wallets(actor, False) if actor.may(Action.SEE_BALANCES) else ()
    chosen = queries.books.provider_wallets().get(Provider.MANUAL) or queries.books.method_wallets().get(method)
    # As the till chooses it: of several the one that was opened first, which is the one with the lowest id.
    named = sorted(
        rows, key=lambda row: (row.id != chosen, row.type is not AccountType.BANK, not row.is_default, row.id)
    )
    wallets = tuple(ReceivingWallet(row.id, row.name) for row in named)
    hidden = not named or (chosen is not None and named[0].id != chosen)
    return (USUAL, *wallets) if hidden else wallets
