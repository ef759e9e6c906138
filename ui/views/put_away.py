"""What a person left behind the lock: the screens and the sheets over them, out of sight until that person is back."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMainWindow, QWidget
from shiboken6 import isValid

from ui.views.shell import ShellView
from ui.widgets.dialogs import BEHIND_LOCK, Sheet
from ui.widgets.pin_pad import PinPad


class PutAway:
    """Keeps the screens of a locked window as they stand, with what is typed into them, except for secrets.

    What asks for a PIN, and what is no sheet over these screens (printing, choosing a file, leaving), is closed.
    """

    def __init__(self, window: QMainWindow, screens: ShellView) -> None:
        """Take everything off the window, whose central widget `screens` is; it needs another one then."""
        self._window, self.screens = window, screens
        popups = _close_popups()
        for dialog in reversed(window.findChildren(QDialog)):
            if not _is_kept(dialog, screens):
                dialog.reject()
        sheets = [each for each in window.findChildren(Sheet) if each.isVisible()]
        self._keys = window.focusWidget()
        screens.setProperty(BEHIND_LOCK, True)
        for part in (screens, *sheets):
            _forget_secrets(part)
        for sheet in reversed(sheets):
            sheet.put_away()
        if sheets or popups:
            window.activateWindow()  # the lock has the keys now: not every desktop sees to that by itself
        window.takeCentralWidget()
        screens.setParent(window)
        screens.hide()
        screens.setEnabled(False)  # a hidden field that asks for the keys would be given those of the lock

    def bring_back(self) -> None:
        """Show everything as it was, with the keys where they were; sheets that came up meanwhile open now."""
        self.screens.setProperty(BEHIND_LOCK, False)
        self.screens.setEnabled(True)
        self._window.setCentralWidget(self.screens)
        self.screens.show()
        if self._keys is not None and isValid(self._keys) and self._keys.isVisible():
            self._keys.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.screens.take_focus()
        for sheet in self._window.findChildren(Sheet):
            if sheet.waits:
                sheet.come_back()

    def drop(self) -> None:
        """Close all of it for good."""
        for sheet in reversed(self._window.findChildren(Sheet)):
            if sheet.waits:
                sheet.reject()
        self.screens.deleteLater()


def _close_popups() -> bool:
    """Close menus and calendars, windows of their own that outlast what they belong to; say if there were any."""
    some = False
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
        some = True
    return some


def _is_kept(dialog: QDialog, screens: QWidget) -> bool:
    return isinstance(dialog, Sheet) and dialog.stands_over(screens) and dialog.findChild(PinPad) is None


def _forget_secrets(part: QWidget) -> None:
    """Empty what a PIN, a passphrase or a provider's secret was typed into, as if the person had done so."""
    for pad in part.findChildren(PinPad):
        pad.reset()
    for field in part.findChildren(QLineEdit):
        sensitive = bool(field.inputMethodHints() & Qt.InputMethodHint.ImhSensitiveData)
        if field.text() and (sensitive or field.echoMode() is not QLineEdit.EchoMode.Normal):
            field.setText("")
            field.textEdited.emit("")
