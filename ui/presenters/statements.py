"""A bank's statement read in: a file is chosen, the hub says what becomes of its lines, and a person reads it in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from domain.errors import ErrorCode, RuleBroken
from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import HubDesk, Proof, StatementFile, StatementView
from ui.presenters.hub_list import HubListPresenter, HubListState
from ui.presenters.hub_proof import ProofPresenter

MAX_BYTES: Final = 2 * 1024 * 1024
COLUMNS: Final = ("date", "text", "credit", "debit", "amount", "reference", "balance")
"""What a person can say of a table's columns, in the order of the form."""

NEW: Final = ("confirms", "proves", "short", "over", "twice", "waits")
"""The fates of lines that reading in does something about."""


@dataclass(frozen=True, slots=True)
class StatementsState(HubListState):
    """The chosen file's name, and what the hub sees in it: None until it was asked."""

    file: str = ""
    told: StatementView | None = None

    @property
    def seen(self) -> StatementView | None:
        """What stands in the file, once the hub could read it."""
        return self.told if self.told is not None and self.told.problem is None else None

    @property
    def booked(self) -> bool:
        """Whether the file was read in."""
        return self.told is not None and self.told.booked

    @property
    def new(self) -> int:
        """How many lines reading in does something about."""
        return sum(self.seen.counts.get(fate, 0) for fate in NEW) if self.seen else 0

    @property
    def can_look(self) -> bool:
        """Whether the hub can be asked about the chosen file."""
        return bool(self.file) and self.told is None and self.can_act

    @property
    def can_book(self) -> bool:
        """Whether there is something to read in."""
        return self.can_act and not self.booked and self.new > 0


class StatementsPresenter(HubListPresenter[StatementsState]):
    """Keeps the chosen file until it was read in or another one is chosen; the hub alone understands it."""

    def __init__(self, desk: Desk, proofs: ProofPresenter) -> None:
        super().__init__(StatementsState(loaded=True), desk, proofs, Action.IMPORT_STATEMENT)
        self._file: StatementFile | None = None
        self._asked: StatementView | None = None

    def read(self, hub: HubDesk, proof: Proof) -> StatementView:
        """Ask what stands in the file."""
        assert self._file is not None, "nothing is asked without a file"
        return hub.read_statement(proof, self._file, book=False)

    def show(self, answer: Any) -> None:
        """Take over what the hub sees, or why it cannot read the file."""
        told: StatementView = answer
        if told.problem is None:
            self._asked = None
        elif told.rows or told.accounts:
            self._asked = told
        elif self._asked is not None:  # what was said of the file stands, to be said otherwise
            told = replace(told, rows=self._asked.rows, accounts=self._asked.accounts)
        problem = None
        if told.problem is not None:
            problem = RuleBroken(told.problem, **({"line": told.line} if told.line else {}))
        self._change(told=told, problem=problem)

    def closed(self) -> None:
        """Forget the file with the rest."""
        self._file, self._asked = None, None
        super().closed()

    def refresh(self) -> None:
        """Ask what stands in the file, where one is chosen and nobody has said so yet."""
        if self._file is not None and self.state.told is None:
            super().refresh()

    def choose(self, path: Path) -> None:
        """Take a file, and have the hub look at it; without the hub it waits here."""
        visit = self._visit

        def loaded(data: bytes) -> None:
            if visit == self._visit:
                self._file, self._asked = StatementFile(path.name, data), None
                self._change(file=path.name, told=None, problem=None)
                self._look()

        self._desk.work.compute(lambda: _content(path), loaded, lambda error: self._change(problem=error))

    def choose_account(self, account: str) -> None:
        """Say whose account a statement is."""
        self._explain(account=account)

    def name_columns(self, columns: Mapping[str, int]) -> None:
        """Say what stands in which column of a table."""
        self._explain(columns=dict(columns))

    def book(self) -> None:
        """Read the file in."""
        file = self._file
        if file is not None and self.state.can_book:
            self._act(lambda hub, proof: hub.read_statement(proof, file, book=True), self._take)

    def drop(self) -> None:
        """Leave the file for another one."""
        if not self.state.busy:
            self._file, self._asked = None, None
            self._change(file="", told=None, problem=None)

    def _look(self) -> None:
        if self.state.online:
            self.refresh()

    def _explain(self, **told: Any) -> None:
        if self._file is not None and not self.state.busy:
            self._file = replace(self._file, **told)
            self._change(told=None, problem=None)
            self._look()


def _content(path: Path) -> bytes:
    """Return a file's bytes; raises RuleBroken for what is too large or cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RuleBroken(ErrorCode.STATEMENT_TOO_LARGE)
        return path.read_bytes()
    except OSError as error:
        raise RuleBroken(ErrorCode.STATEMENT_UNREADABLE) from error
