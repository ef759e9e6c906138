"""Reading a statement's file: which format it is, in which letters it is written, and whether it is whole."""

import codecs
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from server.bank_statements.camt053 import looks_like_xml, read_camt053
from server.bank_statements.csv_table import read_csv
from server.bank_statements.mt940 import looks_like_mt940, read_mt940
from server.bank_statements.statement import MAX_BYTES, BankStatement, Columns, unreadable

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD_LETTERS: Final = "cp1258"
"""Windows' Vietnamese, in which older exports are written; UTF-8 is tried first, and no such text is UTF-8 as well."""


def read_statement(data: bytes, currency: str, columns: Columns | None = None) -> tuple[str, BankStatement]:
    """Return a file's format (`mt940`, `camt053`, `csv`) and the statement in it, by what stands in it alone.

    `currency` is the shop's, in which a table without one is read. Raises RuleBroken: STATEMENT_UNREADABLE with the
    `line`, STATEMENT_TOO_LARGE, STATEMENT_SUMS, and ColumnsUnknown for a table that a person must explain.
    """
    if len(data) > MAX_BYTES:
        raise RuleBroken(ErrorCode.STATEMENT_TOO_LARGE)
    if looks_like_xml(data):
        return "camt053", read_camt053(data)
    text = _text(data)
    if looks_like_mt940(text):
        return "mt940", read_mt940(text)
    return "csv", read_csv(text, currency, columns)


def _text(data: bytes) -> str:
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)] or ["utf-8", _OLD_LETTERS]
    text = next((text for encoding in encodings if (text := _decoded(data, encoding)) is not None), None)
    if text is None or "\x00" in text:  # a picture, a spreadsheet, a program
        unreadable(0)
    return text


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None
