"""The shop's vouchers: found in a list, one opened beside it, taken back, and where a draft is written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from domain.approvals import Approval, asked_of
from domain.book_rows import VoucherDetail, VoucherMark
from domain.changes import Changes, Topic
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import AccountId, CategoryId, PaymentId, VoucherId
from domain.policy import Action
from domain.rows import ShopRow
from domain.services.vouchers import void_voucher
from domain.vouchers import RECLASS, REVERSAL, Voucher, VoucherType
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading
from ui.presenters.voucher_chart import NO_CHART, Chart, read_chart
from ui.presenters.voucher_draft import DraftPresenter
from ui.presenters.voucher_list import (
    PAGE,
    PLAIN,
    ListPage,
    Period,
    Place,
    Shown,
    VoucherRow,
    Wanted,
    days_of,
    place_of,
    read_page,
)
from ui.presenters.voucher_print import PrintPresenter

MOST: Final = 3_000
"""How many rows are held; beyond that a person narrows the search."""

_REVERSALS: Final = frozenset({REVERSAL, RECLASS})


@dataclass(frozen=True, slots=True)
class VouchersState:
    """The rows read so far, newest first; `complete` when there are no more. `detail` stands in the drawer.

    `allowed` is False for a role that may not see the books: then nothing was read. `loaded` is False before the first
    answer to what is wanted now. `reason` is what was typed of why the open voucher is taken back.
    """

    allowed: bool = False
    can_write: bool = False
    wanted: Wanted = PLAIN
    rows: tuple[VoucherRow, ...] = ()
    loaded: bool = False
    complete: bool = False
    too_many: bool = False
    chart: Chart = NO_CHART
    chosen: VoucherId | None = None
    detail: VoucherDetail | None = None
    can_void: bool = False
    asking_void: bool = False
    voiding: bool = False
    reason: str = ""
    problem: DomainError | None = None


class VouchersPresenter(Presenter[VouchersState]):
    """Finds and shows vouchers and takes them back; `form` writes drafts, `approval` asks who may allow more."""

    watches = frozenset({Topic.VOUCHERS, Topic.DRAFTS, Topic.OUTBOX, Topic.ACCOUNTS, Topic.CATEGORIES, Topic.SETTINGS})

    def __init__(self, desk: Desk, open_payment: Callable[[PaymentId], None], approval: ApprovalPresenter) -> None:
        """`open_payment` shows a payment on its own screen."""
        super().__init__(VouchersState())
        self._desk = desk
        self._open_payment = open_payment
        self._person = ""
        self._pages = Reading[ListPage](desk.work, self._show_page, self._show_problem)
        self._charts = Reading[Chart](desk.work, self._show_chart, self._show_problem)
        self._details = Reading[VoucherDetail | None](desk.work, self._show_detail, self._show_problem)
        self.approval = approval
        self.form = DraftPresenter(desk, self._issued, approval)

    @property
    def shop(self) -> ShopRow:
        """The shop, as printed vouchers name it."""
        return self._desk.shop

    def opened(self) -> None:
        """Who may see and write depends on who is signed in now; another person begins anew."""
        desk = self._desk
        if not desk.may(Action.SEE_BOOKS):
            self._person = ""
            self.form.drop()
            self._become(VouchersState(loaded=True))
            self._stale = True
            return
        if self._person != desk.signed_in.user_id:
            self._person = desk.signed_in.user_id
            self.form.drop()
            self._become(VouchersState())
            self._stale = True
        self._change(allowed=True, can_write=desk.may(Action.DRAFT_VOUCHER))
        super().opened()

    def closed(self) -> None:
        """Leaving the screen keeps what was typed."""
        self.approval.cancel()
        self.form.save()
        super().closed()

    def covered(self) -> None:
        """An approval ends, a draft is kept at once."""
        self.approval.cancel()
        self.form.save()

    def detach(self) -> None:
        """Forget the views."""
        self.approval.detach()
        self.form.detach()
        super().detach()

    def tick(self) -> None:
        """Time passes for a draft that was changed, and for a PIN pad that is closed."""
        self.approval.tick()
        self.form.tick()

    def on_changes(self, changes: Changes) -> None:
        """A role that sees nothing reads nothing."""
        if self.state.allowed:
            super().on_changes(changes)
        else:
            self._stale = True

    # The list

    def find(self, text: str) -> None:
        """Type into the search box; a text is looked for in all days, until other days are chosen."""
        wanted, found = self.state.wanted, text.strip()
        period = wanted.period if bool(found) == bool(wanted.text) else Period.ALL if found else Period.MONTH
        self._want(replace(wanted, text=found, period=period))

    def show(self, shown: Shown) -> None:
        """Press a chip of the type row."""
        self._want(replace(self.state.wanted, shown=shown))

    def show_period(self, period: Period) -> None:
        """Press a chip of the day row; days of one's own begin as those that are shown now."""
        wanted = self.state.wanted
        if period is Period.DAYS and wanted.period is not Period.DAYS:
            self.show_days(*days_of(wanted, self._desk.now(), self._desk.shop.zone))
        else:
            self._want(replace(wanted, period=period))

    def show_days(self, since: str, until: str) -> None:
        """Choose the first and the last day (`YYYY-MM-DD`, empty for no bound)."""
        self._want(replace(self.state.wanted, period=Period.DAYS, since=since, until=until))

    def show_account(self, account_id: AccountId | None) -> None:
        """Choose a wallet, or all."""
        self._want(replace(self.state.wanted, account_id=account_id))

    def show_category(self, category_id: CategoryId | None) -> None:
        """Choose a category with what hangs below it, or all."""
        self._want(replace(self.state.wanted, category_id=category_id))

    def clear_filters(self) -> None:
        """Go back to the plain list of this month."""
        self._want(PLAIN)

    def more(self) -> None:
        """Reach the end of what has been read."""
        state, place = self.state, self._place()
        if not (state.complete or state.too_many) and place is not None:
            self._read_page(PAGE, place)

    def refresh(self) -> None:
        """Read again as many rows as stand, the open voucher, and what vouchers may name."""
        actor = self._desk.actor
        if actor is None:  # what was under way ended after the till was locked
            self._stale = True
            return
        self._charts.ask(lambda queries: read_chart(queries, actor))
        self._read_page(max(PAGE, len(self.state.rows)), None)
        self._read_detail()

    # One voucher

    def open_row(self, row: VoucherRow) -> None:
        """Open a voucher in the drawer, or a draft in its form."""
        if row.draft is not None:
            self.form.open(row.draft)
        else:
            self.choose(VoucherId(row.key))

    def choose(self, voucher_id: VoucherId) -> None:
        """Open a voucher in the drawer."""
        if voucher_id != self.state.chosen:
            self._change(chosen=voucher_id, detail=None, can_void=False, **_NOT_ASKED)
        self._read_detail()

    def close_detail(self) -> None:
        """Close the drawer."""
        self._change(chosen=None, detail=None, can_void=False, **_NOT_ASKED)

    def open_payment(self) -> None:
        """Show the payment that the open voucher books."""
        detail = self.state.detail
        if detail is not None and detail.payment_id is not None:
            self._open_payment(detail.payment_id)

    def write(self, kind: VoucherType) -> None:
        """Begin a draft."""
        if self.state.can_write:
            self.form.begin(kind)

    def print_form(self, subject_id: str) -> PrintPresenter:
        """Return the presenter of one sheet that prints a voucher or a draft."""
        return PrintPresenter(self._desk, subject_id)

    # Taking one back

    def ask_void(self) -> None:
        """Ask why the open voucher is taken back, say why it cannot be, or take the question back."""
        state = self.state
        if state.detail is None or not state.can_void or state.voiding:
            return
        if state.detail.payment_id is not None:
            refusal = RuleBroken(ErrorCode.VOUCHER_OF_PAYMENT, number=state.detail.item.number)
            self._change(problem=refusal)
        else:
            self._change(asking_void=not state.asking_void, problem=None)

    def set_reason(self, reason: str) -> None:
        """Type why."""
        self._change(reason=reason, problem=None)

    def confirm_void(self) -> None:
        """Take the open voucher back by its reversal."""
        self._void(None)

    def _void(self, approval: Approval | None) -> None:
        state, at = self.state, self._desk.now()
        if state.detail is None or not state.asking_void or state.voiding or not state.reason.strip():
            return
        actor, voucher_id, reason = self._desk.signed_in, state.detail.item.id, state.reason
        self._change(voiding=True, problem=None)
        self._desk.work.command(
            lambda uow: void_voucher(uow, actor, voucher_id, at, reason=reason, approval=approval),
            self._voided,
            self._void_refused,
        )

    def _voided(self, reversal: Voucher) -> None:
        self._desk.notices.toast(Mood.OK, Words.of("vouchers.void_done", number=reversal.number))
        if self.state.chosen == reversal.reverses:
            self._change(**_NOT_ASKED)
        self.refresh()

    def _void_refused(self, error: DomainError) -> None:
        """What needs another's word goes on once that is given; who left the screen is not asked for it."""
        detail, reason, asked = self.state.detail, self.state.reason, asked_of(error)
        if asked is not None and detail is not None and self._open:
            self._change(voiding=False)
            self.approval.ask(asked, detail.item.number, reason, self._void)
            return
        self._change(voiding=False, problem=error)
        self._read_detail()

    def _issued(self, voucher: Voucher) -> None:
        """A draft became a voucher: it opens in the drawer."""
        words = Words.of("draft.issued", number=voucher.number)
        self._desk.notices.toast(Mood.OK, words)
        if self.state.wanted.shown is Shown.DRAFTS and self._open:
            self._want(replace(self.state.wanted, shown=Shown.ALL))
        self.choose(voucher.id)
        self.refresh()

    # Answers

    def _want(self, wanted: Wanted) -> None:
        if wanted != self.state.wanted:
            self._change(wanted=wanted, rows=(), loaded=False, complete=False, too_many=False, problem=None)
            self._read_page(PAGE, None)

    def _read_page(self, count: int, after: Place | None) -> None:
        actor, wanted = self._desk.signed_in, self.state.wanted
        days = days_of(wanted, self._desk.now(), self._desk.shop.zone)
        self._pages.ask(lambda queries: read_page(queries, actor, wanted, days, count, after))

    def _show_page(self, page: ListPage) -> None:
        state = self.state
        if page.wanted != state.wanted or (page.after is not None and page.after != self._place()):
            return  # the list was asked for otherwise, or has moved, since this page was asked for
        rows = page.rows if page.after is None else (*state.rows, *page.rows)
        self._change(rows=rows[:MOST], loaded=True, complete=page.complete, too_many=len(rows) >= MOST)

    def _place(self) -> Place | None:
        """Behind which voucher the next page begins."""
        last = self.state.rows[-1].item if self.state.rows else None
        return None if last is None else place_of(last)

    def _show_chart(self, chart: Chart) -> None:
        self._change(chart=chart)
        self.form.show_chart(chart)

    def _read_detail(self) -> None:
        chosen, actor = self.state.chosen, self._desk.actor
        if chosen is not None and actor is not None:
            self._details.ask(lambda queries: queries.books.voucher(actor, chosen))

    def _show_detail(self, detail: VoucherDetail | None) -> None:
        if detail is None or detail.item.id != self.state.chosen:
            return
        item = detail.item
        stands = item.mark is not VoucherMark.VOIDED and item.source_kind not in _REVERSALS
        can_void = stands and self._desk.may(Action.VOID_VOUCHER)
        self._change(detail=detail, can_void=can_void, asking_void=self.state.asking_void and can_void)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True)


_NOT_ASKED: Final = {"asking_void": False, "voiding": False, "reason": "", "problem": None}
