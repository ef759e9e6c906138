"""The own PIN once more before an act that ends something or opens everything."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import DomainError, ErrorCode, NotFound
from domain.ids import Instant
from domain.people import FREE_TRIES, User
from domain.people_ports import PinCheck
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.services.people import check_pin
from ui.presenters.desk import Desk

Record = Callable[[UnitOfWork, Actor, bool, Instant], bool]
"""Records the entry of a PIN, right or wrong, and returns whether it was right."""


@dataclass(frozen=True, slots=True)
class PinRefusal:
    """Why a PIN did not do: `tries_left` after a wrong one, else the error."""

    tries_left: int | None = None
    error: DomainError | None = None


class OwnPin:
    """Checks the PIN of who is signed in off the GUI thread, and records its outcome; holds nothing."""

    def __init__(self, desk: Desk, pins: PinCheck) -> None:
        self._desk = desk
        self._pins = pins

    def ask(
        self, pin: str, record: Record, agreed: Callable[[Actor], None], refused: Callable[[PinRefusal], None]
    ) -> None:
        """Judge a PIN; `agreed` hears who gave it once its right entry is recorded."""
        desk, actor = self._desk, self._desk.signed_in

        def failed(error: DomainError) -> None:
            refused(PinRefusal(error=error))

        def check(user: User | None) -> None:
            if user is None:
                failed(NotFound(ErrorCode.PERSON_UNKNOWN))
            else:
                desk.work.compute(lambda: check_pin(user, self._pins, pin), keep, failed)

        def keep(right: bool) -> None:
            at = desk.now()
            desk.work.command(lambda uow: record(uow, actor, right, at), tell, failed)

        def tell(right: bool) -> None:
            if right:
                agreed(actor)
            else:
                desk.work.query(lambda queries: queries.user(actor.user_id), count, failed)

        def count(user: User | None) -> None:
            refused(PinRefusal(tries_left=max(0, FREE_TRIES - (user.failures if user else FREE_TRIES))))

        desk.work.query(lambda queries: queries.user(actor.user_id), check, failed)
