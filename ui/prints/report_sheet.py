"""Reports on A4: headings repeated on every page, amounts digit under digit, and as many pages as the rows need."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from PySide6.QtGui import QPagedPaintDevice, QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter

from domain.books import Cell, Column, Kind, Report, Row
from domain.money import SYMBOLS, format_minor
from ui.formatting import day_text
from ui.prints.paper import FAINT, Align, Canvas, Pages, PdfFile, dress_printer, page_layout
from ui.texts import Texts

SIDE: Final = 14.0
EDGE: Final = 12.0
FOOT: Final = 6.0
"""Distances in millimetres: text from the sides, from top and bottom, and the height of the footer."""

PAD: Final = 1.8
SLACK: Final = 0.3
"""What a text may grow when its font is rounded to another whole size, in millimetres."""

INDENT: Final = 4.0
LEAST_TEXT: Final = 22.0
WIDEST_TEXT: Final = 95.0
POINTS: Final = 9.0
TITLE: Final = 15.0

MOST_UPRIGHT_COLUMNS: Final = 5
STRONG_SHADE: Final = "#f3f5f7"
ROW_RULE: Final = "#d5dbe1"
STEP: Final = 200
"""Rows that are measured before whoever waits is let in."""

FIGURES: Final = frozenset({Kind.MONEY, Kind.NUMBER})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a report is: pages done of all; while it is still being measured, all is 0."""

    done: int
    pages: int


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row ready to be painted: its cells in lines, and its height in millimetres."""

    cells: tuple[list[str], ...]
    height: float
    indent: float
    strong: bool


def write_report_pdf(path: Path, report: Report, texts: Texts) -> None:
    """Write a report to a PDF file, whole or not at all. Raises OSError if it cannot be written there."""
    for _ in report_pdf_steps(path, report, texts):
        pass


def report_pdf_steps(path: Path, report: Report, texts: Texts) -> Generator[Progress]:
    """Write a report as `write_report_pdf` does, a little with every step; the file is there after the last one."""
    file = PdfFile(_layout(report), texts.t(report.title))
    yield from _paint(file.device, report, texts)
    file.save(path)


def print_report(printer: QPrinter, report: Report, texts: Texts) -> None:
    """Print a report on A4, or fitted to the paper the printer has. Raises PaperRefused if it takes no pages."""
    for _ in report_print_steps(printer, report, texts):
        pass


def report_print_steps(printer: QPrinter, report: Report, texts: Texts) -> Generator[Progress]:
    """Print a report as `print_report` does, a little with every step."""
    dress_printer(printer, _layout(report), texts.t(report.title))
    yield from _paint(printer, report, texts)


def _layout(report: Report) -> QPageLayout:
    upright = len(report.columns) <= MOST_UPRIGHT_COLUMNS
    orientation = QPageLayout.Orientation.Portrait if upright else QPageLayout.Orientation.Landscape
    return page_layout(QPageSize.PageSizeId.A4, orientation)


def _paint(device: QPagedPaintDevice, report: Report, texts: Texts) -> Iterator[Progress]:
    with Pages(device) as pages:
        sheet = ReportSheet(pages.sample(), report, texts)
        yield from sheet.measure()
        slices = sheet.slices()
        for index, rows in enumerate(slices, start=1):
            sheet.paint(pages.next(), rows, index, len(slices))
            yield Progress(index, len(slices))


class ReportSheet:
    """A report laid out for one size of page; `measure` it to the end before asking for pages."""

    def __init__(self, page: Canvas, report: Report, texts: Texts) -> None:
        self._report = report
        self._texts = texts
        self._canvas = page
        self._scale = 1.0
        self._widths: list[float] = []
        self._rows: list[_Laid] = []
        self._headings: list[list[str]] = []
        kinds = [column.kind for column in report.columns]
        self._first_text = kinds.index(Kind.TEXT) if Kind.TEXT in kinds else -1

    def measure(self) -> Iterator[Progress]:
        """Find the columns' widths and the rows' heights; yields now and then."""
        written: list[tuple[str, ...]] = []
        natural = [0.0] * len(self._report.columns)
        for index, row in enumerate(self._report.rows):
            cells = tuple(self._write(*pair) for pair in zip(row.cells, self._report.columns, strict=True))
            natural = [max(pair) for pair in zip(natural, self._cell_widths(cells, row), strict=True)]
            written.append(cells)
            if index % STEP == STEP - 1:
                yield Progress(0, 0)
        self._fit(natural)
        for index, (cells, row) in enumerate(zip(written, self._report.rows, strict=True)):
            self._rows.append(self._lay(cells, row))
            if index % STEP == STEP - 1:
                yield Progress(0, 0)

    def slices(self) -> list[range]:
        """Return which rows stand on which page; a report without rows has one page."""
        bottom = self._canvas.height - EDGE - FOOT
        found: list[range] = []
        start, y = 0, self._head(None) + self._heading_height()
        for index, row in enumerate(self._rows):
            if y + row.height > bottom and index > start:
                found.append(range(start, index))
                start, y = index, EDGE + self._heading_height()
            y += row.height
        return [*found, range(start, len(self._rows))]

    def paint(self, page: Canvas, rows: range, index: int, pages: int) -> None:
        """Paint one page."""
        canvas = page.shrunk(self._scale)
        y = self._head(canvas) if index == 1 else EDGE
        y = self._paint_headings(canvas, y)
        for at in rows:
            y = self._paint_row(canvas, y, self._rows[at])
        if not self._rows:
            canvas.text(SIDE + PAD, y + 2, self._texts.t("reports.empty"), POINTS, colour=FAINT)
        self._foot(canvas, index, pages)

    def _write(self, cell: Cell, column: Column) -> str:
        if cell is None:
            return ""
        if isinstance(cell, str):
            return day_text(date.fromisoformat(cell)) if column.kind is Kind.DATE and cell else cell
        if column.kind is Kind.MONEY:
            return format_minor(cell, self._report.currency, self._texts.language, symbol=False)
        return str(cell)

    def _cell_widths(self, cells: tuple[str, ...], row: Row) -> Iterator[float]:
        canvas = self._canvas
        for at, (text, column) in enumerate(zip(cells, self._report.columns, strict=True)):
            if column.kind in FIGURES:
                yield canvas.figures_width(text, POINTS, row.strong) + 2 * PAD + SLACK
            else:
                indent = INDENT * row.level if at == self._first_text else 0.0
                yield canvas.text_width(text, POINTS, row.strong) + 2 * PAD + SLACK + indent

    def _fit(self, natural: list[float]) -> None:
        """Give every column its width; where figures and dates leave too little for texts, all is drawn smaller."""
        columns = self._report.columns
        least = [
            max(self._canvas.text_width(word, POINTS, bold=True) for word in self._texts.t(column.heading).split())
            + 2 * PAD
            + SLACK
            for column in columns
        ]
        texts = [at for at, column in enumerate(columns) if column.kind is Kind.TEXT]
        widths = [max(pair) for pair in zip(natural, least, strict=True)]
        wanted = {at: min(WIDEST_TEXT, widths[at]) for at in texts}
        floor = {at: min(wanted[at], max(LEAST_TEXT, least[at])) for at in texts}
        fixed = sum(width for at, width in enumerate(widths) if at not in wanted)
        page = self._canvas
        while page.width - 2 * SIDE < fixed + sum(floor.values()):
            self._scale *= 0.97
            page = self._canvas.shrunk(self._scale)
        self._canvas = page
        spare = page.width - 2 * SIDE - fixed
        if texts:
            widths = [width if at not in wanted else 0.0 for at, width in enumerate(widths)]
            for at, width in _shared(spare, wanted, floor).items():
                widths[at] = width
        else:
            widths = [width + (spare / len(widths)) for width in widths]
        self._widths = widths
        self._headings = [
            page.wrap(self._texts.t(column.heading), POINTS, width - 2 * PAD, bold=True)
            for column, width in zip(columns, widths, strict=True)
        ]

    def _lay(self, cells: tuple[str, ...], row: Row) -> _Laid:
        lines = []
        for at, (text, column) in enumerate(zip(cells, self._report.columns, strict=True)):
            if column.kind in FIGURES:
                lines.append([text])
            else:
                indent = INDENT * row.level if at == self._first_text else 0.0
                lines.append(self._canvas.wrap(text, POINTS, self._widths[at] - 2 * PAD - indent, row.strong))
        height = max(1, *map(len, lines)) * self._canvas.line_height(POINTS) + 1.2
        return _Laid(tuple(lines), height, INDENT * row.level, row.strong)

    def _head(self, canvas: Canvas | None) -> float:
        """Paint what stands above the table on the first page, or only measure it; return where the table begins."""
        page = canvas or self._canvas.on(None)
        report, t = self._report, self._texts.t
        wide = page.width - 2 * SIDE
        y = page.lines(SIDE, EDGE, page.wrap(report.shop, 10.0, wide, bold=True), 10.0, bold=True) + 2
        for text, points, bold in (
            (t(report.title), TITLE, True),
            (report.subtitle, 10.5, False),
            (self._period(), 10.0, False),
        ):
            lines = page.wrap(text, points, wide, bold)
            y = page.lines(SIDE, y, lines, points, bold=bold, width=wide, align=Align.CENTRE)
        if any(column.kind is Kind.MONEY for column in report.columns):
            currency = t("report_sheet.currency", currency=SYMBOLS[report.currency])
            page.text(SIDE, y, currency, 8.5, colour=FAINT, width=wide, align=Align.RIGHT)
            y += page.line_height(8.5)
        return y + 1

    def _period(self) -> str:
        since, until = (
            day_text(date.fromisoformat(day)) if day else "" for day in (self._report.since, self._report.until)
        )
        if since and until and since != until:
            return self._texts.t("report_sheet.period", since=since, until=until)
        if until:
            return self._texts.t("report_sheet.day" if since else "report_sheet.until", until=until)
        return ""

    def _heading_height(self) -> float:
        return max(1, *map(len, self._headings)) * self._canvas.line_height(POINTS) + 2.0

    def _paint_headings(self, canvas: Canvas, y: float) -> float:
        height = self._heading_height()
        right = SIDE + sum(self._widths)
        canvas.shade(SIDE, y, right - SIDE, height)
        x = SIDE
        for lines, column, width in zip(self._headings, self._report.columns, self._widths, strict=True):
            align = Align.RIGHT if column.kind in FIGURES else Align.LEFT
            canvas.lines(x + PAD, y + 1, lines, POINTS, bold=True, width=width - 2 * PAD, align=align)
            x += width
        canvas.rule(SIDE, y, right, y)
        canvas.rule(SIDE, y + height, right, y + height)
        return y + height

    def _paint_row(self, canvas: Canvas, y: float, row: _Laid) -> float:
        right = SIDE + sum(self._widths)
        if row.strong:
            canvas.shade(SIDE, y, right - SIDE, row.height, STRONG_SHADE)
            canvas.rule(SIDE, y, right, y, ROW_RULE)
        x = SIDE
        for at, (lines, column, width) in enumerate(zip(row.cells, self._report.columns, self._widths, strict=True)):
            if column.kind in FIGURES:
                canvas.figures(x + width - PAD, y + 0.6, lines[0], POINTS, bold=row.strong)
            else:
                indent = row.indent if at == self._first_text else 0.0
                canvas.lines(x + PAD + indent, y + 0.6, lines, POINTS, bold=row.strong)
            x += width
        canvas.rule(SIDE, y + row.height, right, y + row.height, ROW_RULE)
        return y + row.height

    def _foot(self, canvas: Canvas, index: int, pages: int) -> None:
        y = canvas.height - EDGE - canvas.line_height(8.0)
        wide = canvas.width - 2 * SIDE
        page = self._texts.t("report_sheet.page", page=index, pages=pages)
        canvas.text(SIDE, y, self._texts.t(self._report.title), 8.0, colour=FAINT)
        canvas.text(SIDE, y, page, 8.0, colour=FAINT, width=wide, align=Align.RIGHT)


def _shared(spare: float, wanted: dict[int, float], floor: dict[int, float]) -> dict[int, float]:
    """Share `spare` millimetres among text columns: each has its floor, and all grow alike until they are wide enough.

    What nobody wanted is given to all.
    """
    given: dict[int, float] = {}
    extra = spare - sum(floor.values())
    for left, at in zip(range(len(wanted), 0, -1), sorted(wanted, key=lambda at: wanted[at] - floor[at]), strict=True):
        more = min(wanted[at] - floor[at], extra / left)
        given[at] = floor[at] + more
        extra -= more
    return {at: width + extra / len(given) for at, width in given.items()}
