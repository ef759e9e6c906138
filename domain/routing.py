"""Routing: which provider takes a payment, by contract terms where there are any, else by the shop's three levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from domain.contract_terms import CONTRACTS, Bound, ContractTerms, read_contracts, terms_on
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.money import EXPONENTS
from domain.rails import BY_HAND, INTERNAL, ROUTES, Method, Presents, Provider, Route, route_of, routes_of

CONNECTED: Final = "payment.connected"
"""The setting in which the hub, and nobody else, tells which providers a shop is connected to."""

HEALTH: Final = "payment.health"
"""The setting in which the hub, and nobody else, tells which providers do not answer now, and since when."""

PLAN: Final = "payment.routes"
BY_HAND_METHODS: Final = "payment.by_hand"
"""The setting that names the methods settled by hand which the counter offers; none until a shop wants them."""

_MOST: Final = 200
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class RouteRule:
    """The first level: exactly this payment option of a method in this currency goes to this provider."""

    method: Method
    option: str
    currency: str
    provider: Provider


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The shop's own routes: exact ones, a default provider for each method, and an order of providers for the rest."""

    exact: tuple[RouteRule, ...] = ()
    methods: Mapping[Method, Provider] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: tuple[Provider, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentRules:
    """What a shop's settings say of how its money is taken."""

    connected: frozenset[Provider] = frozenset()
    plan: RoutePlan = RoutePlan()
    contracts: tuple[ContractTerms, ...] = ()
    by_hand: frozenset[Method] = frozenset()
    troubled: Mapping[Provider, Instant] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Trouble:
    """A provider that is slow or does not answer, since a moment; payments through it may still go."""

    provider: Provider
    since: Instant


@dataclass(frozen=True, slots=True)
class Wish:
    """A payment that seeks its provider: minor units of `currency`, on a day (YYYY-MM-DD) of the shop.

    With `capture` False the money is only to be held; `online` says that the hub can be reached.
    """

    method: Method
    currency: str
    amount_minor: int
    day: str
    option: str = ""
    capture: bool = True
    online: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A payment option that the counter may ask for, empty for none; `bound` is the limit that forbids it now."""

    option: str
    bound: Bound | None = None


FIRST_PAYMENT_RULES: Final = PaymentRules()


def find_route(rules: PaymentRules, wish: Wish, taken: Mapping[Provider, int]) -> Route:
    """Return the route of a payment; `taken` is what each provider took that day before, in minor units.

    Contract terms come first: of the providers whose terms allow the payment the cheapest, of equal ones the preferred
    one. A provider whose terms do not allow it is out. Without terms the three levels decide: the exact rule, the
    method's default, the order of the rest. Whoever is not connected, or cannot take it, is passed over.
    Raises RuleBroken: METHOD_UNAVAILABLE, METHOD_NEEDS_NETWORK, CONTRACT_LIMIT where only terms stand against it.
    """
    able = _able(rules, wish)
    if not able:
        raise RuleBroken(ErrorCode.METHOD_UNAVAILABLE, method=wish.method.value)
    within = [route for route in able if wish.online or not route.capabilities.needs_network]
    if not within:
        raise RuleBroken(ErrorCode.METHOD_NEEDS_NETWORK, method=wish.method.value)
    agreed: list[tuple[int, Route]] = []
    free: list[Route] = []
    for route in within:
        terms = terms_on(rules.contracts, route.provider, wish.day)
        if terms is None:
            free.append(route)
        elif terms.allows(wish.method, wish.option) and terms.bears(wish.amount_minor, taken.get(route.provider, 0)):
            agreed.append((terms.fee(wish.amount_minor), route))
    if agreed:
        return min(agreed, key=lambda each: each[0])[1]
    if not free:
        raise RuleBroken(ErrorCode.CONTRACT_LIMIT, method=wish.method.value)
    return by_plan(rules.plan, free, wish)


def choices(rules: PaymentRules, wish: Wish, taken: Mapping[Provider, int]) -> tuple[Choice, ...]:
    """Return the payment options of a method among which a person chooses; with one of them there is nothing to ask.

    Options are told apart where they lead to another provider, where the provider is told another word, or where
    contract terms name them; what no terms allow is left out. Whether the hub can be reached does not count, nor does
    the option of `wish`. Of an amount not typed yet, the least is looked at.
    """
    wish = replace(wish, amount_minor=max(wish.amount_minor, 1), online=True)
    named = dict.fromkeys(option for route in _taking(rules, wish.method, wish.currency) for option in route.options)
    apart: dict[tuple[Provider, str, str], Choice] = {}
    for option in filter(None, named):
        if (found := _choice(rules, replace(wish, option=option), taken)) is not None:
            apart.setdefault(*found)
    if len(apart) > 1:
        return tuple(apart.values())
    unnamed = _choice(rules, replace(wish, option=""), taken)
    left = [*(() if unnamed is None else (unnamed[1],)), *apart.values()]
    return (min(left, key=lambda each: each.bound is not None),) if left else ()


def _choice(
    rules: PaymentRules, wish: Wish, taken: Mapping[Provider, int]
) -> tuple[tuple[Provider, str, str], Choice] | None:
    """Return a payment option with what tells it apart, None if nobody takes it."""
    allowed = [
        (route, terms)
        for route in _able(rules, wish)
        for terms in (terms_on(rules.contracts, route.provider, wish.day),)
        if terms is None or terms.allows(wish.method, wish.option)
    ]
    if not allowed:
        return None
    bound = None
    try:
        chosen = find_route(rules, wish, taken)
    except RuleBroken:  # the limits of all who take it
        passed = [terms.bound(wish.amount_minor, taken.get(terms.provider, 0)) for _, terms in allowed if terms]
        bound = max(filter(None, passed), key=lambda each: each.left_minor)
        chosen = next(route for route, _ in allowed if route.provider is bound.provider)
    terms = next(terms for route, terms in allowed if route is chosen)
    is_named = terms is not None and f"{wish.method.value}/{wish.option}" in terms.options
    return (chosen.provider, chosen.options[wish.option], wish.option if is_named else ""), Choice(wish.option, bound)


def by_plan(plan: RoutePlan, routes: list[Route], wish: Wish) -> Route:
    """Return the one of several routes, at least one, that the three levels choose."""
    order = [
        *(
            rule.provider
            for rule in plan.exact
            if (rule.method, rule.option, rule.currency) == (wish.method, wish.option, wish.currency)
        ),
        *((plan.methods[wish.method],) if wish.method in plan.methods else ()),
        *plan.otherwise,
    ]
    ranked = {provider: place for place, provider in reversed(list(enumerate(order)))}
    return min(routes, key=lambda route: ranked.get(route.provider, len(order)))


def offered(rules: PaymentRules, currency: str, *, has_bank_account: bool, has_holders: bool) -> tuple[Method, ...]:
    """Return the methods that the counter offers: cash, codes for the shop's account, and what is connected or on.

    Stored value is offered once a customer has any.
    """
    return tuple(
        method
        for method in Method
        if any(
            {Presents.OWN_CODE: has_bank_account, Presents.BALANCE: has_holders}.get(route.capabilities.presents, True)
            for route in _taking(rules, method, currency)
        )
    )


def holding(rules: PaymentRules, currency: str) -> tuple[Method, ...]:
    """Return the methods whose money a connected provider can hold first, to be taken later."""
    return tuple(
        method
        for method in Method
        if any(
            route.capabilities.capture and route.provider in rules.connected
            for route in _taking(rules, method, currency)
        )
    )


def troubles(rules: PaymentRules, currency: str) -> Mapping[Method, Trouble]:
    """Return the methods whose payments go, by the shop's plan, to a provider that does not answer now."""
    found = {}
    for method in Method:
        routes = [route for route in _taking(rules, method, currency) if route.provider is not Provider.NONE]
        if routes:
            provider = by_plan(rules.plan, routes, Wish(method, currency, 1, "")).provider
            if provider in rules.troubled:
                found[method] = Trouble(provider, rules.troubled[provider])
    return found


def _able(rules: PaymentRules, wish: Wish) -> list[Route]:
    return [
        route
        for route in _taking(rules, wish.method, wish.currency)
        if wish.option in route.options and (wish.capture or route.capabilities.capture)
    ]


def _taking(rules: PaymentRules, method: Method, currency: str) -> list[Route]:
    """Return a method's routes that take a currency: cash, what is switched on, and those to connected providers.

    A code of the till's own needs nobody to be connected: while no bank account is read, its money is proven once one
    is, or confirmed by hand.
    """
    routes = [route for route in routes_of(method) if currency in route.currencies]
    if method in BY_HAND:
        return routes if method in rules.by_hand else []
    usable = [route for route in routes if route.provider in INTERNAL | rules.connected]
    own = [route for route in routes if route.capabilities.presents is Presents.OWN_CODE]
    if own and not any(route in usable for route in own):
        return [*usable, own[0]]
    return usable


def read_connected(value: object) -> frozenset[Provider]:
    """Read the setting `payment.connected`; a provider that this version does not know is passed over.

    Raises RuleBroken(SETTING_INVALID).
    """
    if not isinstance(value, list) or len(value) > _MOST or not all(isinstance(name, str) for name in value):
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=CONNECTED)
    return frozenset(Provider(name) for name in value if name in set(Provider))


def read_health(value: object) -> Mapping[Provider, Instant]:
    """Read the setting `payment.health`; a provider that this version does not know is passed over.

    Raises RuleBroken(SETTING_INVALID).
    """
    if not isinstance(value, Mapping) or len(value) > _MOST:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=HEALTH)
    if not all(isinstance(name, str) and type(since) is int for name, since in value.items()):
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=HEALTH)
    return {Provider(name): Instant(since) for name, since in value.items() if name in set(Provider)}


def read_by_hand(value: object) -> frozenset[Method]:
    """Read the setting `payment.by_hand`; raises RuleBroken(SETTING_INVALID) for a method that is not one of these."""
    if not isinstance(value, list) or not all(name in set(BY_HAND) for name in value):
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=BY_HAND_METHODS)
    return frozenset(Method(name) for name in value)


def read_plan(value: object) -> RoutePlan:
    """Read the setting `payment.routes`; raises RuleBroken(SETTING_INVALID) for a way that no route goes."""
    if not isinstance(value, Mapping) or not set(value) <= {"exact", "methods", "otherwise"}:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=PLAN)
    exact, methods, otherwise = value.get("exact", []), value.get("methods", {}), value.get("otherwise", [])
    if not (isinstance(exact, list) and isinstance(methods, Mapping) and isinstance(otherwise, list)):
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=PLAN)
    if max(len(exact), len(otherwise)) > _MOST:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=PLAN)
    try:
        rules = tuple(_read_rule(row) for row in exact)
        defaults = {Method(method): Provider(provider) for method, provider in methods.items()}
        order = tuple(Provider(provider) for provider in otherwise)
    except (ValueError, KeyError, TypeError) as error:
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=PLAN) from error
    known = {route.provider for route in ROUTES}
    lead = all(route_of(method, provider) is not None for method, provider in defaults.items())
    if not lead or not set(order) <= known or len({rule_key(rule) for rule in rules}) < len(rules):
        raise RuleBroken(ErrorCode.SETTING_INVALID, setting=PLAN)
    return RoutePlan(rules, MappingProxyType(defaults), order)


def plan_value(plan: RoutePlan) -> dict[str, Any]:
    """Return a plan as the setting `payment.routes` keeps it; `read_plan` reads it again."""
    return {
        "exact": [
            {
                "method": rule.method.value,
                "option": rule.option,
                "currency": rule.currency,
                "provider": rule.provider.value,
            }
            for rule in plan.exact
        ],
        "methods": {method.value: provider.value for method, provider in plan.methods.items()},
        "otherwise": [provider.value for provider in plan.otherwise],
    }


def rule_key(rule: RouteRule) -> tuple[Method, str, str]:
    """Return what an exact rule is for; each may be ruled on once."""
    return rule.method, rule.option, rule.currency


def read_payment_rules(settings: Mapping[str, Any]) -> PaymentRules:
    """Read the rules from the shop's settings, as `check_setting` let them in."""
    return PaymentRules(
        connected=read_connected(settings.get(CONNECTED, [])),
        plan=read_plan(settings.get(PLAN, {})),
        contracts=read_contracts(settings.get(CONTRACTS, [])),
        by_hand=read_by_hand(settings.get(BY_HAND_METHODS, [])),
        troubled=read_health(settings.get(HEALTH, {})),
    )


def _read_rule(row: Mapping[str, Any]) -> RouteRule:
    if set(row) != {"method", "option", "currency", "provider"}:
        raise ValueError("other fields")
    rule = RouteRule(Method(row["method"]), row["option"], row["currency"], Provider(row["provider"]))
    route = route_of(rule.method, rule.provider)
    if route is None or rule.currency not in EXPONENTS or not isinstance(rule.option, str):
        raise ValueError("no such way")
    if rule.currency not in route.currencies or rule.option not in route.options or len(rule.option) > _LONGEST:
        raise ValueError("not taken there")
    return rule
