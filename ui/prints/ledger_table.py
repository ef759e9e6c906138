"""Paints the table of accounts, debits and credits of a transfer or adjustment voucher."""

from typing import Final

from domain.money import format_minor
from ui.prints.paper import Align, Canvas
from ui.prints.voucher_sheet import SheetLine, VoucherSheet
from ui.texts import Texts

POINTS: Final = 9.5
PAD: Final = 1.6
LEAST_AMOUNT: Final = 30.0
LEAST_CODE: Final = 22.0


class LedgerTable:
    """The lines of a sheet in columns of code, account, debit and credit; without codes where none has one."""

    def __init__(self, canvas: Canvas, sheet: VoucherSheet, texts: Texts, side: float) -> None:
        """`side` is the distance of the table from the left and right edges, in millimetres."""
        self._canvas = canvas
        self._sheet = sheet
        self._texts = texts
        self._left = side
        self._debit = sum(line.debit_minor for line in sheet.lines)
        self._credit = sum(line.credit_minor for line in sheet.lines)
        self._widths = self._measured(canvas.width - 2 * side)
        self._wrapped: dict[int, tuple[list[str], list[str]]] = {}

    def _measured(self, width: float) -> tuple[float, float, float]:
        """Return the widths of code, account and one amount."""
        canvas, lines = self._canvas, self._sheet.lines
        figures = {self._money(amount) for line in lines for amount in (line.debit_minor, line.credit_minor)}
        figures |= {self._money(self._debit), self._money(self._credit)}
        amount = max(LEAST_AMOUNT, max(canvas.figures_width(text, POINTS, bold=True) for text in figures) + 2 * PAD)
        codes = [line.code for line in lines if line.code]
        code = 0.0
        if codes:
            heading = canvas.text_width(self._texts.t("sheet.column.code"), POINTS, bold=True)
            code = min(max(LEAST_CODE, heading + 2 * PAD), width / 4)
        return code, width - code - 2 * amount, amount

    def paint(self, y: float, start: int, stop: int, *, with_total: bool) -> float:
        """Paint the heading, the lines from `start` up to `stop`, and the sums; return how far down it reaches."""
        top = y
        t = self._texts.t
        y = self._headings(y)
        for index in range(start, stop):
            line = self._sheet.lines[index]
            codes, names = self._cells(index, line)
            y = self._row(y, codes, names, self._money(line.debit_minor), self._money(line.credit_minor))
        if with_total:
            y = self._row(y, [], [t("sheet.total")], self._money(self._debit), self._money(self._credit), bold=True)
        self._frame(top, y)
        return y

    def _headings(self, y: float) -> float:
        code, account, amount = self._widths
        height = self._canvas.line_height(POINTS) + 1.2
        self._shade(y, height)
        x = self._left
        for name, width in (("code", code), ("account", account), ("debit", amount), ("credit", amount)):
            if width:
                align = Align.RIGHT if name in ("debit", "credit") else Align.LEFT
                heading = self._texts.t(f"sheet.column.{name}")
                inner = width - 2 * PAD
                self._canvas.text(x + PAD, y + 0.6, heading, POINTS, bold=True, width=inner, align=align)
            x += width
        self._canvas.rule(self._left, y, x, y)
        return y + height

    def _cells(self, index: int, line: SheetLine) -> tuple[list[str], list[str]]:
        if index not in self._wrapped:
            code, account, _ = self._widths
            wrap = self._canvas.wrap
            codes = wrap(line.code, POINTS, code - 2 * PAD) if code else []
            self._wrapped[index] = (codes, wrap(line.account, POINTS, account - 2 * PAD))
        return self._wrapped[index]

    def _row(
        self, y: float, codes: list[str], names: list[str], debit: str, credit: str, *, bold: bool = False
    ) -> float:
        canvas = self._canvas
        code, account, amount = self._widths
        height = max(1, len(codes), len(names)) * canvas.line_height(POINTS) + 1.2
        if bold:
            self._shade(y, height)
        x, text_y = self._left, y + 0.6
        if code:
            canvas.lines(x + PAD, text_y, codes, POINTS, bold=bold)
        canvas.lines(x + code + PAD, text_y, names, POINTS, bold=bold)
        x += code + account
        for text in (debit, credit):
            x += amount
            canvas.figures(x - PAD, text_y, text, POINTS, bold=bold)
        canvas.rule(self._left, y, x, y)
        return y + height

    def _shade(self, y: float, height: float) -> None:
        """Set a row off from the others; not on a marked sheet, whose mark lies below and must be seen whole."""
        if not self._sheet.marks:
            self._canvas.shade(self._left, y, self._canvas.width - 2 * self._left, height)

    def _frame(self, top: float, bottom: float) -> None:
        code, account, amount = self._widths
        right = self._left + code + account + 2 * amount
        self._canvas.rule(self._left, bottom, right, bottom)
        edges = {self._left, self._left + code, self._left + code + account, right - amount, right}
        for x in sorted(edges):
            self._canvas.rule(x, top, x, bottom)

    def _money(self, amount_minor: int) -> str:
        """Write an amount; nothing where the line stands on the other side."""
        if not amount_minor:
            return ""
        return format_minor(amount_minor, self._sheet.currency, self._texts.language, symbol=False)
