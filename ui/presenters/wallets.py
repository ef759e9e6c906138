"""The shop's wallets with their balances, now or at the end of a day, and the statement of the one that was chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from domain.accounts import AccountType, Control, Regime
from domain.books import ChartAccount
from domain.calendar import business_date
from domain.changes import Topic
from domain.errors import DomainError
from domain.ids import AccountId, Instant, VoucherId
from domain.policy import Action, Actor
from domain.ports import Queries
from domain.rows import StatementRow, WalletRow
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter
from ui.presenters.reading import Reading

PAGE: Final = 60
MOST: Final = 3_000


@dataclass(frozen=True, slots=True)
class WalletItem:
    """A wallet or a control account as its card shows it; amounts in minor units, debit positive.

    The balance is None while that of another day is being read. `code` is the one of the shop's regime, empty in one
    without a chart of accounts.
    """

    id: AccountId
    type: AccountType
    control: Control | None
    code: str
    name: str
    balance_minor: int | None
    waiting_minor: int | None = 0
    is_default: bool = False
    bank_account: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class WalletsState:
    """Wallets and a part of one statement, newest line first.

    `allowed` is False for a role that may not see balances: then nothing was read. `none_granted` says that there are
    wallets, but none that this person may see. `day` (`YYYY-MM-DD`) is the earlier day whose end is shown, empty for
    now. `newest` and `complete` say whether the lines reach up to the newest and down to the oldest one. `heard_at` is
    when this till last heard from the hub, `online` whether it hears now: a balance is this till's own either way.
    """

    allowed: bool = False
    loaded: bool = False
    wallets: tuple[WalletItem, ...] = ()
    none_granted: bool = False
    with_controls: bool = False
    with_archived: bool = False
    chosen: AccountId | None = None
    lines: tuple[StatementRow, ...] = ()
    newest: bool = False
    complete: bool = False
    today: str = ""
    day: str = ""
    can_open: bool = False
    can_edit: bool = False
    online: bool = False
    heard_at: Instant | None = None
    problem: DomainError | None = None

    @property
    def chosen_wallet(self) -> WalletItem | None:
        """The wallet whose statement is shown."""
        return next((wallet for wallet in self.wallets if wallet.id == self.chosen), None)

    @property
    def full(self) -> bool:
        """Whether no more lines are held at once; a day or the other end leads to the others."""
        return len(self.lines) >= MOST and not (self.newest and self.complete)


@dataclass(frozen=True, slots=True)
class _Wallets:
    reader: Actor
    day: str
    items: tuple[WalletItem, ...]
    none_granted: bool


class _Place(Enum):
    INSTEAD = auto()
    BELOW = auto()
    ABOVE = auto()


@dataclass(frozen=True, slots=True)
class _Lines:
    account_id: AccountId
    day: str
    rows: tuple[StatementRow, ...]
    place: _Place = _Place.INSTEAD
    beside: int = 0
    newest: bool = False
    complete: bool = False


class WalletsPresenter(Presenter[WalletsState]):
    """Reads kept balances; of a statement it holds one unbroken part, read from the newest or the oldest end."""

    watches = frozenset({Topic.ACCOUNTS, Topic.VOUCHERS, Topic.PAYMENTS, Topic.OUTBOX, Topic.SETTINGS, Topic.PEOPLE})

    def __init__(self, desk: Desk, open_voucher: Callable[[VoucherId], None]) -> None:
        """`open_voucher` shows the voucher of a line in the screen of vouchers."""
        super().__init__(WalletsState())
        self._desk = desk
        self._open_voucher = open_voucher
        self._reader: Actor | None = None
        self._wallets = Reading[_Wallets](desk.work, self._show_wallets, self._show_problem)
        self._lines = Reading[_Lines](desk.work, self._show_lines, self._show_problem)

    def opened(self) -> None:
        """Who may see which balances depends on who is signed in now."""
        if self._reader != self._desk.actor:
            self._reader = self._desk.actor
            self._stale = True
            self._become(WalletsState())
        self._change(
            allowed=self._desk.may(Action.SEE_BALANCES),
            loaded=self.state.loaded or not self._desk.may(Action.SEE_BALANCES),
            can_open=self._desk.may(Action.OPEN_WALLET),
            can_edit=self._desk.may(Action.CHANGE_WALLET),
            today=self._today(),
        )
        self.on_sync()
        super().opened()

    def refresh(self) -> None:
        """Read the balances again, and the statement where its newest lines are shown; older ones never change."""
        if not self.state.allowed:
            self._stale = True
            return
        self._change(today=self._today())
        actor, state = self._desk.signed_in, self.state
        self._wallets.ask(
            lambda queries: _read_wallets(queries, actor, state.with_controls, state.with_archived, state.day)
        )
        if state.newest or not state.lines:
            self._read_newest(max(PAGE, len(state.lines)))

    def show_controls(self, shown: bool) -> None:
        """Show or hide the accounts that the system keeps."""
        self._change(with_controls=shown)
        self.refresh()

    def show_archived(self, shown: bool) -> None:
        """Show or hide the wallets that are no longer used."""
        self._change(with_archived=shown)
        self.refresh()

    def show_day(self, day: str) -> None:
        """Show balances and statement as of the end of a day (`YYYY-MM-DD`); today and later days mean now."""
        day = day if day < self._today() else ""
        if day != self.state.day:
            unread = tuple(replace(wallet, balance_minor=None, waiting_minor=0) for wallet in self.state.wallets)
            self._change(day=day, wallets=unread, lines=(), newest=False, complete=False)
            self.refresh()

    def show_now(self) -> None:
        """Go back from an earlier day."""
        self.show_day("")

    def choose(self, account_id: AccountId) -> None:
        """Open a wallet's statement."""
        if account_id != self.state.chosen:
            self._change(chosen=account_id, lines=(), newest=False, complete=False)
            self._read_newest(PAGE)

    def open_line(self, line: StatementRow) -> None:
        """Open the voucher of a line."""
        self._open_voucher(line.voucher_id)

    def more(self) -> None:
        """Reach the oldest of the lines that have been read."""
        state = self.state
        if not state.lines or state.complete or len(state.lines) >= MOST:
            return
        if state.day:
            self._read_newest(min(MOST, 2 * len(state.lines)))
        else:
            self._read_beside(_Place.BELOW, state.lines[-1].entry_no, state.lines[-1].entry_no)

    def newer(self) -> None:
        """Reach the newest of the lines that have been read."""
        state = self.state
        if state.lines and not state.newest and len(state.lines) < MOST:
            # The lines of an account are numbered without a gap, so the page above ends right over the first line.
            self._read_beside(_Place.ABOVE, state.lines[0].entry_no, state.lines[0].entry_no + PAGE + 1)

    def first(self) -> None:
        """Go to the newest line."""
        if not self.state.newest:
            self._read_newest(PAGE)

    def last(self) -> None:
        """Go to the oldest line."""
        if self.state.complete:
            return
        if self.state.day:
            self._read_newest(MOST)
        else:
            self._read_beside(_Place.INSTEAD, 0, PAGE + 1)

    def on_sync(self) -> None:
        """Renew how fresh the balances are."""
        self._change(online=self._desk.online, heard_at=self._desk.sync.last_pulled_at)

    def _today(self) -> str:
        return business_date(self._desk.now(), self._desk.shop.zone)

    def _read_newest(self, count: int) -> None:
        actor, chosen, day = self._desk.signed_in, self.state.chosen, self.state.day
        if chosen is None:
            return

        def read(queries: Queries) -> _Lines:
            if day:
                rows = tuple(queries.books.statement_until(actor, chosen, day, count))
            else:
                rows = tuple(queries.statement(actor, chosen, count, None))
            return _Lines(chosen, day, rows, newest=True, complete=len(rows) < count)

        self._lines.ask(read)

    def _read_beside(self, place: _Place, beside: int, below: int) -> None:
        """Read a page of line numbers under `below` and put it beside the line that is numbered `beside`."""
        actor, chosen = self._desk.signed_in, self.state.chosen
        if chosen is None:
            return

        def read(queries: Queries) -> _Lines:
            rows = tuple(queries.statement(actor, chosen, PAGE, below))
            if place is _Place.BELOW:
                return _Lines(chosen, "", rows, place, beside, complete=len(rows) < PAGE)
            above = tuple(row for row in rows if row.entry_no > beside)
            return _Lines(chosen, "", above, place, beside, newest=len(above) < PAGE, complete=not beside)

        self._lines.ask(read)

    def _show_wallets(self, read: _Wallets) -> None:
        if (read.reader, read.day) != (self._reader, self.state.day):
            return
        self._change(wallets=read.items, none_granted=read.none_granted, loaded=True, problem=None)
        if self.state.chosen_wallet is None:
            if read.items:
                self.choose(read.items[0].id)
            else:
                self._change(chosen=None, lines=(), newest=False, complete=False)

    def _show_lines(self, read: _Lines) -> None:
        state = self.state
        if (read.account_id, read.day) != (state.chosen, state.day):
            return
        if read.place is _Place.INSTEAD:
            self._change(lines=read.rows, newest=read.newest, complete=read.complete)
        elif read.place is _Place.BELOW and state.lines and state.lines[-1].entry_no == read.beside:
            self._change(lines=(*state.lines, *read.rows), complete=read.complete)
        elif read.place is _Place.ABOVE and state.lines and state.lines[0].entry_no == read.beside:
            self._change(lines=(*read.rows, *state.lines), newest=read.newest)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True)


def _read_wallets(queries: Queries, actor: Actor, with_controls: bool, with_archived: bool, day: str) -> _Wallets:
    books = queries.books
    rows = queries.wallets(actor, with_controls)
    chart = books.accounts(actor, day)
    with_codes = books.rules().regime is not Regime.TT152
    balances = {account.id: account.balance_minor for account in chart} if day else None
    archived = [account for account in chart if account.archived and account.control is None and with_archived]
    items = [
        *(_of_row(row, balances, with_codes) for row in rows if row.control is None),
        *(_of_archived(account, with_codes) for account in archived),
        *(_of_row(row, balances, with_codes) for row in rows if row.control is not None),
    ]
    return _Wallets(actor, day, tuple(items), none_granted=_has_no_wallet(rows) and not books.sees_all(actor))


def _has_no_wallet(rows: Sequence[WalletRow]) -> bool:
    return all(row.control is not None for row in rows)


def _of_row(row: WalletRow, balances: dict[AccountId, int] | None, with_codes: bool) -> WalletItem:
    """Return a card; with the `balances` of an earlier day nothing is said of what waits now."""
    return WalletItem(
        id=row.id,
        type=row.type,
        control=row.control,
        code=row.code if with_codes else "",
        name=row.name,
        balance_minor=row.balance_minor if balances is None else balances.get(row.id, 0),
        waiting_minor=row.waiting_minor if balances is None else 0,
        is_default=row.is_default,
        bank_account=row.bank_account,
    )


def _of_archived(account: ChartAccount, with_codes: bool) -> WalletItem:
    return WalletItem(
        id=account.id,
        type=account.type,
        control=None,
        code=account.code if with_codes else "",
        name=account.name,
        balance_minor=account.balance_minor,
        archived=True,
    )
