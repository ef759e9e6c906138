"""Fields that another system tells: each is read by one rule, and a refusal names the field."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from domain.calendar import is_date
from domain.errors import ErrorCode, RuleBroken

_MAX_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class ToldFields:
    """The fields of an object as another system told them.

    Whatever is wrong with one raises RuleBroken(`code`) with the facts `field` and `problem`: missing, unknown or
    invalid. `prefix` stands before the names of an object within another one.
    """

    told: Mapping[str, object]
    code: ErrorCode
    prefix: str = ""

    def refuse(self, field: str, problem: str) -> NoReturn:
        """Raise what is raised for a field."""
        named = f"{self.prefix}{field}"
        shown = "".join(letter for letter in named if letter.isprintable())[:_MAX_SHOWN]
        raise RuleBroken(self.code, field=shown, problem=problem)

    def check_names(self, must: tuple[str, ...], may: tuple[str, ...]) -> None:
        """Refuse a field that is unknown, and the lack of one that must be there."""
        for name in self.told:
            if name not in must and name not in may:
                self.refuse(name, "unknown")
        for name in must:
            if name not in self.told:
                self.refuse(name, "missing")

    def amount(self, name: str, least: int, most: int) -> int:
        """Return a whole number between two (minor units, or percent)."""
        value = self.told[name]
        if type(value) is not int or not least <= value <= most:
            self.refuse(name, "invalid")
        return value

    def day(self, name: str, first: str) -> str:
        """Return a day (YYYY-MM-DD), `first` or later."""
        value = self.told[name]
        if not is_date(value) or value < first:
            self.refuse(name, "invalid")
        return value

    def name(self, name: str, longest: int) -> str:
        """Return a name as other programs give it, in composed letters (NFC), so that one name is one text."""
        value = self.told[name]
        if not isinstance(value, str) or not value.isprintable() or value != value.strip():
            self.refuse(name, "invalid")
        composed = unicodedata.normalize("NFC", value)
        if not 1 <= len(composed) <= longest:
            self.refuse(name, "invalid")
        return composed

    def word(self, name: str, longest: int) -> str:
        """Return a name of ASCII letters, digits and `-_.`."""
        value = self.name(name, longest)
        if not value.isascii() or not value.replace("-", "").replace("_", "").replace(".", "").isalnum():
            self.refuse(name, "invalid")
        return value

    def text(self, name: str, longest: int) -> str:
        """Return a text that people wrote, empty without it; a letter that is none cannot be kept by every database."""
        value = self.told.get(name, "")
        if not isinstance(value, str) or len(value) > longest or "\x00" in value:
            self.refuse(name, "invalid")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            self.refuse(name, "invalid")
        return value.strip()

    def within(self, name: str) -> "ToldFields":
        """Return the fields of an object that stands in a field."""
        value = self.told[name]
        if not isinstance(value, Mapping):
            self.refuse(name, "invalid")
        return ToldFields(value, self.code, f"{self.prefix}{name}.")
