"""The shop's limits: above which an act needs an approval, and what may be shown while nobody can confirm it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.approvals import Guarded
from domain.changes import Topic
from domain.errors import DomainError, RuleBroken
from domain.ids import MessageId
from domain.money import parse_amount
from domain.policy import Action
from domain.ports import Queries
from domain.services.settings import change_setting
from domain.shop_settings import FIRST_RULES, LIMIT_BOUNDS, LIMITS, BookRules, limits_value
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading
from ui.presenters.voucher_draft import plain_amount


class Unit(StrEnum):
    """What a limit counts."""

    MONEY = "money"
    DAYS = "days"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class ShownLimit:
    """A limit on the screen: its name in the setting, what it counts, and the act it bounds if it bounds one."""

    name: str
    unit: Unit
    act: Guarded | None = None

    @property
    def part(self) -> int:
        """What one of its units is in the setting."""
        return 60_000 if self.unit is Unit.MINUTES else 1


SHOWN: Final = (
    ShownLimit("void", Unit.MONEY, Guarded.VOID),
    ShownLimit("refund", Unit.MONEY, Guarded.REFUND),
    ShownLimit("hand_confirm", Unit.MONEY, Guarded.HAND_CONFIRM),
    ShownLimit("back_date", Unit.DAYS, Guarded.BACK_DATE),
    ShownLimit("exposure_bill_minor", Unit.MONEY),
    ShownLimit("exposure_till_minor", Unit.MONEY),
    ShownLimit("exposure_day_minor", Unit.MONEY),
    ShownLimit("qr_lifetime_ms", Unit.MINUTES),
)
"""The limits of what the till can do today; the other acts' limits stand ready in the setting."""

_GROWING: Final = (("exposure_bill_minor", "exposure_till_minor"), ("exposure_till_minor", "exposure_day_minor"))


@dataclass(frozen=True, slots=True)
class LimitsState:
    """The limits in force, and what is typed and not saved yet, each by its name; `marks` say what cannot stay.

    `pressed` counts how often it was to be saved while something could not stay.
    """

    can_change: bool = False
    loaded: bool = False
    rules: BookRules = FIRST_RULES
    typed: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    differs: bool = False
    pressed: int = 0
    saving: bool = False
    problem: DomainError | None = None


class LimitsPresenter(Presenter[LimitsState]):
    """Shows the limits to whoever looks after the shop, and lets its owner change them, all at once."""

    watches = frozenset({Topic.SETTINGS})

    def __init__(self, desk: Desk) -> None:
        super().__init__(LimitsState())
        self._desk = desk
        self._reading = Reading[BookRules](desk.work, self._show_rules, self._show_problem)

    @property
    def visible(self) -> bool:
        """Whether there is anything here for the person at the till: who may not change the limits still reads them."""
        return self._desk.may(Action.CHANGE_SETTINGS) or self._desk.may(Action.SEE_AUDIT)

    def opened(self) -> None:
        """Who may change limits depends on who is signed in now."""
        self._become(LimitsState(can_change=self._desk.may(Action.CHANGE_SETTINGS)))
        self._stale = True
        super().opened()

    def refresh(self) -> None:
        """Read the limits in force."""
        if self.visible:
            self._reading.ask(_read_rules)

    def type(self, name: str, text: str) -> None:
        """Type a limit."""
        if self.state.can_change and self.state.typed.get(name) != text:
            self._take(self.state.rules, {**self.state.typed, name: text})

    def undo(self) -> None:
        """Show again what is in force."""
        self._take(self.state.rules, {})

    def dismiss(self) -> None:
        """Close the refusal that is shown."""
        self._change(problem=None)

    def save(self) -> None:
        """Put what was typed into force, here at once and at every other till as soon as it hears of it."""
        state = self.state
        if not state.differs or state.saving or not state.can_change:
            return
        if state.marks:
            self._change(pressed=state.pressed + 1)
            return
        value = {**limits_value(state.rules), **self._wanted(state.typed)}
        actor, at, message_id = self._desk.signed_in, self._desk.now(), MessageId(self._desk.new_id())
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: change_setting(uow, actor, LIMITS, value, message_id, at),
            lambda _nothing: self._saved(state.typed),
            self._show_problem,
        )

    def _saved(self, sent: Mapping[str, str]) -> None:
        """What was typed while it was saved stands; all else is shown as it is in force now."""
        self._desk.notices.toast(Mood.OK, Words.of("limits.saved"))
        self._take(self.state.rules, {name: text for name, text in self.state.typed.items() if text != sent[name]})
        self._change(saving=False)
        self.refresh()

    def _show_rules(self, rules: BookRules) -> None:
        """Follow the news wherever nothing was typed."""
        before = self._texts(self.state.rules) if self.state.loaded else {}
        typed = {name: text for name, text in self.state.typed.items() if text != before.get(name)}
        self._take(rules, typed)
        self._change(loaded=True)

    def _take(self, rules: BookRules, typed: Mapping[str, str]) -> None:
        """Stand with these texts, those in force where none was typed."""
        whole = {**self._texts(rules), **typed}
        read = {shown.name: self._read(shown, whole[shown.name]) for shown in SHOWN}
        marks = {name: "limits.unreadable" for name, limit in read.items() if limit is None}
        for low, high in _GROWING:
            below, above = read[low], read[high]
            if below is not None and above is not None and below > above:
                marks.setdefault(high, "limits.too_low")
        standing = limits_value(rules)
        differs = any(limit is None or limit != standing[name] for name, limit in read.items())
        self._change(rules=rules, typed=whole, marks=marks, differs=differs, problem=None)

    def _texts(self, rules: BookRules) -> dict[str, str]:
        value, currency = limits_value(rules), self._desk.shop.currency
        return {
            shown.name: plain_amount(value[shown.name], currency)
            if shown.unit is Unit.MONEY
            else str(value[shown.name] // shown.part)
            for shown in SHOWN
        }

    def _wanted(self, typed: Mapping[str, str]) -> dict[str, int]:
        read = {shown.name: self._read(shown, typed[shown.name]) for shown in SHOWN}
        return {name: limit for name, limit in read.items() if limit is not None}

    def _read(self, shown: ShownLimit, text: str) -> int | None:
        """Return a limit as the setting keeps it, zero for nothing typed, None for what it cannot be."""
        try:
            if shown.unit is Unit.MONEY:
                limit = 0 if text.strip() in ("", "0") else parse_amount(text, self._desk.shop.currency)
            else:
                limit = int(text) * shown.part
        except (RuleBroken, ValueError):
            return None
        least, most = LIMIT_BOUNDS[shown.name]
        return limit if least <= limit <= most else None

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, saving=False, loaded=True)


def _read_rules(queries: Queries) -> BookRules:
    return queries.books.rules()
