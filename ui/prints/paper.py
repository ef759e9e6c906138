"""Paper and pen: pages measured in millimetres, and text in the bundled font that a PDF keeps letter by letter."""

import math
import re
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QLineF, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextLayout,
    QTextOption,
)
from PySide6.QtPrintSupport import QPrinter

from ui.dress import load_fonts
from ui.prints.tabular import tabular
from ui.theme import FAMILY

MM_PER_INCH: Final = 25.4
MM_PER_POINT: Final = MM_PER_INCH / 72
PDF_DPI: Final = 1200
"""Fine enough that a font's size in whole device pixels is the size meant."""

LEADING: Final = 1.34
"""The height of a line by the size of its font; Vietnamese capitals carry two marks."""

INK: Final = "#000000"
FAINT: Final = "#4a5560"
RULE: Final = "#8a949e"
SHADE: Final = "#eef1f4"

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class Align(IntEnum):
    """Where a text stands in the width it is given."""

    LEFT = 0
    CENTRE = 1
    RIGHT = 2


class PaperRefused(OSError):
    """The printer, or the writer of a file, took no page."""


class Canvas:
    """A page of `width` × `height` millimetres to write and draw on; without a painter it only measures.

    `unit` is how many pixels of the device a millimetre has. Everything is placed by its upper left corner.
    """

    def __init__(self, unit: float, width: float, height: float, painter: QPainter | None = None) -> None:
        self.unit = unit
        self.width = width
        self.height = height
        self._painter = painter
        self._fonts: dict[tuple[float, bool], tuple[QFont, QFontMetricsF]] = {}
        self._cells: dict[tuple[float, bool], tuple[QFont, QFontMetricsF]] = {}

    def on(self, painter: QPainter | None) -> "Canvas":
        """Return the same page for another painter, or for measuring alone."""
        return Canvas(self.unit, self.width, self.height, painter)

    def shrunk(self, scale: float) -> "Canvas":
        """Return a page with room for more: all is drawn `scale` times as large, so the page is that much larger."""
        return Canvas(self.unit * scale, self.width / scale, self.height / scale, self._painter)

    def _font(self, points: float, bold: bool) -> tuple[QFont, QFontMetricsF]:
        found = self._fonts.get((points, bold))
        if found is None:
            found = self._fonts[points, bold] = _make_font(max(1, round(points * MM_PER_POINT * self.unit)), bold)
        return found

    def _figures(self, points: float, bold: bool) -> tuple[QFont, QFontMetricsF]:
        found = self._cells.get((points, bold))
        if found is None:
            font = tabular(self._font(points, bold)[0], bold)
            found = self._cells[points, bold] = (font, QFontMetricsF(font))
        return found

    def line_height(self, points: float) -> float:
        """Return the height of a line of text in millimetres."""
        return points * MM_PER_POINT * LEADING

    def text_width(self, text: str, points: float, bold: bool = False) -> float:
        """Return how wide one line of text is, in millimetres."""
        return self._font(points, bold)[1].horizontalAdvance(text) / self.unit

    def wrap(self, text: str, points: float, width: float, bold: bool = False, first: float | None = None) -> list[str]:
        """Return `text` in lines of at most `width` millimetres, the first of `first`; nothing of it is left out.

        It is broken at spaces alone, so that no number, minus or document's code is torn; a word that is wider than a
        line is broken where it must be.
        """
        plain = _BREAKS.sub(" ", text).strip()
        lines = [""]
        room = width if first is None else first
        for word in plain.split(" ") if plain else []:
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if self.text_width(longer, points, bold) <= room:
                lines[-1] = longer
                continue
            if lines[-1] or room < width:
                lines.append("")
            room = width
            *full, lines[-1] = self._torn(word, points, width, bold)
            lines[-1:-1] = full
        return lines if plain else []

    def _torn(self, word: str, points: float, width: float, bold: bool) -> list[str]:
        """Return a word in pieces that fit; one piece, if it fits as it is."""
        if self.text_width(word, points, bold) <= width:
            return [word]
        layout = QTextLayout(word, self._font(points, bold)[0])
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        units = word.encode("utf-16-le")  # Qt counts in these, Python in whole letters
        pieces: list[str] = []
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width * self.unit)
            start = line.textStart() * 2
            pieces.append(units[start : start + line.textLength() * 2].decode("utf-16-le"))
        layout.endLayout()
        return pieces

    def text(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        *,
        bold: bool = False,
        colour: str = INK,
        width: float = 0.0,
        align: Align = Align.LEFT,
    ) -> None:
        """Write one line of text with its line's top at `y`, aligned in `width` from `x`."""
        if self._painter is None or not text:
            return
        font, metrics = self._font(points, bold)
        left = x * self.unit
        if align:
            left += (width * self.unit - metrics.horizontalAdvance(text)) * (0.5 if align is Align.CENTRE else 1.0)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(QPointF(left, self._base(y, points, metrics)), text)

    def figures_width(self, text: str, points: float, bold: bool = False) -> float:
        """Return how wide an amount is in a column, in millimetres."""
        return self._figures(points, bold)[1].horizontalAdvance(text) / self.unit

    def figures(self, right: float, y: float, text: str, points: float, *, bold: bool = False) -> None:
        """Write an amount of a column so that it ends at `right`, digit under digit."""
        if self._painter is None or not text:
            return
        font, metrics = self._figures(points, bold)
        base = self._base(y, points, self._font(points, bold)[1])
        self._painter.setFont(font)
        self._painter.setPen(QColor(INK))
        self._painter.drawText(QPointF(right * self.unit - metrics.horizontalAdvance(text), base), text)

    def _base(self, y: float, points: float, metrics: QFontMetricsF) -> float:
        """Return where the letters of a line stand, in pixels."""
        spare = self.line_height(points) * self.unit - metrics.ascent() - metrics.descent()
        return y * self.unit + spare / 2 + metrics.ascent()

    def lines(
        self,
        x: float,
        y: float,
        lines: list[str],
        points: float,
        *,
        bold: bool = False,
        colour: str = INK,
        width: float = 0.0,
        align: Align = Align.LEFT,
    ) -> float:
        """Write lines one below the other; return where the next line begins."""
        for line in lines:
            self.text(x, y, line, points, bold=bold, colour=colour, width=width, align=align)
            y += self.line_height(points)
        return y

    def rule(self, x1: float, y1: float, x2: float, y2: float, colour: str = RULE, *, dotted: bool = False) -> None:
        """Draw a thin straight line."""
        if self._painter is None or (x2 <= x1 and y2 <= y1):
            return
        pen = QPen(QColor(colour), (0.25 if dotted else 0.18) * self.unit)
        if dotted:
            pen.setDashPattern([0.01, 3.2])
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self._painter.setPen(pen)
        self._painter.drawLine(QLineF(x1 * self.unit, y1 * self.unit, x2 * self.unit, y2 * self.unit))

    def shade(self, x: float, y: float, width: float, height: float, colour: str = SHADE) -> None:
        """Fill a rectangle."""
        if self._painter is not None:
            area = QRectF(x * self.unit, y * self.unit, width * self.unit, height * self.unit)
            self._painter.fillRect(area, QColor(colour))

    def diagonal(self, lines: list[tuple[str, float, str]]) -> None:
        """Write lines of (text, points, colour), one below the other, across the page from corner to corner."""
        if self._painter is None:
            return
        angle = math.degrees(math.atan2(self.height, self.width))
        self._painter.save()
        self._painter.translate(self.width / 2 * self.unit, self.height / 2 * self.unit)
        self._painter.rotate(-angle)
        y = -sum(self.line_height(points) for _, points, _ in lines) / 2
        for text, points, colour in lines:
            self.text(0, y, text, points, bold=True, colour=colour, align=Align.CENTRE)
            y += self.line_height(points)
        self._painter.restore()


def _make_font(pixels: int, bold: bool) -> tuple[QFont, QFontMetricsF]:
    font = QFont(FAMILY)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # Inter's contextual alternates have no letters of their own: a PDF would lose the minus of "-1.234". For the same
    # reason its tabular figures are not asked for here; `Canvas.figures` sets them.
    font.setFeature(QFont.Tag("calt"), 0)
    return font, QFontMetricsF(font)


def page_layout(size: QPageSize.PageSizeId, orientation: QPageLayout.Orientation) -> QPageLayout:
    """Return a page without margins of the device's own; what is painted keeps its own distance from the edge."""
    layout = QPageLayout(QPageSize(size), orientation, QMarginsF(), QPageLayout.Unit.Millimeter)
    layout.setMode(QPageLayout.Mode.FullPageMode)
    return layout


class Pages:
    """The pages of one document on a device, one after the other; use it in a `with` block."""

    def __init__(self, device: QPagedPaintDevice) -> None:
        """Raises PaperRefused if the device takes nothing."""
        load_fonts()
        self._device = device
        self._fresh = True
        self.painter = QPainter()
        if not self.painter.begin(device):
            raise PaperRefused("the device takes no pages")

    def __enter__(self) -> "Pages":
        return self

    def __exit__(self, *_: object) -> None:
        self.painter.end()

    def next(self) -> Canvas:
        """Return the next page, empty. Raises PaperRefused if the device takes no more."""
        if not self._fresh and not self._device.newPage():
            raise PaperRefused("the device takes no more pages")
        self._fresh = False
        return self.sample().on(self.painter)

    def sample(self) -> Canvas:
        """Return a page of the device for measuring alone."""
        unit = self._device.logicalDpiX() / MM_PER_INCH
        return Canvas(unit, self._device.width() / unit, self._device.height() / unit)


class PdfFile:
    """A PDF in the making: `device` is painted on, `save` puts the finished file in its place."""

    def __init__(self, layout: QPageLayout, title: str) -> None:
        self._buffer = QBuffer()
        self._buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.device = QPdfWriter(self._buffer)
        self.device.setResolution(PDF_DPI)
        self.device.setPageLayout(layout)
        self.device.setTitle(title)
        self.device.setCreator("BANA Till")

    def save(self, path: Path) -> None:
        """Write the file whole or not at all. Raises OSError if it cannot be written there."""
        part = path.with_name(path.name + ".part")
        try:
            part.write_bytes(self._buffer.data().data())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_pdf(path: Path, layout: QPageLayout, title: str, paint: Callable[[QPagedPaintDevice], None]) -> None:
    """Paint a document into a PDF file, whole or not at all. Raises OSError if it cannot be written there."""
    file = PdfFile(layout, title)
    paint(file.device)
    file.save(path)


def dress_printer(printer: QPrinter, layout: QPageLayout, title: str) -> None:
    """Ask a printer for the paper of `layout`; one that has no such paper keeps its own, and pages are fitted to it."""
    printer.setDocName(title)
    printer.setFullPage(True)
    printer.setPageSize(layout.pageSize())
    printer.setPageOrientation(layout.orientation())
    printer.setPageMargins(QMarginsF(), QPageLayout.Unit.Millimeter)
