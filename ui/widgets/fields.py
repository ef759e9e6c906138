"""Fields for text, numbers and days, with one inner margin and no menu in a foreign language."""

from datetime import date
from typing import Final

from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtWidgets import QDateEdit, QLineEdit, QSpinBox, QWidget

_INNER: Final = 12


class TextField(QLineEdit):
    """A line of text. It has no context menu, because Qt knows the words of that menu in no Vietnamese.

    Signals: those of QLineEdit.
    """

    def __init__(self, name: str, placeholder: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.set_words(name, placeholder)

    def set_words(self, name: str, placeholder: str = "") -> None:
        """Speak another language."""
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)

    def show_invalid(self, invalid: bool) -> None:
        """Draw the border of a field whose contents cannot stay, or the plain one; say why in a label beside it."""
        self.setProperty("invalid", "true" if invalid else "false")
        self.style().unpolish(self)
        self.style().polish(self)


class NumberField(QSpinBox):
    """A whole number between two others.

    Signals: those of QSpinBox.
    """

    def __init__(self, least: int, most: int, name: str, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(least, most)
        self.setSuffix(f" {unit}" if unit else "")
        self.setAccessibleName(name)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.lineEdit().setTextMargins(_INNER, 0, 0, 0)


class DayField(QDateEdit):
    """A calendar day, written dd/MM/yyyy, with a calendar to choose from; weeks begin on Monday.

    Signals: those of QDateEdit.
    """

    def __init__(self, day: date, name: str, parent: QWidget | None = None) -> None:
        super().__init__(QDate(day.year, day.month, day.day), parent)
        self.setDisplayFormat("dd/MM/yyyy")
        self.setCalendarPopup(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAccessibleName(name)

    def set_language(self, language: str) -> None:
        """Name the months and days of the calendar in `vi` or `en`."""
        spoken = QLocale.Language.Vietnamese if language == "vi" else QLocale.Language.English
        self.setLocale(QLocale(spoken, QLocale.Country.Vietnam if language == "vi" else QLocale.Country.UnitedKingdom))

    @property
    def day(self) -> date:
        """The day that is shown."""
        shown = self.date()
        return date(shown.year(), shown.month(), shown.day())
