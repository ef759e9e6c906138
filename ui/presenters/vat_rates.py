"""The dated rates of value added tax: which of them holds today, and the form that adds or changes one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.calendar import day_after, is_date
from domain.errors import DomainError
from domain.ids import MessageId
from domain.ports import UnitOfWork
from domain.services.settings import change_setting
from domain.shop_settings import VAT_RATES
from domain.vat import VatClass, VatRate, rate_holding, write_rates
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words


class RateMark(StrEnum):
    """Whether a rate holds on a day: NOW it does, LATER it begins, OVER it has ended, ASIDE a later one stands in."""

    NOW = "now"
    LATER = "later"
    OVER = "over"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class RateFormState:
    """What was chosen of a rate in percent; days as `YYYY-MM-DD`, an empty `until` for a rate without an end.

    `wrong` names what keeps it from being saved: `until` before `since`, or a `gap`: days for which the class would be
    left without any rate. `can_remove` says whether the rest would do without it.
    """

    is_new: bool
    vat_class: VatClass
    percent: int
    since: str
    until: str
    can_remove: bool = False
    wrong: frozenset[str] = frozenset()
    saving: bool = False
    problem: DomainError | None = None

    @property
    def can_save(self) -> bool:
        """Whether the rate can be kept."""
        return not self.wrong and not self.saving


class RateFormPresenter(Presenter[RateFormState]):
    """Holds one form; the list of rates is changed as it stands when the form is saved."""

    def __init__(
        self,
        desk: Desk,
        rates: Sequence[VatRate],
        standing: VatRate | None,
        today: str,
        closed: Callable[[], None],
    ) -> None:
        """`rates` are those in force, `standing` the one to change; `closed` is called once the form has done."""
        shown = standing or VatRate(VatClass.REDUCED, 8, day_after(today))
        rest = [rate for rate in rates if rate != standing]
        can_remove = standing is not None and has_no_gap(rest, standing.vat_class, today)
        super().__init__(
            RateFormState(standing is None, shown.vat_class, shown.percent, shown.since, shown.until, can_remove)
        )
        self._desk = desk
        self._rates = tuple(rates)
        self._standing = standing
        self._today = today
        self._closed = closed
        self._edit()

    def choose_class(self, vat_class: VatClass) -> None:
        """Choose what it is a rate of."""
        self._edit(vat_class=vat_class)

    def set_percent(self, percent: int) -> None:
        """Choose the rate in percent."""
        self._edit(percent=percent)

    def set_since(self, day: str) -> None:
        """Choose the first day."""
        self._edit(since=day)

    def set_until(self, day: str) -> None:
        """Choose the last day, or none by an empty one."""
        self._edit(until=day)

    def save(self) -> None:
        """Keep the rate; one of the same class and first day gives way to it."""
        if self.state.can_save:
            made = self._made()
            self._put(lambda rates: with_rate(rates, self._standing, made))

    def remove(self) -> None:
        """Take the rate out of the list."""
        if self.state.can_remove and not self.state.saving:
            self._put(lambda rates: [rate for rate in rates if rate != self._standing])

    def cancel(self) -> None:
        """Close the form and leave the rates as they are."""
        self._closed()

    def _put(self, changed: Callable[[Sequence[VatRate]], list[VatRate]]) -> None:
        actor, at, message_id = self._desk.signed_in, self._desk.now(), MessageId(self._desk.new_id())

        def put(uow: UnitOfWork) -> None:
            rates = write_rates(changed(uow.shop.rules.rates))
            change_setting(uow, actor, VAT_RATES, rates, message_id, at)

        self._change(saving=True, problem=None)
        self._desk.work.command(put, self._saved, self._refused)

    def _made(self) -> VatRate:
        state = self.state
        return VatRate(state.vat_class, state.percent, state.since, state.until)

    def _edit(self, **changes: object) -> None:
        self._change(**changes, problem=None)
        state = self.state
        after = with_rate(self._rates, self._standing, self._made())
        classes = {state.vat_class, *((self._standing.vat_class,) if self._standing else ())}
        wrong = {
            "since": not is_date(state.since),
            "until": bool(state.until) and state.until < state.since,
            "gap": not all(has_no_gap(after, vat_class, self._today) for vat_class in classes),
        }
        self._change(wrong=frozenset(name for name, is_wrong in wrong.items() if is_wrong))

    def _saved(self, _nothing: None) -> None:
        self._desk.notices.toast(Mood.OK, Words.of("book_settings.rates_saved"))
        self._closed()

    def _refused(self, error: DomainError) -> None:
        self._change(saving=False, problem=error)


def with_rate(rates: Sequence[VatRate], standing: VatRate | None, made: VatRate) -> list[VatRate]:
    """Return the rates with `made` in the place of `standing` and of any of the same class and first day."""
    rest = [rate for rate in rates if rate != standing and (rate.vat_class, rate.since) != (made.vat_class, made.since)]
    return in_order([*rest, made])


def in_order(rates: Sequence[VatRate]) -> list[VatRate]:
    """Return the rates by class, the latest first."""
    latest_first = sorted(rates, key=lambda rate: rate.since, reverse=True)
    return sorted(latest_first, key=lambda rate: list(VatClass).index(rate.vat_class))


def has_no_gap(rates: Sequence[VatRate], vat_class: VatClass, today: str) -> bool:
    """Whether a class has a rate on every day from today (`YYYY-MM-DD`) on: one that holds already and never ends."""
    return any(rate.vat_class is vat_class and rate.since <= today and not rate.until for rate in rates)


def mark_of(rates: Sequence[VatRate], rate: VatRate, day: str) -> RateMark:
    """Return whether a rate of the list holds on a day (`YYYY-MM-DD`)."""
    if rate.until and rate.until < day:
        return RateMark.OVER
    if rate.since > day:
        return RateMark.LATER
    return RateMark.NOW if rate_holding(rates, rate.vat_class, day) == rate else RateMark.ASIDE
