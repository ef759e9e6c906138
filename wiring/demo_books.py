"""The demo shop's books: months of made-up vouchers, booked through the services as a till and its people book them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import accumulate, islice
from typing import Any, Final

from domain.accounts import Control, control_id
from domain.calendar import business_date, day_after, day_start
from domain.categories import category_id
from domain.drafts import Draft, DraftLine
from domain.events import BookEvent
from domain.ids import AccountId, DraftId, Instant, MessageId, PaymentId, VoucherId, id_for
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.posting_rules import (
    DEPOSIT,
    PURCHASE,
    PURCHASE_OWED,
    REFUND,
    SALE,
    STOCK_ISSUED,
    STOCK_LOSS,
    STOCK_SURPLUS,
)
from domain.rails import Method
from domain.services.categories import save_category
from domain.services.drafts import issue_draft, save_draft
from domain.services.events import book_event
from domain.services.payments import start_payment
from domain.services.vouchers import void_voucher
from domain.vouchers import NOBODY, Party, Side, Voucher, VoucherType
from storage.till import TillUnits
from wiring.demo_habits import CUSTOMERS, OWN, PAID, RECEIVED, SUPPLIERS, Habit, own_category

PER_COMMIT: Final = 500
SPAN_DAYS: Final = 180

_MINUTE_MS: Final = 60_000
_OPENS_MS: Final = 7 * 60 * _MINUTE_MS
_CLOSES_MS: Final = 21 * 60 * _MINUTE_MS + 30 * _MINUTE_MS
_WEEK: Final = (9, 9, 9, 10, 12, 15, 14)
"""How busy each day is, Monday first."""

_STOCK: Final = 60_000_000
_FLOAT: Final = 3_000_000
"""What the shop keeps in goods, and in the cash drawer when the rest is taken to the bank, in VND."""


@dataclass(frozen=True, slots=True)
class DemoPlaces:
    """Who books in the demo shop, and the wallets its money goes through."""

    owner: Actor
    cashier: Actor
    cash: AccountId
    bank: AccountId
    qr: AccountId


def fill_books(
    units: TillUnits,
    places: DemoPlaces,
    count: int,
    since: Instant,
    until: Instant,
    *,
    seed: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Book `count` vouchers in the opening hours of the whole days between two moments, many in each commit.

    The same seed and moments give the same shop. Wallets never fall below zero: where there is too little to pay with,
    the shop sells instead. `progress` is told after each commit how many vouchers there are.
    """
    merchant_id, zone = units.shop.merchant_id, units.shop.zone
    books = _DemoBooks(places, random.Random(seed), id_for("demo-books", merchant_id, str(seed)))  # noqa: S311 - dice of a play
    moments = enumerate(_moments(count, since, until, zone, books.dice))
    units.run(lambda uow: _make_categories(uow, places.owner, since))
    done = 0
    while batch := list(islice(moments, PER_COMMIT)):
        units.run(partial(_book_all, books=books, batch=batch))
        done += len(batch)
        progress(done)


def _book_all(uow: UnitOfWork, books: "_DemoBooks", batch: list[tuple[int, Instant]]) -> None:
    for number, at in batch:
        books.book(uow, number, at)


def _moments(count: int, since: Instant, until: Instant, zone: str, dice: random.Random) -> Iterator[Instant]:
    """Yield the moments of `count` events, earliest first, more of them on busy days of the week."""
    days, last = [day_after(business_date(since, zone))], business_date(until, zone)
    while (day := day_after(days[-1])) < last:
        days.append(day)
    shares = list(accumulate(_WEEK[date.fromisoformat(day).weekday()] for day in days))
    before = 0
    for day, share in zip(days, shares, strict=True):
        upto = count * share // shares[-1]
        midnight = day_start(day, zone)
        for after_ms in sorted(dice.randrange(_OPENS_MS, _CLOSES_MS) for _ in range(upto - before)):
            yield Instant(midnight + after_ms)
        before = upto


def _make_categories(uow: UnitOfWork, owner: Actor, at: Instant) -> None:
    merchant_id = uow.shop.merchant_id
    for own in OWN:
        identity = own_category(merchant_id, own.key)
        message = MessageId(id_for("demo-category-message", identity))
        above = category_id(merchant_id, own.above)
        save_category(
            uow, owner, identity, message, at, kind=own.kind, name_vi=own.name_vi, name_en=own.name_en, parent_id=above
        )


@dataclass(slots=True)
class _DemoBooks:
    """The shop's play: what it does next is thrown, what it can afford is asked of its accounts.

    `mistake` is the last voucher by hand or of stock that may still be taken back.
    """

    places: DemoPlaces
    dice: random.Random
    name: str
    mistake: VoucherId | None = None

    def book(self, uow: UnitOfWork, number: int, at: Instant) -> None:
        """Book one voucher: what was thrown, or a sale where that cannot be now."""
        turn = _Turn(uow, self, id_for("demo-voucher", self.name, str(number)), at)
        (event,) = self.dice.choices(_EVENTS, _OFTEN)
        if not event(turn):
            _sell(turn)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One event that is being booked, and what it is booked from."""

    uow: UnitOfWork
    books: _DemoBooks
    id: str
    at: Instant

    @property
    def places(self) -> DemoPlaces:
        return self.books.places

    @property
    def dice(self) -> random.Random:
        return self.books.dice

    @property
    def day(self) -> str:
        return business_date(self.at, self.uow.shop.zone)

    def thousands(self, least: int, greatest: int) -> int:
        """Throw an amount in VND."""
        return self.dice.randint(least, greatest) * 1000

    def held(self, account: AccountId | Control) -> int:
        """Return a balance in VND, debit positive."""
        return self.uow.accounts.balance(self.control(account) if isinstance(account, Control) else account)

    def control(self, key: Control) -> AccountId:
        return control_id(self.uow.shop.merchant_id, key)

    def tell(
        self,
        kind: str,
        amount_minor: int,
        memo: str,
        party: Party = NOBODY,
        wallet: AccountId | None = None,
        target: AccountId | None = None,
        fee_minor: int = 0,
    ) -> Voucher:
        """Book what another program of the shop tells."""
        event = BookEvent(
            kind,
            self.id,
            self.day,
            amount_minor,
            fee_minor=fee_minor,
            wallet=wallet or "",
            target=target or "",
            memo=memo,
            party=party,
        )
        return book_event(self.uow, self.places.owner, event, self.at, via="demo")

    def write(self, kind: VoucherType, memo: str, party: Party = NOBODY, **written: Any) -> Voucher:
        """Write a voucher by hand and issue it."""
        owner, identity = self.places.owner, DraftId(self.id)
        draft = Draft(identity, kind, self.day, self.at, self.at, owner.user_id, memo=memo, party=party)
        save_draft(self.uow, owner, replace(draft, **written))
        return issue_draft(self.uow, owner, identity, self.at)

    def regret(self, voucher: Voucher) -> None:
        """Remember a voucher that may turn out to be a mistake."""
        self.books.mistake = voucher.id


def _sell(turn: _Turn) -> bool:
    amount = min(turn.thousands(5, 300), turn.thousands(5, 300))
    name, phone = turn.dice.choice(CUSTOMERS) if turn.dice.random() < _KNOWN_CUSTOMER else ("", "")
    start_payment(
        turn.uow,
        turn.places.cashier,
        PaymentId(turn.id),
        Method.CASH,
        amount,
        turn.at,
        online=False,
        tendered_minor=-(-amount // _NOTE) * _NOTE,
        customer_name=name,
        customer_phone=phone,
    )
    return True


def _sell_elsewhere(turn: _Turn) -> bool:
    turn.tell(SALE, turn.thousands(15, 350), "Đơn hàng trực tuyến", wallet=turn.places.qr)
    return True


def _issue_stock(turn: _Turn) -> bool:
    """Book the cost of what was sold since the last time, if the shelves hold so much."""
    cost = -turn.held(Control.SALES) * _COST_PERCENT // 100 - turn.held(Control.COGS)
    cost = min(cost, turn.held(Control.INVENTORY))
    if cost <= 0:
        return False
    turn.tell(STOCK_ISSUED, cost, "Giá vốn hàng đã bán")
    return True


def _purchase(turn: _Turn) -> bool:
    """Fill the shelves, paid from the bank if it holds twice as much, else on credit."""
    amount = (_STOCK - turn.held(Control.INVENTORY)) // 1000 * 1000
    if amount < _LEAST_PURCHASE:
        return False
    party = turn.dice.choice(SUPPLIERS)
    if turn.held(turn.places.bank) >= 2 * amount and turn.dice.random() < _PAID_AT_ONCE:
        turn.tell(PURCHASE, amount, "Nhập hàng", party, wallet=turn.places.bank)
    else:
        turn.tell(PURCHASE_OWED, amount, "Nhập hàng, trả sau", party)
    return True


def _pay_supplier(turn: _Turn) -> bool:
    bank = turn.places.bank
    amount = min(-turn.held(Control.PAYABLE), turn.held(bank) // 2) // 1000 * 1000
    if amount < _LEAST_PURCHASE:
        return False
    lines = (
        DraftLine(turn.control(Control.PAYABLE), Side.DEBIT, amount),
        DraftLine(bank, Side.CREDIT, amount),
    )
    turn.write(VoucherType.ADJUSTMENT, "Trả nợ nhà cung cấp", turn.dice.choice(SUPPLIERS), lines=lines)
    return True


def _lose_stock(turn: _Turn) -> bool:
    cost = turn.thousands(5, 80)
    if turn.held(Control.INVENTORY) < cost:
        return False
    turn.regret(turn.tell(STOCK_LOSS, cost, "Hàng hết hạn, hư hỏng"))
    return True


def _find_stock(turn: _Turn) -> bool:
    turn.tell(STOCK_SURPLUS, turn.thousands(5, 60), "Kiểm kê thừa")
    return True


def _refund(turn: _Turn) -> bool:
    due = turn.thousands(10, 150)
    if turn.held(turn.places.cash) < due:
        return False
    turn.regret(turn.tell(REFUND, due, "Khách trả hàng", wallet=turn.places.cash))
    return True


def _settle(turn: _Turn) -> bool:
    """Have the provider pay out what was paid by QR, less its fee."""
    amount = turn.held(turn.places.qr)
    if amount < _LEAST_MOVE:
        return False
    fee = amount * _FEE_PER_MILLE // 1000
    turn.tell(DEPOSIT, amount, "VNPAY chuyển về", wallet=turn.places.qr, target=turn.places.bank, fee_minor=fee)
    return True


def _bank_cash(turn: _Turn) -> bool:
    amount = (turn.held(turn.places.cash) - _FLOAT) // 100_000 * 100_000
    if amount < _LEAST_MOVE:
        return False
    turn.write(
        VoucherType.TRANSFER,
        "Nộp tiền vào ngân hàng",
        amount_minor=amount,
        wallet_id=turn.places.cash,
        target_id=turn.places.bank,
    )
    return True


def _receive(turn: _Turn) -> bool:
    _by_hand(turn, VoucherType.RECEIPT, turn.dice.choice(RECEIVED))
    return True


def _pay(turn: _Turn) -> bool:
    habit = turn.dice.choice(PAID)
    if turn.held(turn.places.bank if habit.by_bank else turn.places.cash) < habit.greatest * 1000:
        return False
    turn.regret(_by_hand(turn, VoucherType.PAYMENT, habit))
    return True


def _by_hand(turn: _Turn, kind: VoucherType, habit: Habit) -> Voucher:
    return turn.write(
        kind,
        habit.memo,
        habit.party,
        wallet_id=turn.places.bank if habit.by_bank else turn.places.cash,
        category_id=own_category(turn.uow.shop.merchant_id, habit.category),
        amount_minor=turn.thousands(habit.least, habit.greatest),
        attachments=turn.dice.randrange(3),
    )


def _void(turn: _Turn) -> bool:
    mistake = turn.books.mistake
    if mistake is None:
        return False
    turn.books.mistake = None
    void_voucher(turn.uow, turn.places.owner, mistake, turn.at, reason="Ghi nhầm")
    return True


_NOTE: Final = 50_000
_KNOWN_CUSTOMER: Final = 0.08
_PAID_AT_ONCE: Final = 0.5
_COST_PERCENT: Final = 72
_FEE_PER_MILLE: Final = 11
_LEAST_PURCHASE: Final = 300_000
_LEAST_MOVE: Final = 200_000

_PLAY: Final[dict[Callable[[_Turn], bool], int]] = {
    _sell: 520,
    _sell_elsewhere: 190,
    _issue_stock: 80,
    _purchase: 45,
    _pay: 45,
    _receive: 30,
    _pay_supplier: 20,
    _settle: 18,
    _bank_cash: 15,
    _refund: 12,
    _void: 10,
    _lose_stock: 9,
    _find_stock: 6,
}
"""How often each event happens, of a thousand."""
_EVENTS: Final = tuple(_PLAY)
_OFTEN: Final = tuple(_PLAY.values())
