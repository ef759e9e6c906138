"""The shop's wallets with their balances, and the statement of the one that was chosen."""

from dataclasses import dataclass
from typing import Final

from domain.changes import Topic
from domain.errors import DomainError
from domain.ids import AccountId, Instant
from domain.policy import Action, Actor
from domain.ports import Queries
from domain.rows import StatementRow, WalletRow
from ui.presenters.desk import Desk
from ui.presenters.presenter import Presenter
from ui.presenters.reading import Reading

PAGE: Final = 60
MOST: Final = 3_000


@dataclass(frozen=True, slots=True)
class WalletsState:
    """Wallets and one statement, newest line first; `complete` when there are no older lines.

    `allowed` is False for a role that may not see balances: then nothing was read. `as_of` is when this till last heard
    from the hub, `online` whether it hears now: a balance is this till's own either way.
    """

    allowed: bool = False
    loaded: bool = False
    wallets: tuple[WalletRow, ...] = ()
    with_controls: bool = False
    chosen: AccountId | None = None
    lines: tuple[StatementRow, ...] = ()
    complete: bool = False
    can_open: bool = False
    online: bool = False
    as_of: Instant | None = None
    problem: DomainError | None = None

    @property
    def chosen_wallet(self) -> WalletRow | None:
        """The wallet whose statement is shown."""
        return next((wallet for wallet in self.wallets if wallet.id == self.chosen), None)


@dataclass(frozen=True, slots=True)
class _Lines:
    account_id: AccountId
    rows: tuple[StatementRow, ...]
    complete: bool
    below: int | None


class WalletsPresenter(Presenter[WalletsState]):
    """Reads stored balances; nothing is summed here."""

    watches = frozenset({Topic.ACCOUNTS, Topic.VOUCHERS, Topic.PAYMENTS, Topic.OUTBOX})

    def __init__(self, desk: Desk) -> None:
        super().__init__(WalletsState())
        self._desk = desk
        self._wallets = Reading[tuple[WalletRow, ...]](desk.work, self._show_wallets, self._show_problem)
        self._lines = Reading[_Lines](desk.work, self._show_lines, self._show_problem)

    def opened(self) -> None:
        """Who may see balances depends on who is signed in now."""
        allowed = self._desk.may(Action.SEE_BALANCES)
        if not allowed:
            self._become(WalletsState(loaded=True))
        else:
            self._change(allowed=True, can_open=self._desk.may(Action.OPEN_WALLET))
        self.on_sync()
        super().opened()

    def refresh(self) -> None:
        """Read the balances and the statement again."""
        if not self.state.allowed:
            self._stale = True
            return
        actor, with_controls = self._desk.signed_in, self.state.with_controls
        self._wallets.ask(lambda queries: tuple(queries.wallets(actor, with_controls)))
        self._read_lines(max(PAGE, len(self.state.lines)), None)

    def show_controls(self, shown: bool) -> None:
        """Show or hide the accounts that the system keeps."""
        self._change(with_controls=shown)
        self.refresh()

    def choose(self, account_id: AccountId) -> None:
        """Open a wallet's statement."""
        if account_id != self.state.chosen:
            self._change(chosen=account_id, lines=(), complete=False)
            self._read_lines(PAGE, None)

    def more(self) -> None:
        """Reach the end of the lines that have been read."""
        if self.state.lines and not self.state.complete and len(self.state.lines) < MOST:
            self._read_lines(PAGE, self.state.lines[-1].entry_no)

    def on_sync(self) -> None:
        """Renew how fresh the balances are."""
        self._change(online=self._desk.online, as_of=self._desk.sync.last_pulled_at)

    def _read_lines(self, count: int, below: int | None) -> None:
        actor, chosen = self._desk.signed_in, self.state.chosen
        if chosen is not None:
            self._lines.ask(lambda queries: _read(queries, actor, chosen, count, below))

    def _show_wallets(self, wallets: tuple[WalletRow, ...]) -> None:
        self._change(wallets=wallets, loaded=True, problem=None)
        if self.state.chosen_wallet is None and wallets:
            self.choose(wallets[0].id)

    def _show_lines(self, lines: _Lines) -> None:
        state = self.state
        if lines.account_id != state.chosen:
            return
        if lines.below is None:
            self._change(lines=lines.rows, complete=lines.complete)
        elif state.lines and state.lines[-1].entry_no == lines.below:
            self._change(lines=(*state.lines, *lines.rows), complete=lines.complete)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True)


def _read(queries: Queries, actor: Actor, account_id: AccountId, count: int, below: int | None) -> _Lines:
    rows = tuple(queries.statement(actor, account_id, count, below))
    return _Lines(account_id, rows, len(rows) < count, below)
