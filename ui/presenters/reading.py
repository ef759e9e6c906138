"""Reads that may be asked for faster than they are answered: one under way, one waiting, none piling up."""

from collections.abc import Callable
from typing import Generic, TypeVar

from domain.errors import DomainError
from domain.ports import Queries
from ui.work import Work

T = TypeVar("T")


class Reading(Generic[T]):
    """One kind of read of one screen; a wish made while one is under way waits, and only the last wish counts."""

    def __init__(self, work: Work, done: Callable[[T], None], failed: Callable[[DomainError], None]) -> None:
        self._work = work
        self._done = done
        self._failed = failed
        self._busy = False
        self._next: Callable[[Queries], T] | None = None

    def ask(self, op: Callable[[Queries], T]) -> None:
        """Read now, or as soon as the read under way is answered."""
        if self._busy:
            self._next = op
            return
        self._busy = True
        self._work.query(op, self._answered, self._refused)

    def _answered(self, answer: T) -> None:
        self._busy = False
        self._done(answer)
        self._go_on()

    def _refused(self, error: DomainError) -> None:
        self._busy = False
        self._failed(error)
        self._go_on()

    def _go_on(self) -> None:
        if self._next is not None and not self._busy:
            op, self._next = self._next, None
            self.ask(op)
