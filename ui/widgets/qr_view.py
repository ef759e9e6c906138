"""A QR code drawn so that any phone reads it: whole pixels a module, a quiet zone, and white paper in every theme."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.icons import icon_pixmap
from ui.theme import Radius, current_theme

QUIET: Final = 4
"""Light modules that ISO/IEC 18004 asks for around a code."""

_DISC: Final = 0.66
_PALE: Final = "#5b6875"


class QrView(QLabel):
    """Paints a matrix of modules (True is dark) as large as fits, on a white card.

    A code that must not be paid any more is shown pale under a disc, which hides more than its error correction mends.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._modules = QImage()
        self._faded = False
        self.setMinimumSize(180, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_code(self, matrix: Sequence[Sequence[bool]], name: str) -> None:
        """Show a code; `name` tells a screen reader what it pays."""
        side = len(matrix)
        image = QImage(side, side, QImage.Format.Format_Grayscale8)
        image.fill(255)
        for y, row in enumerate(matrix):
            for x, dark in enumerate(row):
                if dark:
                    image.setPixel(x, y, QColor(Qt.GlobalColor.black).rgb())
        self._modules = image
        self._faded = False
        self.setPixmap(QPixmap.fromImage(image))  # gives the widget the accessible role of a picture
        self.setAccessibleName(name)
        self.update()

    def clear_code(self) -> None:
        """Show no code."""
        self._modules = QImage()
        self.clear()
        self.setAccessibleName("")
        self.update()

    def set_faded(self, faded: bool) -> None:
        """Cover a code that has expired or was cancelled, or show it in full again."""
        self._faded = faded
        self.update()

    @property
    def module_pixels(self) -> int:
        """How many device pixels a module's side has at the present size; 0 without a code."""
        if self._modules.isNull():
            return 0
        side = min(self.width(), self.height()) * self.devicePixelRatioF()
        return int(side / (self._modules.width() + 2 * QUIET))

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._modules.isNull():
            return
        theme = current_theme()
        painter = QPainter(self)
        dpr = self.devicePixelRatioF()
        module = max(1, self.module_pixels)
        count = self._modules.width()
        code = module * count / dpr
        paper = min(float(self.width()), float(self.height()), module * (count + 2 * QUIET) / dpr + 2 * Radius.SMALL)
        left, top = (self.width() - paper) / 2, (self.height() - paper) / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("code_paper"))
        card = QRectF(left, top, paper, paper).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(card, Radius.LARGE, Radius.LARGE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setOpacity(0.12 if self._faded else 1.0)
        # Modules start on a whole device pixel, so that every edge is sharp.
        x = round((self.width() - code) / 2 * dpr) / dpr
        y = round((self.height() - code) / 2 * dpr) / dpr
        painter.drawImage(QRectF(x, y, code, code), self._modules)
        if self._faded:
            self._paint_disc(painter, code)
        painter.end()

    def _paint_disc(self, painter: QPainter, code: float) -> None:
        theme = current_theme()
        centre = QRectF(self.rect()).center()
        painter.setOpacity(1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("code_paper"))
        painter.drawEllipse(centre, code * _DISC / 2, code * _DISC / 2)
        size = round(code * _DISC / 3)
        mark = icon_pixmap("ban", _PALE, size, self.devicePixelRatioF())
        painter.drawPixmap(round(centre.x() - size / 2), round(centre.y() - size / 2), mark)
