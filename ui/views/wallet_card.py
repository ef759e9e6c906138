"""A wallet as a card to choose: icon and name, balance large, what is to be known of it small."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from domain.display import account_name
from ui.icons import icon_pixmap
from ui.presenters.wallets import WalletItem
from ui.texts import Texts
from ui.theme import FontSize, Radius, Space, current_theme
from ui.views.looks import ACCOUNT_ICONS

_LINE: Final = 1.35
_ICON: Final = 20


class WalletCard(QPushButton):
    """A wallet to choose; an archived one stands back in grey, with an icon and a word for it.

    Signals: those of QPushButton.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = "wallet"
        self._name = self._balance = self._small = self._mark = ""
        self._archived = False
        self.setCheckable(True)
        self.setProperty("kind", "painted")
        self.setProperty("ring_radius", Radius.LARGE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_wallet(self, wallet: WalletItem, texts: Texts) -> None:
        """Show a wallet's name and money."""
        self._archived = wallet.archived
        self._icon = "inbox" if wallet.archived else ACCOUNT_ICONS[wallet.type]
        self._name = wallet_name(wallet, texts)
        self._balance = "…" if wallet.balance_minor is None else texts.money(wallet.balance_minor)
        self._mark = texts.t("wallets.archived") if wallet.archived else ""
        if wallet.is_default:
            self._mark = texts.t("wallets.default_mark")
        self._small = _small(wallet, texts)
        self.setAccessibleName(", ".join(part for part in (self._name, self._balance, self._small, self._mark) if part))
        self.setToolTip(self._name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = current_theme()
        lines = theme.px(FontSize.BODY) + theme.px(FontSize.TITLE) + theme.px(FontSize.SMALL)
        return QSize(220, round(lines * _LINE) + 2 * Space.M + Space.S)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        inner = QRectF(self.rect()).adjusted(Space.L, Space.M, -Space.L, -Space.M)
        ink, mark = (colours.muted, colours.muted) if self._archived else (colours.ink, colours.primary)
        dpr = self.devicePixelRatioF()
        painter.drawPixmap(round(inner.left()), round(inner.top()), icon_pixmap(self._icon, mark, _ICON, dpr))
        self._write(painter, inner, theme.font(FontSize.BODY, QFont.Weight.DemiBold), self._name, ink, _ICON + Space.S)
        painter.setFont(theme.font(FontSize.SMALL, QFont.Weight.DemiBold))
        painter.setPen(QColor(mark))
        top_line = QRectF(inner.left(), inner.top(), inner.width(), theme.px(FontSize.BODY) * _LINE)
        painter.drawText(top_line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._mark)
        below = inner.adjusted(0, theme.px(FontSize.BODY) * _LINE + Space.XS, 0, 0)
        self._write(painter, below, theme.font(FontSize.TITLE, QFont.Weight.Bold), self._balance, ink)
        last = below.adjusted(0, theme.px(FontSize.TITLE) * _LINE, 0, 0)
        self._write(painter, last, theme.font(FontSize.SMALL), self._small, colours.muted)
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        colours = current_theme().colours
        hovered = colours.sunken if self.underMouse() or self._archived else colours.card
        painter.setPen(
            QPen(QColor(colours.primary if self.isChecked() else colours.line), 1.5 if self.isChecked() else 1)
        )
        painter.setBrush(QColor(colours.primary_soft if self.isChecked() else hovered))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), Radius.LARGE, Radius.LARGE)

    def _write(self, painter: QPainter, place: QRectF, font: QFont, words: str, colour: str, indent: int = 0) -> None:
        metrics = QFontMetricsF(font)
        marked = metrics.horizontalAdvance(self._mark) + Space.S if indent and self._mark else 0.0
        line = QRectF(place.left() + indent, place.top(), place.width() - indent - marked, metrics.height())
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)


def wallet_name(wallet: WalletItem, texts: Texts) -> str:
    """A wallet's own name; a control account's name in the language of the screen."""
    return account_name(wallet.control, wallet.name, texts.language)


def _small(wallet: WalletItem, texts: Texts) -> str:
    """What waits for the hub, else the bank account, else the code, else the kind."""
    if wallet.waiting_minor is None:
        return texts.t("wallets.waiting_many")
    if wallet.waiting_minor:
        sign = "+" if wallet.waiting_minor > 0 else ""
        return texts.t("wallets.waiting", amount=f"{sign}{texts.money(wallet.waiting_minor)}")
    return wallet.bank_account or wallet.code or texts.t(f"account_type.{wallet.type.value}")
