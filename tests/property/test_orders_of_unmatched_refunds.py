"""Money without a payment that its provider gives back or a bank takes: in every order it leaves the books once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.errors import ErrorCode, RuleBroken
from domain.holders import holder_id
from domain.ids import Instant, MessageId, PaymentId, RefundId
from domain.notices import ChargeBack, DisputeStage, RefundNotice
from domain.payment_rows import Matter, MatterRow
from domain.payments import PaymentStatus
from domain.policy import Role
from domain.rails import Method, Provider, RailStatus
from domain.refunds import RefundOf, RefundOrigin, RefundStatus, RefundWay
from domain.resolutions import Act, Resolution, ResolutionStatus
from domain.services.holders import save_holder
from domain.services.payments import start_payment
from domain.services.receipts import ReceiptOutcome
from domain.services.refund_news import claim_refund, record_charge_back, record_refund_notice
from domain.services.refunds import ask_refund
from domain.services.resolutions import keep_money_as_credit, mark_notice_seen, write_money_off
from domain.shop_settings import provider_wallet
from domain.stamps import Stamp
from storage.queries import TillQueries
from tests.builders import BANK, CASH, MERCHANT, MINUTE, NOON, QR, an_id
from tests.property.shop_stage import Shop, Till, a_receipt
from tests.property.test_convergence import verified
from tests.property.test_orders_of_resolutions import DUE, LATER, Scene

FEE = 11_000
PHONE = "0903111218"
SALES, SUSPENSE, OTHER_INCOME, OTHER_EXPENSE, FEES, STORED = (
    control_id(MERCHANT, key)
    for key in (
        *(Control.SALES, Control.SUSPENSE, Control.OTHER_INCOME, Control.OTHER_EXPENSE, Control.FEES),
        Control.STORED_VALUE,
    )
)
HOLDER = holder_id(MERCHANT, PHONE)


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


def refund(name: str, amount: int = DUE, status: RailStatus = RailStatus.SUCCESS, **facts: Any) -> RefundNotice:
    told: dict[str, Any] = {
        "provider": Provider.VNPAY_QR_MMS,
        "dedupe_key": f"refund {name} {status}",
        "reference": "",
        "amount_minor": amount,
        "currency": "VND",
        "at": LATER,
        "provider_ref": f"refund {name}",
        "payment_provider_ref": f"ref-money {name}",
        "status": status,
    }
    return RefundNotice(**{**told, **facts})


def charge_back(name: str, amount: int = DUE, stage: DisputeStage = DisputeStage.OPENED) -> ChargeBack:
    return ChargeBack(
        provider=Provider.VNPAY_QR_MMS,
        dedupe_key=f"dispute {name} {stage}",
        text="",
        amount_minor=amount,
        currency="VND",
        at=LATER,
        provider_ref=f"dispute {name}",
        payment_provider_ref=f"ref-money {name}",
        stage=stage,
        fee_minor=FEE,
    )


def tells(shop: Shop, notice: RefundNotice | ChargeBack, *, may_park: bool = False) -> ReceiptOutcome:
    """Let the hub hear a provider's word of money that left; what is new `may_park`."""
    if isinstance(notice, ChargeBack):
        return shop.run(lambda uow: record_charge_back(uow, notice, shop.at, may_park=may_park))
    return shop.run(lambda uow: record_refund_notice(uow, notice, shop.at, may_park=may_park))


def waits(shop: Shop, scene: Scene) -> int:
    """Return what of the scene's money waits, as the hub and both tills say alike."""
    found = [shop.run(lambda uow: uow.resolutions.money(scene.money))]
    found += [till.units.run(lambda uow: uow.resolutions.money(scene.money)) for till in shop.tills]
    amounts = {0 if each is None else each.amount_minor for each in found}
    assert len(amounts) == 1
    return amounts.pop()


def look(till: Till, *, settled: bool = False) -> list[tuple[Matter, int, str]]:
    return [(row.kind, row.at_stake_minor, row.name) for row in matters(till, settled=settled)]


def matters(till: Till, *, settled: bool = False) -> Sequence[MatterRow]:
    return till.units.read(lambda session: TillQueries(session).matters(till.actor(Role.OWNER), 50, settled=settled))


def keep_as_credit(scene: Scene) -> None:
    till = scene.shop.tills[0]
    owner = till.actor(Role.OWNER)

    def op(uow: Any) -> Resolution:
        save_holder(uow, owner, PHONE, "Chị Hoà", MessageId(an_id("holder")), LATER)
        key = scene.resolution_id("credit")
        return keep_money_as_credit(uow, owner, key, scene.money, HOLDER, LATER, reason="Khách để lại")

    till.units.run(op)


def check_books(shop: Shop) -> None:
    assert verified(shop.hub_books, "hub") == {}
    assert [verified(till.books, "till") for till in shop.tills] == [{}, {}]


@pytest.mark.parametrize("first", ["money", "notice"])
@pytest.mark.parametrize("by_bank", [False, True], ids=["provider", "bank"])
def test_money_that_went_back_leaves_suspense_once_whichever_is_heard_first(
    shop: Shop, first: str, by_bank: bool
) -> None:
    name = f"gone {first}"
    notice = charge_back(name) if by_bank else refund(name)
    if first == "notice":
        assert tells(shop, notice) is ReceiptOutcome.PARKED
    scene = Scene(shop, name)
    assert waits(shop, scene) == DUE
    assert tells(shop, notice) is ReceiptOutcome.BOOKED
    assert tells(shop, notice) is ReceiptOutcome.DUPLICATE
    scene.check()
    assert scene.moved() == ({QR: -FEE, FEES: FEE} if by_bank else {})
    assert waits(shop, scene) == 0
    check_books(shop)


def test_what_went_back_is_settled_at_every_till_and_nobody_decides_about_it_any_more(shop: Shop) -> None:
    scene = Scene(shop, "settled")
    tells(shop, refund("settled"))
    scene.check()
    for till in shop.tills:
        assert look(till) == []
        (row,) = matters(till, settled=True)
        assert row.decision is not None
        told = row.decision.resolution
        assert (row.kind, told.act, told.status) == (Matter.UNMATCHED, Act.REFUNDED, ResolutionStatus.DONE)
        assert (told.requested_by, told.provider, row.decision.stamp) == (
            None,
            Provider.VNPAY_QR_MMS,
            Stamp.AUTOMATIC,
        )
    till = shop.tills[0]
    with pytest.raises(RuleBroken) as refused:
        till.units.run(
            lambda uow: write_money_off(
                uow, till.actor(Role.OWNER), scene.resolution_id("late"), scene.money, LATER, reason="x"
            )
        )
    assert refused.value.code is ErrorCode.MONEY_RESOLVED


def test_of_a_part_that_went_back_the_rest_waits_and_is_decided_about(shop: Shop) -> None:
    scene = Scene(shop, "part")
    scene.decides("write_off", 1)()  # of all of it, before the part is heard of
    tells(shop, charge_back("part", 200_000))
    scene.syncs()
    assert scene.stands()[-1] == ("refused", ErrorCode.MONEY_RESOLVED.value)
    assert waits(shop, scene) == DUE - 200_000
    assert look(shop.tills[0]) == [(Matter.UNMATCHED, DUE - 200_000, "IBFT chuyen tien mua hang")]
    scene.decides("write_off", 0)()
    scene.check()
    assert scene.moved() == {QR: DUE - 200_000 - FEE, FEES: FEE, OTHER_INCOME: -(DUE - 200_000)}
    assert waits(shop, scene) == 0
    check_books(shop)


@pytest.mark.parametrize(
    ("how", "booked"),
    [
        ("give_back", {CASH: -DUE, OTHER_EXPENSE: DUE}),
        ("write_off", {}),
        ("credit", {STORED: -DUE, OTHER_EXPENSE: DUE}),
    ],
)
def test_what_went_after_it_was_decided_about_is_booked_against_that_and_shown_until_it_is_seen(
    shop: Shop, how: str, booked: dict[str, int]
) -> None:
    scene = Scene(shop, how)
    if how == "credit":
        keep_as_credit(scene)
    else:
        scene.decides(how)()
    scene.check()
    assert tells(shop, refund(how, DUE)) is ReceiptOutcome.BOOKED
    assert tells(shop, refund(how, DUE)) is ReceiptOutcome.DUPLICATE
    scene.check()
    assert scene.moved() == booked
    first, second = shop.tills
    assert look(first) == look(second) == [(Matter.LOST, DUE, "IBFT chuyen tien mua hang")]
    owner = second.actor(Role.OWNER)
    (notice,) = matters(second)
    assert notice.notice is not None
    key = notice.notice.id
    seen = scene.resolution_id("seen")
    with pytest.raises(RuleBroken) as refused:
        second.units.run(lambda uow: mark_notice_seen(uow, owner, seen, key, LATER, reason=" "))
    assert refused.value.code is ErrorCode.DRAFT_INCOMPLETE
    second.units.run(lambda uow: mark_notice_seen(uow, owner, seen, key, LATER, reason="Đã gọi khách"))
    scene.check()
    assert look(first) == look(second) == []
    assert (Matter.LOST, DUE, "IBFT chuyen tien mua hang") in look(first, settled=True)
    check_books(shop)


def test_what_went_after_it_was_matched_is_a_refund_of_that_payment(shop: Shop) -> None:
    scene = Scene(shop, "matched")
    scene.decides("match")()
    scene.check()
    assert shop.get(scene.codes[0].id).status is PaymentStatus.PAID
    assert tells(shop, refund("matched", 200_000)) is ReceiptOutcome.BOOKED
    assert tells(shop, refund("matched", 200_000)) is ReceiptOutcome.DUPLICATE
    scene.check()
    (given,) = shop.run(lambda uow: uow.refunds.of_payment(scene.codes[0].id))
    assert (given.origin, given.amount_minor, given.beyond) == (RefundOrigin.PROVIDER, 200_000, False)
    assert scene.moved()[QR] == DUE - 200_000
    assert SUSPENSE not in scene.moved()
    check_books(shop)


def test_a_refund_to_where_it_came_from_of_matched_money_says_that_another_way_is_needed(shop: Shop) -> None:
    scene = Scene(shop, "origin")
    scene.decides("match")()
    scene.check()
    till, key = shop.tills[0], RefundId(an_id("origin refund"))
    owner = till.actor(Role.OWNER)
    what = (RefundOf.SALE, RefundWay.ORIGINAL, DUE, LATER)
    till.units.run(lambda uow: ask_refund(uow, owner, key, scene.codes[0].id, *what, reason="Khách trả hàng"))
    scene.syncs()
    assert shop.run(lambda uow: claim_refund(uow, key, LATER)) is None
    scene.check()
    (asked,) = till.units.run(lambda uow: uow.refunds.of_payment(scene.codes[0].id))
    assert (asked.status, asked.failure) == (RefundStatus.FAILED, ErrorCode.REFUND_WAY)
    check_books(shop)


def test_money_whose_refund_failed_waits_again(shop: Shop) -> None:
    scene = Scene(shop, "back")
    assert tells(shop, refund("back", status=RailStatus.PENDING)) is ReceiptOutcome.NOTED
    tells(shop, refund("back"))
    older = refund("back", status=RailStatus.FAILED, at=Instant(LATER - 1))
    assert tells(shop, older) is ReceiptOutcome.DUPLICATE, "what the provider said before"
    failed = refund("back", status=RailStatus.FAILED, at=Instant(LATER + 1))
    assert tells(shop, failed) is ReceiptOutcome.SUSPENSE
    assert tells(shop, failed) is ReceiptOutcome.DUPLICATE
    scene.check()
    assert scene.moved() == {QR: DUE, SUSPENSE: -DUE}
    assert look(shop.tills[0]) == [(Matter.UNMATCHED, DUE, "IBFT chuyen tien mua hang")]
    won = charge_back("back", DUE)
    assert tells(shop, won) is ReceiptOutcome.BOOKED, "by the provider's id of the payment it is found again"
    scene.check()
    assert scene.moved() == {QR: -FEE, FEES: FEE}
    check_books(shop)


def test_money_that_comes_back_comes_to_the_wallet_that_it_left(shop: Shop) -> None:
    scene = Scene(shop, "wallet")
    tells(shop, refund("wallet"))
    key = provider_wallet(Provider.VNPAY_QR_MMS)
    shop.run(lambda uow: uow.settings.put(key, BANK))
    failed = refund("wallet", status=RailStatus.FAILED, at=Instant(LATER + 1))
    assert tells(shop, failed) is ReceiptOutcome.SUSPENSE
    scene.check()
    assert scene.moved() == {QR: DUE, SUSPENSE: -DUE}
    check_books(shop)


def test_a_payment_that_is_heard_of_later_takes_what_is_left_of_its_money(shop: Shop) -> None:
    till = shop.tills[0]
    payment_id = PaymentId(an_id("later"))
    before = shop.hub_books.balances()
    code = till.units.run(
        lambda uow: start_payment(uow, till.actor(), payment_id, Method.VNPAY_QR, DUE, NOON, online=True)
    )
    shop.receive(a_receipt(code, DUE, "money later", LATER), may_park=False)
    assert tells(shop, refund("later", 200_000)) is ReceiptOutcome.BOOKED
    shop.at = Instant(LATER + MINUTE)
    shop.settle_down()
    assert shop.get(payment_id).received_minor == DUE - 200_000
    now = shop.hub_books.balances()
    moved = {key: now.get(key, 0) - before.get(key, 0) for key in now}
    assert {key: amount for key, amount in moved.items() if amount} == {
        QR: DUE - 200_000,
        SUSPENSE: -(DUE - 200_000),
    }
    check_books(shop)


def test_more_than_waits_is_a_loss(shop: Shop) -> None:
    scene = Scene(shop, "more")
    tells(shop, refund("more", DUE + 50_000))
    scene.check()
    assert scene.moved() == {QR: -50_000, OTHER_EXPENSE: 50_000}
    assert look(shop.tills[1]) == [(Matter.LOST, 50_000, "IBFT chuyen tien mua hang")]
    check_books(shop)


@pytest.mark.parametrize("by_bank", [False, True], ids=["provider", "bank"])
@pytest.mark.parametrize("matched", [False, True], ids=["waiting", "matched"])
def test_that_money_came_back_may_be_heard_before_that_it_went(shop: Shop, by_bank: bool, matched: bool) -> None:
    scene = Scene(shop, "came back")
    if matched:
        scene.decides("match")()
        scene.check()
    gone = charge_back("came back") if by_bank else refund("came back")
    later = Instant(LATER + 1)
    back = (
        replace(charge_back("came back", stage=DisputeStage.WON), at=later)
        if by_bank
        else refund("came back", status=RailStatus.FAILED, at=later)
    )
    if tells(shop, back, may_park=True) is ReceiptOutcome.PARKED:
        tells(shop, gone)
        tells(shop, back)
    tells(shop, gone)
    scene.check()
    moved = scene.moved()
    fee = FEE if by_bank else 0
    assert (moved.get(QR, 0), moved.get(SUSPENSE, 0)) == (DUE - fee, 0 if matched else -DUE)
    given = shop.run(lambda uow: uow.refunds.of_payment(scene.codes[0].id))
    assert [each.status for each in given] == ([RefundStatus.RETURNED] if matched else [])
    check_books(shop)


@pytest.mark.parametrize("by_bank", [False, True], ids=["provider", "bank"])
def test_money_that_goes_once_more_after_all_of_it_went_is_a_loss(shop: Shop, by_bank: bool) -> None:
    scene = Scene(shop, "twice")
    tells(shop, refund("twice"))
    again = charge_back("twice") if by_bank else refund("twice", provider_ref="another", dedupe_key="another")
    assert tells(shop, again) is ReceiptOutcome.BOOKED
    assert tells(shop, again) is ReceiptOutcome.DUPLICATE
    scene.check()
    fee = FEE if by_bank else 0
    assert scene.moved() == {QR: -DUE - fee, OTHER_EXPENSE: DUE, **({FEES: fee} if fee else {})}
    assert look(shop.tills[1]) == [(Matter.LOST, DUE, "IBFT chuyen tien mua hang")]
    check_books(shop)


def test_what_is_won_under_an_id_of_its_own_comes_back(shop: Shop) -> None:
    scene = Scene(shop, "own id")
    won = replace(charge_back("own id", stage=DisputeStage.WON), provider_ref="won", at=Instant(LATER + 1))
    assert tells(shop, charge_back("own id")) is ReceiptOutcome.BOOKED
    shop.at = Instant(shop.at + MINUTE)
    assert tells(shop, won) is ReceiptOutcome.SUSPENSE
    assert tells(shop, won) is ReceiptOutcome.DUPLICATE
    assert tells(shop, replace(charge_back("own id"), provider_ref="taken again")) is ReceiptOutcome.BOOKED
    assert tells(shop, replace(won, provider_ref="won again")) is ReceiptOutcome.SUSPENSE
    scene.check()
    assert scene.moved() == {QR: DUE - 2 * FEE, FEES: 2 * FEE, SUSPENSE: -DUE}
    check_books(shop)
