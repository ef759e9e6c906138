"""One press for the cash a customer is likely to hand over."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

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
    """Buttons in rows that share the width, all in one row at first; amounts are written short where they do not fit.

    Signals: `chosen(int)` with the amount in minor units.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.S)
        self._tall = False
        self._offers: tuple[CashOffer, ...] = ()
        self._buttons: list[Button] = []

    def show_offers(self, offers: Sequence[CashOffer]) -> None:
        """Offer these amounts, in this order; the same offers again change nothing."""
        if tuple(offers) == self._offers:
            return
        self._offers = tuple(offers)
        for old in self._buttons:
            self._grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._buttons = [self._made(offer) for offer in self._offers]
        self._place()
        self._write()

    def set_tall(self, tall: bool) -> None:
        """Where there is height, stand in large pairs below the exact amount; else all in one row."""
        if tall is not self._tall:
            self._tall = tall
            self._place()
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
        return button

    def _place(self) -> None:
        for number, (offer, button) in enumerate(zip(self._offers, self._buttons, strict=True)):
            button.setProperty("size", "large" if self._tall else "")
            button.style().unpolish(button)
            button.style().polish(button)
            if not self._tall:
                self._grid.addWidget(button, 0, number)
            elif offer.exact:
                self._grid.addWidget(button, 0, 0, 1, 2)
            else:
                before = sum(each.exact for each in self._offers)
                row, column = divmod(number - before, 2)
                self._grid.addWidget(button, row + before, column)
        for column in range(self._grid.columnCount()):
            used = column < (2 if self._tall else len(self._buttons))
            self._grid.setColumnStretch(column, 1 if used else 0)

    def _write(self) -> None:
        """Write every amount in full if each fits its button, else every one short, so that the row reads alike."""
        full = self._fits([offer.text for offer in self._offers])
        for offer, button in zip(self._offers, self._buttons, strict=True):
            button.setText(offer.text if full else offer.short)

    def _fits(self, words: Sequence[str]) -> bool:
        if not self._buttons:
            return True
        across = 2 if self._tall else len(words)
        room = (self.width() - Space.S * (across - 1)) / across - 2 * Space.S
        metrics = self._buttons[0].fontMetrics()
        return all(metrics.horizontalAdvance(word) <= room for word in words)
