"""What a customer can do with a QR: pay it rightly or wrongly, decline it, let it expire, pay later."""

import asyncio
import logging
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from server.simulator import emv
from server.simulator.bank import webhook_body
from server.simulator.bank_text import bank_text, style_for
from server.simulator.book import PAID_CODE, Book, bill_key, order_key
from server.simulator.chaos import BANK_TEXT_STYLES, Chaos
from server.simulator.delivery import Courier
from server.simulator.facts import (
    BANK,
    VNPAY,
    BankLine,
    BankOrder,
    Closed,
    Fact,
    Notice,
    PlanDone,
    Planned,
    VnpayPayment,
)
from server.simulator.market import Market
from server.simulator.settings import SimulatorSettings
from server.simulator.stall import CannotDo
from server.simulator.vnpay_notice import notification_body

log = logging.getLogger(__name__)

DECLINED_CODE: Final = "24"
PLAIN_TRANSFER: Final = f"{BANK}:transfer"
"""The offer key of money sent without any shown QR."""
PAYERS_BANK: Final = "VIETCOMBANK"
MOST_PAYMENTS: Final = 100
LARGEST_VND: Final = 10**13 - 1
TRANSFER_BELOW_VND: Final = 500_000_000
"""NAPAS 247 carries less than 500 million VND at a time."""


class PayRequest(BaseModel):
    """Body of `POST /control/pay`: one of `offer`, `txn_id`, `qr_text` or `account_number` says what is paid.

    `amount` (whole VND, at a stall minor units) defaults to the offer's; `outcome` is one of a stall's ways of not
    paying; `times` makes that many separate payments; `delay_s` real seconds from now; `late` pays a QR that has
    expired; `voucher` is the part VNPAY's promotion carries; `content` replaces the transfer text; `text_style`
    chooses the bank's mangling; `stray` invents a VNPAY bill nobody created.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: str | None = None
    txn_id: str | None = Field(default=None, min_length=1, max_length=20)
    qr_text: str | None = None
    account_number: str | None = None
    amount: int | None = Field(default=None, gt=0, le=LARGEST_VND)
    times: int = Field(default=1, ge=1, le=MOST_PAYMENTS)
    delay_s: float = Field(default=0.0, ge=0, le=86400)
    late: bool = False
    voucher: int = Field(default=0, ge=0)
    content: str | None = Field(default=None, max_length=200)
    text_style: str | None = Field(default=None, pattern="^(" + "|".join(BANK_TEXT_STYLES) + ")$")
    stray: bool = False
    outcome: str = ""
    wait_s: float = Field(default=10.0, ge=0, le=120)


class Customer:
    """Acts on the providers' book and hands notices to the courier; refusals are `CannotDo`."""

    def __init__(self, settings: SimulatorSettings, book: Book, chaos: Chaos, courier: Courier, market: Market) -> None:
        self._market = market
        self._vnpay = settings.vnpay
        self._bank = settings.bank
        self._book = book
        self._chaos = chaos
        self._courier = courier
        self._plans: set[asyncio.Task[None]] = set()

    # ---- starting and stopping

    def start(self) -> None:
        """Take up what customers had planned before a restart; called inside the running loop."""
        for plan in self._book.open_plans():
            self._expect(plan)

    async def stop(self) -> None:
        """Forget the timers; the plans themselves stay in the book."""
        for task in self._plans:
            task.cancel()
        await asyncio.gather(*self._plans, return_exceptions=True)

    def idle(self) -> bool:
        """Tell whether nothing is planned."""
        return not self._plans

    # ---- acts

    def show(self, qr_text: str) -> str:
        """Let the customer's phone read a QR and return its offer key."""
        if (shown := self._market.scanned(qr_text.strip())) is not None:
            return shown
        try:
            qr = emv.read(qr_text)
        except emv.UnreadableQr as problem:
            raise CannotDo("unreadable", str(problem)) from problem
        if isinstance(qr, emv.VnpayQr):
            if qr.merchant_code != self._vnpay.merchant_code or qr.bill_number not in self._book.qrs:
                raise CannotDo("unknown", f"VNPAY knows no bill {qr.bill_number} of merchant {qr.merchant_code}")
            return bill_key(qr.bill_number)
        self._require_our_account(qr.account_number, qr.bank_bin)
        known = self._book.order_for(qr_text.strip())
        if known is not None:
            return order_key(known)
        order = BankOrder(self._book.next_number(), qr_text.strip(), qr.amount, qr.content, self._book.now())
        self._book.write(order)
        return order_key(order)

    def pay(self, request: PayRequest) -> tuple[str, list[int], Planned | None]:
        """Pay now (returns the offer key and the event ids) or plan it (returns the plan)."""
        offer = self._offer(request)
        if request.delay_s:
            return offer, [], self._plan(offer, request)
        if self._market.sells(offer):
            return offer, self._pay_stall(offer, request, done=None), None
        expired = self._book.knows(offer) and self._book.status_of(offer) == "expired"
        if expired and not request.late:
            raise CannotDo("expired", f"{offer} has expired; a payment that is late all the same says so")
        return offer, self._settle(offer, request, done=None), None

    def decline(self, offer: str, outcome: str = "") -> list[int]:
        """Refuse to pay: VNPAY and stalls report a failed attempt, a bank has nothing to report."""
        if self._market.sells(offer):
            return self._market.decline(offer, outcome)
        self._require_unpaid(offer)
        now_ms = self._book.now()
        closed = Closed(offer, "declined", now_ms)
        provider, _, name = offer.partition(":")
        if provider == BANK:
            self._book.write(closed)
            return []
        amount = self._book.qrs[name].amount
        return self._publish([closed, *self._vnpay_attempt(name, DECLINED_CODE, amount, voucher=0)])

    def expire(self, offer: str) -> list[int]:
        """Let the QR's time run out at once; only stalls report it."""
        if self._market.sells(offer):
            return self._market.expire(offer)
        self._require_unpaid(offer)
        self._book.write(Closed(offer, "expired", self._book.now()))
        return []

    def named(self, offer: str | None, txn_id: str | None, qr_text: str | None) -> str:
        """Return the offer key that one of the three names; raises `CannotDo` for none."""
        if qr_text is not None:
            return self.show(qr_text)
        if offer is None and txn_id is None:
            raise CannotDo("nothing", "say which QR: offer, txn_id or qr_text")
        key = offer if offer is not None else bill_key(str(txn_id))
        if not (self._book.knows(key) or self._market.knows(key)):
            raise CannotDo("unknown", f"there is no {key}")
        return key

    # ---- finding what is meant

    def _offer(self, request: PayRequest) -> str:
        if request.account_number is not None:
            self._require_our_account(request.account_number, self._bank.bank_bin)
            return PLAIN_TRANSFER
        if request.stray and request.txn_id is not None:
            return bill_key(request.txn_id)
        return self.named(request.offer, request.txn_id, request.qr_text)

    def _require_our_account(self, account_number: str, bank_bin: str) -> None:
        if (account_number, bank_bin) != (self._bank.account_number, self._bank.bank_bin):
            raise CannotDo("foreign_account", f"account {account_number} at {bank_bin} is not watched here")

    def _require_unpaid(self, offer: str) -> None:
        if self._book.status_of(offer) == "paid":
            raise CannotDo("paid", f"{offer} is paid")

    # ---- money

    def _settle(self, offer: str, request: PayRequest, done: PlanDone | None) -> list[int]:
        # One act in the book, the finished plan included: a kill can neither halve it nor make it happen twice.
        provider, _, name = offer.partition(":")
        facts: list[Fact] = [] if done is None else [done]
        balance = self._book.balance
        for _ in range(request.times):
            amount = self._amount(offer, request)
            if provider == VNPAY:
                facts += self._vnpay_attempt(name, PAID_CODE, amount, request.voucher)
            else:
                balance += amount
                facts += self._transfer(self._order(offer), request, amount, balance)
        return self._publish(facts)

    def _order(self, offer: str) -> BankOrder | None:
        return None if offer == PLAIN_TRANSFER else self._book.orders[int(offer.partition(":")[2])]

    def _amount(self, offer: str, request: PayRequest) -> int:
        provider, _, name = offer.partition(":")
        asked = self._book.qrs.get(name) if provider == VNPAY else self._order(offer)
        amount = request.amount or (asked.amount if asked is not None else None)
        if amount is None:
            raise CannotDo("amount_missing", "the QR carries no amount, so the customer must type one")
        if provider == BANK and amount >= TRANSFER_BELOW_VND:
            raise CannotDo("too_large", "a quick transfer must stay under 500,000,000 VND")
        return self._chaos.amount(amount, provider)

    def _pay_stall(self, offer: str, request: PayRequest, done: PlanDone | None) -> list[int]:
        late = request.late or done is not None
        return self._market.pay(offer, request.amount, request.outcome, request.times, late=late, done=done)

    def _vnpay_attempt(self, txn_id: str, code: str, amount: int, voucher: int) -> list[Fact]:
        payment = VnpayPayment(
            qr_trace=str(self._book.next_number()),
            txn_id=txn_id,
            code=code,
            amount=amount,
            real_amount=max(0, amount - voucher),
            bank_code=PAYERS_BANK,
            at_ms=self._book.now(),
        )
        body = notification_body(payment, self._book.qrs.get(txn_id), self._vnpay)
        return [payment, self._notice(VNPAY, bill_key(txn_id), amount, body)]

    def _transfer(self, order: BankOrder | None, request: PayRequest, amount: int, balance: int) -> list[Fact]:
        switches = self._chaos.switches
        number = self._book.next_number()
        typed = request.content if request.content is not None else (order.content if order else "")
        style = request.text_style or switches.text_style or style_for(number)
        line = BankLine(
            sepay_id=number,
            order_id=order.order_id if order else None,
            amount=amount,
            accumulated=balance,
            content=bank_text(typed, style, number, self._bank.account_number, switches.cut_text_at),
            reference=f"MBVCB.{number}",
            at_ms=self._book.now(),
        )
        offer = order_key(order) if order else PLAIN_TRANSFER
        return [line, self._notice(BANK, offer, amount, webhook_body(line, self._bank))]

    def _notice(self, provider: str, offer: str, amount: int, body: str) -> Notice:
        return self._chaos.notice(self._book.next_number(), provider, offer, amount, body, self._book.now())

    def _publish(self, facts: list[Fact]) -> list[int]:
        self._book.write(*facts)
        notices = [fact for fact in facts if isinstance(fact, Notice)]
        for notice in notices:
            self._courier.send(notice)
        return [notice.event_id for notice in notices]

    # ---- later

    def _plan(self, offer: str, request: PayRequest) -> Planned:
        if self._market.sells(offer):
            self._market.require(offer, request.outcome, late=request.late)
        else:
            self._amount(offer, request)
        now_ms = self._book.now()
        plan = Planned(
            plan_id=self._book.next_number(),
            offer=offer,
            due_ms=now_ms + int(request.delay_s * 1000),
            request=request.model_dump_json(),
            at_ms=now_ms,
        )
        self._book.write(plan)
        self._expect(plan)
        return plan

    def _expect(self, plan: Planned) -> None:
        task = asyncio.create_task(self._carry_out(plan))
        self._plans.add(task)
        task.add_done_callback(self._plan_over)

    def _plan_over(self, task: asyncio.Task[None]) -> None:
        self._plans.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("a planned payment failed", exc_info=problem)

    async def _carry_out(self, plan: Planned) -> None:
        await asyncio.sleep(max(0.0, (plan.due_ms - self._book.now()) / 1000))
        # The customer confirmed in time in his own app; that the QR has expired since does not stop the money.
        request, done = PayRequest.model_validate_json(plan.request), PlanDone(plan.plan_id)
        if not self._market.sells(plan.offer):
            self._settle(plan.offer, request, done)
            return
        try:
            self._pay_stall(plan.offer, request, done)
        except CannotDo:
            # Meanwhile the offer was paid or closed at the provider: the plan has come to nothing.
            self._book.write(done)
