"""A bank, chosen from the list or found by typing a part of its name."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from ui.presenters.banks import Bank
from ui.texts import Texts
from ui.widgets.fields import TextField
from ui.widgets.word_completer import WordCompleter


class BankField(QComboBox):
    """One of the banks that a VietQR code can name.

    Signals: `bank_chosen(object)` with the Bank that a person chose, or None; showing one says nothing.
    """

    bank_chosen = Signal(object)

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._banks: tuple[Bank, ...] = ()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(texts.t("wallets.bank"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self._typed = TextField(texts.t("wallets.bank"), texts.t("wallets.bank_hint"))
        self.setLineEdit(self._typed)
        self.currentIndexChanged.connect(self._choose)

    def show_banks(self, banks: tuple[Bank, ...], bank_bin: str = "") -> None:
        """Offer these banks and show the one of a BIN, if it is among them."""
        shown = self._banks[self.currentIndex()].bin if 0 <= self.currentIndex() < len(self._banks) else ""
        if banks is self._banks and shown == bank_bin:
            return
        self.blockSignals(True)
        if banks is not self._banks:
            self._fill(banks)
        self.setCurrentIndex(next((number for number, bank in enumerate(banks) if bank.bin == bank_bin), -1))
        self._typed.setCursorPosition(0)
        self.blockSignals(False)

    def _fill(self, banks: tuple[Bank, ...]) -> None:
        self._banks = banks
        self.clear()
        for bank in banks:
            self.addItem(f"{bank.short_name} · {bank.name}")
        self.setCompleter(WordCompleter(self))

    def _choose(self, index: int) -> None:
        self.bank_chosen.emit(self._banks[index] if 0 <= index < len(self._banks) else None)
