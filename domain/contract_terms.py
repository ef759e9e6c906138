"""Contract terms: what a merchant agreed with a provider, from which day on; fees and limits are minor units."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.calendar import is_date
from domain.errors import ErrorCode, RuleBroken
from domain.money import MAX_MINOR, positive
from domain.rails import OF_THE_SHOP, Method, Provider

CONTRACTS: Final = "payment.contracts"
BASIS: Final = 10_000
"""A basis point is one in so many."""

_FIELDS: Final = frozenset(
    {"provider", "since", "until", "options", "fee_bps", "fee_minor", "limit_payment_minor", "limit_day_minor"}
)
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a payment would pass, of one payment or of a day; `left_minor` is what a payment may come to still.

    Amounts are minor units.
    """

    provider: Provider
    limit_minor: int
    left_minor: int
    of_day: bool


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What was agreed with a provider from the day `since` to the day `until` (YYYY-MM-DD, empty for no end).

    `options` are the methods (`card`) and single payment options (`card/mada`) that may be taken; empty for all. A fee
    is `fee_bps` basis points of a payment and `fee_minor`. A limit of 0 is none; a day's is that of all tills.
    """

    provider: Provider
    since: str
    until: str = ""
    options: frozenset[str] = frozenset()
    fee_bps: int = 0
    fee_minor: int = 0
    limit_payment_minor: int = 0
    limit_day_minor: int = 0

    def in_force(self, day: str) -> bool:
        """Whether the terms hold on a day."""
        return self.since <= day and (not self.until or day <= self.until)

    def allows(self, method: Method, option: str) -> bool:
        """Whether a payment option of a method may be taken."""
        return not self.options or method.value in self.options or f"{method.value}/{option}" in self.options

    def bears(self, amount_minor: int, taken_minor: int) -> bool:
        """Whether a payment stays within the limits when `taken_minor` was taken earlier that day."""
        return self.bound(amount_minor, taken_minor) is None

    def bound(self, amount_minor: int, taken_minor: int) -> Bound | None:
        """Return the limit that a payment would pass when `taken_minor` was taken earlier that day, if it would."""
        payment, day = self.limit_payment_minor, self.limit_day_minor
        if day and taken_minor + amount_minor > day:
            return Bound(self.provider, day, max(day - taken_minor, 0), of_day=True)
        if payment and amount_minor > payment:
            return Bound(self.provider, payment, payment, of_day=False)
        return None

    def fee(self, amount_minor: int) -> int:
        """Return what the provider keeps of a payment; half a minor unit is rounded up."""
        return (positive(amount_minor) * self.fee_bps + BASIS // 2) // BASIS + self.fee_minor


def terms_on(contracts: Iterable[ContractTerms], provider: Provider, day: str) -> ContractTerms | None:
    """Return the terms with a provider that hold on a day: of several those that began last, of these the last one."""
    found = None
    for terms in contracts:
        holds = terms.provider is provider and terms.in_force(day)
        if holds and (found is None or terms.since >= found.since):
            found = terms
    return found


def contracts_value(contracts: Iterable[ContractTerms]) -> list[dict[str, Any]]:
    """Return terms as the setting `payment.contracts` keeps them; `read_contracts` reads them again."""
    return [
        {
            "provider": terms.provider.value,
            "since": terms.since,
            "until": terms.until,
            "options": sorted(terms.options),
            "fee_bps": terms.fee_bps,
            "fee_minor": terms.fee_minor,
            "limit_payment_minor": terms.limit_payment_minor,
            "limit_day_minor": terms.limit_day_minor,
        }
        for terms in contracts
    ]


def require_kept(before: Iterable[ContractTerms], after: Iterable[ContractTerms], today: str) -> None:
    """Refuse to rewrite what was agreed: terms that have begun before `today` stay as they are, and may only be ended.

    Their end is today at the earliest, and over terms have theirs. Raises RuleBroken(CONTRACT_PAST).
    """
    left = list(after)
    for terms in before:
        if terms.since >= today:
            continue
        same = next((each for each in left if _continues(terms, each, today)), None)
        if same is None:
            raise RuleBroken(ErrorCode.CONTRACT_PAST, provider=terms.provider.value, date=terms.since)
        left.remove(same)


def _continues(terms: ContractTerms, after: ContractTerms, today: str) -> bool:
    """Whether terms stand as they stood, but for an end that is not over yet."""
    is_over = bool(terms.until) and terms.until < today
    if is_over or after.until == terms.until:
        return after == terms
    return replace(after, until=terms.until) == terms and (not after.until or after.until >= today)


def read_contracts(rows: object) -> tuple[ContractTerms, ...]:
    """Read the setting `payment.contracts`; raises RuleBroken(SETTING_INVALID)."""
    if not isinstance(rows, list) or len(rows) > _MOST:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=CONTRACTS)
    return tuple(_read(row) for row in rows)


def _read(row: object) -> ContractTerms:
    if not isinstance(row, Mapping) or not {"provider", "since"} <= set(row) <= _FIELDS:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=CONTRACTS)
    options, until = row.get("options", []), row.get("until", "")
    sums = {name: row.get(name, 0) for name in ("fee_bps", "fee_minor", "limit_payment_minor", "limit_day_minor")}
    fit = (
        row["provider"] in set(Provider) - OF_THE_SHOP
        and is_date(row["since"])
        and (until == "" or (is_date(until) and until >= row["since"]))
        and isinstance(options, list)
        and all(isinstance(option, str) and _is_option(option) for option in options)
        and all(type(value) is int and 0 <= value <= MAX_MINOR for value in sums.values())
        and sums["fee_bps"] <= BASIS
    )
    if not fit:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=CONTRACTS)
    return ContractTerms(Provider(row["provider"]), row["since"], until, frozenset(options), **sums)


def _is_option(text: str) -> bool:
    method, slash, option = text.partition("/")
    return method in set(Method) and bool(option) is bool(slash)
