"""A report that holds every kind of cell, and the words for it."""

from dataclasses import replace
from typing import Final

from domain.books import Column, Kind, Report, Row

RISKY: Final = (
    *("=1+1", "+84 905", "-5", "@SUM(A1)", "\tx", "\rx", " =1", "＝1"),
    *("=", "+", "-", "@", "--1", "=-1", "+1+1", "-1+1", "@@x", "＋1", "－1", "＠SUM(1)"),
    *(
        "=cmd|' /C calc'!A0",
        "+cmd|' /C calc'!A0",
        '=HYPERLINK("http://a.example","b")',
        '=WEBSERVICE("http://a.example")',
    ),
    *('=IMPORTXML("http://a.example","//b")', '="a""b"', "=A1,B1", "=1;2", "\u00a0=1", "\u3000=1", "=1\n=2", "  @x"),
)
"""What spreadsheets take for formulas, bare and behind blanks, with each sign and its wide form."""

WORDS: Final = {
    "report.title": "Sổ quỹ: tiền mặt/ngân hàng [2026]",
    "column.day": "Ngày",
    "column.words": "Diễn giải",
    "column.count": "Số phiếu",
    "column.amount": "Số tiền",
    "export.rows": "Số dòng",
}

REPORT: Final = Report(
    title="report.title",
    shop="Tạp hoá Bà Na",
    currency="AUD",
    since="2026-03-01",
    until="2026-03-31",
    columns=(
        Column("column.day", Kind.DATE),
        Column("column.words", Kind.TEXT),
        Column("column.count", Kind.NUMBER),
        Column("column.amount", Kind.MONEY),
    ),
    rows=(
        Row(("2026-03-02", 'Bán "cà phê", trà; bánh\nngọt', 3, 123_456_705)),
        Row(("2026-03-03", "Hoàn tiền", 1, -5), level=2),
        Row((None, "https://bana.example/ =x", None, 9_000_000_000_000_000)),
        Row(("", "Cộng", -4, 9_000_000_000_000_001), strong=True),
    ),
    subtitle="Két tiền mặt",
)

RISKY_REPORT: Final = replace(REPORT, rows=tuple(Row((None, words, None, None)) for words in RISKY))
