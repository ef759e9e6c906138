"""A till with sales in cash and by providers, and its screen of payments, for refunds and held money."""

from dataclasses import dataclass, replace

from domain.bills import Bill
from domain.ids import BillId, Instant, PaymentId
from domain.payment_rows import PaymentDetail
from domain.payments import Cause, PaymentException, PaymentIntent, PaymentStatus, advance
from domain.policy import Actor
from domain.rails import Method, Provider
from domain.refunds import RefundStatus, RefundWay, move
from domain.services.payment_changes import keep_change
from domain.services.refunds import keep_refund
from storage.till import TillUnits
from tests.builders import MINUTE, NOON, an_id, connect, sell
from tests.domain.approval_samples import add_people
from tests.fakes.plain_pins import PlainPins
from tests.fakes.recording_view import RecordingNotices
from tests.fakes.till_work import TillWork, till_desk
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.desk import Desk
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.refund import RefundPresenter
from ui.presenters.refund_state import RefundState

DUE = 450_000
WHY = "Khách trả hàng"


@dataclass
class RefundStage:
    """A person at the screen of payments, with one payment open."""

    units: TillUnits
    desk: Desk
    payments: PaymentsPresenter
    opened: list[str]

    @property
    def refund(self) -> RefundPresenter:
        """The sheet for refunds."""
        return self.payments.refund

    @property
    def state(self) -> RefundState:
        """What that sheet shows."""
        return self.refund.state

    @property
    def detail(self) -> PaymentDetail:
        """The payment that is open."""
        assert self.payments.state.detail is not None
        return self.payments.state.detail

    @property
    def notices(self) -> RecordingNotices:
        """What was said beside the screen."""
        assert isinstance(self.desk.notices, RecordingNotices)
        return self.desk.notices

    @property
    def work(self) -> TillWork:
        """What runs the till's commands."""
        assert isinstance(self.desk.work, TillWork)
        return self.desk.work

    def open(self, payment: PaymentIntent) -> None:
        """Open a payment's page."""
        self.payments.choose(payment.id)

    def ask(self, amount: str | None = None, why: str = WHY, way: RefundWay | None = None) -> None:
        """Fill the sheet in."""
        self.payments.ask_refund()
        if amount is not None:
            self.refund.set_amount(amount)
        if way is not None:
            self.refund.choose_way(way)
        self.refund.set_reason(why)

    def give(self, amount: str | None = None, why: str = WHY, way: RefundWay | None = None) -> None:
        """Fill the sheet in and press; the page is read again, as the change tells it."""
        self.ask(amount, why, way)
        self.refund.submit()
        self.payments.refresh()

    def hub_says(self, to: RefundStatus, at: int = NOON + MINUTE) -> None:
        """Let the hub tell what became of the refund that is shown."""
        shown = self.state.shown
        assert shown is not None
        standing = self.units.run(lambda uow: uow.refunds.get(shown.id))
        assert standing is not None
        moved = move(standing, to, Cause.HUB, Instant(at))
        self.units.run(lambda uow: keep_refund(uow, standing, moved, Cause.HUB, Instant(at)))
        self.payments.refresh()


def a_refund_stage(units: TillUnits, actor: Actor) -> RefundStage:
    """Return a person at a till whose shop is connected to a bank, VNPAY and Stripe."""
    add_people(units)
    units.run(lambda uow: connect(uow, Provider.SEPAY, Provider.VNPAY_QR_MMS, Provider.STRIPE))
    desk = till_desk(units, actor)
    hand = HandConfirmPresenter(desk, ApprovalPresenter(desk, PlainPins()))
    opened: list[str] = []
    approval = ApprovalPresenter(desk, PlainPins())
    payments = PaymentsPresenter(desk, lambda text: None, approval, hand, lambda bill: None, opened.append)
    payments.opened()
    return RefundStage(units, desk, payments, opened)


def in_cash(units: TillUnits, name: str = "cash", amount: int = DUE) -> PaymentIntent:
    """Sell for cash."""
    return units.run(lambda uow: sell(uow, name, amount_minor=amount))


def by_code(
    units: TillUnits, name: str = "code", received: int = DUE, method: Method = Method.VNPAY_QR
) -> PaymentIntent:
    """Sell 450,000 by a code of which the hub tells that so much was received."""
    sold = units.run(lambda uow: sell(uow, name, method=method, amount_minor=DUE))
    if received < DUE:
        heard = replace(sold, revision=sold.revision + 1, exception=PaymentException.PAID_SHORT)
    else:
        heard = advance(sold, PaymentStatus.PAID, Cause.HUB, NOON)
    over = PaymentException.PAID_OVER if received > DUE else heard.exception
    heard = replace(heard, received_minor=received, exception=over)
    units.run(lambda uow: keep_change(uow, sold, heard, Cause.HUB, NOON))
    return heard


def held(units: TillUnits, name: str = "held", due: int = DUE) -> PaymentIntent:
    """Sell 450,000 by a card whose money is only held, as the hub tells; of a larger sale if more is due."""
    bill = Bill(BillId(PaymentId(an_id(name))), due) if due != DUE else None
    sold = units.run(lambda uow: sell(uow, name, method=Method.CARD, amount_minor=DUE, capture=False, bill=bill))
    taken = replace(
        advance(sold, PaymentStatus.AUTHORIZED, Cause.PROVIDER, NOON),
        held_minor=DUE,
        held_until=Instant(NOON + 7 * 24 * 60 * MINUTE),
    )
    units.run(lambda uow: keep_change(uow, sold, taken, Cause.HUB, NOON))
    return taken
