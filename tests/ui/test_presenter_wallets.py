"""Wallets: balances as they are kept, statements page by page, and a form that opens a wallet once."""

import pytest

from domain.accounts import AccountType, Control
from domain.changes import Changes, Topic
from domain.errors import ErrorCode
from domain.ids import AccountId, Instant, VoucherId
from domain.rows import StatementRow, WalletRow
from tests.fakes.counter import Counter
from tests.fakes.recording_view import FixedSync
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.presenters.banks import banks
from ui.presenters.open_wallet import OpenWalletPresenter
from ui.presenters.wallets import PAGE, WalletsPresenter

CASH, SALES = AccountId("w-cash"), AccountId("c-sales")


def a_row(account_id: AccountId, control: Control | None = None, balance: int = 1_000) -> WalletRow:
    kind = AccountType.CONTROL if control else AccountType.CASH
    return WalletRow(account_id, kind, control, "1111", account_id, "VND", balance, 380_000, False, "")


def a_line(number: int) -> StatementRow:
    return StatementRow(number, VoucherId(f"v{number}"), f"PT{number}", "2026-11-21", NOON, "cash", "", 10, 0, number)


@pytest.fixture
def counter() -> Counter:
    made = Counter(actor=OWNER)
    made.work.queries.wallet_rows = (a_row(CASH), a_row(SALES, Control.SALES))
    made.work.queries.statement_rows = {CASH: [a_line(number) for number in range(PAGE + 7, 0, -1)]}
    return made


@pytest.fixture
def wallets(counter: Counter) -> WalletsPresenter:
    return WalletsPresenter(counter.desk)


def test_the_first_wallet_is_opened_with_its_statement(wallets: WalletsPresenter) -> None:
    wallets.opened()
    assert [row.id for row in wallets.state.wallets] == [CASH]
    assert wallets.state.chosen == CASH
    assert len(wallets.state.lines) == PAGE
    assert not wallets.state.complete
    wallets.more()
    assert len(wallets.state.lines) == PAGE + 7
    assert wallets.state.complete


def test_control_accounts_are_shown_on_wish(wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.show_controls(True)
    assert [row.id for row in wallets.state.wallets] == [CASH, SALES]
    wallets.choose(SALES)
    assert wallets.state.lines == ()
    wallets.show_controls(False)
    assert wallets.state.chosen == CASH


def test_a_cashier_sees_no_balance_and_none_is_read(counter: Counter, wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.closed()
    counter.desk.actor = CASHIER
    counter.work.queries.wallet_rows = ()
    wallets.opened()
    assert not wallets.state.allowed
    assert wallets.state.wallets == ()
    assert wallets.state.lines == ()
    wallets.on_changes(Changes({Topic.ACCOUNTS: frozenset({"x"})}))
    assert wallets.state.wallets == ()


def test_the_owner_sees_everything_again_after_a_cashier(counter: Counter, wallets: WalletsPresenter) -> None:
    counter.desk.actor = CASHIER
    wallets.opened()
    wallets.closed()
    counter.desk.actor = OWNER
    wallets.opened()
    assert wallets.state.allowed
    assert wallets.state.wallets


def test_a_balance_says_how_fresh_this_till_is(counter: Counter, wallets: WalletsPresenter) -> None:
    counter.desk.sync = FixedSync(state="offline", last_pulled_at=Instant(NOON - 5_000))
    wallets.opened()
    assert not wallets.state.online
    assert wallets.state.as_of == NOON - 5_000


# the form


@pytest.fixture
def closed() -> list[AccountId | None]:
    return []


@pytest.fixture
def form(counter: Counter, closed: list[AccountId | None]) -> OpenWalletPresenter:
    return OpenWalletPresenter(counter.desk, closed.append)


def test_a_wallet_needs_a_name(form: OpenWalletPresenter) -> None:
    assert not form.state.can_save
    form.set_name("  ")
    assert form.state.wrong == {"name"}
    form.set_name("Két quầy 2")
    assert form.state.can_save


def test_a_bank_wallet_needs_its_bank_and_account(form: OpenWalletPresenter) -> None:
    form.set_name("Techcombank")
    form.choose_kind(AccountType.BANK)
    assert form.state.wrong == {"bank", "bank_account"}
    form.set_bank(banks()[0])
    form.set_bank_account("1903 6677 88")
    assert form.state.can_save
    form.choose_kind(AccountType.CASH)
    assert form.state.can_save


def test_an_opening_balance_that_could_be_read_in_two_ways_is_refused(form: OpenWalletPresenter) -> None:
    form.set_name("Két")
    form.set_opening("1.5")
    assert form.state.wrong == {"opening"}
    form.set_opening("1.500.000")
    assert form.state.can_save


def test_a_saved_wallet_closes_the_form(
    counter: Counter, form: OpenWalletPresenter, closed: list[AccountId | None]
) -> None:
    form.set_name("Két quầy 2")
    form.save()
    assert [wallet.name for wallet in counter.shop.wallets][-1] == "Két quầy 2"
    assert closed == [counter.shop.wallets[-1].id]
    assert counter.notices.toast_keys == ["wallets.opened"]


def test_a_taken_name_is_told_and_the_form_stays(
    counter: Counter, form: OpenWalletPresenter, closed: list[AccountId | None]
) -> None:
    form.set_name("Két quầy")
    form.save()
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.ACCOUNT_NAME_TAKEN
    assert form.state.can_save
    assert closed == []
