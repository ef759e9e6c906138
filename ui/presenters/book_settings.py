"""The settings of the books that all tills of a shop share: accounting rules, tax, who the shop is, what is closed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from domain.accounts import Regime
from domain.calendar import business_date
from domain.changes import Topic
from domain.errors import DomainError
from domain.ids import MessageId
from domain.policy import Action
from domain.ports import Queries, UnitOfWork
from domain.rails import Method
from domain.routing import BY_HAND_METHODS
from domain.services.settings import change_setting
from domain.shop_settings import FIRST_RULES, PROFILE, PROFILE_FIELDS, REGIME, VAT_CLASS, BookRules
from domain.vat import VatClass, VatRate
from ui.presenters.desk import Desk
from ui.presenters.period_form import PeriodFormPresenter, next_closing
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading
from ui.presenters.vat_rates import RateFormPresenter


@dataclass(frozen=True, slots=True)
class BookSettingsState:
    """The rules in force, and what was chosen or typed and is not saved yet.

    `profile` has all fields of the shop's profile. `today` is the shop's day (`YYYY-MM-DD`).
    """

    can_change: bool = False
    can_close: bool = False
    loaded: bool = False
    today: str = ""
    rules: BookRules = FIRST_RULES
    regime: Regime = FIRST_RULES.regime
    vat_class: VatClass | None = FIRST_RULES.vat_class
    profile: Mapping[str, str] = field(default_factory=lambda: _whole_profile(FIRST_RULES))
    saving: bool = False
    problem: DomainError | None = None

    @property
    def allowed(self) -> bool:
        """Whether there is anything here for the person at the till."""
        return self.can_change or self.can_close

    @property
    def rules_differ(self) -> bool:
        """Whether the accounting rules were chosen anew and not saved."""
        return (self.regime, self.vat_class) != (self.rules.regime, self.rules.vat_class)

    @property
    def profile_differs(self) -> bool:
        """Whether the shop's profile was typed in and not saved."""
        return _clean(self.profile) != _clean(self.rules.profile or {})

    @property
    def can_close_now(self) -> bool:
        """Whether a day that is over is still open."""
        return self.can_close and bool(self.today) and bool(next_closing(self.today, self.rules.closed_through))


class BookSettingsPresenter(Presenter[BookSettingsState]):
    """Changes what all tills share only when it is saved; nothing typed is lost by a refusal or by news."""

    watches = frozenset({Topic.SETTINGS})

    def __init__(self, desk: Desk) -> None:
        super().__init__(BookSettingsState())
        self._desk = desk
        self._reading = Reading[BookRules](desk.work, self._show_rules, self._show_problem)

    def opened(self) -> None:
        """Who may change the books' settings depends on who is signed in now."""
        can_change, can_close = self._desk.may(Action.CHANGE_SETTINGS), self._desk.may(Action.CLOSE_PERIOD)
        if not (can_change or can_close):
            self._become(BookSettingsState())
            self._stale = True
        else:
            today = business_date(self._desk.now(), self._desk.shop.zone)
            self._change(can_change=can_change, can_close=can_close, today=today, problem=None)
        super().opened()

    def refresh(self) -> None:
        """Read the rules in force."""
        if self.state.allowed:
            self._reading.ask(_read_rules)
        else:
            self._stale = True

    def choose_regime(self, regime: Regime) -> None:
        """Choose the accounting rules."""
        self._change(regime=regime)

    def choose_vat(self, vat_class: VatClass | None) -> None:
        """Choose what the shop's goods are for the tax; None books no VAT."""
        self._change(vat_class=vat_class)

    def set_fact(self, name: str, text: str) -> None:
        """Type a fact of the shop's profile."""
        self._change(profile={**self.state.profile, name: text})

    def undo_rules(self) -> None:
        """Choose again what is in force."""
        self._change(regime=self.state.rules.regime, vat_class=self.state.rules.vat_class)

    def undo_profile(self) -> None:
        """Show the profile in force again."""
        self._change(profile=_whole_profile(self.state.rules))

    def dismiss(self) -> None:
        """Close the refusal that is shown."""
        self._change(problem=None)

    def offer_by_hand(self, method: Method, offers: bool) -> None:
        """Let every counter offer a method that is settled by hand, or not; in force at once."""
        state, actor, at = self.state, self._desk.signed_in, self._desk.now()
        message_id, wanted = MessageId(self._desk.new_id()), state.rules.payments.by_hand - {method}
        value = sorted(wanted | {method} if offers else wanted)
        if state.can_change:
            self._save(lambda uow: change_setting(uow, actor, BY_HAND_METHODS, value, message_id, at))

    def save_rules(self) -> None:
        """Put the chosen accounting rules into force at every till."""
        state, actor, at = self.state, self._desk.signed_in, self._desk.now()
        ids = (MessageId(self._desk.new_id()), MessageId(self._desk.new_id()))

        def save(uow: UnitOfWork) -> None:
            change_setting(uow, actor, REGIME, state.regime.value, ids[0], at)
            change_setting(uow, actor, VAT_CLASS, state.vat_class.value if state.vat_class else "", ids[1], at)

        if state.rules_differ:
            self._save(save)

    def save_profile(self) -> None:
        """Keep who the shop is, for every till's vouchers."""
        actor, at, message_id = self._desk.signed_in, self._desk.now(), MessageId(self._desk.new_id())
        profile = _clean(self.state.profile)
        if self.state.profile_differs:
            self._save(lambda uow: change_setting(uow, actor, PROFILE, profile, message_id, at))

    def rate_form(self, rate: VatRate | None, closed: Callable[[], None]) -> RateFormPresenter | None:
        """Return the form of a rate, or of a new one; None for who may not change settings."""
        if not self.state.can_change:
            return None
        return RateFormPresenter(self._desk, self.state.rules.rates, rate, self.state.today, self._closing(closed))

    def period_form(self, reopening: bool, closed: Callable[[], None]) -> PeriodFormPresenter | None:
        """Return the form that closes the books or opens them again; None where there is nothing to close or open."""
        state = self.state
        possible = bool(state.rules.closed_through) and state.can_close if reopening else state.can_close_now
        if not possible:
            return None
        return PeriodFormPresenter(
            self._desk, state.today, state.rules.closed_through, reopening, self._closing(closed)
        )

    def _closing(self, closed: Callable[[], None]) -> Callable[[], None]:
        def done() -> None:
            self.refresh()
            closed()

        return done

    def _save(self, op: Callable[[UnitOfWork], None]) -> None:
        if not self.state.saving:
            self._change(saving=True, problem=None)
            self._desk.work.command(op, self._saved, self._show_problem)

    def _saved(self, _nothing: None) -> None:
        self._desk.notices.toast(Mood.OK, Words.of("book_settings.saved"))
        self._change(saving=False)
        self.refresh()

    def _show_rules(self, rules: BookRules) -> None:
        """Follow the news wherever nothing was chosen or typed."""
        state = self.state
        if not state.allowed:
            return
        before = state.rules
        self._change(
            loaded=True,
            rules=rules,
            regime=rules.regime if state.regime is before.regime else state.regime,
            vat_class=rules.vat_class if state.vat_class is before.vat_class else state.vat_class,
            profile=state.profile if state.profile_differs else _whole_profile(rules),
        )

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, saving=False, loaded=True)


def _read_rules(queries: Queries) -> BookRules:
    return queries.books.rules()


def _whole_profile(rules: BookRules) -> dict[str, str]:
    known = rules.profile or {}
    return {name: known.get(name, "") for name in PROFILE_FIELDS}


def _clean(profile: Mapping[str, str]) -> dict[str, str]:
    """The facts that say something, without the blanks around them."""
    return {name: text.strip() for name, text in profile.items() if text.strip()}
