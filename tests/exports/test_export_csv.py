"""Reports as CSV."""

import csv
import hashlib
import io
from dataclasses import replace

import pytest

from domain.books import Report, Row
from exports.table_csv import csv_digest, write_csv
from tests.exports.sample_reports import REPORT, RISKY, RISKY_REPORT, WORDS


def content_of(report: Report, separator: str = ",") -> bytes:
    """Return the file of a report."""
    stream = io.BytesIO()
    assert write_csv(report, stream, WORDS.__getitem__, separator=separator) == len(report.rows)
    return stream.getvalue()


def rows_of(content: bytes, separator: str = ",") -> list[list[str]]:
    """Return what a spreadsheet reads."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_cell_is_read_back(separator: str) -> None:
    content = content_of(REPORT, separator)
    assert content.startswith(b"\xef\xbb\xbfNg\xc3\xa0y")
    assert rows_of(content, separator)[:-1] == [
        ["Ngày", "Diễn giải", "Số phiếu", "Số tiền"],
        ["2026-03-02", 'Bán "cà phê", trà; bánh\nngọt', "3", "1234567.05"],
        ["2026-03-03", "Hoàn tiền", "1", "-0.05"],
        ["", "https://bana.example/ =x", "", "90000000000000.00"],
        ["", "Cộng", "-4", "90000000000000.01"],
        ["Số dòng", "4", "", ""],
    ]


def test_a_currency_without_cents_has_no_point() -> None:
    content = content_of(replace(REPORT, currency="VND"))
    assert [row[3] for row in rows_of(content)[1:3]] == ["123456705", "-5"]


def test_lines_end_as_spreadsheets_want() -> None:
    lines = content_of(REPORT).split(b"\r\n")
    assert len(lines) == len(REPORT.rows) + 4
    assert lines[-1] == b""


def test_the_last_line_holds_the_sum_of_all_bytes_above() -> None:
    content = content_of(REPORT)
    above, _, last = content.removesuffix(b"\r\n").rpartition(b"\r\n")
    digest = hashlib.sha256(above + b"\r\n").hexdigest()
    assert last.decode() == f"SHA-256,{digest},,"
    assert csv_digest(REPORT, WORDS.__getitem__) == digest


def test_no_text_becomes_a_formula() -> None:
    read = [row[1] for row in rows_of(content_of(RISKY_REPORT))[1:-2]]
    assert read == [f"'{words}" for words in RISKY]


def test_a_heading_becomes_no_formula_either() -> None:
    content = io.BytesIO()
    write_csv(REPORT, content, lambda key: f"={key}")
    assert rows_of(content.getvalue())[0][0] == "'=column.day"


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        content_of(replace(REPORT, rows=(Row(("2026-03-02",)),)))
