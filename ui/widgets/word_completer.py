"""Finding an item of a list by a part of its words, typed with or without their Vietnamese marks."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QComboBox, QCompleter

from ui.formatting import plain_letters

_PLAIN: Final = int(Qt.ItemDataRole.UserRole) + 10
"""The role under which an item keeps its words without their marks."""


class WordCompleter(QCompleter):
    """Offers the items of an editable list that hold what is typed: `ngan` finds `Vé tàu, ngân hàng`."""

    def __init__(self, box: QComboBox) -> None:
        """To be made anew for other items."""
        for number in range(box.count()):
            box.setItemData(number, plain_letters(box.itemText(number)), _PLAIN)
        super().__init__(box.model(), box)
        self.setCompletionRole(_PLAIN)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)

    def splitPath(self, path: str) -> list[str]:
        """Return what is looked for."""
        return [plain_letters(path)]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """Return the words that stand in the field for an item."""
        return str(index.data(Qt.ItemDataRole.DisplayRole))
