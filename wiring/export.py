"""`export`: the whole books as a file for other programs, written beside its name and moved there when it is whole."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from domain.errors import DomainError
from domain.money import Language
from domain.reports.journal import journal
from domain.services.exports import note_export
from exports.beancount_text import write_beancount
from exports.books import Books
from exports.jsonl import write_jsonl
from exports.ledger_text import write_ledger
from storage.book_queries import BookQueries
from storage.keys import load_keys
from storage.till import read_self
from storage.verification.database import require_current
from storage.verification.reader import reading_file
from ui.presenters.reports import ReportForm
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.command_trail import note
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.report import reading_books
from wiring.report_files import write_report
from wiring.till import TILL_ROOT
from wiring.whole_file import write_whole

WRITERS: Final[dict[str, Callable[[Books, BinaryIO], int]]] = {
    "beancount": write_beancount,
    "ledger": write_ledger,
    "jsonl": write_jsonl,
}

FORMS: Final = (*WRITERS, ReportForm.CSV.value, ReportForm.XLSX.value)
"""The forms of an export; the last two are the whole general journal as a table."""

_EVERYTHING: Final = 10**9
_LAST_DAY: Final = "9999-12-31"


def run_export(folder: Folder, form: str, target: Path, language: Language) -> int:
    """Write the till's books to `target` in one of `FORMS` and say how many vouchers; exit 1 if it cannot."""
    texts, at = Texts(language), wall_clock()
    write = _write_books if form in WRITERS else _write_journal
    try:
        note(folder, texts, lambda uow: note_export(uow, None, "export.books", "", "", form, at))
        count = write(folder, form, target, language)
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{target}: {error.strerror}\n")
        return 1
    sys.stdout.write(texts.t("export.written", path=str(target), count=count) + "\n")
    return 0


def _write_books(folder: Folder, form: str, target: Path, language: Language) -> int:
    keys = load_keys(key_store(folder), TILL_ROOT)
    with reading_file(folder.till, keys.database) as reader:
        require_current(reader, "till")
        shop, _ = read_self(reader.session)
        queries = BookQueries(reader, shop)
        books = Books(
            shop=shop.name,
            currency=shop.currency,
            exported_at=wall_clock(),
            zone=shop.zone,
            chart=queries.chart(),
            categories=queries.categories(),
            entries=queries.entries,
            language=language,
        )
        return write_whole(target, lambda stream: WRITERS[form](books, stream))


def _write_journal(folder: Folder, form: str, target: Path, language: Language) -> int:
    with reading_books(folder, language) as (reading, _):
        report = journal(reading, "", _LAST_DAY, _EVERYTHING)
    write_report(report, target, form, language)
    return len({row.voucher_id for row in report.rows if row.voucher_id})
