"""The two buttons below what was changed and is not saved yet."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.texts import Texts
from ui.theme import Space
from ui.widgets.buttons import Button, Kind


class SaveRow(QWidget):
    """Save and take back, both of use only while something differs."""

    def __init__(self, texts: Texts, home: QWidget) -> None:
        """`home` takes the keys once there is nothing left to save."""
        super().__init__()
        self._home = home
        self.save = Button(texts.t("common.save"), Kind.PRIMARY, "save")
        self.undo = Button(texts.t("book_settings.undo"), Kind.QUIET)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self.save)
        row.addWidget(self.undo)
        row.addStretch(1)

    def show_change(self, differs: bool) -> None:
        """Say whether there is something to save; the keys do not stay on a button that can no longer be pressed."""
        if not differs and (self.save.hasFocus() or self.undo.hasFocus()):
            self._home.setFocus(Qt.FocusReason.OtherFocusReason)
        self.save.setEnabled(differs)
        self.undo.setEnabled(differs)
