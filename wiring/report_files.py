"""Reports as files: CSV and XLSX for spreadsheets, PDF for paper."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from domain.books import Report
from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from exports.table_csv import write_csv
from exports.table_xlsx import write_xlsx
from ui.presenters.reports import ReportForm
from ui.texts import Texts
from wiring.whole_file import write_whole

_TABLES: Final[dict[ReportForm, Callable[[Report, BinaryIO, Callable[[str], str]], int]]] = {
    ReportForm.CSV: write_csv,
    ReportForm.XLSX: write_xlsx,
}


def write_report(report: Report, path: Path, form: str, language: Language) -> None:
    """Write a report in one of `ReportForm`'s kinds, whole or not at all; a PDF needs a running QGuiApplication.

    Raises StorageUnavailable(FILE_NOT_WRITTEN) if the file cannot be written there.
    """
    texts = Texts(language, report.currency)
    try:
        if form == ReportForm.PDF:
            # Qt takes its time and needs its libraries, which tables do without.
            from ui.prints.report_sheet import write_report_pdf

            write_report_pdf(path, report, texts)
        else:
            table = _TABLES[ReportForm(form)]
            write_whole(path, lambda stream: table(report, stream, texts.t))
    except OSError as error:
        raise StorageUnavailable(ErrorCode.FILE_NOT_WRITTEN, path=str(path)) from error


def report_file_name(report: Report, form: str) -> str:
    """Return the usual name of a report's file, such as `bana_cash_book_20261130.xlsx`, after its last day."""
    parts = ("bana", report.title.rpartition(".")[2], report.until.replace("-", ""))
    return f"{'_'.join(part for part in parts if part)}.{form}"
