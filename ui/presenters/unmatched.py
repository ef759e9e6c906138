"""Money that no payment took: whose it is, what becomes of it, what a provider did with it, and what the hub said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from domain.approvals import DEFAULT_LIMITS, Approval, asked_of, may_ask, needs_approval
from domain.calendar import business_date, day_start
from domain.decision_rows import DecisionRow
from domain.errors import DomainError
from domain.holder_ports import HolderRow
from domain.ids import HolderId, Instant, MessageId, PaymentId, ResolutionId, VoucherId
from domain.payment_rows import MatterRow, PaymentFilter, PaymentRow
from domain.policy import Action, Actor
from domain.ports import Queries, UnitOfWork
from domain.rails import Method
from domain.resolutions import GUARDS, Act, Resolution, ResolutionStatus
from domain.services.resolutions import (
    give_money_back,
    keep_money_as_credit,
    mark_notice_seen,
    match_money,
    write_money_off,
)
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.holder_choice import HolderChoice, keep_chosen, look_up, typed_phone
from ui.presenters.paying_out import DRAWER, PayingOptions, PayingWallet, paying_options
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading

ACTS: Final = (Act.MATCH, Act.GIVE_BACK, Act.CREDIT, Act.WRITE_OFF)
"""What may be done about such money, in the order in which it is offered."""

MOST: Final = 8
"""So many payments are offered; who looks for another types its code, its amount or a name."""

_READ: Final = 60
_DAY_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class UnmatchedState:
    """What the sheet draws: `row` is the money, None while nothing is asked, or what a provider did with some.

    `candidates` are payments that may be meant, the likeliest first; `chosen` is one of them. `asks` says that somebody
    else's word will be needed, `keeper` whose credit it becomes. `decision` is what was asked for, and whether the hub
    has done it.
    """

    row: MatterRow | None = None
    act: Act = Act.MATCH
    text: str = ""
    candidates: tuple[PaymentRow, ...] = ()
    looked: bool = False
    chosen: PaymentId | None = None
    wallets: tuple[PayingWallet, ...] = (DRAWER,)
    wallet: PayingWallet = DRAWER
    reason: str = ""
    asks: bool = False
    may: bool = False
    saving: bool = False
    keeper: HolderChoice = field(default_factory=HolderChoice)
    decision: DecisionRow | None = None
    can_open_voucher: bool = False
    problem: DomainError | None = None

    @property
    def asking(self) -> bool:
        """Whether something may be asked for: nobody has, or it was refused."""
        told = self.decision
        return self.may and (told is None or told.resolution.status is ResolutionStatus.REFUSED)

    @property
    def can_submit(self) -> bool:
        """Whether everything needed is there."""
        named = self.chosen is not None if self.act is Act.MATCH else self.act is not Act.CREDIT or self.keeper.is_named
        return self.asking and named and bool(self.reason.strip()) and not self.saving


class UnmatchedPresenter(Presenter[UnmatchedState]):
    """Holds one sheet; a decision's id is made when it opens, so that no press, however often, decides twice."""

    def __init__(self, desk: Desk, approval: ApprovalPresenter, open_voucher: Callable[[VoucherId], None]) -> None:
        """`approval` asks who may allow what the person may not do alone, `open_voucher` shows a voucher."""
        super().__init__(UnmatchedState())
        self._desk, self._approval, self._open_voucher = desk, approval, open_voucher
        self._id = ResolutionId("")
        self._limits = DEFAULT_LIMITS
        self._candidates = Reading[tuple[str, tuple[PaymentRow, ...]]](
            desk.work, self._offer_payments, self._show_problem
        )

    def ask(self, row: MatterRow) -> None:
        """Open the sheet of money without a payment."""
        actor = self._desk.signed_in
        may = actor.may(Action.SEE_BALANCES) and (
            actor.may(Action.CANCEL_PAYMENT) if row.notice else any(may_ask(actor.role, GUARDS[act]) for act in ACTS)
        )
        self._id, self._limits = ResolutionId(self._desk.new_id()), DEFAULT_LIMITS
        sees = actor.may(Action.SEE_BOOKS)
        may = may and not row.settled
        act = Act.SEEN if row.notice else Act.MATCH
        can_open = sees and row.voucher_id is not None
        self._become(UnmatchedState(row=row, act=act, may=may, decision=row.decision, can_open_voucher=can_open))
        if row.notice is not None:
            return
        self._foresee()
        self._look()
        self._desk.work.query(lambda queries: paying_options(queries, actor), self._offer, self._show_problem)

    def renew(self, rows: Sequence[MatterRow]) -> None:
        """Follow the list: what the hub has said of the open money is shown at once."""
        row = self.state.row
        if row is None or self.state.saving:
            return
        found = next((each for each in rows if _is_about(each, row)), None)
        if found is not None and found.decision != self.state.decision:
            if found.decision is not None and found.decision.resolution.status is ResolutionStatus.REFUSED:
                self._id = ResolutionId(self._desk.new_id())
            self._change(decision=found.decision)

    def cancel(self) -> None:
        """Close the sheet; nothing that was not asked for is."""
        if self.state.row is not None:
            self._approval.cancel()
            self._become(UnmatchedState())

    def choose_act(self, act: Act) -> None:
        """Choose what becomes of the money."""
        self._edit(act=act)

    def find(self, text: str) -> None:
        """Type which payment is meant: its code, its amount, or whose it is."""
        if text.strip() != self.state.text:
            self._edit(text=text.strip(), looked=False)
            self._look()

    def choose(self, payment_id: PaymentId) -> None:
        """Choose the payment."""
        self._edit(chosen=payment_id)

    def choose_wallet(self, wallet: PayingWallet) -> None:
        """Choose from which wallet it goes back."""
        self._edit(wallet=wallet)

    def set_phone(self, text: str) -> None:
        """Type the phone number of who keeps it as credit; who is known by it is looked up."""
        before = self.state.keeper.key
        self._edit(keeper=typed_phone(self.state.keeper, self._desk.shop.merchant_id, text))
        key = self.state.keeper.key
        if key is not None and key != before:
            look_up(self._desk, key, self._found_holder)

    def set_name(self, text: str) -> None:
        """Type the name of a customer who is not known yet."""
        self._edit(keeper=replace(self.state.keeper, name=text))

    def set_reason(self, text: str) -> None:
        """Type why."""
        self._edit(reason=text)

    def submit(self) -> None:
        """Ask the hub for it; what needs another's word asks for that first."""
        self._decide(None)

    def open_voucher(self) -> None:
        """Show the voucher that books the money."""
        row = self.state.row
        if row is not None and row.voucher_id is not None and self.state.can_open_voucher:
            self.cancel()
            self._open_voucher(row.voucher_id)

    def _edit(self, **changes: object) -> None:
        if self.state.row is not None and not self.state.saving:
            self._change(**changes, problem=None)
            self._foresee()

    def _found_holder(self, key: HolderId, holder: HolderRow | None) -> None:
        self._change(keeper=self.state.keeper.found(key, holder))

    def _foresee(self) -> None:
        """Say whether somebody else's word will be needed."""
        row, guarded = self.state.row, GUARDS.get(self.state.act)
        if guarded is None:
            return
        amount = 0 if row is None else row.at_stake_minor
        self._change(asks=needs_approval(self._limits, self._desk.signed_in, guarded, amount))

    def _look(self) -> None:
        row, text, zone = self.state.row, self.state.text, self._desk.shop.zone
        if row is not None:
            since = day_start(business_date(row.at, zone), zone)
            self._candidates.ask(lambda queries: (text, _likely(queries, row, text, since)))

    def _offer_payments(self, answer: tuple[str, tuple[PaymentRow, ...]]) -> None:
        text, found = answer
        row, state = self.state.row, self.state
        if row is None or text != state.text:
            return
        ids = {each.id for each in found}
        likely = found[0].id if found and found[0].amount_minor == row.at_stake_minor else None
        chosen = state.chosen if state.chosen in ids else likely
        self._change(candidates=found, looked=True, chosen=chosen)

    def _offer(self, options: PayingOptions) -> None:
        if self.state.row is not None:
            self._limits = options.limits
            self._change(wallets=options.wallets)
            self._foresee()

    def _decide(self, approval: Approval | None) -> None:
        state, at, resolution_id, actor = self.state, self._desk.now(), self._id, self._desk.signed_in
        if state.row is None or not state.can_submit:
            return
        op = _op(state, state.row, actor, resolution_id, at, approval, MessageId(self._desk.new_id()))
        self._change(saving=True, problem=None)
        self._desk.work.command(op, self._decided, lambda error: self._refused(resolution_id, error))

    def _decided(self, resolution: Resolution) -> None:
        words = Words.of(f"money.asked.{resolution.act.value}", amount=resolution.amount_minor)
        self._desk.notices.toast(Mood.INFO, words)
        if resolution.id == self._id:
            meant = (row.reference for row in self.state.candidates if row.id == resolution.payment_id)
            told = DecisionRow(resolution, self._desk.signed_in.name, "", "", next(meant, ""))
            self._change(saving=False, decision=told)

    def _refused(self, resolution_id: ResolutionId, error: DomainError) -> None:
        """What needs another's word goes on once that is given; who closed the sheet is not asked for it."""
        asked, row = asked_of(error), self.state.row
        if resolution_id != self._id or row is None:
            if asked is None:
                self._desk.notices.problem(error)
            return
        self._change(saving=False)
        if asked is not None:
            self._approval.ask(asked, row.name, self.state.reason, self._decide)
        else:
            self._change(problem=error)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error)


def _is_about(one: MatterRow, other: MatterRow) -> bool:
    """Whether two rows tell of the same money."""
    if one.notice is not None or other.notice is not None:
        return one.key == other.key
    return one.voucher_id == other.voucher_id and one.kind is other.kind


def _op(
    state: UnmatchedState,
    row: MatterRow,
    actor: Actor,
    resolution_id: ResolutionId,
    at: Instant,
    approval: Approval | None,
    message_id: MessageId,
) -> Callable[[UnitOfWork], Resolution]:
    """Return what is asked of the books: one row for each act."""
    reason, payment_id, wallet_id = state.reason, state.chosen or PaymentId(""), state.wallet.id
    voucher_id, keeper = row.voucher_id or VoucherId(""), state.keeper
    notice_id = ResolutionId("") if row.notice is None else row.notice.id

    def keep(uow: UnitOfWork) -> Resolution:
        keep_chosen(uow, actor, keeper, message_id, at)
        holder = keeper.key or HolderId("")
        return keep_money_as_credit(uow, actor, resolution_id, voucher_id, holder, at, reason=reason, approval=approval)

    ops: dict[Act, Callable[[UnitOfWork], Resolution]] = {
        Act.MATCH: lambda uow: match_money(
            uow, actor, resolution_id, voucher_id, payment_id, at, reason=reason, approval=approval
        ),
        Act.GIVE_BACK: lambda uow: give_money_back(
            uow, actor, resolution_id, voucher_id, at, reason=reason, wallet_id=wallet_id, approval=approval
        ),
        Act.CREDIT: keep,
        Act.WRITE_OFF: lambda uow: write_money_off(
            uow, actor, resolution_id, voucher_id, at, reason=reason, approval=approval
        ),
        Act.SEEN: lambda uow: mark_notice_seen(uow, actor, resolution_id, notice_id, at, reason=reason),
    }
    return ops[state.act]


def _likely(queries: Queries, row: MatterRow, text: str, since: Instant) -> tuple[PaymentRow, ...]:
    """Return payments that may be meant: those of the same amount first, then those of the same day, then others."""
    wanted = (
        (PaymentFilter(text=text),)
        if text
        else (
            PaymentFilter(text=row.name),
            PaymentFilter(text=str(row.at_stake_minor)),
            PaymentFilter(since=Instant(since - _DAY_MS), until=Instant(since + 2 * _DAY_MS)),
        )
    )
    found = {each.id: each for one in wanted for each in queries.payments(one, _READ, None) if _may_be_meant(each)}

    def likeness(each: PaymentRow) -> tuple[bool, bool, int]:
        same = row.at_stake_minor in (each.amount_minor, each.amount_minor - each.received_minor)
        return (not same, each.id != row.payment_id, abs(each.created_at - row.at))

    return tuple(sorted(found.values(), key=likeness)[:MOST])


def _may_be_meant(row: PaymentRow) -> bool:
    """Whether money may be a payment's: a provider's that lacks some, or that only a person has confirmed."""
    lacks = row.received_minor < row.amount_minor or row.confirmed_minor > 0
    return row.method is not Method.CASH and lacks and not row.voided and not row.held_minor
