"""The accountant's reports of a period, shown, printed and written to files."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from domain.accounts import AccountType
from domain.books import ChartAccount, Report, Row
from domain.calendar import business_date
from domain.changes import Changes, Topic
from domain.errors import DomainError
from domain.ids import AccountId, VoucherId
from domain.money import Language
from domain.policy import Action, Actor
from domain.ports import Queries
from domain.reports.cash_book import cash_book
from domain.reports.income_expense import income_expense
from domain.reports.journal import journal
from domain.reports.reading import Reading as BooksReading
from domain.reports.rules import rules
from domain.reports.trial_balance import trial_balance
from domain.rows import ShopRow
from domain.services.exports import note_export
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading


class ReportKind(StrEnum):
    """The reports, in the order in which they are offered."""

    CASH_BOOK = "cash_book"
    INCOME_EXPENSE = "income_expense"
    JOURNAL = "journal"
    TRIAL_BALANCE = "trial_balance"
    RULES = "rules"


class ReportPeriod(StrEnum):
    """The days that a report is about; CUSTOM is what a person typed."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


class ReportForm(StrEnum):
    """The kinds of file a report is written to."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"


PAPER: Final = "paper"
"""How the audit trail names a print."""


class ReportWords(Protocol):
    """The text catalogue in one language."""

    language: Language

    def t(self, key: str) -> str:
        """Return the text of a key."""


class WriteReport(Protocol):
    """Writes a report to a file, whole or not at all; raises DomainError if it cannot be written there."""

    def __call__(self, report: Report, path: Path, form: str, language: Language) -> None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report of which days (`YYYY-MM-DD`) is wanted; a cash book is of one wallet."""

    kind: ReportKind = ReportKind.CASH_BOOK
    since: str = ""
    until: str = ""
    wallet: AccountId | None = None


@dataclass(frozen=True, slots=True)
class ReportsState:
    """The report that is shown, None while it is being made or where it was refused.

    `allowed` is False for a role that may not see the books: then nothing was read. `outdated` says that something was
    booked since the report was made.
    """

    allowed: bool = False
    can_export: bool = False
    asked: Asked = Asked()
    period: ReportPeriod = ReportPeriod.THIS_MONTH
    wallets: tuple[ChartAccount, ...] = ()
    report: Report | None = None
    busy: bool = False
    outdated: bool = False
    saving: bool = False
    problem: DomainError | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    wished: Asked
    wallet: AccountId | None
    wallets: tuple[ChartAccount, ...]
    report: Report


class ReportsPresenter(Presenter[ReportsState]):
    """Makes one report at a time, in the words of the view that shows it."""

    watches = frozenset({Topic.VOUCHERS, Topic.ACCOUNTS, Topic.CATEGORIES, Topic.SETTINGS})

    def __init__(self, desk: Desk, write: WriteReport, open_voucher: Callable[[VoucherId], None]) -> None:
        """`open_voucher` shows a voucher on its own screen."""
        super().__init__(ReportsState())
        self._open_voucher = open_voucher
        self._desk = desk
        self._write = write
        self._words: ReportWords | None = None
        self._reports = Reading[_Answer](desk.work, self._show_report, self._show_problem)

    def speak(self, words: ReportWords) -> None:
        """Make reports in these words from now on."""
        if self._words is None or self._words.language is not words.language:
            self._words = words
            self._change(report=None)
            self._again()

    def opened(self) -> None:
        """Who may see the books depends on who is signed in now."""
        allowed = self._desk.may(Action.SEE_BOOKS)
        if allowed:
            self._change(allowed=True, can_export=self._desk.may(Action.EXPORT_BOOKS))
            if not self.state.asked.until:
                self._change(asked=self._with_days(self.state.asked, self.state.period))
        else:
            self._become(ReportsState())
            self._stale = True
        super().opened()

    def on_changes(self, changes: Changes) -> None:
        """A report stays as it was read until it is asked for again: its figures belong together."""
        if self._open and self.state.report is not None and changes.meets(self.watches):
            self._change(outdated=True)
        else:
            super().on_changes(changes)

    def refresh(self) -> None:
        """Make the report again."""
        words = self._words
        if not self.state.allowed or words is None:
            self._stale = True
            return
        asked, actor, shop = self.state.asked, self._desk.signed_in, self._desk.shop
        self._change(busy=True, problem=None)
        self._reports.ask(lambda queries: _answer(queries, asked, actor, shop, words))

    def show_kind(self, kind: ReportKind) -> None:
        """Choose another report."""
        self._ask(replace(self.state.asked, kind=kind))

    def show_wallet(self, wallet: AccountId) -> None:
        """Choose the wallet of the cash book."""
        self._ask(replace(self.state.asked, wallet=wallet))

    def show_period(self, period: ReportPeriod) -> None:
        """Choose the days by a name; those of CUSTOM begin as the ones that stand."""
        self._change(period=period)
        self._ask(self._with_days(self.state.asked, period))

    def show_days(self, since: str, until: str) -> None:
        """Choose the first and the last day (`YYYY-MM-DD`); days the wrong way round are turned."""
        first, last = sorted((since, until))
        self._change(period=ReportPeriod.CUSTOM)
        self._ask(replace(self.state.asked, since=first, until=last))

    def open_row(self, row: Row) -> None:
        """Open the voucher that a row tells of, if it tells of one."""
        if row.voucher_id is not None:
            self._open_voucher(row.voucher_id)

    def save(self, path: Path, form: ReportForm) -> None:
        """Write the report that is shown to a file."""
        report, words = self.state.report, self._words
        if report is None or words is None:
            return

        def write() -> None:
            self._desk.work.compute(
                lambda: self._write(report, path, form.value, words.language),
                lambda _none: self._saved(path),
                self._show_problem,
            )

        self._change(saving=True)
        self.note(form.value, write)

    def note(self, form: str, then: Callable[[], None]) -> None:
        """Note in the audit trail that the report leaves the till in a form, then go on; a refusal is shown instead."""
        report = self.state.report
        if report is None:
            return
        actor, at = self._desk.signed_in, self._desk.now()
        self._desk.work.command(
            lambda uow: note_export(uow, actor, report.title, report.since, report.until, form, at),
            lambda _none: then(),
            self._show_problem,
        )

    def file_name(self, form: ReportForm) -> str:
        """Return the name that a file of the report is offered under."""
        asked = self.state.asked
        days = "_".join(day.replace("-", "") for day in dict.fromkeys((asked.since, asked.until)) if day)
        name = asked.kind.value if asked.kind is ReportKind.RULES else f"{asked.kind.value}_{days}"
        return f"bana_{name}.{form.value}"

    def _ask(self, asked: Asked) -> None:
        if asked != self.state.asked:
            self._change(asked=asked, report=None)
            self._again()

    def _again(self) -> None:
        if self._open:
            self.refresh()
        else:
            self._stale = True

    def _with_days(self, asked: Asked, period: ReportPeriod) -> Asked:
        if period is ReportPeriod.CUSTOM:
            return asked
        since, until = period_days(period, business_date(self._desk.now(), self._desk.shop.zone))
        return replace(asked, since=since, until=until)

    def _show_report(self, answer: _Answer) -> None:
        if answer.wished == self.state.asked:
            self._change(
                asked=replace(answer.wished, wallet=answer.wallet),
                wallets=answer.wallets,
                report=answer.report,
                busy=False,
                outdated=False,
                problem=None,
            )

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, busy=False, saving=False)

    def _saved(self, path: Path) -> None:
        self._change(saving=False)
        self._desk.notices.toast(Mood.OK, Words.of("report.written", path=str(path)))


def period_days(period: ReportPeriod, today: str) -> tuple[str, str]:
    """Return the first and the last day of a named period that `today` (`YYYY-MM-DD`) knows, up to today itself."""
    day = date.fromisoformat(today)
    first = day.replace(day=1)
    if period is ReportPeriod.LAST_MONTH:
        last = first - timedelta(days=1)
        return last.replace(day=1).isoformat(), last.isoformat()
    if period is ReportPeriod.QUARTER:
        first = first.replace(month=(day.month - 1) // 3 * 3 + 1)
    elif period is ReportPeriod.YEAR:
        first = first.replace(month=1)
    return first.isoformat(), today


def _answer(queries: Queries, asked: Asked, actor: Actor, shop: ShopRow, words: ReportWords) -> _Answer:
    reading = BooksReading(queries.books, actor, shop, words.language, words.t)
    accounts = queries.books.accounts(actor)
    wallets = tuple(account for account in accounts if account.type is not AccountType.CONTROL)
    chosen = next((wallet.id for wallet in wallets if wallet.id == asked.wallet), wallets[0].id if wallets else None)
    return _Answer(asked, chosen, wallets, _make(reading, replace(asked, wallet=chosen)))


def _make(reading: BooksReading, asked: Asked) -> Report:
    since, until = asked.since, asked.until
    if asked.kind is ReportKind.CASH_BOOK:
        return cash_book(reading, asked.wallet or AccountId(""), since, until)
    if asked.kind is ReportKind.JOURNAL:
        return journal(reading, since, until)
    if asked.kind is ReportKind.TRIAL_BALANCE:
        return trial_balance(reading, since, until)
    if asked.kind is ReportKind.INCOME_EXPENSE:
        return income_expense(reading, since, until)
    return rules(reading)
