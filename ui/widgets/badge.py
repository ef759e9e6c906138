"""Status pills: icon, word and colour together, on their own or painted into the cells of a table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.icons import icon_pixmap
from ui.theme import FontSize, Radius, Space, Theme, current_theme
from ui.widgets.tones import TONE_ICONS, Tone, tone_edge, tone_ground, tone_text

BADGE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 3
"""The item role under which a table model answers a BadgeLook."""

SYNC_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 4
"""The item role under which a table model answers a SyncMark."""

_ICON: Final = 16
_SYNC_ICON: Final = 20
_PAD: Final = 10
_CELL_PAD: Final = 11


@dataclass(frozen=True, slots=True)
class BadgeLook:
    """What a pill says: its tone, its word, and an icon where the tone's own is not meant."""

    tone: Tone
    text: str
    icon_name: str = ""

    @property
    def icon(self) -> str:
        """The icon that is drawn."""
        return self.icon_name or TONE_ICONS[self.tone]


class SyncMark(StrEnum):
    """Whether the hub knows a row: no mark when it does (UX 1.7)."""

    NONE = "none"
    PENDING = "pending"
    REVIEW = "review"


SYNC_ICONS: Final = {SyncMark.PENDING: ("cloud-upload", "muted"), SyncMark.REVIEW: ("cloud-alert", "err")}


def _font(theme: Theme) -> QFont:
    return theme.font(FontSize.SMALL, QFont.Weight.DemiBold)


def badge_size(look: BadgeLook, theme: Theme) -> QSize:
    """The size a pill needs."""
    metrics = QFontMetricsF(_font(theme))
    width = metrics.horizontalAdvance(look.text) + _ICON + Space.XS + 2 * _PAD
    return QSize(round(width) + 1, round(metrics.height()) + 10)


def paint_badge(painter: QPainter, place: QRectF, look: BadgeLook, theme: Theme, dpr: float) -> None:
    """Paint a pill at the left of `place`, vertically centred; a word too long for it is elided."""
    size = badge_size(look, theme)
    width = min(float(size.width()), place.width())
    pill = QRectF(place.left(), place.center().y() - size.height() / 2, width, size.height())
    colours = theme.colours
    colour = tone_text(look.tone, colours)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(tone_edge(look.tone, colours)))
    painter.setBrush(QColor(tone_ground(look.tone, colours)))
    radius = Radius.fitted(size.height(), size.height())
    painter.drawRoundedRect(pill.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    mark = icon_pixmap(look.icon, colour, _ICON, dpr)
    painter.drawPixmap(round(pill.left() + _PAD - 2), round(pill.center().y() - _ICON / 2), mark)
    words = pill.adjusted(_PAD - 2 + _ICON + Space.XS, 0, -_PAD + 2, 0)
    painter.setFont(_font(theme))
    painter.setPen(QColor(colour))
    elided = QFontMetricsF(painter.font()).elidedText(look.text, Qt.TextElideMode.ElideRight, words.width() + 1)
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
    painter.restore()


class Badge(QLabel):
    """A status pill on its own."""

    def __init__(self, look: BadgeLook | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look or BadgeLook(Tone.NEUTRAL, "")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_look(self._look)

    def show_look(self, look: BadgeLook) -> None:
        """Show another status."""
        self._look = look
        self.setText(look.text)
        self.setAccessibleName(look.text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return badge_size(self._look, current_theme())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_badge(painter, QRectF(self.rect()), self._look, current_theme(), self.devicePixelRatioF())
        painter.end()


class _BareDelegate(QStyledItemDelegate):
    """Paints a cell's ground without its text, which stays in the model for copying and screen readers."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.text = ""


class BadgeDelegate(_BareDelegate):
    """Paints the BadgeLook that the model answers under BADGE_ROLE."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        look = index.data(BADGE_ROLE)
        if isinstance(look, BadgeLook):
            place = QRectF(option.rect).adjusted(_CELL_PAD, 0, -_CELL_PAD, 0)
            paint_badge(painter, place, look, current_theme(), option.widget.devicePixelRatioF())


class SyncMarkDelegate(_BareDelegate):
    """Paints nothing for a row the hub knows, a rising cloud while it waits, and a warning cloud for review."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        drawn = SYNC_ICONS.get(index.data(SYNC_ROLE))
        if drawn:
            name, colour = drawn
            dpr = option.widget.devicePixelRatioF()
            mark = icon_pixmap(name, getattr(current_theme().colours, colour), _SYNC_ICON, dpr)
            centre = option.rect.center()
            painter.drawPixmap(centre.x() - _SYNC_ICON // 2, centre.y() - _SYNC_ICON // 2, mark)
