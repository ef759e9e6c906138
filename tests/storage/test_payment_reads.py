"""What screens read of payments: whole sales, unfinished ones, and what about money needs an eye."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from domain.bills import Bill
from domain.errors import ErrorCode, FailureCode, RuleBroken
from domain.ids import BillId, DeviceId, Instant, PaymentId, RefundId
from domain.payment_rows import Matter
from domain.payments import Cause, PaymentException, PaymentStatus
from domain.policy import Actor
from domain.posting_rules import Places
from domain.rails import Method, Provider
from domain.refundable import GivenBack
from domain.refunds import Refund, RefundOf, RefundStatus, RefundWay
from domain.services.by_hand import settle_by_hand
from domain.services.hand_confirm import confirm_by_hand
from domain.services.payment_changes import add_heard, keep_change
from domain.services.payments import void_sale
from domain.services.refunds import ask_refund, what_is_left
from domain.services.vouchers import post_event
from domain.settlement import ReceiptKind
from domain.vouchers import SourceEvent
from storage.gate import TillFiles
from storage.hub_tills import add_device
from storage.matter_reads import _OF_SHOP, _OF_TILL, _UNFINISHED
from storage.payment_reads import PAYMENT_COLUMNS
from storage.queries import TillQueries
from storage.session import Session, Sql
from storage.till import TillUnitOfWork, TillUnits
from tests.builders import BANK, CASHIER, MANAGER, MERCHANT, MINUTE, NOON, OWNER, a_payment, an_id, connect, sell
from tests.domain.approval_samples import add_people
from tests.domain.by_hand_samples import A_CHEQUE, take_cheque, take_promise

LATER = Instant(NOON + MINUTE)
DUE = 500_000


@pytest.fixture
def shop(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    return till_units


@pytest.fixture
def queries(shop: TillUnits, till_file: TillFiles) -> Iterator[TillQueries]:
    with closing(till_file.connect_reader()) as connection:
        yield TillQueries(Session(connection.cursor(), "sqlite"))


def part(
    shop: TillUnits, name: str, amount: int, of: str, method: Method = Method.CASH, at: Instant = NOON
) -> PaymentId:
    """Take a part of a sale of 500,000."""
    bill = Bill(BillId(an_id(of)), DUE)
    return shop.run(lambda uow: sell(uow, name, method=method, amount_minor=amount, bill=bill, at=at)).id


def hear(shop: TillUnits, payment_id: PaymentId, **news: object) -> None:
    """Change a payment as the hub tells it."""

    def told(uow: TillUnitOfWork) -> None:
        before = uow.payments.get(payment_id)
        assert before is not None
        after = replace(before, revision=before.revision + 1, updated_at=LATER, **news)  # type: ignore[arg-type]  # as each test says
        keep_change(uow, before, after, Cause.HUB, LATER)

    shop.run(told)


def unmatched(shop: TillUnits, key: str, memo: str, amount: int = 70_000, payment_id: PaymentId | None = None) -> None:
    """Money came that no payment took."""
    shop.run(
        lambda uow: post_event(
            uow,
            SourceEvent("prov:sepay", key),
            ReceiptKind.UNMATCHED,
            Places(BANK),
            LATER,
            {"amount": amount},
            memo=memo,
            payment_id=payment_id,
        )
    )


def matters(queries: TillQueries, actor: Actor = OWNER) -> list[tuple[Matter, int]]:
    return [(row.kind, row.at_stake_minor) for row in queries.matters(actor, 100, at=NOON)]


def test_a_payment_is_read_with_all_payments_of_its_sale(shop: TillUnits, queries: TillQueries) -> None:
    cash = part(shop, "cash", 200_000, of="cash")
    code = part(shop, "code", 300_000, of="cash", method=Method.VIETQR, at=LATER)
    detail = queries.payment(code)
    assert detail is not None
    assert [tender.row.id for tender in detail.tenders] == [cash, code]
    assert (detail.sale.due_minor, detail.sale.received_minor, detail.sale.missing_minor) == (DUE, 200_000, 300_000)
    assert [len(tender.vouchers) for tender in detail.tenders] == [1, 0]
    assert detail.vouchers == ()
    assert queries.sale(BillId(cash)) == detail.sale


def test_a_payment_that_is_its_own_sale_is_a_sale_of_one(shop: TillUnits, queries: TillQueries) -> None:
    sold = shop.run(lambda uow: sell(uow, "alone"))
    sale = queries.sale(sold.bill.id)
    assert sale is not None
    assert (len(sale.payments), sale.due_minor, sale.matter) == (1, 45_000, None)
    assert queries.sale(BillId(an_id("never heard of"))) is None


def test_only_sales_with_some_money_and_not_enough_are_unfinished(shop: TillUnits, queries: TillQueries) -> None:
    part(shop, "cash", 200_000, of="cash")
    part(shop, "whole", DUE, of="whole")
    part(shop, "nothing yet", 100_000, of="nothing yet", method=Method.VIETQR)
    assert [sale.missing_minor for sale in queries.unfinished(Instant(0))] == [300_000]
    assert queries.unfinished(LATER) == []
    part(shop, "rest", 300_000, of="cash", at=LATER)
    assert queries.unfinished(Instant(0)) == []


def test_a_short_transfer_is_an_unfinished_sale(shop: TillUnits, queries: TillQueries) -> None:
    short = part(shop, "short", DUE, of="short", method=Method.VIETQR)
    hear(shop, short, received_minor=200, exception=PaymentException.PAID_SHORT)
    assert [sale.received_minor for sale in queries.unfinished(Instant(0))] == [200]


def test_another_tills_unfinished_sale_is_not_told_at_this_counter(shop: TillUnits, queries: TillQueries) -> None:
    def elsewhere(uow: TillUnitOfWork) -> None:
        other = DeviceId(an_id("till 02"))
        add_device(uow.session, MERCHANT, other, "02", "A")
        bill = Bill(BillId(an_id("elsewhere")), DUE)
        paid = {"status": PaymentStatus.PAID, "received_minor": 45_000, "paid_at": NOON, "bill": bill}
        heard = a_payment(id=PaymentId(an_id("elsewhere")), device_id=other, reference="BANA02A0000017", **paid)
        add_heard(uow, heard, Cause.HUB, NOON)

    shop.run(elsewhere)
    assert queries.unfinished(Instant(0)) == []
    assert matters(queries, OWNER) == [(Matter.SHORT, 455_000)]
    assert matters(queries, CASHIER) == []


def test_each_matter_of_money_is_told_once_and_by_its_gravest(shop: TillUnits, queries: TillQueries) -> None:
    part(shop, "cash", 200_000, of="cash")
    twice = part(shop, "twice", DUE, of="twice", method=Method.VIETQR)
    late = part(shop, "late", DUE, of="late", method=Method.VIETQR)
    over = part(shop, "over", DUE, of="over", method=Method.VIETQR)
    by_hand = part(shop, "by hand", DUE, of="by hand", method=Method.VIETQR)
    paid = {"status": PaymentStatus.PAID, "paid_at": NOON}
    hear(shop, twice, received_minor=2 * DUE, exception=PaymentException.PAID_TWICE, **paid)
    hear(shop, late, received_minor=DUE, exception=PaymentException.PAID_LATE, **paid)
    hear(shop, over, received_minor=DUE + 5_000, exception=PaymentException.PAID_OVER, **paid)
    shop.run(lambda uow: confirm_by_hand(uow, OWNER, by_hand, LATER, evidence="FT1"))
    assert set(matters(queries)) == {
        (Matter.SHORT, 300_000),
        (Matter.TWICE, DUE),
        (Matter.LATE, DUE),
        (Matter.OVER, 5_000),
        (Matter.BY_HAND, DUE),
    }


def test_a_matter_that_was_settled_is_no_longer_told(shop: TillUnits, queries: TillQueries) -> None:
    short = part(shop, "short", DUE, of="short", method=Method.VIETQR)
    hear(shop, short, received_minor=200_000, exception=PaymentException.PAID_SHORT)
    part(shop, "rest", 300_000, of="short", at=LATER)
    assert matters(queries) == []


def test_a_sale_that_was_taken_back_is_no_matter(shop: TillUnits, queries: TillQueries) -> None:
    sold = shop.run(lambda uow: sell(uow, "sold"))
    shop.run(lambda uow: void_sale(uow, OWNER, sold.id, LATER, reason="gõ nhầm"))
    sale = queries.sale(sold.bill.id)
    assert sale is not None
    assert (sale.received_minor, sale.unfinished) == (0, False)
    assert matters(queries) == []


def test_a_part_of_a_sale_is_not_taken_back_alone(shop: TillUnits, queries: TillQueries) -> None:
    first = part(shop, "cash", 200_000, of="cash")
    with pytest.raises(RuleBroken) as refused:
        shop.run(lambda uow: void_sale(uow, OWNER, first, LATER, reason="gõ nhầm"))
    assert refused.value.code is ErrorCode.SALE_NOT_VOIDABLE


def test_money_without_a_payment_is_told_until_it_found_one(shop: TillUnits, queries: TillQueries) -> None:
    waiting = shop.run(lambda uow: sell(uow, "found", method=Method.VIETQR))
    unmatched(shop, "k1", "Chuyen tien mua hang")
    unmatched(shop, "k2", f"thanh toan {waiting.reference}", amount=45_000)
    assert sorted(matters(queries)) == [(Matter.UNMATCHED, 45_000), (Matter.UNMATCHED, 70_000)]
    assert queries.matters(OWNER, 100)[0].voucher_id is not None
    hear(shop, waiting.id, status=PaymentStatus.PAID, received_minor=45_000, paid_at=LATER)
    assert matters(queries) == [(Matter.UNMATCHED, 70_000)]


def test_money_for_a_code_that_ended_long_ago_is_told_with_its_payment(shop: TillUnits, queries: TillQueries) -> None:
    ended = shop.run(lambda uow: sell(uow, "ended", method=Method.VIETQR))
    hear(shop, ended.id, status=PaymentStatus.EXPIRED, ended_at=LATER)
    unmatched(shop, "k1", ended.reference, payment_id=ended.id)
    (row,) = queries.matters(OWNER, 100, at=NOON)
    assert (row.kind, row.payment_id, row.name) == (Matter.UNMATCHED, ended.id, ended.reference)


def test_who_sees_no_balances_is_told_of_no_money_without_a_payment(shop: TillUnits, queries: TillQueries) -> None:
    unmatched(shop, "k1", "Chuyen tien mua hang")
    assert matters(queries, CASHIER) == []
    assert matters(queries, OWNER) == [(Matter.UNMATCHED, 70_000)]


def test_money_in_a_wallet_that_is_hidden_from_a_manager_is_not_told(shop: TillUnits, queries: TillQueries) -> None:
    unmatched(shop, "k1", "Chuyen tien mua hang")
    assert matters(queries, MANAGER) == []


def test_the_day_counts_no_money_that_only_a_person_has_seen(shop: TillUnits, queries: TillQueries) -> None:
    code = part(shop, "code", 300_000, of="code", method=Method.VIETQR)
    part(shop, "cash", 200_000, of="code", at=LATER)
    shop.run(lambda uow: confirm_by_hand(uow, OWNER, code, LATER, evidence="FT1"))
    assert queries.day_total(OWNER, Instant(0)).amount_minor == 200_000


@pytest.mark.parametrize("sql", [_OF_SHOP, _OF_TILL, _UNFINISHED])
def test_what_may_need_an_eye_is_found_by_its_own_index(shop: TillUnits, sql: Sql) -> None:
    values = {"merchant_id": MERCHANT, "limit": 10, "since": 0}
    plan = shop.read(lambda session: session.all(Sql(f"EXPLAIN QUERY PLAN {sql.text}"), values))
    assert any("payments_marked" in row[3] for row in plan), plan
    assert not any("USE TEMP B-TREE" in row[3] for row in plan), plan


def give(shop: TillUnits, name: str, payment_id: PaymentId, amount: int) -> Refund:
    """Give a part of a sale back from the drawer."""
    refund_id = RefundId(an_id(name))
    return shop.run(
        lambda uow: ask_refund(
            uow,
            OWNER,
            refund_id,
            payment_id,
            RefundOf.SALE,
            RefundWay.WALLET,
            amount,
            LATER,
            reason="Khách trả hàng",
        )
    )


def test_a_payment_is_read_with_its_refunds_their_steps_and_their_vouchers(
    shop: TillUnits, queries: TillQueries
) -> None:
    sold = shop.run(lambda uow: sell(uow, "sold", amount_minor=DUE)).id
    other = shop.run(lambda uow: sell(uow, "other", amount_minor=DUE)).id
    refunds = [give(shop, name, sold, amount) for name, amount in (("first", 100_000), ("second", 50_000))]
    detail = queries.payment(sold)
    assert detail is not None
    assert {row.refund for row in detail.refunds} == set(refunds)
    for row in detail.refunds:
        assert (row.asked_by, row.approved_by) == (OWNER.name, "")
        assert [(step.to_status, step.cause) for step in row.steps] == [(RefundStatus.DONE, Cause.PERSON)]
        assert [voucher.total_minor for voucher in row.vouchers] == [row.refund.amount_minor]
    assert (detail.row.given_minor, detail.row.given_back) == (150_000, GivenBack.PART)
    assert detail.left.sale_minor == DUE - 150_000
    untouched = queries.payment(other)
    assert untouched is not None
    assert (untouched.refunds, untouched.row.given_back) == ((), GivenBack.NOTHING)


def test_what_is_left_is_what_the_service_would_give_back(shop: TillUnits, queries: TillQueries) -> None:
    code = part(shop, "code", 300_000, of="code", method=Method.VNPAY_QR)
    cash = part(shop, "cash", 200_000, of="code", at=LATER)
    hear(shop, code, status=PaymentStatus.PAID, received_minor=350_000, paid_at=LATER)
    give(shop, "some", cash, 150_000)
    voided = shop.run(lambda uow: sell(uow, "voided")).id
    shop.run(lambda uow: void_sale(uow, OWNER, voided, NOON, reason="gõ nhầm"))
    for payment_id in (code, cash, voided):
        detail, payment = queries.payment(payment_id), shop.run(lambda uow, each=payment_id: uow.payments.get(each))
        assert detail is not None
        assert payment is not None
        assert detail.left == shop.run(lambda uow, each=payment: what_is_left(uow, each))


def test_held_money_is_read_with_its_end(shop: TillUnits, queries: TillQueries) -> None:
    shop.run(lambda uow: connect(uow, Provider.STRIPE))
    card = shop.run(lambda uow: sell(uow, "card", method=Method.CARD, amount_minor=DUE, capture=False)).id
    hear(shop, card, status=PaymentStatus.AUTHORIZED, held_minor=DUE, held_until=LATER)
    detail = queries.payment(card)
    assert detail is not None
    assert (detail.is_held, detail.pays_alone, detail.capture, detail.provider) == (True, True, False, Provider.STRIPE)
    assert (detail.row.held_minor, detail.row.held_until) == (DUE, LATER)
    hear(shop, card, capture_minor=DUE)
    ordered = queries.payment(card)
    assert ordered is not None
    assert (ordered.is_held, ordered.row.capture_minor) == (False, DUE)


def test_a_hold_that_could_not_be_let_go_needs_a_look_until_it_is_gone(shop: TillUnits, queries: TillQueries) -> None:
    shop.run(lambda uow: connect(uow, Provider.STRIPE))
    card = shop.run(lambda uow: sell(uow, "card", method=Method.CARD, amount_minor=DUE, capture=False)).id
    hear(shop, card, status=PaymentStatus.AUTHORIZED, held_minor=DUE)
    hear(shop, card, status=PaymentStatus.CANCELLED, ended_at=LATER)
    assert queries.matters(OWNER, 100, at=LATER) == []
    hear(shop, card, failure=FailureCode.OPERATION_UNSUPPORTED)
    (row,) = queries.matters(OWNER, 100, at=LATER)
    assert (row.kind, row.at_stake_minor, row.payment_id) == (Matter.HELD, DUE, card)
    hear(shop, card, held_minor=0)
    assert queries.matters(OWNER, 100, at=LATER) == []


def test_a_hold_that_ends_within_two_days_needs_a_look_until_it_is_taken(shop: TillUnits, queries: TillQueries) -> None:
    shop.run(lambda uow: connect(uow, Provider.STRIPE))
    card = shop.run(lambda uow: sell(uow, "card", method=Method.CARD, amount_minor=DUE, capture=False)).id
    day = 24 * 60 * MINUTE
    ends = Instant(NOON + 7 * day)
    hear(shop, card, status=PaymentStatus.AUTHORIZED, held_minor=DUE, held_until=ends)
    assert queries.matters(OWNER, 100, at=Instant(ends - 2 * day - 1)) == []
    assert queries.matters(OWNER, 100) == []
    for at in (Instant(ends - 2 * day), Instant(ends + 1)):
        (row,) = queries.matters(OWNER, 100, at=at)
        assert (row.kind, row.at_stake_minor, row.payment_id) == (Matter.HELD, DUE, card)
    hear(shop, card, capture_minor=DUE)
    assert queries.matters(OWNER, 100, at=ends) == []


def test_a_hold_whose_end_is_not_known_is_no_matter_and_a_cashier_sees_those_of_the_till_alone(
    shop: TillUnits, queries: TillQueries
) -> None:
    shop.run(lambda uow: connect(uow, Provider.STRIPE))
    card = shop.run(lambda uow: sell(uow, "card", method=Method.CARD, amount_minor=DUE, capture=False)).id
    hear(shop, card, status=PaymentStatus.AUTHORIZED, held_minor=DUE)
    assert queries.matters(OWNER, 100, at=LATER) == []
    hear(shop, card, held_until=LATER)

    def elsewhere(uow: TillUnitOfWork) -> None:
        other = DeviceId(an_id("till 02"))
        add_device(uow.session, MERCHANT, other, "02", "A")
        held = {"status": PaymentStatus.AUTHORIZED, "capture": False, "held_minor": 5, "held_until": LATER}
        far = PaymentId(an_id("far"))
        heard = a_payment(id=far, device_id=other, reference="BANA02A0000017", method=Method.CARD, **held)
        add_heard(uow, heard, Cause.HUB, NOON)

    shop.run(elsewhere)
    assert [row.at_stake_minor for row in queries.matters(CASHIER, 100, at=LATER)] == [DUE]
    assert sorted(row.at_stake_minor for row in queries.matters(OWNER, 100, at=LATER)) == [5, DUE]


def test_what_was_given_back_is_found_by_the_payments_own_index(shop: TillUnits) -> None:
    sql = f"EXPLAIN QUERY PLAN SELECT {PAYMENT_COLUMNS} FROM payments p WHERE p.merchant_id = :merchant_id LIMIT 60"
    plan = shop.read(lambda session: session.all(Sql(sql), {"merchant_id": MERCHANT}))
    looks = [row[3] for row in plan if " g" in row[3]]
    assert len(looks) == 3, plan
    assert all("refunds_of_payment" in look for look in looks), plan


def test_the_methods_that_can_hold_are_those_of_connected_providers(shop: TillUnits, queries: TillQueries) -> None:
    assert queries.holding() == ()
    shop.run(lambda uow: connect(uow, Provider.STRIPE, Provider.VNPAY_QR_MMS))
    assert queries.holding() == (Method.CARD,)


def test_a_cheque_past_its_presentation_and_money_promised_long_ago_need_a_look(
    shop: TillUnits, queries: TillQueries
) -> None:
    cheque = shop.run(lambda uow: take_cheque(uow, customer_name="Hoa Mai"))
    shop.run(lambda uow: take_promise(uow, amount_minor=70_000))
    day = 24 * 60 * MINUTE
    assert queries.matters(OWNER, 100, at=Instant(NOON + 30 * day)) == []
    late = queries.matters(OWNER, 100, at=Instant(NOON + 31 * day))
    assert sorted((row.kind, row.at_stake_minor) for row in late) == [
        (Matter.OVERDUE, 45_000),
        (Matter.OVERDUE, 70_000),
    ]
    shop.run(lambda uow: settle_by_hand(uow, OWNER, cheque.id, LATER, evidence="Báo Có"))
    (left,) = queries.matters(OWNER, 100, at=Instant(NOON + 31 * day))
    assert left.at_stake_minor == 70_000
    detail = queries.payment(cheque.id)
    assert detail is not None
    assert detail.cheque == A_CHEQUE
