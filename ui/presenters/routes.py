"""Which provider a payment goes to: the owner's rules in words, and the order of the providers for the rest."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from domain.rails import OF_THE_SHOP, ROUTES, Method, Provider, routes_of
from domain.routing import PLAN, PaymentRules, RoutePlan, RouteRule, plan_value, rule_key
from ui.presenters.desk import Desk
from ui.presenters.payment_rules import RuleForm, RuleFormState, RulesPresenter, RulesState

CHOICES: Final = tuple(
    method for method in Method if len({route.provider for route in routes_of(method)} - OF_THE_SHOP) > 1
)
"""The methods that several providers offer: only for these there is something to choose."""

PROVIDERS: Final = tuple(
    dict.fromkeys(route.provider for route in ROUTES if route.method in CHOICES and route.provider not in OF_THE_SHOP)
)
"""The providers among whom there is a choice, the preferred ones first."""


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One rule: exactly this option in this currency, or with `option` None every option of the method.

    One that is `asleep` names a provider that is not connected, or that does not take the shop's currency: the next
    rule that can decides.
    """

    method: Method
    option: str | None
    currency: str
    provider: Provider
    asleep: bool = False

    @property
    def key(self) -> tuple[str, str | None, str]:
        """What the rule is for."""
        return self.method.value, self.option, self.currency


@dataclass(frozen=True, slots=True)
class RoutesState(RulesState):
    """The rules, those that are followed first at the top, and the order of the providers for everything else."""

    lines: tuple[RouteLine, ...] = ()
    order: tuple[Provider, ...] = PROVIDERS
    connected: frozenset[Provider] = frozenset()


class RoutesPresenter(RulesPresenter[RoutesState]):
    """Shows the plan and changes one thing of it at a time, as it stands then."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(RoutesState(), desk, PLAN)

    def form(self, closed: Callable[[], None]) -> "RouteFormPresenter":
        """Return the form of a new rule; `closed` is called once it has done."""
        return RouteFormPresenter(self._desk, self.state.connected, closed, self._add)

    def remove(self, line: RouteLine) -> None:
        """Take a rule out of the plan."""
        self._replan(lambda plan: without_line(plan, line), "routes.removed")

    def move(self, provider: Provider, step: int) -> None:
        """Prefer a provider to the one before it (-1), or the one behind it (1)."""
        order = list(self.state.order)
        place = order.index(provider)
        if not 0 <= place + step < len(order):
            return
        order[place], order[place + step] = order[place + step], order[place]
        self._change(order=tuple(order))
        self._replan(lambda plan: replace(plan, otherwise=tuple(order)))

    def _add(self, line: RouteLine, form: "RouteFormPresenter") -> None:
        self._replan(lambda plan: with_line(plan, line), "routes.added", form)

    def _replan(
        self,
        changed: Callable[[RoutePlan], RoutePlan],
        said: str = "",
        form: "RouteFormPresenter | None" = None,
    ) -> None:
        self._put(lambda rules: plan_value(changed(rules.plan)), said, form)

    def show_rules(self, rules: PaymentRules) -> None:
        """Put the rules into words, and the order of the providers behind them."""
        currency = self._desk.shop.currency
        lines = [
            RouteLine(rule.method, rule.option, rule.currency, rule.provider, _asleep(rules, rule, currency))
            for rule in rules.plan.exact
        ]
        lines += [
            RouteLine(method, None, "", provider, provider not in rules.connected)
            for method, provider in rules.plan.methods.items()
        ]
        wished = tuple(provider for provider in rules.plan.otherwise if provider in PROVIDERS)
        order = (*wished, *(provider for provider in PROVIDERS if provider not in wished))
        self._change(loaded=True, lines=tuple(lines), order=order, connected=rules.connected)


@dataclass(frozen=True, slots=True)
class RouteFormState(RuleFormState):
    """What was chosen of a rule; `option` None stands for every option of the method, in every currency."""

    method: Method = CHOICES[0]
    option: str | None = None
    currency: str = ""
    provider: Provider = PROVIDERS[0]
    options: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    providers: tuple[Provider, ...] = ()
    connected: frozenset[Provider] = frozenset()

    @property
    def line(self) -> RouteLine:
        """The rule that was put together."""
        return RouteLine(self.method, self.option, "" if self.option is None else self.currency, self.provider)


class RouteFormPresenter(RuleForm[RouteFormState]):
    """Holds one form; only what some provider really takes can be chosen."""

    def __init__(
        self,
        desk: Desk,
        connected: frozenset[Provider],
        closed: Callable[[], None],
        keep: Callable[[RouteLine, "RouteFormPresenter"], None],
    ) -> None:
        """`closed` is called once the form has done, `keep` is told the rule and by which form."""
        self._shop_currency = currency = desk.shop.currency
        super().__init__(RouteFormState(currency=currency, connected=connected), desk.notices, closed)
        self._keep = keep
        first = next((method for method in CHOICES if _takers(method, None, currency)), CHOICES[0])
        self.choose_method(first)

    def choose_method(self, method: Method) -> None:
        """Choose what the rule is about; everything else begins anew."""
        self._choose(replace(self.state, method=method, option=None, currency=self._shop_currency))

    def choose_option(self, option: str | None) -> None:
        """Choose one payment option, or all of them."""
        self._choose(replace(self.state, option=option))

    def choose_currency(self, currency: str) -> None:
        """Choose the currency of an exact rule."""
        self._choose(replace(self.state, currency=currency))

    def choose_provider(self, provider: Provider) -> None:
        """Choose who is to take it."""
        self._choose(replace(self.state, provider=provider))

    def save(self) -> None:
        """Keep the rule."""
        if self._begin():
            self._keep(self.state.line, self)

    def _choose(self, wished: RouteFormState) -> None:
        method, option = wished.method, wished.option
        routes = [route for route in routes_of(method) if route.provider not in OF_THE_SHOP]
        options = tuple(dict.fromkeys(each for route in routes for each in route.options))
        currencies = sorted({each for route in routes if option in (None, *route.options) for each in route.currencies})
        currency = wished.currency if wished.currency in currencies else currencies[0]
        takers = _takers(method, option, None if option is None else currency)
        provider = wished.provider if wished.provider in takers else takers[0]
        self._become(
            replace(
                wished,
                options=options,
                currencies=tuple(currencies),
                currency=currency,
                providers=takers,
                provider=provider,
            )
        )


def with_line(plan: RoutePlan, line: RouteLine) -> RoutePlan:
    """Return a plan with a rule, in the place of one for the same."""
    rest = without_line(plan, line)
    if line.option is None:
        return replace(rest, methods=MappingProxyType({**rest.methods, line.method: line.provider}))
    return replace(rest, exact=(*rest.exact, RouteRule(line.method, line.option, line.currency, line.provider)))


def without_line(plan: RoutePlan, line: RouteLine) -> RoutePlan:
    """Return a plan without the rule for the same."""
    if line.option is None:
        kept = {method: provider for method, provider in plan.methods.items() if method is not line.method}
        return replace(plan, methods=MappingProxyType(kept))
    key = (line.method, line.option, line.currency)
    return replace(plan, exact=tuple(rule for rule in plan.exact if rule_key(rule) != key))


def _takers(method: Method, option: str | None, currency: str | None) -> tuple[Provider, ...]:
    return tuple(
        route.provider
        for route in routes_of(method)
        if route.provider not in OF_THE_SHOP
        and option in (None, *route.options)
        and (currency is None or currency in route.currencies)
    )


def _asleep(rules: PaymentRules, rule: RouteRule, currency: str) -> bool:
    return rule.provider not in rules.connected or rule.currency != currency
