"""The amount in large figures that shrink to fit, with the sum of an adding machine small above it."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import FontSize, Theme, current_theme

_SMALLEST: Final = 14
_SYMBOL_SHARE: Final = 0.62
_SYMBOL_GAP: Final = 0.2


class AmountDisplay(QLabel):
    """Shows an amount, right-aligned; the currency sign stands smaller and quieter than the figures.

    It never asks for more width than it is given: the figures shrink (UX 1.5), down to 20 px.
    """

    def __init__(
        self, size: int = FontSize.DISPLAY, centred: bool = False, parent: QWidget | None = None, *, sums: bool = True
    ) -> None:
        """`sums` keeps room above for how the amount was added up; one in the middle has none."""
        super().__init__(parent)
        self._size = size
        self._centred = centred
        self._sums = sums and not centred
        self._working = ""
        self._empty = True
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_amount(self, amount: str, working: str = "", name: str = "", empty: bool = False) -> None:
        """Show `amount` as formatted, `working` above it; `name` is what a screen reader says, `empty` greys it."""
        self._working = working
        self._empty = empty
        self.setText(amount)
        self.setAccessibleName(name or amount)
        self.update()

    def set_size(self, size: int) -> None:
        """Wish for another size of the figures, in pixels at a text scale of 100 %."""
        self._size = size
        self.updateGeometry()
        self.update()

    @property
    def drawn_size(self) -> int:
        """The size of the figures in pixels as they are drawn at the present width."""
        return self._fitting(current_theme(), self.width())

    def sizeHint(self) -> QSize:
        theme = current_theme()
        return QSize(120, round(theme.px(self._size) * 1.2 + self._above(theme)))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        above = self._above(theme)
        if self._working:
            small = theme.font(FontSize.BODY)
            painter.setFont(small)
            painter.setPen(theme.colour("muted"))
            words = QFontMetricsF(small).elidedText(self._working, Qt.TextElideMode.ElideLeft, self.width())
            painter.drawText(QRectF(0, 0, self.width(), above), self._alignment(), words)
        figures, symbol = self._split()
        large = theme.font(self._size, QFont.Weight.Bold)
        large.setPixelSize(self._fitting(theme, self.width()))
        sign = QFont(large)
        sign.setPixelSize(max(1, round(large.pixelSize() * _SYMBOL_SHARE)))
        sign.setWeight(QFont.Weight.DemiBold)
        metrics, sign_metrics = QFontMetricsF(large), QFontMetricsF(sign)
        gap = large.pixelSize() * _SYMBOL_GAP if symbol else 0.0
        width = metrics.horizontalAdvance(figures) + gap + sign_metrics.horizontalAdvance(symbol)
        left = (self.width() - width) / 2 if self._centred else self.width() - width
        room = self.height() - above
        baseline = above + (room + metrics.capHeight()) / 2
        painter.setFont(large)
        painter.setPen(QColor(theme.colours.muted if self._empty else theme.colours.ink))
        painter.drawText(round(left), round(baseline), figures)
        painter.setFont(sign)
        painter.setPen(theme.colour("muted"))
        painter.drawText(round(left + metrics.horizontalAdvance(figures) + gap), round(baseline), symbol)
        painter.end()

    def _split(self) -> tuple[str, str]:
        figures, _, symbol = self.text().partition("\u00a0")
        return figures, symbol

    def _above(self, theme: Theme) -> float:
        return theme.px(FontSize.BODY) * 1.5 if self._sums else 0.0

    def _alignment(self) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignHCenter if self._centred else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter

    def _fitting(self, theme: Theme, width: int) -> int:
        wished = theme.px(self._size)
        figures, symbol = self._split()
        metrics = QFontMetricsF(theme.font(self._size, QFont.Weight.Bold))
        needed = (
            metrics.horizontalAdvance(figures)
            + metrics.horizontalAdvance(symbol) * _SYMBOL_SHARE
            + wished * _SYMBOL_GAP * bool(symbol)
        )
        if needed <= width or needed == 0:
            return wished
        return max(_SMALLEST, int(wished * width / needed))
