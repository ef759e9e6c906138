"""Wallets: balances as they are kept or were on a day, statements from end to end, and a form that opens a wallet."""

from dataclasses import replace

import pytest

from domain.accounts import AccountType, Control, Regime
from domain.books import ChartAccount
from domain.changes import Changes, Topic
from domain.errors import ErrorCode
from domain.ids import AccountId, Instant, UserId, VoucherId
from domain.policy import Role
from domain.rows import StatementRow, WalletRow
from tests.fakes.counter import Counter
from tests.fakes.recording_view import FixedSync
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.presenters import wallets as module
from ui.presenters.banks import banks
from ui.presenters.open_wallet import OpenWalletPresenter
from ui.presenters.wallets import PAGE, WalletsPresenter

CASH, SALES, OLD = AccountId("w-cash"), AccountId("c-sales"), AccountId("w-old")
LINES = 2 * PAGE + 7
TODAY, YESTERDAY = "2026-11-21", "2026-11-20"
MANAGER = replace(CASHIER, user_id=UserId("u-minh"), role=Role.MANAGER)
ARCHIVED = ChartAccount(OLD, AccountType.QR, None, "1131", "MoMo", "VND", "2026-01-01", archived=True, balance_minor=0)


def a_row(account_id: AccountId, control: Control | None = None, balance: int = 1_000) -> WalletRow:
    kind = AccountType.CONTROL if control else AccountType.CASH
    return WalletRow(account_id, kind, control, "1111", account_id, "VND", balance, 380_000, False, "")


def a_line(number: int) -> StatementRow:
    day = TODAY if number > PAGE else YESTERDAY
    return StatementRow(number, VoucherId(f"v{number}"), f"PT{number}", day, NOON, "cash", "", 10, 0, number)


@pytest.fixture
def counter() -> Counter:
    made = Counter(actor=OWNER)
    made.work.queries.wallet_rows = (a_row(CASH), a_row(SALES, Control.SALES))
    made.work.queries.statement_rows = {CASH: [a_line(number) for number in range(LINES, 0, -1)]}
    made.work.queries.books.archived = (ARCHIVED,)
    made.work.queries.books.balances = {YESTERDAY: {CASH: 60}}
    return made


@pytest.fixture
def opened() -> list[VoucherId]:
    return []


@pytest.fixture
def wallets(counter: Counter, opened: list[VoucherId]) -> WalletsPresenter:
    return WalletsPresenter(counter.desk, opened.append)


def numbers(wallets: WalletsPresenter) -> list[int]:
    return [line.entry_no for line in wallets.state.lines]


def test_the_first_wallet_is_opened_with_its_statement(wallets: WalletsPresenter) -> None:
    wallets.opened()
    assert [wallet.id for wallet in wallets.state.wallets] == [CASH]
    assert wallets.state.chosen == CASH
    assert numbers(wallets) == list(range(LINES, LINES - PAGE, -1))
    wallets.more()
    wallets.more()
    assert numbers(wallets) == list(range(LINES, 0, -1))
    assert (wallets.state.newest, wallets.state.complete) == (True, True)


def test_the_oldest_line_is_one_step_away_and_the_newer_ones_come_page_by_page(wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.last()
    assert numbers(wallets) == list(range(PAGE, 0, -1))
    assert (wallets.state.newest, wallets.state.complete) == (False, True)
    wallets.newer()
    assert numbers(wallets) == list(range(2 * PAGE, 0, -1))
    wallets.newer()
    assert numbers(wallets) == list(range(LINES, 0, -1))
    assert wallets.state.newest


def test_the_newest_line_is_one_step_away_from_the_oldest(wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.last()
    wallets.first()
    assert numbers(wallets) == list(range(LINES, LINES - PAGE, -1))


def test_an_old_page_stays_when_something_new_is_booked(wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.last()
    before = wallets.state.lines
    wallets.on_changes(Changes({Topic.VOUCHERS: frozenset({"v"})}))
    assert wallets.state.lines == before


def test_no_more_lines_are_held_than_are_good_for_a_list(
    wallets: WalletsPresenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", PAGE + 1)
    wallets.opened()
    for _ in range(3):
        wallets.more()
    assert len(wallets.state.lines) == 2 * PAGE
    assert wallets.state.full


def test_an_earlier_day_shows_its_balances_and_what_counted_up_to_it(
    counter: Counter, wallets: WalletsPresenter
) -> None:
    wallets.opened()
    wallets.show_day(YESTERDAY)
    assert [(wallet.balance_minor, wallet.waiting_minor) for wallet in wallets.state.wallets] == [(60, 0)]
    assert numbers(wallets) == list(range(PAGE, 0, -1))
    wallets.more()
    assert counter.work.queries.books.asked_until == [(YESTERDAY, PAGE), (YESTERDAY, 2 * PAGE)]
    assert wallets.state.complete
    wallets.show_now()
    assert wallets.state.wallets[0].balance_minor == 1_000
    assert numbers(wallets)[0] == LINES


@pytest.mark.parametrize("day", [TODAY, "2027-01-01"])
def test_today_and_later_days_are_now(counter: Counter, wallets: WalletsPresenter, day: str) -> None:
    wallets.opened()
    wallets.show_day(day)
    assert wallets.state.day == ""
    assert counter.work.queries.books.asked_until == []


def test_a_line_opens_its_voucher(wallets: WalletsPresenter, opened: list[VoucherId]) -> None:
    wallets.opened()
    wallets.open_line(wallets.state.lines[2])
    assert opened == [VoucherId(f"v{LINES - 2}")]


def test_control_accounts_are_shown_on_wish(wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.show_controls(True)
    assert [wallet.id for wallet in wallets.state.wallets] == [CASH, SALES]
    wallets.choose(SALES)
    assert wallets.state.lines == ()
    wallets.show_controls(False)
    assert wallets.state.chosen == CASH


def test_archived_wallets_are_shown_on_wish_after_those_in_use(wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.show_controls(True)
    wallets.show_archived(True)
    assert [(wallet.id, wallet.archived) for wallet in wallets.state.wallets] == [
        (CASH, False),
        (OLD, True),
        (SALES, False),
    ]


def test_a_household_business_has_no_chart_of_accounts_to_show(counter: Counter, wallets: WalletsPresenter) -> None:
    wallets.opened()
    assert wallets.state.wallets[0].code == "1111"
    counter.work.queries.books.regime = Regime.TT152
    wallets.refresh()
    assert wallets.state.wallets[0].code == ""


def test_somebody_who_was_granted_no_wallet_is_told_so(counter: Counter, wallets: WalletsPresenter) -> None:
    counter.work.queries.books.hides = True
    wallets.opened()
    assert not wallets.state.none_granted
    counter.work.queries.wallet_rows = (a_row(SALES, Control.SALES),)
    wallets.show_controls(True)
    assert wallets.state.none_granted
    wallets.show_controls(False)
    assert (wallets.state.none_granted, wallets.state.chosen, wallets.state.lines) == (True, None, ())


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


def test_nothing_that_one_person_saw_is_left_for_the_next(counter: Counter, wallets: WalletsPresenter) -> None:
    wallets.opened()
    wallets.show_day(YESTERDAY)
    wallets.closed()
    counter.desk.actor = MANAGER
    counter.work.queries.wallet_rows = ()
    wallets.opened()
    assert (wallets.state.wallets, wallets.state.lines, wallets.state.day) == ((), (), "")
    assert (wallets.state.can_open, wallets.state.can_edit) == (False, False)


def test_an_answer_to_the_person_before_is_not_shown_to_the_next(counter: Counter, wallets: WalletsPresenter) -> None:
    counter.work.held = True
    wallets.opened()
    wallets.closed()
    counter.desk.actor = CASHIER
    wallets.opened()
    counter.work.release()
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
    assert wallets.state.heard_at == NOON - 5_000


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
