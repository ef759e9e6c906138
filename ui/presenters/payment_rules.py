"""What the pages of the rules for payments share: one part of them is shown, and changed one thing at a time."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from domain.changes import Topic
from domain.errors import DomainError
from domain.ids import MessageId
from domain.policy import Action
from domain.ports import Queries, UnitOfWork
from domain.routing import PaymentRules
from domain.services.settings import change_setting
from ui.presenters.desk import Desk, Notices
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading


@dataclass(frozen=True, slots=True)
class RulesState:
    """`loaded` once the rules were read, `problem` what was refused."""

    loaded: bool = False
    problem: DomainError | None = None


@dataclass(frozen=True, slots=True)
class RuleFormState:
    """`saving` while what was typed is being kept, `problem` why it was not."""

    saving: bool = False
    problem: DomainError | None = None


R = TypeVar("R", bound=RulesState)
F = TypeVar("F", bound=RuleFormState)


class RulesPresenter(Presenter[R]):
    """Shows one setting of the rules for payments; the till keeps it itself, so the hub need not be reached."""

    watches = frozenset({Topic.SETTINGS})

    def __init__(self, blank: R, desk: Desk, setting: str) -> None:
        """`blank` is the state before anything was read, `setting` names what is changed."""
        super().__init__(blank)
        self._desk = desk
        self._setting = setting
        self._reading = Reading[PaymentRules](desk.work, self.show_rules, self._show_problem)

    @abstractmethod
    def show_rules(self, rules: PaymentRules) -> None:
        """Take over what was read."""

    @property
    def allowed(self) -> bool:
        """Whether the person at the till may change it."""
        return self._desk.may(Action.CHANGE_SETTINGS)

    def opened(self) -> None:
        """Read the rules, whoever looked before."""
        self._stale = True
        super().opened()

    def refresh(self) -> None:
        """Read the rules as they stand."""
        if self.allowed:
            self._reading.ask(_read_rules)

    def dismiss(self) -> None:
        """Close the refusal that is shown."""
        self._change(problem=None)

    def _put(self, changed: Callable[[PaymentRules], Any], said: str = "", form: "RuleForm[Any] | None" = None) -> None:
        """Keep the setting's value as `changed` makes it of the rules that stand then, and say so by a text.

        The `form` it was typed into hears what became of it.
        """
        actor, at, message_id = self._desk.signed_in, self._desk.now(), MessageId(self._desk.new_id())

        def put(uow: UnitOfWork) -> None:
            change_setting(uow, actor, self._setting, changed(uow.shop.rules.payments), message_id, at)

        def saved(_nothing: None) -> None:
            if form is not None:
                form.kept()
            if said:
                self._desk.notices.toast(Mood.OK, Words.of(said))
            self.refresh()

        self._change(problem=None)
        self._desk.work.command(put, saved, self._show_problem if form is None else form.refused)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True)


class RuleForm(Presenter[F]):
    """One form of a change; it stays as it is until the change is kept, so that a refusal loses nothing."""

    def __init__(self, blank: F, notices: Notices, closed: Callable[[], None]) -> None:
        """`closed` is called once the form has done."""
        super().__init__(blank)
        self._notices, self._closed = notices, closed
        self._left = False

    def cancel(self) -> None:
        """Close the form; what is being kept is kept all the same, and if it is refused that is told."""
        self._left = True
        self._closed()

    def kept(self) -> None:
        """The change stands."""
        self._change(saving=False)
        self._closed()

    def refused(self, error: DomainError) -> None:
        """The change was refused."""
        if self._left:
            self._notices.problem(error)
        else:
            self._change(saving=False, problem=error)

    def _begin(self) -> bool:
        """Take the change for under way; return whether it was not so before."""
        if self.state.saving:
            return False
        self._change(saving=True, problem=None)
        return True


def _read_rules(queries: Queries) -> PaymentRules:
    return queries.books.rules().payments
