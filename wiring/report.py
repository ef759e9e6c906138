"""`report`: the accountant's reports of a till's books, printed for people and programs or written to files."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from domain.accounts import AccountType
from domain.books import Cell, Column, Kind, Report
from domain.calendar import business_date, is_date
from domain.errors import DomainError, ErrorCode, NotFound, RuleBroken
from domain.ids import AccountId, UserId
from domain.money import Language, format_minor
from domain.policy import Actor, Role
from domain.ports import Queries, UnitOfWork
from domain.reports.cash_book import cash_book
from domain.reports.income_expense import income_expense
from domain.reports.journal import journal
from domain.reports.reading import Reading
from domain.reports.trial_balance import is_balanced, trial_balance
from domain.services.exports import note_export
from exports.table_csv import write_csv
from storage.keys import load_keys
from storage.queries import TillQueries
from storage.verification.database import require_current
from storage.verification.reader import reading_file
from ui.presenters.reports import ReportForm
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.command_trail import note
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.report_files import report_file_name, write_report
from wiring.till import TILL_ROOT

TEXT: Final = "text"
JSON: Final = "json"
TRIAL_BALANCE: Final = "trial-balance"
CASH_BOOK: Final = "cash-book"

_TAKEN_OUT: Final = frozenset(form.value for form in ReportForm)
"""The forms of files; what is printed for a person's eyes leaves no trail, as on a screen."""

_WIDEST: Final = 48
"""Letters of a printed column; longer texts are cut there and marked."""

_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report by name, its days (`YYYY-MM-DD`, empty for the usual ones), its form, and its file where it has one.

    `wallet` names that of a cash book, empty for the default one. `form` is TEXT, JSON or one of `ReportForm`'s.
    """

    name: str
    since: str = ""
    until: str = ""
    wallet: str = ""
    form: str = TEXT
    to: Path | None = None
    language: Language = Language.VI


def run_report(folder: Folder, wanted: Wanted) -> int:
    """Print or write a report as the owner of the folder's keys sees it.

    Return 0, or 1 if it cannot be made or written, or if it is a trial balance whose debits and credits differ.
    """
    try:
        with reading_books(folder, wanted.language) as (reading, queries):
            report = _make(reading, queries, wanted)
        if wanted.form in _TAKEN_OUT:
            note(folder, Texts(wanted.language), lambda uow: _note_report(uow, report, wanted.form))
        _deliver(report, wanted)
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, Texts(wanted.language)).sentence}\n")
        return 1
    return 0 if wanted.name != TRIAL_BALANCE or is_balanced(report) else 1


def run_balances(folder: Folder, until: str = "") -> int:
    """Print every account's code, name, currency and balance (minor units, debit positive) as JSON, now or as of a day.

    Return 0, or 1 if the books cannot be read or unless the balances sum to zero.
    """
    try:
        with reading_books(folder, Language.VI) as (reading, _):
            accounts = reading.books.accounts(reading.actor, _day(until))
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, Texts(Language.VI)).sentence}\n")
        return 1
    total = sum(account.balance_minor for account in accounts)
    rows = [
        {
            "code": account.code,
            "name": account.name,
            "currency": account.currency,
            "balance_minor": account.balance_minor,
        }
        for account in accounts
    ]
    _print_json({"accounts": rows, "total_minor": total})
    return 0 if total == 0 else 1


def _note_report(uow: UnitOfWork, report: Report, form: str) -> None:
    note_export(uow, None, report.title, report.since, report.until, form, wall_clock())


@contextmanager
def reading_books(folder: Folder, language: Language) -> Iterator[tuple[Reading, Queries]]:
    """Read the till's books at one unchanging moment, as an owner: whoever holds the keys may see everything."""
    with reading_file(folder.till, load_keys(key_store(folder), TILL_ROOT).database) as reader:
        require_current(reader, "till")
        queries = TillQueries(reader.session)
        shop = queries.shop()
        owner = Actor(UserId(""), "", Role.OWNER, shop.device_id)
        yield Reading(queries.books, owner, shop, language, Texts(language, shop.currency, shop.zone).t), queries


def _make(reading: Reading, queries: Queries, wanted: Wanted) -> Report:
    today = business_date(wall_clock(), reading.shop.zone)
    until = _day(wanted.until) or today
    since = _day(wanted.since)
    if wanted.name == TRIAL_BALANCE:
        return trial_balance(reading, since, until)
    since = since or f"{until[:7]}-01"
    if wanted.name == CASH_BOOK:
        return cash_book(reading, _wallet(reading, queries, wanted.wallet), since, until)
    return _OTHERS[wanted.name](reading, since, until)


_OTHERS: Final[dict[str, Callable[[Reading, str, str], Report]]] = {
    "journal": journal,
    "income-expense": income_expense,
}
NAMES: Final = (TRIAL_BALANCE, CASH_BOOK, *_OTHERS)
"""The reports that can be asked for."""


def _day(text: str) -> str:
    if text and not is_date(text):
        raise RuleBroken(ErrorCode.DATE_INVALID, date=text[:40])
    return text


def _wallet(reading: Reading, queries: Queries, name: str) -> AccountId:
    """Return the wallet of a name, archived ones included, or the default one."""
    if not name:
        found = [wallet.id for wallet in queries.wallets(reading.actor, False) if wallet.is_default]
    else:
        accounts = reading.books.accounts(reading.actor)
        found = [row.id for row in accounts if row.name == name and row.type is not AccountType.CONTROL]
    if not found:
        raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
    return found[0]


def _deliver(report: Report, wanted: Wanted) -> None:
    texts = Texts(wanted.language, report.currency)
    if wanted.to is not None:
        path = wanted.to / report_file_name(report, wanted.form) if wanted.to.is_dir() else wanted.to
        with _paper(wanted.form):
            write_report(report, path, wanted.form, wanted.language)
        sys.stdout.write(texts.t("report.written", path=str(path)) + "\n")
    elif wanted.form == ReportForm.CSV:
        write_csv(report, sys.stdout.buffer, texts.t)
    elif wanted.form == JSON:
        _print_json(_facts(report, texts))
    else:
        _print_text(report, texts)


@contextmanager
def _paper(form: str) -> Iterator[None]:
    """Have Qt running without a display while a PDF is written."""
    if form != ReportForm.PDF:
        yield
        return
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication([sys.argv[0]])
    yield
    del application


def _facts(report: Report, texts: Texts) -> dict[str, Any]:
    """Return a report for other programs: its figures, and its words as they are in the language."""
    return {
        "report": report.title.rpartition(".")[2],
        "title": texts.t(report.title),
        "subtitle": report.subtitle,
        "shop": report.shop,
        "currency": report.currency,
        "since": report.since,
        "until": report.until,
        "columns": [
            {
                "name": column.heading.rpartition(".")[2],
                "heading": texts.t(column.heading),
                "kind": "money_minor" if column.kind is Kind.MONEY else column.kind.value,
            }
            for column in report.columns
        ],
        "rows": [{"level": row.level, "strong": row.strong, "cells": row.cells} for row in report.rows],
    }


def _print_json(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2) + "\n")


def _print_text(report: Report, texts: Texts) -> None:
    headings = tuple(texts.t(column.heading) for column in report.columns)
    lines = [headings]
    first_text = next(at for at, column in enumerate(report.columns) if column.kind is Kind.TEXT)
    for row in report.rows:
        cells = [_written(*pair, report, texts) for pair in zip(row.cells, report.columns, strict=True)]
        cells[first_text] = _GAP * row.level + cells[first_text]
        lines.append(tuple(cells))
    widths = [min(max(len(line[at]) for line in lines), _WIDEST) for at in range(len(headings))]
    days = f"{report.since or '…'} – {report.until}"
    about = " · ".join(part for part in (report.shop, report.subtitle, days, report.currency) if part)
    sys.stdout.write(f"{texts.t(report.title)}\n{about}\n\n")
    for line in lines:
        sys.stdout.write(
            _GAP.join(_placed(*of) for of in zip(line, widths, report.columns, strict=True)).rstrip() + "\n"
        )


def _written(cell: Cell, column: Column, report: Report, texts: Texts) -> str:
    if isinstance(cell, int) and column.kind is Kind.MONEY:
        return format_minor(cell, report.currency, texts.language, symbol=False)
    # A memo may hold line ends, or signs that a terminal obeys: here each cell stays on its line.
    return "" if cell is None else "".join(letter if letter.isprintable() else " " for letter in str(cell))


def _placed(cell: str, width: int, column: Column) -> str:
    cell = cell if len(cell) <= width else f"{cell[: width - 1]}…"
    return cell.rjust(width) if column.kind is Kind.MONEY else cell.ljust(width)
