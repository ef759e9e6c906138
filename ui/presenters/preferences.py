"""How this person wants this till to look and sound; kept on the machine, part of no books."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol

from domain.money import Language


class ThemeChoice(StrEnum):
    """The palette, or SYSTEM for the one that the desktop uses at the moment."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class TextSize(IntEnum):
    """How large text is drawn, in per cent."""

    NORMAL = 100
    LARGE = 125
    LARGEST = 150


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings that change nothing but how the till looks and sounds; `volume` runs from 0 to 100.

    `lock_minutes` is how long the till stays open without a key or a touch; 0 keeps it open. `backup_folder` is where
    a second copy of each backup goes, empty for nowhere.
    """

    language: Language = Language.VI
    theme: ThemeChoice = ThemeChoice.SYSTEM
    text_size: TextSize = TextSize.NORMAL
    phone_order: bool = False
    sound: bool = True
    volume: int = 80
    reduced_motion: bool = False
    lock_minutes: int = 15
    backup_folder: str = ""


class PreferenceStore(Protocol):
    """Where preferences are kept."""

    def load(self) -> Preferences:
        """Return what was saved, with the defaults for whatever is missing or unreadable."""

    def save(self, preferences: Preferences) -> None:
        """Keep preferences; called on the GUI thread, so it must be quick. Raises StorageUnavailable."""
