"""One press for the cash a customer is likely to hand over."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui.theme import Space
from ui.widgets.buttons import Button, Kind


@dataclass(frozen=True, slots=True)
class CashOffer:
    """An offered amount in minor units, as it is written in full and short, and what a screen reader says."""

    amount_minor: int
    text: str
    short: str
    name: str
    exact: bool = False


class QuickCashBar(QWidget):
    """A row of up to five buttons that share the width; amounts are written short where they do not fit.

    Signals: `chosen(int)` with the amount in minor units.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(Space.S)
        self._offers: tuple[CashOffer, ...] = ()
        self._buttons: list[Button] = []

    def show_offers(self, offers: Sequence[CashOffer]) -> None:
        """Offer these amounts, in this order; the same offers again change nothing."""
        if tuple(offers) == self._offers:
            return
        self._offers = tuple(offers)
        for old in self._buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self._buttons = [self._made(offer) for offer in self._offers]
        self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._write()

    def _made(self, offer: CashOffer) -> Button:
        button = Button(offer.short, Kind.SECONDARY if offer.exact else Kind.SOFT)
        button.setProperty("tight", True)
        button.setAccessibleName(offer.name)
        button.setToolTip(offer.name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.chosen.emit(offer.amount_minor))
        self._row.addWidget(button, 1)
        return button

    def _write(self) -> None:
        """Write every amount in full if each fits its button, else every one short, so that the row reads alike."""
        full = self._fits([offer.text for offer in self._offers])
        for offer, button in zip(self._offers, self._buttons, strict=True):
            button.setText(offer.text if full else offer.short)

    def _fits(self, words: Sequence[str]) -> bool:
        if not self._buttons:
            return True
        room = (self.width() - Space.S * (len(words) - 1)) / len(words) - 2 * Space.S
        metrics = self._buttons[0].fontMetrics()
        return all(metrics.horizontalAdvance(word) <= room for word in words)
