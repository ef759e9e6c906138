"""A desk with everything fake around the real presenters: clock, ids, work, notices, sounds."""

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.ids import Instant
from domain.policy import Actor
from tests.fakes.immediate_work import ImmediateWork
from tests.fakes.plain_pins import PlainPins
from tests.fakes.recording_view import FixedSync, RecordingNotices, RecordingSounds
from tests.fakes.small_shop import CASHIER, NOON, SHOP_ROW, SmallShop
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.charge import ChargePresenter
from ui.presenters.desk import Desk
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.payments import PaymentsPresenter


@dataclass
class FakeClock:
    """A clock that a test moves."""

    at: Instant = NOON

    def __call__(self) -> Instant:
        return self.at

    def pass_ms(self, ms: int) -> None:
        """Let time go by."""
        self.at = Instant(self.at + ms)


@dataclass
class CountedIds:
    """Ids in the order in which they were made."""

    made: int = 0

    def __call__(self) -> str:
        self.made += 1
        return f"id-{self.made:04d}"


@dataclass
class Counter:
    """The desk and what stands around it."""

    shop: SmallShop = field(default_factory=SmallShop)
    actor: Actor | None = CASHIER
    clock: FakeClock = field(default_factory=FakeClock)
    ids: CountedIds = field(default_factory=CountedIds)
    notices: RecordingNotices = field(default_factory=RecordingNotices)
    sounds: RecordingSounds = field(default_factory=RecordingSounds)
    work: ImmediateWork = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.work = ImmediateWork(self.shop)
        self.desk = Desk(
            work=self.work,
            now=self.clock,
            new_id=self.ids,
            shop=SHOP_ROW,
            notices=self.notices,
            sounds=self.sounds,
            actor=self.actor,
            sync=FixedSync(),
        )


def a_charge(counter: Counter) -> ChargePresenter:
    """Return the counter's screen with what it asks when money is confirmed by hand."""
    return ChargePresenter(
        counter.desk, HandConfirmPresenter(counter.desk, ApprovalPresenter(counter.desk, PlainPins()))
    )


def a_payments(desk: Desk, copy: Callable[[str], None] = lambda text: None) -> PaymentsPresenter:
    """Return the screen of payments, whose ways to other screens lead nowhere."""
    hand = HandConfirmPresenter(desk, ApprovalPresenter(desk, PlainPins()))
    approval = ApprovalPresenter(desk, PlainPins())
    return PaymentsPresenter(desk, copy, approval, hand, lambda bill_id: None, lambda voucher_id: None)
