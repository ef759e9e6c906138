"""Handing questions to the crews: one for codes customers wait for, for what people ask, for refunds, and the rest."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from domain.ids import Instant, MerchantId, PaymentId, RefundId
from server.workers.crew import Crew, Place
from server.workers.loop import Worker
from server.workers.reconciler import Reconciler
from server.workers.refunder import Refunder
from server.workers.statements import StatementReader
from storage.hub_checks import DueCheck

CODE_CALLS: Final = 8
QUESTION_CALLS: Final = 8
ASKED_CALLS: Final = 8
REFUND_CALLS: Final = 4
SHARE: Final = 3
"""So many calls at once for one merchant: a dead provider of one shop leaves room for the others."""

PAUSE_S: Final = 1.0


class Dispatcher:
    """Claims what is due as long as somebody is free to ask it."""

    def __init__(
        self, reconciler: Reconciler, statements: StatementReader, refunder: Refunder, now: Callable[[], Instant]
    ) -> None:
        self._reconciler = reconciler
        self._refunder = refunder
        self._statements = statements
        self._now = now
        self._worker = Worker("dispatch", self.step, PAUSE_S)
        self._codes = Crew("codes", CODE_CALLS, SHARE, self._worker.wake)
        self._questions = Crew("questions", QUESTION_CALLS, SHARE, self._worker.wake)
        self._asked = Crew("asked", ASKED_CALLS, SHARE, self._worker.wake)
        self._refunds = Crew("refunds", REFUND_CALLS, SHARE, self._worker.wake)

    def start(self) -> None:
        """Dispatch until `stop`."""
        self._worker.start()

    def wake(self) -> None:
        """Look for due questions now."""
        self._worker.wake()

    def stop(self) -> None:
        """Stop asking; answers that are on their way are waited for a while."""
        self._worker.stop()
        for crew in (self._codes, self._questions, self._asked, self._refunds):
            crew.stop()

    def ask_now(self, merchant_id: MerchantId, payment_id: PaymentId, wait_s: float) -> None:
        """Ask about a payment because a person wants to know, and wait for the answer for at most `wait_s`.

        If nobody is free to ask, the schedule goes on as it is.
        """
        self._do_now(merchant_id, lambda: self._reconciler.ask_about(merchant_id, payment_id), wait_s)

    def charge_now(self, merchant_id: MerchantId, payment_id: PaymentId, nonce: str, wait_s: float) -> bool:
        """Charge what a customer's card form handed over, waiting for at most `wait_s`; False if nobody was free."""
        return self._do_now(merchant_id, lambda: self._reconciler.charge(merchant_id, payment_id, nonce), wait_s)

    def _do_now(self, merchant_id: MerchantId, act: Callable[[], object], wait_s: float) -> bool:
        place = self._asked.reserve(merchant_id)
        if place is None:
            return False
        answered = threading.Event()

        def do() -> None:
            try:
                act()
            finally:
                answered.set()

        self._asked.run(place, do)
        answered.wait(wait_s)
        return True

    def step(self) -> bool:
        """Hand out what is due and can be asked; a finished call wakes the worker for what is left."""
        at = self._now()
        for due in self._reconciler.due(at):
            crew = self._codes if due.codeless else self._questions
            place = crew.reserve(due.merchant_id)
            if place is not None:
                self._ask(crew, place, due)
        for merchant_id, provider in self._statements.due(at):
            place = self._questions.reserve(merchant_id)
            if place is not None:
                self._questions.run(place, partial(self._statements.read, merchant_id, provider))
        for merchant_id, refund_id in self._refunder.due(at):
            place = self._refunds.reserve(merchant_id)
            if place is not None:
                self._give_back(place, merchant_id, refund_id)
        return False

    def _give_back(self, place: Place, merchant_id: MerchantId, refund_id: RefundId) -> None:
        task = None
        try:
            task = self._refunder.take(merchant_id, refund_id)
        finally:
            if task is None:
                self._refunds.release(place)
        if task is not None:
            self._refunds.run(place, partial(self._refunder.ask, task))

    def _ask(self, crew: Crew, place: Place, due: DueCheck) -> None:
        question = None
        try:
            question = self._reconciler.take(due.merchant_id, due.payment_id)
        finally:
            if question is None:
                crew.release(place)
        if question is not None:
            crew.run(place, partial(self._reconciler.ask, question))
