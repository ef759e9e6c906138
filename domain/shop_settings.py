"""The settings a shop's tills share: each one a key with a JSON value, the last one the hub took stands."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from domain.accounts import Regime
from domain.approvals import DEFAULT_LIMITS, ApprovalLimits
from domain.calendar import day_after, is_date
from domain.contract_terms import CONTRACTS, read_contracts
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.money import MAX_MINOR
from domain.policy import FIRST_LIMITS, Limits
from domain.rails import OF_THE_SHOP, Method, Provider
from domain.routing import (
    BY_HAND_METHODS,
    CONNECTED,
    FIRST_PAYMENT_RULES,
    HEALTH,
    PLAN,
    PaymentRules,
    read_by_hand,
    read_connected,
    read_health,
    read_payment_rules,
    read_plan,
)
from domain.vat import DEFAULT_RATES, VatClass, VatRate, rate_on, read_rates, tax_included

REGIME: Final = "books.regime"
CLOSED_THROUGH: Final = "books.closed_through"
VAT_CLASS: Final = "vat.class"
VAT_RATES: Final = "vat.rates"
DEFAULT_WALLET: Final = "wallet.default"
PROFILE: Final = "shop.profile"
LIMITS: Final = "policy.limits"
_METHOD_WALLET: Final = "wallet.method."
_PROVIDER_WALLET: Final = "wallet.provider."

LIMIT_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    **{field.name: (0, MAX_MINOR) for field in (*fields(ApprovalLimits), *fields(Limits))},
    "back_date": (0, 3_650),
    "discount_percent": (0, 100),
    "qr_lifetime_ms": (60_000, 3_600_000),
}
"""Every limit of the setting `policy.limits`, and between which values it lies."""

_GROWING: Final = ("exposure_bill_minor", "exposure_till_minor", "exposure_day_minor")

PROFILE_FIELDS: Final = ("address", "tax_code", "phone", "director", "chief_accountant", "treasurer")
_LONGEST: Final = 200


def method_wallet(method: Method) -> str:
    """Return the key of the wallet that a method's money goes to."""
    return f"{_METHOD_WALLET}{method.value}"


def provider_wallet(provider: Provider) -> str:
    """Return the key of the wallet that one provider's money goes to, whatever the method."""
    return f"{_PROVIDER_WALLET}{provider.value}"


METHOD_WALLETS: Final = frozenset(method_wallet(method) for method in Method)
PROVIDER_WALLETS: Final = frozenset(provider_wallet(each) for each in Provider if each not in OF_THE_SHOP)
HUBS_OWN: Final = frozenset({CONNECTED, HEALTH})
"""The settings that the hub alone gives a value."""

WALLET_KEYS: Final = METHOD_WALLETS | PROVIDER_WALLETS | {DEFAULT_WALLET}
"""The settings whose value is an account's id; of a method's or provider's, an empty one means that none is chosen."""


@dataclass(frozen=True, slots=True)
class BookRules:
    """What a shop's settings say of its books, and of how far people go alone.

    `closed_through` is the last day (YYYY-MM-DD) of the closed periods, empty before the first closing. `vat_class`
    is None for a shop that books no VAT, as household businesses do. `limits` bound what people do alone, `codes` what
    is shown while nobody can confirm it. `payments` say who takes its money.
    """

    regime: Regime = Regime.TT133
    closed_through: str = ""
    vat_class: VatClass | None = None
    rates: tuple[VatRate, ...] = DEFAULT_RATES
    profile: Mapping[str, str] | None = None
    limits: ApprovalLimits = DEFAULT_LIMITS
    codes: Limits = FIRST_LIMITS
    payments: PaymentRules = FIRST_PAYMENT_RULES

    def is_closed(self, date: str) -> bool:
        """Whether a day lies in a closed period."""
        return date <= self.closed_through

    def open_day(self, date: str) -> str:
        """Return a day itself, or the first open one if its period is closed; days as `YYYY-MM-DD`."""
        return day_after(self.closed_through) if self.is_closed(date) else date

    def tax_on(self, gross_minor: int, date: str) -> int:
        """Return the tax inside a price of that day, in minor units; 0 for a shop that books no VAT."""
        if self.vat_class is None:
            return 0
        return tax_included(gross_minor, rate_on(self.rates, self.vat_class, date))


FIRST_RULES: Final = BookRules()
"""The rules of a shop that has set none."""


def book_rules(value: Mapping[str, Any], codes: Limits = FIRST_LIMITS) -> BookRules:
    """Read the rules of the books from the shop's settings, as `check_setting` let them in.

    `codes` are the limits on codes that the shop began with; what the settings name stands above them.
    """
    limits: Mapping[str, int] = value.get(LIMITS, {})
    return BookRules(
        regime=Regime(value.get(REGIME, Regime.TT133.value)),
        closed_through=value.get(CLOSED_THROUGH, ""),
        vat_class=VatClass(value[VAT_CLASS]) if value.get(VAT_CLASS) else None,
        rates=read_rates(value[VAT_RATES]) if VAT_RATES in value else DEFAULT_RATES,
        profile=value.get(PROFILE),
        limits=replace(DEFAULT_LIMITS, **_of(ApprovalLimits, limits)),
        codes=replace(codes, **_of(Limits, limits)),
        payments=read_payment_rules(value),
    )


def limits_value(rules: BookRules) -> dict[str, int]:
    """Return every limit in force as the setting `policy.limits` holds them."""
    return {**asdict(rules.limits), **asdict(rules.codes)}


def _of(kind: type[ApprovalLimits] | type[Limits], value: Mapping[str, int]) -> dict[str, int]:
    return {field.name: value[field.name] for field in fields(kind) if field.name in value}


def _are_limits(value: Mapping[str, Any]) -> bool:
    """Whether limits are whole numbers within their bounds, a bill's no higher than a till's, nor that than a day's."""
    whole = all(type(limit) is int for limit in value.values())
    bounded = whole and all(LIMIT_BOUNDS[name][0] <= limit <= LIMIT_BOUNDS[name][1] for name, limit in value.items())
    named = [value[name] for name in _GROWING if name in value]
    return bounded and named == sorted(named)


def check_setting(key: str, value: Any) -> None:
    """Raise RuleBroken(SETTING_INVALID) unless `value` is one that the setting `key` can have."""
    try:
        valid = key in _IS_VALID and _IS_VALID[key](value)
    except (DomainError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=key) from error
    if not valid:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=key)


_IS_VALID: Final[Mapping[str, Callable[[Any], bool]]] = {
    REGIME: lambda value: Regime(value) in Regime,
    CLOSED_THROUGH: lambda value: value == "" or is_date(value),
    VAT_CLASS: lambda value: value == "" or VatClass(value) in VatClass,
    VAT_RATES: lambda value: bool(read_rates(value)),
    DEFAULT_WALLET: lambda value: isinstance(value, str) and bool(value),
    **dict.fromkeys(METHOD_WALLETS | PROVIDER_WALLETS, lambda value: isinstance(value, str)),
    PROFILE: lambda value: (
        set(value) <= set(PROFILE_FIELDS)
        and all(isinstance(text, str) and len(text) <= _LONGEST for text in value.values())
    ),
    LIMITS: _are_limits,
    CONNECTED: lambda value: read_connected(value) is not None,
    HEALTH: lambda value: read_health(value) is not None,
    PLAN: lambda value: read_plan(value) is not None,
    CONTRACTS: lambda value: read_contracts(value) is not None,
    BY_HAND_METHODS: lambda value: read_by_hand(value) is not None,
}
"""For each key the test that a value must pass; what cannot be read at all raises."""
