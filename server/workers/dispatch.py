"""Handing due questions to the crews: one for codes a customer waits for, one for everything else."""

from collections.abc import Callable
from functools import partial
from typing import Final

from domain.ids import Instant
from server.workers.crew import Crew
from server.workers.loop import Worker
from server.workers.reconciler import Reconciler
from server.workers.statements import StatementReader
from storage.hub_checks import DueCheck

CODE_CALLS: Final = 8
QUESTION_CALLS: Final = 8
SHARE: Final = 3
"""So many calls at once for one merchant: a dead provider of one shop leaves room for the others."""

PAUSE_S: Final = 1.0


class Dispatcher:
    """Claims what is due as long as somebody is free to ask it."""

    def __init__(self, reconciler: Reconciler, statements: StatementReader, now: Callable[[], Instant]) -> None:
        self._reconciler = reconciler
        self._statements = statements
        self._now = now
        self._worker = Worker("dispatch", self.step, PAUSE_S)
        self._codes = Crew("codes", CODE_CALLS, SHARE, self._worker.wake)
        self._questions = Crew("questions", QUESTION_CALLS, SHARE, self._worker.wake)

    def start(self) -> None:
        """Dispatch until `stop`."""
        self._worker.start()

    def wake(self) -> None:
        """Look for due questions now."""
        self._worker.wake()

    def stop(self) -> None:
        """Stop asking; answers that are on their way are waited for a while."""
        self._worker.stop()
        self._codes.stop()
        self._questions.stop()

    def step(self) -> bool:
        """Hand out what is due and can be asked; a finished call wakes the worker for what is left."""
        at = self._now()
        for due in self._reconciler.due(at):
            crew = self._codes if due.codeless else self._questions
            if crew.reserve(due.merchant_id):
                self._ask(crew, due)
        for merchant_id, provider in self._statements.due(at):
            if self._questions.reserve(merchant_id):
                self._questions.run(merchant_id, partial(self._statements.read, merchant_id, provider))
        return False

    def _ask(self, crew: Crew, due: DueCheck) -> None:
        question = None
        try:
            question = self._reconciler.take(due.merchant_id, due.payment_id)
        finally:
            if question is None:
                crew.release(due.merchant_id)
        if question is not None:
            crew.run(due.merchant_id, partial(self._reconciler.ask, question))
