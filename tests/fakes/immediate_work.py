"""Work that runs at once, or, while it is held, when the test says so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from domain.errors import DomainError
from domain.ids import PaymentId
from tests.fakes.fixed_queries import FixedQueries
from tests.fakes.small_shop import SmallShop, SmallUnitOfWork


@dataclass
class FakeHub:
    """A hub that notes what it is asked about; `refusal` is what it answers instead."""

    checked: list[PaymentId] = field(default_factory=list)
    refusal: DomainError | None = None

    def check_payment(self, payment_id: PaymentId) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.checked.append(payment_id)


class ImmediateWork:
    """Runs every wish on the spot; with `held` set, keeps it for `release`. `commands` counts the units of work."""

    def __init__(self, shop: SmallShop, queries: FixedQueries | None = None, hub: FakeHub | None = None) -> None:
        self.shop = shop
        self.queries = queries or FixedQueries(shop)
        self.hub = hub or FakeHub()
        self.held = False
        self.waiting: list[Callable[[], None]] = []
        self.commands = 0
        self.broken: DomainError | None = None

    def command(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any) -> None:
        self.commands += 1
        self._run(lambda: op(SmallUnitOfWork(self.shop)), done, failed)

    def query(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any = None) -> None:
        self._run(lambda: op(self.queries), done, failed)

    def compute(self, op: Callable[[], Any], done: Callable[[Any], None], failed: Any) -> None:
        self._run(op, done, failed)

    def remote(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any) -> None:
        self._run(lambda: op(self.hub), done, failed)

    def release(self) -> None:
        """Let everything run that was held back, in order."""
        self.held = False
        while self.waiting:
            self.waiting.pop(0)()

    def _run(self, op: Callable[[], Any], done: Callable[[Any], None], failed: Any) -> None:
        if self.held:
            self.waiting.append(lambda: self._run(op, done, failed))
            return
        try:
            if self.broken is not None:
                raise self.broken
            answer = op()
        except DomainError as error:
            if failed is None:
                raise
            failed(error)
        else:
            done(answer)
