"""A desk over a till's real books, for the screens of vouchers: every command commits, every read is storage's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from domain.categories import category_id
from domain.changes import Changes
from domain.drafts import Draft
from domain.errors import DomainError
from domain.ids import DraftId, Instant, PaymentId, VoucherId
from domain.policy import Actor
from domain.services.drafts import issue_draft, save_draft
from domain.vouchers import Voucher, VoucherType
from storage.gate import TillFiles
from storage.queries import TillQueries
from storage.session import Session
from storage.till import TillUnits
from tests.builders import CASH, MERCHANT, NOON, OWNER, an_id
from tests.fakes.counter import FakeClock
from tests.fakes.recording_view import FixedSync, RecordingNotices, RecordingSounds
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.vouchers import VouchersPresenter

DAY = 24 * 3600 * 1000
RENT = category_id(MERCHANT, "rent_utilities")
OTHER_INCOME = category_id(MERCHANT, "other_income")


class PlainPins:
    """A PIN check without the slowness."""

    def hash(self, pin: str) -> str:
        return f"hashed:{pin}"

    def matches(self, pin_hash: str, pin: str) -> bool:
        return pin_hash == self.hash(pin)


@dataclass
class BookWork:
    """Runs every wish on the spot; with `held` set, keeps it for `release`. `broken` is what commands raise instead."""

    units: TillUnits
    queries: TillQueries
    held: bool = False
    broken: DomainError | None = None
    commands: int = 0
    waiting: list[Callable[[], None]] = field(default_factory=list)
    heard: Callable[[], None] = lambda: None

    def command(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any) -> None:
        def run() -> Any:
            if self.broken is not None:
                raise self.broken
            self.commands += 1
            return self.units.run(op)

        self._run(run, done, failed)
        self.heard()

    def query(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any = None) -> None:
        self._run(lambda: op(self.queries), done, failed)

    def compute(self, op: Callable[[], Any], done: Callable[[Any], None], failed: Any) -> None:
        self._run(op, done, failed)

    def remote(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any) -> None:
        raise AssertionError("vouchers ask nothing of the hub")

    def release(self) -> None:
        """Let everything run that was held back, in order."""
        self.held = False
        while self.waiting:
            self.waiting.pop(0)()
        self.heard()

    def _run(self, op: Callable[[], Any], done: Callable[[Any], None], failed: Any) -> None:
        if self.held:
            self.waiting.append(lambda: self._run(op, done, failed))
            return
        try:
            answer = op()
        except DomainError as error:
            failed(error)
        else:
            done(answer)


@dataclass
class VoucherStage:
    """The presenter of vouchers with what stands behind it."""

    work: BookWork
    desk: Desk
    clock: FakeClock
    notices: RecordingNotices
    published: list[Changes]
    opened_payments: list[PaymentId] = field(default_factory=list)
    presenter: VouchersPresenter = field(init=False)

    def __post_init__(self) -> None:
        approval = ApprovalPresenter(self.desk, PlainPins())
        self.presenter = VouchersPresenter(self.desk, self.opened_payments.append, approval)
        self.work.heard = self._tell
        self.published.clear()

    def run(self, op: Callable[[Any], Any]) -> Any:
        """Commit something from elsewhere and let the screen hear of it."""
        answer = self.work.units.run(op)
        self._tell()
        return answer

    def sign_in(self, actor: Actor) -> None:
        """Have somebody else at the till."""
        self.presenter.closed()
        self.desk.actor = actor
        self.presenter.opened()

    def pay(self, name: str, amount: int = 250_000, day: str = "2026-11-21", **facts: Any) -> Voucher:
        """Issue a manual payment of cash for the rent."""
        told: dict[str, Any] = {"wallet_id": CASH, "category_id": RENT, "memo": f"Chi {name}", **facts}
        draft = Draft(
            DraftId(an_id(name)),
            told.pop("type", VoucherType.PAYMENT),
            day,
            self.clock.at,
            self.clock.at,
            OWNER.user_id,
            amount_minor=amount,
            **told,
        )
        self.clock.pass_ms(1_000)
        at = self.clock.at

        def op(uow: Any) -> Voucher:
            save_draft(uow, OWNER, draft)
            return issue_draft(uow, OWNER, draft.id, at)

        issued: Voucher = self.run(op)
        return issued

    @property
    def numbers(self) -> list[str]:
        """The numbers of the list, a draft's memo in its place."""
        rows = self.presenter.state.rows
        return [row.item.number if row.item is not None else row.memo for row in rows]

    @property
    def ids(self) -> list[VoucherId]:
        """The ids of the list."""
        return [VoucherId(row.key) for row in self.presenter.state.rows]

    def _tell(self) -> None:
        told, self.published[:] = list(self.published), []
        for changes in told:
            self.presenter.on_changes(changes)


@contextmanager
def voucher_stage(
    files: TillFiles, units: TillUnits, published: list[Changes], actor: Actor = OWNER
) -> Iterator[VoucherStage]:
    """Open the reads beside an open till, and a desk over both."""
    connection = files.connect_reader()
    queries = TillQueries(Session(connection.cursor(), "sqlite"))
    made = iter(range(10_000))
    clock, notices = FakeClock(Instant(NOON)), RecordingNotices()
    work = BookWork(units, queries)
    desk = Desk(
        work=work,
        now=clock,
        new_id=lambda: an_id(f"made {next(made)}"),
        shop=queries.shop(),
        notices=notices,
        sounds=RecordingSounds(),
        actor=actor,
        sync=FixedSync(),
    )
    yield VoucherStage(work, desk, clock, notices, published)
    connection.close()
