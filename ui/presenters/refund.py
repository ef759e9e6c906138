"""Giving money of a payment back: how much, why, by which way, with whose word, and what became of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from domain.approvals import DEFAULT_LIMITS, Approval, Guarded, asked_of, may_ask, needs_approval
from domain.errors import DomainError
from domain.holder_ports import HolderRow
from domain.ids import HolderId, MessageId, RefundId, VoucherId
from domain.matching import shown_reference
from domain.payment_rows import PaymentDetail, RefundRow
from domain.policy import Action
from domain.ports import UnitOfWork
from domain.refundable import goes_back
from domain.refunds import WAYS, Refund, RefundOf, RefundStatus, RefundWay, word
from domain.services.refunds import ask_refund, cancel_refund
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.holder_choice import HolderChoice, keep_chosen, look_up, typed_phone
from ui.presenters.own_print import OwnPrints
from ui.presenters.paying_out import PayingOptions, PayingWallet, paying_options, read_amount
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.refund_state import KINDS, RefundStage, RefundState
from ui.presenters.voucher_draft import plain_amount

_DONE: Final = {RefundWay.WRITE_OFF: "refund.written_off", RefundWay.CREDIT: "refund.kept"}


class RefundPresenter(Presenter[RefundState]):
    """Holds one sheet; the refund's id is made when it opens, so that no press, however often, gives back twice."""

    def __init__(self, desk: Desk, approval: ApprovalPresenter, open_voucher: Callable[[VoucherId], None]) -> None:
        """`approval` asks who may allow what the person may not do alone, `open_voucher` shows a voucher."""
        super().__init__(RefundState())
        self._desk, self._approval, self._open_voucher = desk, approval, open_voucher
        self._prints = OwnPrints(desk, lambda paper: self._change(paper=paper), self._show_problem)
        self._id = RefundId("")
        self._limits = DEFAULT_LIMITS

    @property
    def may(self) -> bool:
        """Whether the person at the till may at least ask for a refund."""
        actor = self._desk.actor
        return actor is not None and may_ask(actor.role, Guarded.REFUND)

    def write_off_offered_for(self, detail: PaymentDetail) -> bool:
        """Whether something of a payment may be written off: what is too much, or waits."""
        return self.may and any(detail.left.of(kind) for kind in WAYS[RefundWay.WRITE_OFF].of)

    def credit_offered_for(self, detail: PaymentDetail) -> bool:
        """Whether something of a payment that was never the sale's may be kept as the customer's credit."""
        return self.may and any(detail.left.of(kind) for kind in KINDS if kind is not RefundOf.SALE)

    def offered_for(self, detail: PaymentDetail) -> bool:
        """Whether something of a payment may be given back."""
        left = detail.left
        return self.may and any(left.of(kind) for kind in RefundOf)

    # The form of a new one

    def ask(self, detail: PaymentDetail, way: RefundWay | None = None) -> None:
        """Open the form for what is left of a payment, with a way chosen already or the first one."""
        if not self.offered_for(detail):
            return
        row, left = detail.row, detail.left
        what = next(kind for kind in KINDS if left.of(kind) > 0)
        back = goes_back(row.method, detail.provider, left.of(what), row.received_minor)
        ways = tuple(each for each in RefundWay if back or not WAYS[each].by_provider)
        self._id, self._limits = RefundId(self._desk.new_id()), DEFAULT_LIMITS
        self._become(
            RefundState(
                stage=RefundStage.FORM,
                payment=row.id,
                reference=row.reference,
                method=row.method,
                provider=detail.provider,
                received_minor=row.received_minor,
                left=left,
                what=what,
                ways=ways,
                way=ways[0] if way is None else way,
                amount=self._plain(left.of(what)),
                amount_minor=left.of(what),
                keeper=HolderChoice(name=row.customer_name),
            )
        )
        self._foresee()
        self._read_phone(row.customer_phone)
        actor = self._desk.signed_in
        self._desk.work.query(lambda queries: paying_options(queries, actor), self._offer, self._show_problem)

    def choose_what(self, what: RefundOf) -> None:
        """Choose what is given back; all that is left of it is offered."""
        state = self.state
        if self._editable and state.left.of(what):
            way = state.way if what in WAYS[state.way].of else state.ways[0]
            self._edit(what=what, way=way, amount=self._plain(state.left.of(what)))

    def set_amount(self, text: str) -> None:
        """Type how much."""
        if self._editable:
            self._edit(amount=text)

    def choose_way(self, way: RefundWay) -> None:
        """Choose by which way."""
        if self._editable and way in self.state.offered_ways:
            self._edit(way=way)

    def choose_wallet(self, wallet: PayingWallet) -> None:
        """Choose from which wallet."""
        if self._editable:
            self._edit(wallet=wallet)

    def set_phone(self, text: str) -> None:
        """Type the phone number of who keeps it as credit; who is known by it is looked up."""
        if self._editable:
            self._edit()
            self._read_phone(text)

    def set_name(self, text: str) -> None:
        """Type the name of a customer who is not known yet."""
        if self._editable:
            self._edit(keeper=replace(self.state.keeper, name=text))

    def set_reason(self, text: str) -> None:
        """Type why, or take one of the usual reasons."""
        if self._editable:
            self._edit(reason=text)

    def submit(self) -> None:
        """Give it back; what needs another's word asks for it."""
        self._give(None)

    def cancel(self) -> None:
        """Close the sheet; nothing that was not done is done."""
        self._approval.cancel()
        self._become(RefundState())

    # One that stands

    def show(self, row: RefundRow) -> None:
        """Open a refund of a payment."""
        self._become(RefundState(stage=RefundStage.SHOWN, payment=row.refund.payment_id))
        self._show(row.refund)
        self._know(row)

    def renew(self, detail: PaymentDetail) -> None:
        """Take what was read anew of the payment whose refund is asked for or shown."""
        state = self.state
        if state.payment != detail.row.id and not any(each.row.id == state.payment for each in detail.tenders):
            return
        if state.shown is not None:
            found = next((each for each in detail.refunds if each.refund.id == state.shown.id), None)
            if found is not None:
                self._show(found.refund)
                self._know(found)
        elif state.stage is RefundStage.FORM and not state.saving and state.payment == detail.row.id:
            self._change(left=detail.left, received_minor=detail.row.received_minor)

    def ask_cancel(self) -> None:
        """Ask before a refund that was not sent is taken back, or take the question back."""
        self._change(asking_cancel=self.state.can_cancel and not self.state.asking_cancel, problem=None)

    def confirm_cancel(self) -> None:
        """Take a refund back that was not sent."""
        shown, at = self.state.shown, self._desk.now()
        if shown is None or not self.state.asking_cancel or self.state.saving:
            return
        actor, refund_id = self._desk.signed_in, shown.id
        self._change(saving=True, asking_cancel=False)
        self._desk.work.command(
            lambda uow: cancel_refund(uow, actor, refund_id, at), self._cancelled, self._cancel_refused
        )

    def open_voucher(self) -> None:
        """Show the voucher that books it."""
        voucher = self.state.voucher
        if voucher is not None and self.state.can_open_voucher:
            self.cancel()
            self._open_voucher(voucher.id)

    def print_voucher(self) -> None:
        """Have its voucher printed, as the person who gave the money back may."""
        voucher = self.state.voucher
        if voucher is not None and self.state.can_print:
            self._prints.ask(voucher.id)

    # What follows

    @property
    def _editable(self) -> bool:
        return self.state.stage is RefundStage.FORM and not self.state.saving

    def _plain(self, amount_minor: int) -> str:
        return plain_amount(amount_minor, self._desk.shop.currency)

    def _edit(self, **changes: object) -> None:
        self._change(**changes, problem=None)
        self._foresee()

    def _foresee(self) -> None:
        """Read the amount, and say whether somebody else's word will be needed for it."""
        amount = read_amount(self.state.amount, self._desk.shop.currency)
        asks = needs_approval(self._limits, self._desk.signed_in, Guarded.REFUND, amount or 0)
        self._change(amount_minor=amount, asks=asks)

    def _read_phone(self, text: str) -> None:
        """Take a phone number, and look up who is known by it as soon as it is one."""
        before = self.state.keeper.key
        self._change(keeper=typed_phone(self.state.keeper, self._desk.shop.merchant_id, text))
        key = self.state.keeper.key
        if key is not None and key != before:
            look_up(self._desk, key, self._found)

    def _found(self, key: HolderId, holder: HolderRow | None) -> None:
        self._change(keeper=self.state.keeper.found(key, holder))

    def _offer(self, options: PayingOptions) -> None:
        if self.state.stage is RefundStage.FORM:
            self._limits = options.limits
            self._change(wallets=options.wallets)
            self._foresee()

    def _give(self, approval: Approval | None) -> None:
        state, at, refund_id = self.state, self._desk.now(), self._id
        if state.stage is not RefundStage.FORM or state.payment is None or not state.can_submit:
            return
        payment_id, amount, actor = state.payment, state.amount_minor or 0, self._desk.signed_in
        wallet_id = state.wallet.id if WAYS[state.way].names_wallet else None
        holder = state.keeper.key if state.names_holder else None
        message_id = MessageId(self._desk.new_id())

        def op(uow: UnitOfWork) -> Refund:
            if holder is not None:
                keep_chosen(uow, actor, state.keeper, message_id, at)
            return ask_refund(
                uow,
                actor,
                refund_id,
                payment_id,
                state.what,
                state.way,
                amount,
                at,
                reason=state.reason,
                wallet_id=wallet_id,
                holder_id=holder,
                approval=approval,
            )

        self._change(saving=True, problem=None)
        self._desk.work.command(
            op,
            self._given,
            lambda error: self._refused(refund_id, error),
        )

    def _given(self, refund: Refund) -> None:
        done = refund.status is RefundStatus.DONE
        key = _DONE.get(refund.way, "refund.done") if done else "refund.asked"
        self._desk.notices.announce(Words.of(key, amount=refund.amount_minor))
        if refund.id == self._id and self.state.stage is RefundStage.FORM:
            self._change(stage=RefundStage.SHOWN, saving=False, fresh=True)
            self._show(refund)
        else:
            self._desk.notices.toast(Mood.OK if done else Mood.INFO, Words.of(key, amount=refund.amount_minor))

    def _refused(self, refund_id: RefundId, error: DomainError) -> None:
        """What needs another's word goes on once that is given; who closed the sheet is not asked for it."""
        if refund_id != self._id or self.state.stage is not RefundStage.FORM:
            if asked_of(error) is None:
                self._desk.notices.problem(error)
            return
        asked = asked_of(error)
        self._change(saving=False)
        if asked is not None:
            self._approval.ask(asked, shown_reference(self.state.reference), self.state.reason, self._give)
        else:
            self._change(problem=error)

    def _show(self, refund: Refund) -> None:
        can_cancel = refund.status is RefundStatus.REQUESTED and self.may
        self._change(
            shown=refund,
            word=word(refund, self._desk.now()),
            can_cancel=can_cancel,
            asking_cancel=self.state.asking_cancel and can_cancel,
        )
        keeper, holder_id = self.state.keeper, refund.holder_id
        if holder_id is not None and (keeper.holder is None or keeper.key != holder_id):
            self._change(keeper=HolderChoice(key=holder_id))
            look_up(self._desk, holder_id, self._found)

    def _know(self, row: RefundRow) -> None:
        voucher = row.vouchers[-1] if row.vouchers else None
        sees = voucher is not None and self._desk.may(Action.SEE_BOOKS)
        actor = self._desk.actor
        is_own = voucher is not None and actor is not None and row.refund.requested_by == actor.user_id
        self._change(
            asked_by=row.asked_by,
            approved_by=row.approved_by,
            voucher=voucher,
            can_open_voucher=sees,
            can_print=is_own and self._prints.may,
        )

    def _cancelled(self, refund: Refund) -> None:
        self._desk.notices.announce(Words.of("refund.cancelled", amount=refund.amount_minor))
        if self.state.shown is not None and self.state.shown.id == refund.id:
            self._change(saving=False, fresh=False)
            self._show(refund)

    def _cancel_refused(self, error: DomainError) -> None:
        self._change(saving=False, problem=error)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error)
