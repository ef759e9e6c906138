"""What the shop agreed with its providers: terms by day, added and ended, and never rewritten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import partial
from typing import Final

from domain.calendar import business_date, is_date
from domain.contract_terms import BASIS, CONTRACTS, ContractTerms, contracts_value, terms_on
from domain.errors import RuleBroken
from domain.money import parse_amount
from domain.rails import OF_THE_SHOP, ROUTES, Provider
from domain.routing import PaymentRules
from ui.presenters.desk import Desk
from ui.presenters.payment_rules import RuleForm, RuleFormState, RulesPresenter, RulesState

PROVIDERS: Final = tuple(dict.fromkeys(route.provider for route in ROUTES if route.provider not in OF_THE_SHOP))
SUMS: Final = ("fee_minor", "limit_payment_minor", "limit_day_minor")
"""The amounts of terms; nothing typed is none."""

_PERCENT: Final = 100


class TermsMark(StrEnum):
    """Whether terms hold today: NOW, LATER they begin, OVER, or ASIDE since later ones stand in."""

    NOW = "now"
    LATER = "later"
    OVER = "over"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class TermsState(RulesState):
    """All terms, of each provider the latest first."""

    today: str = ""
    terms: tuple[ContractTerms, ...] = ()

    def mark(self, terms: ContractTerms) -> TermsMark:
        """Return whether terms hold today."""
        if terms.until and terms.until < self.today:
            return TermsMark.OVER
        if terms.since > self.today:
            return TermsMark.LATER
        return TermsMark.NOW if terms_on(self.terms[::-1], terms.provider, self.today) == terms else TermsMark.ASIDE

    def can_end(self, terms: ContractTerms) -> bool:
        """Whether terms can still be given another end."""
        return not terms.until or terms.until >= self.today

    def can_remove(self, terms: ContractTerms) -> bool:
        """Whether terms were only planned, so that nothing was ever taken by them."""
        return terms.since >= self.today


class TermsPresenter(RulesPresenter[TermsState]):
    """Shows what was agreed; what has begun can be ended and nothing more."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(TermsState(), desk, CONTRACTS)

    def add_form(self, closed: Callable[[], None]) -> "TermsFormPresenter":
        """Return the form of new terms; `closed` is called once it has done."""
        return TermsFormPresenter(self._desk, self.state.today, None, closed, self._add)

    def end_form(self, terms: ContractTerms, closed: Callable[[], None]) -> "TermsFormPresenter":
        """Return the form that ends terms; `closed` is called once it has done."""
        return TermsFormPresenter(self._desk, self.state.today, terms, closed, partial(self._end, terms))

    def remove(self, terms: ContractTerms) -> None:
        """Take out terms that have not begun."""
        if self.state.can_remove(terms):
            self._agree(lambda standing: [each for each in standing if each != terms], "terms.removed")

    def _add(self, made: ContractTerms, form: "TermsFormPresenter") -> None:
        self._agree(lambda standing: [*standing, made], "terms.added", form)

    def _end(self, terms: ContractTerms, ended: ContractTerms, form: "TermsFormPresenter") -> None:
        self._agree(lambda standing: [ended if each == terms else each for each in standing], "terms.ended", form)

    def _agree(
        self,
        changed: Callable[[Sequence[ContractTerms]], list[ContractTerms]],
        said: str,
        form: "TermsFormPresenter | None" = None,
    ) -> None:
        self._put(lambda rules: contracts_value(changed(rules.contracts)), said, form)

    def show_rules(self, rules: PaymentRules) -> None:
        """Order the terms by provider, and the latest first."""
        today = business_date(self._desk.now(), self._desk.shop.zone)
        told_last_first = rules.contracts[::-1]
        latest = sorted(told_last_first, key=lambda terms: terms.since, reverse=True)
        shown = tuple(sorted(latest, key=lambda terms: list(Provider).index(terms.provider)))
        self._change(loaded=True, terms=shown, today=today)


@dataclass(frozen=True, slots=True)
class TermsFormState(RuleFormState):
    """What was chosen and typed of terms; days as `YYYY-MM-DD`, an empty `until` for no end.

    `ending` says that they stand already and only their end is chosen. `offered` are the methods and payment options of
    the provider, `typed` the fee in percent and the sums as texts; `wrong` names what cannot stay.
    """

    ending: bool = False
    today: str = ""
    provider: Provider = PROVIDERS[0]
    since: str = ""
    until: str = ""
    options: frozenset[str] = frozenset()
    offered: tuple[str, ...] = ()
    typed: dict[str, str] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()

    @property
    def can_save(self) -> bool:
        """Whether the terms can be kept."""
        return not self.wrong and not self.saving


class TermsFormPresenter(RuleForm[TermsFormState]):
    """Holds one form, of new terms or of the end of standing ones."""

    def __init__(
        self,
        desk: Desk,
        today: str,
        standing: ContractTerms | None,
        closed: Callable[[], None],
        keep: Callable[[ContractTerms, "TermsFormPresenter"], None],
    ) -> None:
        """`closed` is called once the form has done, `keep` is told what was put together and by which form."""
        provider = PROVIDERS[0] if standing is None else standing.provider
        since = today if standing is None else standing.since
        until = "" if standing is None else (standing.until or max(today, standing.since))
        blank = TermsFormState(ending=standing is not None, today=today, provider=provider, since=since, until=until)
        super().__init__(blank, desk.notices, closed)
        self._currency = desk.shop.currency
        self._standing, self._keep = standing, keep
        self.choose_provider(provider)

    def choose_provider(self, provider: Provider) -> None:
        """Choose with whom it was agreed; its methods and options are offered anew."""
        offered: list[str] = []
        for route in ROUTES:
            if route.provider is provider:
                offered += [
                    route.method.value,
                    *(f"{route.method.value}/{option}" for option in route.options if option),
                ]
        self._edit(provider=provider, offered=tuple(offered), options=frozenset())

    def set_since(self, day: str) -> None:
        """Choose the first day."""
        self._edit(since=day)

    def set_until(self, day: str) -> None:
        """Choose the last day, or none by an empty one."""
        self._edit(until=day)

    def allow(self, option: str, allowed: bool) -> None:
        """Tick a method or a payment option; with none ticked all are allowed."""
        options = self.state.options
        self._edit(options=options | {option} if allowed else options - {option})

    def type(self, name: str, text: str) -> None:
        """Type the fee in percent (`fee_bps`) or one of SUMS."""
        self._edit(typed={**self.state.typed, name: text})

    def save(self) -> None:
        """Keep the terms, or their end."""
        if not self.state.wrong and self._begin():
            self._keep(self._made(), self)

    def _made(self) -> ContractTerms:
        state = self.state
        if self._standing is not None:
            return replace(self._standing, until=state.until)
        sums = {name: self._sum(state.typed.get(name, "")) or 0 for name in SUMS}
        fee = points(state.typed.get("fee_bps", "")) or 0
        return ContractTerms(state.provider, state.since, state.until, state.options, fee, **sums)

    def _edit(self, **changes: object) -> None:
        self._change(**changes)
        state = self.state
        least = max(state.since, state.today) if state.ending else state.since
        wrong = {
            "since": not is_date(state.since),
            "until": bool(state.until) and (not is_date(state.until) or state.until < least),
            "fee_bps": points(state.typed.get("fee_bps", "")) is None,
            **{name: self._sum(state.typed.get(name, "")) is None for name in SUMS},
        }
        self._change(wrong=frozenset(name for name, is_wrong in wrong.items() if is_wrong))

    def _sum(self, text: str) -> int | None:
        """Return an amount in minor units, zero for nothing typed, None for what cannot be read."""
        if text.strip() in ("", "0"):
            return 0
        try:
            return parse_amount(text, self._currency)
        except RuleBroken:
            return None


def points(text: str) -> int | None:
    """Return a percentage such as `2,9` in basis points, zero for nothing typed, None for what cannot be one."""
    text = text.strip().removesuffix("%").strip().replace(",", ".")
    if not text:
        return 0
    try:
        exact = Decimal(text) * (BASIS // _PERCENT)
    except InvalidOperation:
        return None
    whole = exact == exact.to_integral_value() if exact.is_finite() else False
    return int(exact) if whole and 0 <= exact <= BASIS else None
