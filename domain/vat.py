"""Value added tax: rates with the days they hold, and how much of an amount that includes tax is tax."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from domain.calendar import is_date
from domain.errors import ErrorCode, RuleBroken


class VatClass(StrEnum):
    """What a shop's goods are for the tax: REDUCED goods have a lower rate while a decree says so."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ESSENTIAL = "essential"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class VatRate:
    """A rate in percent for a class of goods from a day on, until a day if it is bound to end (both inclusive)."""

    vat_class: VatClass
    percent: int
    since: str
    until: str = ""


DEFAULT_RATES: Final = (
    VatRate(VatClass.STANDARD, 10, "2009-01-01"),
    VatRate(VatClass.REDUCED, 8, "2025-07-01", "2026-12-31"),  # resolution 204/2025/QH15, decree 174/2025/NĐ-CP
    VatRate(VatClass.REDUCED, 10, "2009-01-01"),
    VatRate(VatClass.ESSENTIAL, 5, "2009-01-01"),
    VatRate(VatClass.ZERO, 0, "2009-01-01"),
)
"""What a new shop starts with; a shop's own list stands in its settings, so that a new decree needs no new program."""


def rate_holding(rates: Iterable[VatRate], vat_class: VatClass, date: str) -> VatRate | None:
    """Return the rate of a class that holds on a day (`YYYY-MM-DD`); of several, the one with the latest start."""
    holding = [
        rate
        for rate in rates
        if rate.vat_class is vat_class and rate.since <= date and (not rate.until or date <= rate.until)
    ]
    return max(holding, key=lambda rate: rate.since, default=None)


def rate_on(rates: Iterable[VatRate], vat_class: VatClass, date: str) -> int:
    """Return the rate in percent that holds on a day (`YYYY-MM-DD`).

    Raises RuleBroken(SETTING_INVALID) if no rate holds.
    """
    rate = rate_holding(rates, vat_class, date)
    if rate is None:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting="vat.rates")
    return rate.percent


def tax_included(gross_minor: int, percent: int) -> int:
    """Return the tax inside an amount that includes it, in minor units, halves rounded up."""
    return (2 * gross_minor * percent + 100 + percent) // (2 * (100 + percent))


def tax_added(net_minor: int, percent: int) -> int:
    """Return the tax that comes on top of an amount without it, in minor units, halves rounded up.

    It is what `tax_included` finds inside the sum of both: the two roundings never part.
    """
    return (2 * net_minor * percent + 100) // 200


def write_rates(rates: Iterable[VatRate]) -> list[dict[str, Any]]:
    """Return the rates as they stand in the settings."""
    return [
        {"class": rate.vat_class.value, "percent": rate.percent, "since": rate.since, "until": rate.until}
        for rate in rates
    ]


def read_rates(rows: object) -> tuple[VatRate, ...]:
    """Read `write_rates`; raises RuleBroken(SETTING_INVALID)."""
    if not isinstance(rows, list) or not rows:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting="vat.rates")
    return tuple(_read_rate(row) for row in rows)


def _read_rate(row: object) -> VatRate:
    if isinstance(row, Mapping) and {"class", "percent", "since", "until"} <= set(row):
        vat_class, percent, since, until = (row[name] for name in ("class", "percent", "since", "until"))
        dated = is_date(since) and (until == "" or is_date(until))
        if vat_class in set(VatClass) and dated and type(percent) is int and 0 <= percent <= 100:
            return VatRate(VatClass(vat_class), percent, str(since), str(until))
    raise RuleBroken(ErrorCode.SETTING_INVALID, setting="vat.rates")
