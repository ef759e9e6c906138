"""The accountant's reports say what the entries say: openings, turnovers, balances, and the result by category."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Control, Regime
from domain.books import Entry, EntryLine, Report
from domain.categories import CategoryKind
from domain.errors import ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import AccountId, Instant
from domain.money import Language
from domain.reports.cash_book import cash_book
from domain.reports.income_expense import EXPENSE_ACCOUNTS, INCOME_ACCOUNTS, RESULT_ACCOUNTS, income_expense
from domain.reports.journal import journal
from domain.reports.trial_balance import is_balanced, trial_balance
from domain.shop_settings import BookRules
from domain.vouchers import Side
from exports.account_names import CONTROL_ROOTS
from tests.builders import CASHIER, MANAGER, NOON
from tests.domain.report_books import (
    BANK,
    CASH,
    CHART,
    SYSTEM,
    MemoryBooks,
    control,
    credit,
    debit,
    entry,
    own_category,
    reading,
)
from ui.texts import catalogue

SINCE, UNTIL = "2026-11-01", "2026-11-30"


def sale(number: str, day: str, net: int, tax: int = 0, **facts: object) -> Entry:
    """Goods sold for cash."""
    lines = [debit(CASH, net + tax), credit(control(Control.SALES), net)]
    lines += [credit(control(Control.VAT_PAYABLE), tax)] if tax else []
    return entry(number, day, *lines, under="sales", **facts)


OPENING = entry("PKT1", "2026-10-01", debit(CASH, 1_000), credit(control(Control.OPENING_EQUITY), 1_000))
TO_BANK = entry("PCK1", "2026-11-05", debit(BANK, 690), debit(control(Control.FEES), 10), credit(CASH, 700))
BOUGHT = entry(
    "PC1",
    "2026-11-06",
    debit(control(Control.INVENTORY), 200),
    debit(control(Control.VAT_DEDUCTIBLE), 20),
    credit(BANK, 220),
    under="stock_purchase",
)
RENT = entry("PC2", "2026-11-07", debit(control(Control.EXPENSES), 90), credit(CASH, 90), under="rent")
COST = entry(
    "PKT2", "2026-11-08", debit(control(Control.COGS), 120), credit(control(Control.INVENTORY), 120), under="cogs"
)
BACK = entry("PC3", "2026-11-09", debit(control(Control.SALES_RETURNS), 30), credit(CASH, 30), under="refunds")
LATER = sale("PT9", "2026-12-01", 5_000)
OWN = (own_category("rent", "rent_utilities"), own_category("water", "rent_utilities"))
BOOKS = MemoryBooks([LATER, RENT, TO_BANK, OPENING, sale("PT1", "2026-11-05", 500, 50), BOUGHT, COST, BACK], OWN)


def cells(report: Report) -> list[tuple[object, ...]]:
    """The figures of a report."""
    return [row.cells for row in report.rows]


def named(report: Report) -> dict[object, object]:
    """The amounts of a report of two columns by their names."""
    return dict(cells(report))


def test_a_cash_book_opens_with_what_was_there_and_closes_with_what_is() -> None:
    report = cash_book(reading(BOOKS), CASH, SINCE, UNTIL)
    assert cells(report) == [
        (None, None, "Opening balance", None, None, 1_000),
        ("2026-11-05", "PCK1", "memo PCK1", None, 700, 300),
        ("2026-11-05", "PT1", "memo PT1", 550, None, 850),
        ("2026-11-07", "PC2", "memo PC2", None, 90, 760),
        ("2026-11-09", "PC3", "memo PC3", None, 30, 730),
        (None, None, "Total", 550, 820, None),
        (None, None, "Closing balance", None, None, 730),
    ]
    assert (report.subtitle, report.shop, report.currency) == ("Két tiền mặt (1111)", "Tạp hoá Bà Na", "VND")
    assert (report.since, report.until) == (SINCE, UNTIL)


def test_a_cash_book_orders_a_day_by_the_moment_of_each_voucher() -> None:
    early = sale("PT5", "2026-11-05", 10, created_at=Instant(NOON - 1))
    late = sale("PT4", "2026-11-05", 20, created_at=Instant(NOON + 1))
    moved = sale("PT3", "2026-11-02", 30, booked_on="2026-11-05")
    report = cash_book(reading(MemoryBooks([late, moved, early])), CASH, SINCE, UNTIL)
    assert [row[1] for row in cells(report)[1:-2]] == ["PT5", "PT3", "PT4"]


def test_a_wallet_that_never_moved_has_a_cash_book_of_nothing() -> None:
    report = cash_book(reading(MemoryBooks()), BANK, SINCE, UNTIL)
    assert [row[-1] for row in cells(report)] == [0, None, 0]


def test_a_cash_book_of_a_wallet_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound) as refused:
        cash_book(reading(BOOKS), AccountId("nowhere"), SINCE, UNTIL)
    assert refused.value.code is ErrorCode.ACCOUNT_UNKNOWN


def test_a_line_says_where_it_came_from_and_for_whom() -> None:
    told = [
        sale("PT1", SINCE, 1, source_kind="cash", memo="", counterparty="Chị Tư"),
        sale("PT2", SINCE, 1, source_kind="prov:vietqr", memo="BANA01"),
        sale("PT3", SINCE, 1, memo=""),
    ]
    texts = [row[2] for row in cells(cash_book(reading(MemoryBooks(told)), CASH, SINCE, UNTIL))[1:-2]]
    assert texts == ["Cash sale · Chị Tư", "Customer transfer · BANA01", "Written by hand"]


def test_a_journal_keeps_the_lines_of_a_voucher_together_and_both_sums_equal() -> None:
    report = journal(reading(BOOKS), SINCE, UNTIL)
    rows = cells(report)
    assert rows[:3] == [
        ("2026-11-05", "PCK1", "memo PCK1", "1121", "Vietcombank", 690, None),
        ("2026-11-05", "PCK1", None, "6421", "Payment and bank fees", 10, None),
        ("2026-11-05", "PCK1", None, "1111", "Két tiền mặt", None, 700),
    ]
    assert len(rows) == sum(len(told.lines) for told in BOOKS.held if SINCE <= told.booked_on <= UNTIL) + 1
    assert rows[-1] == (None, None, "Total", None, None, 1_710, 1_710)


@pytest.mark.parametrize("limit", [5, 6])
def test_a_report_of_more_vouchers_than_it_takes_is_refused(limit: int) -> None:
    if limit == 6:
        assert journal(reading(BOOKS), SINCE, UNTIL, limit).rows
        return
    for make in (lambda: journal(reading(BOOKS), SINCE, UNTIL, 5), lambda: cash_book(reading(BOOKS), CASH, "", "9", 5)):
        with pytest.raises(RuleBroken) as refused:
            make()
        assert (refused.value.code, refused.value.facts) == (ErrorCode.REPORT_TOO_LONG, {"limit": 5})


def test_a_trial_balance_puts_each_balance_on_its_side_and_leaves_out_what_never_moved() -> None:
    report = trial_balance(reading(BOOKS), SINCE, UNTIL)
    rows = {row[1]: row for row in cells(report)}
    assert rows["Két tiền mặt"] == ("1111", "Két tiền mặt", 1_000, None, 550, 820, 730, None)
    assert rows["Owner's equity"] == ("4111", "Owner's equity", None, 1_000, None, None, None, 1_000)
    assert rows["Inventory"] == ("156", "Inventory", None, None, 200, 120, 80, None)
    assert "Suspense" not in str(rows)
    assert cells(report)[-1] == (None, "Total", 1_000, 1_000, 1_710, 1_710, 1_550, 1_550)
    assert is_balanced(report)


def test_a_trial_balance_from_the_first_day_has_no_openings() -> None:
    report = trial_balance(reading(BOOKS), "", UNTIL)
    assert cells(report)[-1] == (None, "Total", 0, 0, 2_710, 2_710, 1_550, 1_550)


def test_an_account_that_is_even_again_still_shows_what_moved() -> None:
    books = MemoryBooks([RENT, entry("PC2H", "2026-11-08", *(swapped(line) for line in RENT.lines))], OWN)
    assert [row[1:] for row in cells(trial_balance(reading(books), SINCE, UNTIL))] == [
        ("Két tiền mặt", None, None, 90, 90, None, None),
        ("Operating expenses", None, None, 90, 90, None, None),
        ("Total", 0, 0, 180, 180, 0, 0),
    ]


def test_books_that_do_not_balance_are_not_called_balanced() -> None:
    broken = entry("X", SINCE, debit(CASH, 5), credit(control(Control.SALES), 4))
    assert not is_balanced(trial_balance(reading(MemoryBooks([broken])), SINCE, UNTIL))


def test_income_and_expense_roll_up_and_stock_stands_apart() -> None:
    report = income_expense(reading(BOOKS), SINCE, UNTIL)
    assert [(row.level, *row.cells) for row in report.rows] == [
        (0, "Income", 500),
        (1, "Sales", 500),
        (0, "Expense", 250),
        (1, "Cost of goods sold", 120),
        (1, "Sales refunds", 30),
        (1, "Rent and utilities", 90),
        (2, "RENT", 90),
        (1, "Without category", 10),
        (2, "6421 Payment and bank fees", 10),
        (0, "Result (profit +, loss −)", 250),
        (0, "Goods bought into stock (not in the result)", 200),
        (1, "Stock purchase", 200),
    ]


def test_a_period_without_purchases_says_nothing_of_stock() -> None:
    report = income_expense(reading(MemoryBooks([RENT], OWN)), SINCE, UNTIL)
    assert report.rows[-1].cells == ("Result (profit +, loss −)", -90)


def test_a_parent_with_amounts_of_its_own_names_them_beside_those_below() -> None:
    direct = entry("PC5", SINCE, debit(control(Control.EXPENSES), 7), credit(CASH, 7), under="rent_utilities")
    report = income_expense(reading(MemoryBooks([RENT, direct], OWN)), SINCE, UNTIL)
    assert [(row.level, *row.cells) for row in report.rows][2:5] == [
        (1, "Rent and utilities", 97),
        (2, "Booked directly", 7),
        (2, "RENT", 90),
    ]


def test_a_category_whose_children_cancel_each_other_is_shown_with_both() -> None:
    water = entry("PC6", SINCE, debit(CASH, 90), credit(control(Control.EXPENSES), 90), under="water")
    report = income_expense(reading(MemoryBooks([RENT, water], OWN)), SINCE, UNTIL)
    assert [(row.level, *row.cells) for row in report.rows][2:5] == [
        (1, "Rent and utilities", 0),
        (2, "RENT", 90),
        (2, "WATER", -90),
    ]


def test_money_of_a_category_on_an_account_that_is_not_its_own_stands_without_category() -> None:
    odd = entry(
        "PKT7", SINCE, debit(control(Control.FEES), 40), credit(control(Control.OTHER_INCOME), 40), under="rent"
    )
    figures = named(income_expense(reading(MemoryBooks([odd], OWN)), SINCE, UNTIL))
    assert figures["711 Other income"] == 40
    assert figures["6421 Payment and bank fees"] == 40
    assert "RENT" not in figures


def test_names_follow_the_language() -> None:
    report = income_expense(reading(BOOKS, language=Language.VI), SINCE, UNTIL)
    assert {"Bán hàng", "rent", "6421 Phí thanh toán và ngân hàng", "Không theo danh mục"} <= set(named(report))
    assert "Hàng hoá" in {row[1] for row in cells(trial_balance(reading(BOOKS, language=Language.VI), SINCE, UNTIL))}


def test_a_household_business_sees_no_account_codes() -> None:
    books = replace(BOOKS, book_rules=BookRules(regime=Regime.TT152))
    made = [
        trial_balance(reading(books), SINCE, UNTIL),
        journal(reading(books), SINCE, UNTIL),
        income_expense(reading(books), SINCE, UNTIL),
        cash_book(reading(books), CASH, SINCE, UNTIL),
    ]
    codes = {account.code for account in CHART}
    for report in made:
        assert all(len(row.cells) == len(report.columns) for row in report.rows)
        assert not {str(cell).split(" ")[0] for row in report.rows for cell in row.cells} & codes
    assert made[-1].subtitle == "Két tiền mặt"


@pytest.mark.parametrize("make", [trial_balance, journal, income_expense])
def test_a_report_of_the_whole_books_is_not_made_for_whom_a_wallet_is_hidden_from(make: Callable[..., Report]) -> None:
    books = replace(BOOKS, hidden=frozenset({BANK}))
    with pytest.raises(NotPermitted) as refused:
        make(reading(books, MANAGER), SINCE, UNTIL)
    assert refused.value.code is ErrorCode.ACCOUNT_NOT_GRANTED
    assert make(reading(books), SINCE, UNTIL) == make(reading(BOOKS, MANAGER), SINCE, UNTIL)


def test_a_cash_book_is_made_of_a_granted_wallet_unless_it_could_not_tell_every_voucher() -> None:
    apart = replace(BOOKS, hidden=frozenset({BANK}))
    with pytest.raises(NotPermitted) as refused:
        cash_book(reading(apart, MANAGER), CASH, SINCE, UNTIL)
    assert refused.value.code is ErrorCode.ACCOUNT_NOT_GRANTED
    with pytest.raises(NotFound):
        cash_book(reading(apart, MANAGER), BANK, SINCE, UNTIL)
    later = cash_book(reading(apart, MANAGER), CASH, "2026-11-06", UNTIL)
    assert later == cash_book(reading(BOOKS), CASH, "2026-11-06", UNTIL)


@pytest.mark.parametrize("make", [trial_balance, journal, income_expense])
def test_a_cashier_sees_no_report(make: Callable[..., Report]) -> None:
    with pytest.raises(NotPermitted):
        make(reading(BOOKS, CASHIER), SINCE, UNTIL)


def test_the_result_is_made_of_the_accounts_that_other_programs_call_income_and_expenses() -> None:
    roots = {"Income": set(INCOME_ACCOUNTS), "Expenses": set(EXPENSE_ACCOUNTS)}
    assert set(RESULT_ACCOUNTS) == {key for key, root in CONTROL_ROOTS.items() if root in roots}


@pytest.mark.parametrize("language", list(Language))
def test_every_title_and_heading_has_its_words(language: Language) -> None:
    for report in (
        trial_balance(reading(BOOKS), SINCE, UNTIL),
        journal(reading(BOOKS), SINCE, UNTIL),
        income_expense(reading(BOOKS), SINCE, UNTIL),
        cash_book(reading(BOOKS), CASH, SINCE, UNTIL),
    ):
        assert {report.title, *(column.heading for column in report.columns)} <= set(catalogue(language))


def swapped(line: EntryLine) -> EntryLine:
    """The line of a reversal."""
    return replace(line, side=line.side.other)


AMOUNTS = st.integers(1, 10**9)
CATEGORIES = [None, "deep", "tips", *(row.id for row in SYSTEM), *(row.id for row in OWN)]


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Balanced vouchers on any accounts under any category, some of them taken back."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        accounts = draw(st.lists(st.sampled_from(CHART), min_size=2, max_size=4, unique=True))
        amounts = [draw(AMOUNTS) for _ in accounts[1:]]
        side = draw(st.sampled_from(Side))
        lines = [EntryLine(account.id, side, amount) for account, amount in zip(accounts[1:], amounts, strict=True)]
        lines.append(EntryLine(accounts[0].id, side.other, sum(amounts)))
        day = f"2026-{draw(st.integers(10, 12))}-15"
        told = entry(str(number), day, *lines, under=draw(st.sampled_from(CATEGORIES)))
        found.append(told)
        if draw(st.booleans()):
            back = tuple(swapped(line) for line in lines)
            found.append(replace(told, id=f"{told.id}H", number=f"{number}H", booked_on="2026-11-20", lines=back))
    return found


@given(entries())
def test_the_result_is_what_moved_on_all_accounts_of_income_and_expense(held: list[Entry]) -> None:
    tree = (*OWN, own_category("deep", "rent"), own_category("tips", "sales", CategoryKind.INCOME))
    report = income_expense(reading(MemoryBooks(held, tree)), SINCE, UNTIL)
    moved = 0
    for told in held:
        if told.booked_on.startswith("2026-11"):
            for line in told.lines:
                if line.account_id in {key.value for key in RESULT_ACCOUNTS}:
                    moved += line.amount_minor if line.side is Side.CREDIT else -line.amount_minor
    figures = {row.cells[0]: row.cells[1] for row in report.rows if row.level == 0}
    assert figures["Result (profit +, loss −)"] == moved == figures["Income"] - figures["Expense"]
    assert_every_row_is_the_sum_of_those_below(report)


@given(entries())
def test_every_cash_book_closes_with_the_trial_balance_of_its_wallet(held: list[Entry]) -> None:
    books = MemoryBooks(held)
    report = trial_balance(reading(books), SINCE, UNTIL)
    assert is_balanced(report)
    closing = {row.cells[1]: (row.cells[-2] or 0) - (row.cells[-1] or 0) for row in report.rows}
    for account in CHART[:2]:
        book = cash_book(reading(books), account.id, SINCE, UNTIL)
        assert book.rows[-1].cells[-1] == closing.get(account.name, 0)
    assert journal(reading(books), SINCE, UNTIL).rows[-1].cells[-2:] == report.rows[-1].cells[4:6]


def assert_every_row_is_the_sum_of_those_below(report: Report) -> None:
    """Whatever a heading says, the rows one level deeper up to the next heading add up to it."""
    for at, row in enumerate(report.rows):
        below = []
        for other in report.rows[at + 1 :]:
            if other.level <= row.level:
                break
            below.append(other)
        parts = [other.cells[1] for other in below if other.level == row.level + 1]
        if parts:
            assert sum(parts) == row.cells[1]
