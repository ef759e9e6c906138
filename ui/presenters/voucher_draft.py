"""The form of a draft: what was typed, what it still needs, what it would book; it keeps itself while it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.approvals import Approval, asked_of
from domain.book_rows import VoucherLine
from domain.calendar import business_date
from domain.drafts import Draft, DraftLine, missing
from domain.errors import DomainError, RuleBroken
from domain.ids import AccountId, CategoryId, DraftId, Instant
from domain.money import EXPONENTS, MAX_MINOR, parse_amount
from domain.policy import Action, Actor
from domain.ports import UnitOfWork
from domain.services.drafts import discard_draft, issue_draft, save_draft
from domain.services.vouchers import MAX_MEMO
from domain.vouchers import Party, Side, Voucher, VoucherType
from ui.presenters.approval import ApprovalPresenter, Booked
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.voucher_chart import NO_CHART, Chart, lines_of

SAVE_AFTER_MS: Final = 2_000
"""How long a change waits for the next one before the draft is kept."""

MAX_LINES: Final = 40
MAX_PARTY: Final = 200
MAX_ATTACHMENTS: Final = 999
LONGEST_MEMO: Final = MAX_MEMO


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line of an adjustment as it was typed; an amount stands on one side alone."""

    account_id: AccountId | None = None
    debit: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class DraftState:
    """`draft` is None while no form is open; amounts stay the text that was typed until they can be read.

    `marks` names by field what is still needed, as keys of the text catalogue; `pressed` is True once it was to be
    issued without being whole. `preview` is what issuing would book. `kept` says that all of it is saved as a draft.
    """

    draft: Draft | None = None
    amount: str = ""
    fee: str = ""
    lines: tuple[TypedLine, ...] = ()
    chart: Chart = NO_CHART
    preview: tuple[VoucherLine, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    pressed: int = 0
    kept: bool = True
    can_issue: bool = False
    asking_discard: bool = False
    busy: bool = False
    problem: DomainError | None = None

    @property
    def debit_minor(self) -> int:
        """The sum of an adjustment's debits so far, in minor units."""
        return 0 if self.draft is None else side_minor(self.draft, Side.DEBIT)

    @property
    def credit_minor(self) -> int:
        """The sum of an adjustment's credits so far, in minor units."""
        return 0 if self.draft is None else side_minor(self.draft, Side.CREDIT)


class DraftPresenter(Presenter[DraftState]):
    """Holds one draft at a time; its id is made when it is begun, so that keeping or issuing it twice makes one."""

    def __init__(self, desk: Desk, issued: Callable[[Voucher], None], approval: ApprovalPresenter) -> None:
        """`issued` is told the voucher that a draft became; `approval` asks for a date further back than alone."""
        super().__init__(DraftState())
        self._desk = desk
        self._issued = issued
        self._approval = approval
        self._stored = False
        self._changed_at: Instant | None = None

    # Opening and leaving

    def begin(self, kind: VoucherType) -> None:
        """Begin a draft of today with nothing in it; it is kept once something was typed."""
        now = self._desk.now()
        wallets = self.state.chart.wallets
        self._stored = False
        draft = Draft(
            id=DraftId(self._desk.new_id()),
            type=kind,
            business_date=business_date(now, self._desk.shop.zone),
            created_at=now,
            updated_at=now,
            actor_id=self._desk.signed_in.user_id,
            wallet_id=wallets[0].id if len(wallets) == 1 else None,
        )
        lines = (TypedLine(), TypedLine()) if kind is VoucherType.ADJUSTMENT else ()
        self._show(draft, "", "", lines)

    def open(self, draft: Draft) -> None:
        """Go on with a draft."""
        self._stored = True
        currency = self._desk.shop.currency
        lines = tuple(
            TypedLine(
                line.account_id,
                plain_amount(line.amount_minor, currency) if line.side is Side.DEBIT else "",
                plain_amount(line.amount_minor, currency) if line.side is Side.CREDIT else "",
            )
            for line in draft.lines
        )
        amounts = (plain_amount(draft.amount_minor, currency), plain_amount(draft.fee_minor, currency))
        self._show(draft, *amounts, lines)

    def leave(self) -> None:
        """Close the form and keep what was typed; an amount that cannot be read is mended or cleared first."""
        if any(key == _UNREADABLE for key in self.state.marks.values()):
            self._change(pressed=self.state.pressed + 1)
            return
        self.save()
        self.drop()

    def drop(self) -> None:
        """Close the form as it is, for example because somebody else signed in."""
        self._changed_at = None
        self._become(DraftState(chart=self.state.chart))

    # Typing

    def set_day(self, day: str) -> None:
        """Choose the day (`YYYY-MM-DD`)."""
        self._edit(business_date=day)

    def set_wallet(self, account_id: AccountId | None) -> None:
        """Choose where money comes in or goes out."""
        self._edit(wallet_id=account_id)

    def set_target(self, account_id: AccountId | None) -> None:
        """Choose where a transfer goes."""
        self._edit(target_id=account_id)

    def set_category(self, category_id: CategoryId | None) -> None:
        """Choose what it was for."""
        self._edit(category_id=category_id)

    def set_amount(self, text: str) -> None:
        """Type the amount as people write it."""
        self._retype(amount=text)

    def set_fee(self, text: str) -> None:
        """Type the fee that is kept on the way; nothing typed is none."""
        self._retype(fee=text)

    def set_party(self, name: str) -> None:
        """Type who pays or is paid."""
        draft = self.state.draft
        if draft is not None:
            self._edit(party=Party(name, draft.party.address))

    def set_address(self, address: str) -> None:
        """Type where they live."""
        draft = self.state.draft
        if draft is not None:
            self._edit(party=Party(draft.party.name, address))

    def set_attachments(self, count: int) -> None:
        """Count the papers that go with it."""
        self._edit(attachments=count)

    def set_memo(self, memo: str) -> None:
        """Type what it is for."""
        self._edit(memo=memo)

    def set_line_account(self, number: int, account_id: AccountId | None) -> None:
        """Choose the account of a line."""
        self._set_line(number, account_id=account_id)

    def set_line_debit(self, number: int, text: str) -> None:
        """Type an amount on the debit side; the other side is emptied by it."""
        self._set_line(number, debit=text, **({"credit": ""} if text.strip() else {}))

    def set_line_credit(self, number: int, text: str) -> None:
        """Type an amount on the credit side; the other side is emptied by it."""
        self._set_line(number, credit=text, **({"debit": ""} if text.strip() else {}))

    def add_line(self) -> None:
        """Add an empty line, on the side that lacks something by the amount that it lacks."""
        state = self.state
        if len(state.lines) < MAX_LINES:
            off = state.debit_minor - state.credit_minor
            amount = plain_amount(abs(off), self._desk.shop.currency)
            line = TypedLine(credit=amount) if off > 0 else TypedLine(debit=amount)
            self._retype(lines=(*state.lines, line))

    def remove_line(self, number: int) -> None:
        """Take a line away; two stay."""
        lines = self.state.lines
        if len(lines) > 2:
            self._retype(lines=(*lines[:number], *lines[number + 1 :]))

    def show_chart(self, chart: Chart) -> None:
        """Take what may be named now, read anew."""
        self._change(chart=chart)
        self._reckon()

    # Keeping, issuing, discarding

    def tick(self) -> None:
        """Keep a change that has stood for a moment."""
        if self._changed_at is not None and self._desk.now() - self._changed_at >= SAVE_AFTER_MS:
            self.save()

    def save(self) -> None:
        """Keep what was typed, if something was."""
        draft, actor = self.state.draft, self._desk.actor
        if draft is not None and self._changed_at is not None and actor is not None:
            self._keep(draft, actor)

    def _keep(self, draft: Draft, actor: Actor) -> None:
        self._changed_at = None
        kept = replace(draft, updated_at=self._desk.now())
        self._desk.work.command(lambda uow: save_draft(uow, actor, kept), self._saved, self._refused)

    def issue(self) -> None:
        """Issue the draft as it stands; one that lacks something shows what."""
        self._issue(None)

    def _issue(self, approval: Approval | None) -> None:
        state, at = self.state, self._desk.now()
        draft = state.draft
        if draft is None or state.busy:
            return
        if state.marks:
            self._change(pressed=state.pressed + 1)
            return
        actor, whole = self._desk.signed_in, replace(draft, updated_at=at)

        def op(uow: UnitOfWork) -> Voucher:
            save_draft(uow, actor, whole)
            return issue_draft(uow, actor, whole.id, at, approval=approval)

        self._changed_at = None
        self._change(busy=True, problem=None)
        self._desk.work.command(op, self._done, lambda error: self._issue_refused(whole, actor, error))

    def ask_discard(self) -> None:
        """Ask before the draft is thrown away, or take the question back; one without anything in it just closes."""
        if not self._stored and self._changed_at is None and not self.state.busy:
            self.drop()
        else:
            self._change(asking_discard=not self.state.asking_discard)

    def confirm_discard(self) -> None:
        """Throw the draft away."""
        draft = self.state.draft
        if draft is None or not self.state.asking_discard:
            return
        self._changed_at = None
        if not self._stored:
            self._discarded(None)
            return
        actor, draft_id, at = self._desk.signed_in, draft.id, self._desk.now()
        self._change(busy=True, asking_discard=False)
        self._desk.work.command(lambda uow: discard_draft(uow, actor, draft_id, at), self._discarded, self._refused)

    def _saved(self, draft: Draft) -> None:
        if self.state.draft is not None and self.state.draft.id == draft.id:
            self._stored = True
            self._change(kept=self._changed_at is None, problem=None)

    def _done(self, voucher: Voucher) -> None:
        self.drop()
        self._issued(voucher)

    def _discarded(self, _answer: None) -> None:
        self.drop()
        self._desk.notices.toast(Mood.NEUTRAL, Words.of("draft.discarded"))

    def _issue_refused(self, draft: Draft, actor: Actor, error: DomainError) -> None:
        """What needs another's word goes on once that is given, if the draft and the person are still there."""
        asked = asked_of(error)
        if asked is None or self.state.draft is None:
            self._refused(error)
            return
        self._changed_at = self._desk.now()  # nothing was kept with the refusal, and nobody may ever approve
        self._change(busy=False, kept=False)
        if self._desk.actor != actor:  # kept at once: whoever comes next keeps nothing of it
            self._keep(draft, actor)
            return
        state = self.state
        booked = Booked(state.preview, state.chart.category(draft.category_id), draft.party.name)
        self._approval.ask(asked, draft.memo, "", self._issue, booked)

    def _refused(self, error: DomainError) -> None:
        """What was typed stands; it is tried again with the next change or press."""
        if self.state.draft is None:
            self._desk.notices.problem(error)
        else:
            self._change(busy=False, kept=False, problem=error)

    # What follows from what was typed

    def _show(self, draft: Draft, amount: str, fee: str, lines: tuple[TypedLine, ...]) -> None:
        self._changed_at = None
        can_issue = self._desk.may(Action.ISSUE_VOUCHER)
        opened = DraftState(draft, amount, fee, lines, chart=self.state.chart, can_issue=can_issue)
        self._become(self._reckoned(opened))

    def _edit(self, **changes: Any) -> None:
        draft = self.state.draft
        if draft is not None and replace(draft, **changes) != draft:
            self._take(replace(self.state, draft=replace(draft, **changes)))

    def _retype(self, **changes: Any) -> None:
        if self.state.draft is not None and replace(self.state, **changes) != self.state:
            self._take(replace(self.state, **changes))

    def _set_line(self, number: int, **changes: Any) -> None:
        lines = self.state.lines
        if number < len(lines):
            line = replace(lines[number], **changes)
            self._retype(lines=(*lines[:number], line, *lines[number + 1 :]))

    def _take(self, state: DraftState) -> None:
        """Take what was typed; from now on it waits to be kept."""
        self._changed_at = self._desk.now()
        self._become(self._reckoned(replace(state, kept=False, asking_discard=False, problem=None)))

    def _reckon(self) -> None:
        self._become(self._reckoned(self.state))

    def _reckoned(self, state: DraftState) -> DraftState:
        """Return the state with amounts read, marks set and the preview drawn up."""
        draft = state.draft
        if draft is None:
            return state
        currency = self._desk.shop.currency
        read = {"amount_minor": _read(state.amount, currency), "fee_minor": _read(state.fee, currency)}
        lines = [_draft_line(line, currency) for line in state.lines]
        draft = replace(
            draft,
            amount_minor=read["amount_minor"] or 0,
            fee_minor=read["fee_minor"] or 0,
            lines=tuple(line for line, _ in lines),
        )
        unread = [name for name, amount in read.items() if amount is None]
        unread += ["lines"] if any(not readable for _, readable in lines) else []
        marks = {name: f"draft.need.{name}" for name in missing(draft)}
        if "lines" in marks and 0 < side_minor(draft, Side.DEBIT) == side_minor(draft, Side.CREDIT):
            marks["lines"] = "draft.need.line_parts"
        marks |= dict.fromkeys(unread, _UNREADABLE) | self._wrong_day(draft, state.chart)
        if draft.target_id is not None and draft.target_id == draft.wallet_id:
            marks["target_id"] = "draft.need.other_wallet"
        preview = lines_of(draft, state.chart, self._desk.shop.merchant_id)
        return replace(state, draft=draft, marks=marks, preview=preview)

    def _wrong_day(self, draft: Draft, chart: Chart) -> dict[str, str]:
        if chart.rules.is_closed(draft.business_date):
            return {"business_date": "draft.need.open_day"}
        if draft.business_date > business_date(self._desk.now(), self._desk.shop.zone):
            return {"business_date": "draft.need.no_later"}
        return {}


_UNREADABLE: Final = "draft.need.readable"


def _read(text: str, currency: str) -> int | None:
    """Return an amount in minor units, zero for nothing typed, None if it cannot be read in one way."""
    if text.strip() in ("", "0"):
        return 0
    try:
        amount = parse_amount(text, currency)
    except RuleBroken:
        return None
    return amount if amount <= MAX_MINOR else None


def _draft_line(line: TypedLine, currency: str) -> tuple[DraftLine, bool]:
    """Return a line as a draft keeps it, and whether what was typed could be read."""
    side = Side.CREDIT if line.credit.strip() else Side.DEBIT
    amount = _read(line.credit if side is Side.CREDIT else line.debit, currency)
    return DraftLine(line.account_id, side, amount or 0), amount is not None


def side_minor(draft: Draft, side: Side) -> int:
    """Return what one side of an adjustment's lines amounts to, in minor units."""
    return sum(line.amount_minor for line in draft.lines if line.side is side)


def plain_amount(amount_minor: int, currency: str) -> str:
    """Write an amount so that it can be read again in every language; nothing for zero."""
    if not amount_minor:
        return ""
    major, minor = divmod(amount_minor, 10 ** EXPONENTS[currency])
    return f"{major}.{minor:0{EXPONENTS[currency]}d}" if EXPONENTS[currency] else str(major)
