"""Asking providers something harmless because an owner tries a connection; one that hangs holds up nobody else."""

import threading
from collections.abc import Callable
from typing import Final

from domain.errors import DomainError, FailureCode
from domain.ids import MerchantId
from server.workers.crew import Crew

CALLS: Final = 8
SHARE: Final = 2
"""So many tries at once for one merchant."""


class ProviderChecks:
    """Tries connections on threads of their own, and waits for each only so long."""

    def __init__(self) -> None:
        self._crew = Crew("tries", CALLS, SHARE, done=lambda: None)

    def ask(
        self, merchant_id: MerchantId, check: Callable[[], FailureCode | None], wait_s: float
    ) -> FailureCode | None:
        """Return what `check` returns: why a provider did not believe us, None if it did.

        TIMEOUT if it has not answered in `wait_s`, RATE_LIMITED if too many tries are under way already. Raises the
        DomainError that `check` raises; whatever else it raises is logged and told as UNEXPECTED_ERROR.
        """
        place = self._crew.reserve(merchant_id)
        if place is None:
            return FailureCode.RATE_LIMITED
        outcome: list[FailureCode | DomainError | None] = []
        answered = threading.Event()

        def task() -> None:
            try:
                outcome.append(check())
            except DomainError as refusal:
                outcome.append(refusal)
            finally:
                answered.set()

        self._crew.run(place, task)
        if not answered.wait(wait_s):
            return FailureCode.TIMEOUT
        told = outcome[0] if outcome else FailureCode.UNEXPECTED_ERROR
        if isinstance(told, DomainError):
            raise told
        return told

    def stop(self) -> None:
        """Wait a while for the tries that are under way."""
        self._crew.stop()
