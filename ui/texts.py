"""Every word a person reads, in Vietnamese and English: one flat catalogue, filled with facts, without Qt."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

from domain.calendar import is_date
from domain.errors import DomainError, ErrorCode, FailureCode
from domain.ids import Instant
from domain.money import Language, format_minor
from ui.formatting import DEFAULT_ZONE, date_text, date_time_text, day_text, duration_text, time_text

__all__ = ["Language", "Problem", "TextMissing", "Texts", "catalogue", "failure_text", "placeholders", "problem_text"]

_NAMED: Final = frozenset({"method", "role", "action"})
_FOLDER: Final = Path(__file__).resolve().parents[1] / "resources" / "texts"


class TextMissing(KeyError):
    """The catalogue has no such text, or the text wants a fact that was not given."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person is told when something did not work: what happened, the money, what to do, and the code."""

    title: str
    what: str
    money: str
    next: str
    code: str

    @property
    def sentence(self) -> str:
        """All four parts in one paragraph, as a notice shows them and a screen reader says them."""
        return " ".join(part for part in (self.what, self.money, self.next, f"({self.code})") if part)


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """The texts of `language` by key, from `resources/texts/<language>.json`."""
    texts: dict[str, str] = json.loads((_FOLDER / f"{language.value}.json").read_text(encoding="utf-8"))
    return texts


def placeholders(text: str) -> frozenset[str]:
    """The names of the facts that `text` wants."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


class Texts(Formatter):
    """The catalogue in one language, for one shop's currency and time zone.

    Facts are written plainly (`{name}`) or by a kind: `{amount:money}` (int minor units), `{at:date}` (an Instant, or a
    day as `YYYY-MM-DD`), `{at:time}`, `{at:moment}` (Instant), `{left:duration}` (int milliseconds),
    `{left:seconds}`, `{count:payment|payments}` (the word that fits), `{method:method}`, `{role:role}`,
    `{action:action}` (the catalogue's word for a domain value). Any other fact that is text already is written as it
    is.
    """

    def __init__(
        self,
        language: Language,
        currency: str = "VND",
        zone: str = DEFAULT_ZONE,
        on_missing: Callable[[str], None] | None = None,
    ) -> None:
        """Without `on_missing` a missing text raises TextMissing; with it, it is told the key, and the key is shown."""
        self.language = language
        self.currency = currency
        self.zone = zone
        self._texts = catalogue(language)
        self._on_missing = on_missing

    def t(self, key: str, **facts: object) -> str:
        """Return the text `key` with its facts filled in."""
        text = self._texts.get(key)
        if text is None or not placeholders(text) <= facts.keys():
            if self._on_missing is None:
                raise TextMissing(key)
            self._on_missing(key)
            return key
        return self.vformat(text, (), facts) if "{" in text else text

    def has(self, key: str, facts: Mapping[str, object] | None = None) -> bool:
        """Whether the catalogue has `key` and, where `facts` are given, whether they fill it."""
        text = self._texts.get(key)
        return text is not None and (facts is None or placeholders(text) <= facts.keys())

    def money(self, amount_minor: int, symbol: bool = True, currency: str = "") -> str:
        """Write an amount of the shop's currency, or of another, given in minor units."""
        return format_minor(amount_minor, currency or self.currency, self.language, symbol)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one fact by its kind; see the class."""
        if format_spec in _NAMED:
            return self.t(f"{format_spec}.{value}")
        if format_spec == "date" and is_date(value):
            return day_text(date.fromisoformat(value))
        if format_spec == "" or isinstance(value, str):
            return str(value)
        if "|" in format_spec:
            one, many = format_spec.split("|")
            return one if value == 1 else many
        written = {
            "money": lambda: self.money(int(value)),
            "date": lambda: date_text(Instant(int(value)), self.zone),
            "time": lambda: time_text(Instant(int(value)), self.zone),
            "moment": lambda: date_time_text(Instant(int(value)), self.zone),
            "duration": lambda: duration_text(int(value)),
            "seconds": lambda: duration_text(int(value) * 1000),
        }
        return written[format_spec]()


def problem_text(error: DomainError, texts: Texts) -> Problem:
    """Return the words for a refusal; facts it carries make the first sentence exact where the catalogue knows them."""
    return _problem(f"error.{error.code}", error.code.value, error.facts, texts)


def failure_text(failure: FailureCode | ErrorCode, texts: Texts, **facts: object) -> Problem:
    """Return the words for a payment or a refund that a provider, or the hub, did not carry out."""
    return _problem(f"error.{failure}", failure.value, facts, texts)


def unexpected_text(texts: Texts) -> Problem:
    """Return the words for an error of our own that nobody foresaw; its details go to the log only."""
    return _problem(f"error.{ErrorCode.UNEXPECTED}", ErrorCode.UNEXPECTED.value, {}, texts)


def _problem(stem: str, code: str, facts: Mapping[str, object], texts: Texts) -> Problem:
    exact = f"{stem}.exact"
    what = texts.t(exact, **facts) if texts.has(exact, facts) else texts.t(f"{stem}.what")
    return Problem(
        title=texts.t(f"{stem}.title"),
        what=what,
        money=texts.t(f"{stem}.money"),
        next=texts.t(f"{stem}.next"),
        code=code,
    )
