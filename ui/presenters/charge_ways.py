"""The ways to pay as the counter has read them: what the shop offers, its payment options, and what limits them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.calendar import day_start
from domain.contract_terms import Bound
from domain.ports import Queries
from domain.rails import Method, Provider
from domain.routing import FIRST_PAYMENT_RULES, Choice, PaymentRules, Trouble, Wish, choices


@dataclass(frozen=True, slots=True)
class Ways:
    """What can be paid by on a day (YYYY-MM-DD) of the shop; `taken` is what each provider took by then, minor units.

    `holding` are the methods whose money can be held first, `troubles` those whose provider does not answer.
    """

    currency: str
    offered: Sequence[Method] = (Method.CASH, Method.VIETQR)
    holding: Sequence[Method] = ()
    troubles: Mapping[Method, Trouble] = field(default_factory=dict)
    rules: PaymentRules = FIRST_PAYMENT_RULES
    taken: Mapping[Provider, int] = field(default_factory=dict)
    day: str = ""

    @classmethod
    def read(cls, queries: Queries, currency: str, day: str, zone: str) -> "Ways":
        """Return the ways as they stand; what was taken matters only where a contract limits it."""
        rules = queries.books.rules().payments
        taken = queries.taken_since(day_start(day, zone)) if rules.contracts else {}
        return cls(currency, queries.methods(), queries.holding(), queries.troubles(), rules, taken, day)

    def options(self, method: Method, amount_minor: int, *, holds: bool = False) -> tuple[Choice, ...]:
        """Return the payment options of a method for an amount (minor units); with one of them nothing is asked."""
        wish = Wish(method, self.currency, amount_minor, self.day, capture=not holds)
        return choices(self.rules, wish, self.taken)

    def bound(self, options: Sequence[Choice]) -> Bound | None:
        """Return the widest of the limits that stand against every one of some options, None while one is free."""
        bounds = [each.bound for each in options if each.bound is not None]
        if len(bounds) < len(options):
            return None
        return max(bounds, key=lambda bound: bound.left_minor, default=None)
