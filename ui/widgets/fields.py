"""Fields for numbers and days, with the same inner margin as a text field."""

from datetime import date
from typing import Final

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QDateEdit, QSpinBox, QWidget

_INNER: Final = 12


class NumberField(QSpinBox):
    """A whole number between two others.

    Signals: those of QSpinBox.
    """

    def __init__(self, least: int, most: int, name: str, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(least, most)
        self.setSuffix(f" {unit}" if unit else "")
        self.setAccessibleName(name)
        self.lineEdit().setTextMargins(_INNER, 0, 0, 0)


class DayField(QDateEdit):
    """A calendar day, written dd/MM/yyyy, with a calendar to choose from; weeks begin on Monday.

    Signals: those of QDateEdit.
    """

    def __init__(self, day: date, name: str, parent: QWidget | None = None) -> None:
        super().__init__(QDate(day.year, day.month, day.day), parent)
        self.setDisplayFormat("dd/MM/yyyy")
        self.setCalendarPopup(True)
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
