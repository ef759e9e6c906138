"""Reports: one at a time, of the days that were asked for, taken out only by who may and never without a trace."""

from pathlib import Path

import pytest

from domain.accounts import Control
from domain.books import Report, Row
from domain.changes import Changes, Topic
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import VoucherId
from domain.money import Language
from domain.posting_rules import RULES
from tests.domain.report_books import BANK, CASH, MemoryBooks, control, credit, debit, entry
from tests.fakes.counter import Counter
from tests.fakes.small_shop import ACCOUNTANT, CASHIER, OWNER
from ui.presenters.reports import (
    PAPER,
    ReportForm,
    ReportKind,
    ReportPeriod,
    ReportsPresenter,
    period_days,
)
from ui.texts import Texts

VI, EN = Texts(Language.VI), Texts(Language.EN)
BOOKED = Changes({Topic.VOUCHERS: frozenset({"v"})})
SALE = entry("PT1", "2026-11-20", debit(CASH, 700), credit(control(Control.SALES), 700), under="sales")
OLD_SALE = entry("PT0", "2026-10-31", debit(CASH, 40), credit(control(Control.SALES), 40), under="sales")


class Desk(Counter):
    """A desk whose books are in memory, and what left it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.books = MemoryBooks([OLD_SALE, SALE])
        self.work.queries.books = self.books  # type: ignore[attr-defined]  # as much of the books as reports read
        self.written: list[tuple[str, Path, str, Language]] = []
        self.opened: list[VoucherId] = []
        self.full_disk = False

    def write(self, report: Report, path: Path, form: str, language: Language) -> None:
        if self.full_disk:
            raise StorageUnavailable(ErrorCode.FILE_NOT_WRITTEN, path=str(path))
        self.written.append((report.title, path, form, language))


@pytest.fixture
def desk() -> Desk:
    return Desk(actor=OWNER)


@pytest.fixture
def reports(desk: Desk) -> ReportsPresenter:
    presenter = ReportsPresenter(desk.desk, desk.write, desk.opened.append)
    presenter.speak(VI)
    presenter.opened()
    return presenter


def shown(presenter: ReportsPresenter) -> Report:
    assert presenter.state.report is not None
    return presenter.state.report


def test_the_first_report_is_the_cash_book_of_this_month(reports: ReportsPresenter) -> None:
    report = shown(reports)
    assert (report.title, report.since, report.until) == ("report.cash_book", "2026-11-01", "2026-11-21")
    assert [row.cells[-1] for row in report.rows] == [40, 740, None, 740]
    assert [wallet.id for wallet in reports.state.wallets] == [CASH, BANK]
    assert reports.state.asked.wallet == CASH


@pytest.mark.parametrize("kind", ReportKind)
def test_every_report_can_be_made_in_both_languages(reports: ReportsPresenter, kind: ReportKind) -> None:
    reports.show_kind(kind)
    in_vietnamese = shown(reports)
    reports.speak(EN)
    assert shown(reports).title == in_vietnamese.title == f"report.{kind.value}"
    assert shown(reports).rows != in_vietnamese.rows
    assert len(shown(reports).rows) == len(in_vietnamese.rows)


def test_what_books_what_tells_of_every_rule_and_each_of_its_lines(reports: ReportsPresenter) -> None:
    reports.show_kind(ReportKind.RULES)
    rows = shown(reports).rows
    assert sum(row.strong for row in rows) == len(RULES)
    assert sum(not row.strong for row in rows) == sum(len(rule.lines) for rule in RULES.values())
    assert all(row.cells[0] or row.cells[4] for row in rows)


@pytest.mark.parametrize(
    ("period", "today", "days"),
    [
        (ReportPeriod.THIS_MONTH, "2026-11-21", ("2026-11-01", "2026-11-21")),
        (ReportPeriod.LAST_MONTH, "2026-03-31", ("2026-02-01", "2026-02-28")),
        (ReportPeriod.LAST_MONTH, "2026-01-05", ("2025-12-01", "2025-12-31")),
        (ReportPeriod.QUARTER, "2026-12-31", ("2026-10-01", "2026-12-31")),
        (ReportPeriod.QUARTER, "2026-01-01", ("2026-01-01", "2026-01-01")),
        (ReportPeriod.YEAR, "2026-06-30", ("2026-01-01", "2026-06-30")),
    ],
)
def test_a_named_period_has_its_days(period: ReportPeriod, today: str, days: tuple[str, str]) -> None:
    assert period_days(period, today) == days


def test_days_typed_the_wrong_way_round_are_turned(reports: ReportsPresenter) -> None:
    reports.show_days("2026-11-20", "2026-10-31")
    assert reports.state.period is ReportPeriod.CUSTOM
    assert (shown(reports).since, shown(reports).until) == ("2026-10-31", "2026-11-20")
    reports.show_period(ReportPeriod.LAST_MONTH)
    reports.show_period(ReportPeriod.CUSTOM)
    assert (shown(reports).since, shown(reports).until) == ("2026-10-01", "2026-10-31")


def test_a_report_stays_as_it_was_read_until_it_is_asked_for_again(desk: Desk, reports: ReportsPresenter) -> None:
    before = shown(reports)
    desk.books.held.append(entry("PT2", "2026-11-21", debit(CASH, 5), credit(control(Control.SALES), 5)))
    reports.on_changes(BOOKED)
    assert reports.state.outdated
    assert shown(reports) is before
    reports.refresh()
    assert not reports.state.outdated
    assert shown(reports).rows[-1].cells[-1] == 745


def test_the_answer_to_an_earlier_wish_is_not_shown(desk: Desk, reports: ReportsPresenter) -> None:
    desk.work.held = True
    reports.show_kind(ReportKind.JOURNAL)
    reports.show_kind(ReportKind.TRIAL_BALANCE)
    assert reports.state.report is None
    assert reports.state.busy
    desk.work.release()
    assert shown(reports).title == "report.trial_balance"
    assert not reports.state.busy


def test_a_cashier_sees_no_report_and_nothing_is_read(desk: Desk, reports: ReportsPresenter) -> None:
    reports.closed()
    desk.desk.actor = CASHIER
    reports.opened()
    assert not reports.state.allowed
    assert reports.state.report is None
    desk.desk.actor = ACCOUNTANT
    reports.opened()
    assert shown(reports).title == "report.cash_book"


def test_a_report_of_the_whole_books_is_refused_to_whom_a_wallet_is_hidden(
    desk: Desk, reports: ReportsPresenter
) -> None:
    desk.desk.actor = ACCOUNTANT
    desk.books.hidden = frozenset({BANK})
    reports.show_kind(ReportKind.JOURNAL)
    assert reports.state.report is None
    assert reports.state.problem is not None
    assert reports.state.problem.code is ErrorCode.ACCOUNT_NOT_GRANTED
    assert not reports.state.busy
    reports.show_kind(ReportKind.CASH_BOOK)
    assert reports.state.problem is None
    assert [wallet.id for wallet in reports.state.wallets] == [CASH]


def test_a_file_is_written_once_its_trace_is_kept(desk: Desk, reports: ReportsPresenter) -> None:
    reports.save(Path("/shelf/book.xlsx"), ReportForm.XLSX)
    assert desk.written == [("report.cash_book", Path("/shelf/book.xlsx"), "xlsx", Language.VI)]
    assert desk.shop.audited[-1][:2] == ("books.exported", "report.cash_book")
    assert not reports.state.saving
    assert desk.notices.toasts[-1][1].key == "report.written"


def test_a_file_that_cannot_be_written_is_told(desk: Desk, reports: ReportsPresenter) -> None:
    desk.full_disk = True
    reports.save(Path("/full/book.pdf"), ReportForm.PDF)
    assert reports.state.problem is not None
    assert reports.state.problem.code is ErrorCode.FILE_NOT_WRITTEN
    assert not reports.state.saving
    assert reports.state.report is not None


def test_a_role_that_may_not_export_takes_nothing_out(desk: Desk, reports: ReportsPresenter) -> None:
    printed: list[str] = []
    desk.desk.actor = CASHIER
    reports.save(Path("/shelf/book.csv"), ReportForm.CSV)
    reports.note(PAPER, lambda: printed.append(PAPER))
    assert desk.written == []
    assert printed == []
    assert reports.state.problem is not None
    assert reports.state.problem.code is ErrorCode.NOT_PERMITTED


def test_a_row_opens_the_voucher_that_it_tells_of(desk: Desk, reports: ReportsPresenter) -> None:
    for row in shown(reports).rows:
        reports.open_row(row)
    reports.open_row(Row(("heading",)))
    assert desk.opened == [SALE.id]


def test_a_file_is_offered_under_the_report_and_its_days(reports: ReportsPresenter) -> None:
    assert reports.file_name(ReportForm.XLSX) == "bana_cash_book_20261101_20261121.xlsx"
    reports.show_days("2026-11-20", "2026-11-20")
    assert reports.file_name(ReportForm.PDF) == "bana_cash_book_20261120.pdf"
    reports.show_kind(ReportKind.RULES)
    assert reports.file_name(ReportForm.CSV) == "bana_rules.csv"
