"""Money without a payment, decided about at two tills, in all orders: one of them wins and the books are the same."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.bills import Bill
from domain.errors import ErrorCode, RuleBroken
from domain.ids import BillId, Instant, PaymentId, ResolutionId, VoucherId
from domain.payments import PaymentException, PaymentIntent, PaymentStatus
from domain.policy import Role
from domain.rails import Method, Provider
from domain.resolutions import Resolution
from domain.services.hand_confirm import confirm_by_hand
from domain.services.payments import start_payment
from domain.services.receipts import ReceiptOutcome
from domain.services.resolutions import give_money_back, mark_seen, match_money, write_money_off
from tests.builders import CASH, MERCHANT, MINUTE, NOON, QR, an_id
from tests.property.shop_stage import Shop, Till, a_receipt
from tests.property.test_convergence import verified

DUE = 500_000
SALES, SUSPENSE, OVERPAYMENT, OTHER_INCOME, UNCONFIRMED = (
    control_id(MERCHANT, key)
    for key in (Control.SALES, Control.SUSPENSE, Control.OVERPAYMENT, Control.OTHER_INCOME, Control.UNCONFIRMED)
)
LATER = Instant(NOON + MINUTE)
LONG_AFTER = Instant(NOON + 5 * 24 * 3600 * 1000)
Act = Callable[[], object]


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


class Scene:
    """Money of 500,000 that names no payment, a code of as much at each till, and what people do about it."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop, self.name = shop, name
        self.before = shop.hub_books.balances()
        self.codes = [self.begins(till, f"code {number}", DUE) for number, till in enumerate(shop.tills)]
        for till in shop.tills:
            shop.push(till)
        key = f"money {name}"
        money = a_receipt(self.codes[0], DUE, key, LATER, text="IBFT chuyen tien mua hang")
        shop.receive(money, may_park=False)
        rows = shop.hub_books.ask("SELECT id FROM vouchers WHERE source_id = :key", key=key)
        self.money = VoucherId(rows[0][0])
        for till in shop.tills:
            shop.sync(till)

    def begins(self, till: Till, what: str, amount: int, bill: Bill | None = None) -> PaymentIntent:
        payment_id = PaymentId(an_id(f"{self.name} {what}"))
        actor = till.actor()
        return till.units.run(
            lambda uow: start_payment(uow, actor, payment_id, Method.VNPAY_QR, amount, NOON, online=True, bill=bill)
        )

    def receives(self, code: int = 0) -> Act:
        receipt = a_receipt(self.codes[code], DUE, f"own {self.codes[code].id}", LATER)
        return lambda: self.shop.receive(receipt, may_park=False)

    def decides(self, how: str, till: int = 0, code: int | None = None) -> Act:
        """Ask at a till what is to become of the money; what somebody else has decided there already is refused."""
        where = self.shop.tills[till]
        resolution_id, reason = self.resolution_id(how, till), "Khách gọi điện báo"

        def op(uow: Any) -> Resolution:
            owner = where.actor(Role.OWNER)
            if how == "match":
                payment_id = self.codes[till if code is None else code].id
                return match_money(uow, owner, resolution_id, self.money, payment_id, LATER, reason=reason)
            ask = give_money_back if how == "give_back" else write_money_off
            return ask(uow, owner, resolution_id, self.money, LATER, reason=reason)

        def act() -> None:
            try:
                where.units.run(op)
            except RuleBroken as refusal:
                if refusal.code not in (ErrorCode.MONEY_RESOLVED, ErrorCode.BILL_COVERED):
                    raise

        return act

    def resolution_id(self, how: str, till: int = 0) -> ResolutionId:
        return ResolutionId(an_id(f"{self.name} {how} {till}"))

    def syncs(self) -> None:
        for till in self.shop.tills:
            self.shop.sync(till)

    def moved(self) -> dict[str, int]:
        now = self.shop.hub_books.balances()
        moved = {account: balance - self.before.get(account, 0) for account, balance in now.items()}
        return {account: balance for account, balance in moved.items() if balance}

    def stands(self, till: Till | None = None) -> list[tuple[str, str]]:
        books = till.books if till else self.shop.hub_books
        return books.ask(
            "SELECT status, COALESCE(failure, '') FROM resolutions WHERE subject_id = :id ORDER BY 1", id=self.money
        )

    def check(self) -> None:
        """Everybody agrees, and no message was refused."""
        self.shop.settle_down()
        for till in self.shop.tills:
            assert till.refused() == []
            assert till.waiting() == []
            assert till.books.balances() == till.books.recomputed() == self.shop.hub_books.balances()
            assert till.books.states() == self.shop.hub_books.states()
            assert self.stands(till) == self.stands()


def play(shop: Shop, order: tuple[int, ...], events: Callable[[Scene], list[Act]], name: str = "") -> Scene:
    scene = Scene(shop, f"{name} {order}")
    happening = events(scene)
    for number in order:
        happening[number]()
    scene.check()
    return scene


def check_books(shop: Shop) -> None:
    assert verified(shop.hub_books, "hub") == {}
    assert [verified(till.books, "till") for till in shop.tills] == [{}, {}]


@pytest.mark.parametrize("in_touch", [True, False], ids=["in touch", "apart"])
def test_two_matches_and_a_receipt_for_the_payment_end_alike_in_all_orders(shop: Shop, in_touch: bool) -> None:
    def events(scene: Scene) -> list[Act]:
        acts = [scene.decides("match", 0), scene.decides("match", 1, code=0), scene.receives()]
        return [_followed(act, scene.syncs) for act in acts] if in_touch else acts

    for order in permutations(range(3)):
        scene = play(shop, order, events)
        if in_touch and order[0] == 2:
            # The sale has its money: nobody is offered to match any more, and the money waits on.
            assert scene.moved() == {QR: 2 * DUE, SALES: -DUE, SUSPENSE: -DUE}, order
            continue
        assert scene.moved() == {QR: 2 * DUE, SALES: -DUE, OVERPAYMENT: -DUE}, order
        statuses = [status for status, _ in scene.stands()]
        assert statuses.count("done") == 1
    check_books(shop)


def test_two_tills_that_match_one_money_to_their_own_payments_book_it_once(shop: Shop) -> None:
    def events(scene: Scene) -> list[Act]:
        scene.decides("match", 0)()
        scene.decides("match", 1)()
        return [
            lambda: shop.push(shop.tills[0]),
            lambda: shop.push(shop.tills[1]),
            lambda: shop.push(shop.tills[1], answered=False),
            lambda: shop.pull(shop.tills[0]),
            lambda: shop.pull(shop.tills[1]),
        ]

    for order in permutations(range(5)):
        scene = play(shop, order, events)
        assert scene.moved() == {QR: DUE, SALES: -DUE}, order
        assert scene.stands() == [("done", ""), ("refused", "MONEY_RESOLVED")], order
        states = shop.hub_books.states()
        paid = [code for code in scene.codes if states[code.id][0] is PaymentStatus.PAID]
        assert [states[code.id] for code in paid] == [(PaymentStatus.PAID, PaymentException.NONE, DUE)], order
    check_books(shop)


@pytest.mark.parametrize("other", ["give_back", "write_off"])
def test_a_match_and_another_act_on_the_same_money_book_it_once(shop: Shop, other: str) -> None:
    def events(scene: Scene) -> list[Act]:
        scene.decides("match", 0)()
        scene.decides(other, 1)()
        return [lambda: shop.push(shop.tills[0]), lambda: shop.push(shop.tills[1])]

    first = play(shop, (0, 1), events, other)
    assert first.moved() == {QR: DUE, SALES: -DUE}
    second = play(shop, (1, 0), events, other)
    gone = {CASH: -DUE, QR: DUE} if other == "give_back" else {QR: DUE, OTHER_INCOME: -DUE}
    assert second.moved() == gone
    check_books(shop)


def test_money_is_matched_to_a_payment_that_ended_long_before_and_to_one_that_was_confirmed_by_hand(
    shop: Shop,
) -> None:
    ended = Scene(shop, "ended")
    shop.tills[0].expire(Instant(NOON + 6 * MINUTE))
    shop.settle_down()
    shop.at = LONG_AFTER
    ended.receives()()
    assert ended.moved() == {QR: 2 * DUE, SUSPENSE: -2 * DUE}, (
        "what comes so late names a payment, and waits all the same"
    )
    ended.syncs()
    ended.decides("match")()
    ended.check()
    assert ended.moved() == {QR: 2 * DUE, SALES: -DUE, SUSPENSE: -DUE}
    own = _own_money(shop, ended)
    late = shop.run(lambda uow: uow.resolutions.money(own))
    assert late is not None
    assert late.payment_id == ended.codes[0].id
    assert shop.run(lambda uow: uow.resolutions.money(ended.money)) is None

    shop.at = LATER
    confirmed = Scene(shop, "confirmed")
    till, code = shop.tills[0], confirmed.begins(shop.tills[0], "seen", DUE)
    till.units.run(
        lambda uow: confirm_by_hand(uow, till.actor(Role.OWNER), code.id, LATER, evidence="Khách cho xem màn hình")
    )
    confirmed.codes[0] = code
    confirmed.syncs()
    assert confirmed.moved()[UNCONFIRMED] == DUE
    confirmed.decides("match")()
    confirmed.check()
    assert UNCONFIRMED not in confirmed.moved()
    assert shop.get(code.id).confirmed_minor == 0
    check_books(shop)


def _own_money(shop: Shop, scene: Scene) -> VoucherId:
    key = f"own {scene.codes[0].id}"
    return VoucherId(shop.hub_books.ask("SELECT id FROM vouchers WHERE source_id = :key", key=key)[0][0])


def test_a_part_that_is_matched_waits_until_the_rest_comes(shop: Shop) -> None:
    scene = Scene(shop, "part")
    bill = Bill(BillId(an_id("part bill")), 2 * DUE)
    code = scene.begins(shop.tills[0], "part", 2 * DUE, bill)
    scene.codes[0] = code
    scene.syncs()
    scene.decides("match")()
    scene.check()
    assert shop.get(code.id).exception is PaymentException.PAID_SHORT
    assert scene.moved() == {QR: DUE, SUSPENSE: -DUE}
    shop.receive(a_receipt(code, DUE, "rest", LATER), may_park=False)
    scene.check()
    assert scene.moved() == {QR: 2 * DUE, SALES: -2 * DUE}
    check_books(shop)


def test_that_something_was_seen_is_known_everywhere_and_told_once(shop: Shop) -> None:
    scene = Scene(shop, "seen")
    first, second = shop.tills
    code = scene.codes[0].id
    first.expire(Instant(NOON + 6 * MINUTE))
    scene.syncs()
    shop.receive(a_receipt(scene.codes[0], DUE, "late", Instant(NOON + 7 * MINUTE)), may_park=False)
    scene.syncs()
    assert shop.get(code).exception is PaymentException.PAID_LATE
    for number, till in enumerate(shop.tills):
        seen = scene.resolution_id("seen", number)
        owner = till.actor(Role.OWNER)
        till.units.run(lambda uow, owner=owner, seen=seen: mark_seen(uow, owner, seen, code, LATER))
    again = first.units.run(
        lambda uow: mark_seen(uow, first.actor(Role.OWNER), scene.resolution_id("again"), code, LATER)
    )
    assert again.id == scene.resolution_id("seen")
    scene.check()
    for books in (first.books, second.books, shop.hub_books):
        rows = books.ask("SELECT status FROM resolutions WHERE subject_id = :id ORDER BY 1", id=code)
        assert rows == [("done",), ("refused",)]
    check_books(shop)


def test_a_match_is_told_by_the_hub_and_its_books_say_who_asked(shop: Shop) -> None:
    scene = Scene(shop, "told")
    scene.decides("give_back")()
    scene.check()
    rows = shop.hub_books.ask("SELECT actor_id, memo FROM vouchers WHERE source_kind = 'resolved'")
    assert rows == [(str(shop.tills[0].actor(Role.OWNER).user_id), "Khách gọi điện báo")]
    trail = shop.hub_books.ask("SELECT actor_id, facts FROM audit WHERE action = 'money.settled'")
    assert len(trail) == 1


def _followed(first: Act, then: Act) -> Act:
    def act() -> None:
        first()
        then()

    return act


def test_a_statement_of_money_that_a_person_matched_tells_nothing_new(shop: Shop) -> None:
    scene = Scene(shop, "told again")
    till = shop.tills[0]
    payment_id = PaymentId(an_id("told again by the bank"))
    code = till.units.run(
        lambda uow: start_payment(uow, till.actor(), payment_id, Method.VIETQR, DUE, NOON, online=True)
    )
    shop.sync(till)
    notice = a_receipt(code, DUE, "notice", LATER, text="IBFT chuyen tien mua hang")
    assert shop.receive(notice, may_park=False) is ReceiptOutcome.SUSPENSE
    [(money,)] = shop.hub_books.ask("SELECT id FROM vouchers WHERE source_id = 'notice'")
    shop.sync(till)
    owner, asked = till.actor(Role.OWNER), ResolutionId(an_id("told again: match"))
    till.units.run(
        lambda uow: match_money(uow, owner, asked, VoucherId(money), payment_id, LATER, reason="Khách gọi điện báo")
    )
    scene.check()
    line = a_receipt(code, DUE, "line", LATER, provider=Provider.STATEMENT, provider_ref="")
    assert shop.receive(line, may_park=False) is ReceiptOutcome.DUPLICATE
    scene.check()
