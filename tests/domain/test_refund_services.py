"""Refunds at a till and as its hub hears of them: who may, for what exactly, and what nobody may tell the hub."""

from dataclasses import replace
from typing import Any

import pytest

from domain.approvals import Approval, Guarded, asked_of
from domain.errors import ErrorCode, NotPermitted
from domain.ids import AccountId, Instant, MessageId, PaymentId, RefundId
from domain.messages import Message, MessageKind
from domain.payments import Cause, PaymentIntent, PaymentStatus, advance
from domain.policy import Actor
from domain.ports import UnitOfWork
from domain.rails import Method, Provider
from domain.refund_bodies import read_refund, refund_body
from domain.refunds import Refund, RefundOf, RefundOrigin, RefundStatus, RefundWay
from domain.services.accounts import archive_wallet
from domain.services.payment_changes import keep_change
from domain.services.payments import void_sale
from domain.services.refunds import ask_refund, what_is_left
from storage.gate import TillFiles
from storage.till import TillUnits
from storage.verify import verify_till
from tests.builders import (
    BANK,
    CASH,
    CASHIER,
    KEY,
    MANAGER,
    MERCHANT,
    MINUTE,
    NOON,
    OWNER,
    SALES,
    WITNESS_KEY,
    an_id,
    sell,
)
from tests.domain.approval_samples import ACCOUNTANT, AUDITOR, OTHER_MANAGER, add_people, forged, grant
from tests.domain.till_facts import ask, code_of
from tests.property.shop_stage import Shop
from tests.storage.breaches import found

LATER = Instant(NOON + MINUTE)


@pytest.fixture
def till(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    return till_units


@pytest.fixture
def sale(till: TillUnits) -> PaymentIntent:
    return till.run(lambda uow: sell(uow, "sold"))


def give(uow: UnitOfWork, payment: PaymentIntent, actor: Actor = OWNER, **changes: Any) -> Refund:
    """Give a part of a cash sale back from the drawer."""
    facts = {
        "refund_id": RefundId(an_id("refund")),
        "what": RefundOf.SALE,
        "way": RefundWay.WALLET,
        "amount_minor": 20_000,
        "at": NOON,
        "reason": "Khách trả hàng",
        **changes,
    }
    return ask_refund(uow, actor, payment_id=payment.id, **facts)


def refused(till: TillUnits, sale: PaymentIntent, actor: Actor = OWNER, **changes: Any) -> ErrorCode:
    return code_of(till, lambda uow: give(uow, sale, actor, **changes))


def approved(till: TillUnits, sale: PaymentIntent, approver: Actor = MANAGER, **changes: Any) -> Approval:
    """Let a manager approve a cashier's refund, as its refusal tells it."""
    with pytest.raises(NotPermitted) as needed:
        till.run(lambda uow: give(uow, sale, CASHIER, **changes))
    asked = asked_of(needed.value)
    assert asked is not None
    assert asked.action is Guarded.REFUND
    return grant(till, asked, CASHIER, approver)


def test_cash_is_given_back_and_booked_at_once(till: TillUnits, sale: PaymentIntent, till_file: TillFiles) -> None:
    refund = till.run(lambda uow: give(uow, sale))
    assert (refund.status, refund.wallet_id) == (RefundStatus.DONE, CASH)
    assert till.run(lambda uow: uow.accounts.balance(CASH)) == sale.amount_minor - 20_000
    assert till.run(lambda uow: uow.accounts.balance(SALES)) == -sale.amount_minor
    assert till.run(lambda uow: give(uow, sale)) == refund, "pressing twice is once"
    assert till.run(lambda uow: what_is_left(uow, sale)).sale_minor == sale.amount_minor - 20_000
    assert refused(till, sale, amount_minor=1) is ErrorCode.ID_REUSED
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_minor": 45_001}, ErrorCode.REFUND_EXCEEDS),
        ({"what": RefundOf.EXCESS}, ErrorCode.REFUND_EXCEEDS),
        ({"what": RefundOf.HELD}, ErrorCode.REFUND_EXCEEDS),
        ({"amount_minor": 0}, ErrorCode.AMOUNT_INVALID),
        ({"reason": "  "}, ErrorCode.DRAFT_INCOMPLETE),
        ({"way": RefundWay.ORIGINAL}, ErrorCode.REFUND_WAY),
        ({"wallet_id": AccountId("nowhere")}, ErrorCode.ACCOUNT_UNKNOWN),
        ({"wallet_id": SALES}, ErrorCode.ACCOUNT_IS_CONTROL),
    ],
)
def test_what_cannot_be_given_back_so_is_refused(
    till: TillUnits, sale: PaymentIntent, changes: dict[str, Any], code: ErrorCode
) -> None:
    assert refused(till, sale, **changes) is code


def test_a_payment_that_is_not_there_or_not_paid_gives_nothing_back(till: TillUnits, sale: PaymentIntent) -> None:
    unknown = replace(sale, id=PaymentId(an_id("unknown")))
    assert refused(till, unknown) is ErrorCode.PAYMENT_UNKNOWN
    waiting = till.run(lambda uow: sell(uow, "waiting", method=Method.VIETQR))
    assert refused(till, waiting) is ErrorCode.REFUND_EXCEEDS


def test_a_wallet_out_of_use_pays_nothing_back(till: TillUnits, sale: PaymentIntent) -> None:
    till.run(lambda uow: archive_wallet(uow, OWNER, BANK, MessageId(an_id("archive")), NOON, archived=True))
    assert refused(till, sale, wallet_id=BANK) is ErrorCode.ACCOUNT_ARCHIVED


def test_a_manager_gives_back_alone_from_the_drawer_and_not_from_a_wallet_they_do_not_see(
    till: TillUnits, sale: PaymentIntent
) -> None:
    assert refused(till, sale, MANAGER, wallet_id=BANK) is ErrorCode.ACCOUNT_NOT_GRANTED
    assert till.run(lambda uow: give(uow, sale, MANAGER)).approved_by is None


@pytest.mark.parametrize("actor", [ACCOUNTANT, AUDITOR], ids=["accountant", "auditor"])
def test_who_is_not_at_the_counter_gives_nothing_back(till: TillUnits, sale: PaymentIntent, actor: Actor) -> None:
    assert refused(till, sale, actor) is ErrorCode.NOT_PERMITTED


def test_a_cashier_gives_back_with_a_managers_word_for_exactly_that(
    till: TillUnits, sale: PaymentIntent, till_file: TillFiles
) -> None:
    approval = approved(till, sale)
    for other in ({"amount_minor": 20_001}, {"reason": "Khác"}, {"refund_id": RefundId(an_id("other"))}):
        assert refused(till, sale, CASHIER, approval=approval, **other) is ErrorCode.APPROVAL_OTHER
    assert (
        refused(till, sale, CASHIER, approval=forged(approval, approver_id=CASHIER.user_id)) is ErrorCode.APPROVAL_SELF
    )
    assert refused(till, sale, CASHIER, approval=approval, at=approval.expires_at) is ErrorCode.APPROVAL_EXPIRED
    refund = till.run(lambda uow: give(uow, sale, CASHIER, approval=approval))
    assert (refund.requested_by, refund.approved_by) == (CASHIER.user_id, MANAGER.user_id)
    assert ask(till, "SELECT used_by FROM approvals") == [(refund.id,)]
    again = {"refund_id": RefundId(an_id("again"))}
    second = approved(till, sale, OTHER_MANAGER, **again)
    replayed = replace(approval, asked=second.asked)
    assert refused(till, sale, CASHIER, approval=replayed, **again) is ErrorCode.APPROVAL_USED
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_a_sale_that_was_taken_back_is_not_given_back_and_the_other_way_round(till: TillUnits) -> None:
    voided = till.run(lambda uow: sell(uow, "voided"))
    given = till.run(lambda uow: sell(uow, "given"))
    till.run(lambda uow: void_sale(uow, OWNER, voided.id, NOON, reason="gõ nhầm"))
    assert refused(till, voided) is ErrorCode.REFUND_EXCEEDS
    till.run(lambda uow: give(uow, given))
    void = code_of(till, lambda uow: void_sale(uow, OWNER, given.id, NOON, reason="gõ nhầm"))
    assert void is ErrorCode.SALE_NOT_VOIDABLE


def test_money_of_a_provider_waits_without_a_network_until_it_is_sent(till: TillUnits) -> None:
    coded = till.run(lambda uow: sell(uow, "coded", method=Method.VNPAY_QR))
    paid = replace(advance(coded, PaymentStatus.PAID, Cause.HUB, NOON), received_minor=45_000)
    till.run(lambda uow: keep_change(uow, coded, paid, Cause.HUB, NOON))
    refund = till.run(lambda uow: give(uow, paid, way=RefundWay.ORIGINAL))
    assert (refund.status, refund.provider) == (RefundStatus.REQUESTED, Provider.VNPAY_QR_MMS)
    assert ask(till, "SELECT COUNT(*) FROM outbox WHERE kind = 'refund'") == [(1,)]
    assert ask(till, "SELECT COUNT(*) FROM vouchers WHERE source_kind LIKE 'refund%'") == [(0,)]
    assert till.run(lambda uow: what_is_left(uow, paid)).sale_minor == 25_000, "what is asked for is taken"


# ---- as the hub hears of it


def told(shop: Shop, **changes: Any) -> tuple[Refund, Message]:
    """Let the first till give cash back; return the refund and the message that tells of it, with something changed."""
    till = shop.tills[0]
    sold = till.start("sold", Method.CASH, 45_000, NOON)
    till.units.run(lambda uow: give(uow, sold, till.actor(OWNER.role)))
    (message,) = [waiting for waiting in till.waiting() if waiting.kind is MessageKind.REFUND]
    shop.take([waiting for waiting in till.waiting() if waiting.kind is not MessageKind.REFUND])
    refund, cause = read_refund(message.body, MERCHANT)
    changed = replace(refund, **{name: value for name, value in changes.items() if name != "cause"})
    return refund, replace(message, subject_id=changed.id, body=refund_body(changed, changes.get("cause", cause)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"origin": RefundOrigin.CHARGE_BACK}, ErrorCode.MESSAGE_FOREIGN),
        ({"cause": Cause.PROVIDER}, ErrorCode.MESSAGE_FOREIGN),
        ({"device_id": "another"}, ErrorCode.MESSAGE_FOREIGN),
        ({"payment_id": PaymentId("unknown")}, ErrorCode.PAYMENT_UNKNOWN),
        ({"currency": "USD"}, ErrorCode.CURRENCY_MISMATCH),
        ({"status": RefundStatus.RETURNED}, ErrorCode.INVALID_TRANSITION),
        ({"beyond": True}, ErrorCode.INVALID_TRANSITION),
        ({"fee_minor": 1}, ErrorCode.INVALID_TRANSITION),
        ({"provider_ref": "RF"}, ErrorCode.INVALID_TRANSITION),
        ({"revision": 2}, ErrorCode.INVALID_TRANSITION),
        ({"requested_by": None}, ErrorCode.INVALID_TRANSITION),
        ({"approved_by": MANAGER.user_id}, ErrorCode.APPROVAL_OTHER),
        (
            {"way": RefundWay.ORIGINAL, "wallet_id": None, "provider": Provider.STRIPE},
            ErrorCode.INVALID_TRANSITION,
        ),
    ],
)
def test_the_hub_takes_no_refund_that_its_till_cannot_know_of(
    shop: Shop, changes: dict[str, Any], code: ErrorCode
) -> None:
    _, message = told(shop, **changes)
    (outcome,) = shop.take([message])
    assert outcome.code is code
    assert shop.hub_books.ask("SELECT COUNT(*) FROM refunds") == [(0,)]


def test_a_refund_is_taken_once_and_another_one_under_its_id_is_refused(shop: Shop) -> None:
    refund, message = told(shop)
    assert [outcome.code for outcome in shop.take([message, message])] == [None, None]
    other = replace(message, body=refund_body(replace(refund, amount_minor=1), Cause.PERSON))
    assert [outcome.code for outcome in shop.take([other])] == [ErrorCode.ID_REUSED]
    done = replace(message, body=refund_body(replace(refund, revision=2), Cause.PERSON))
    assert [outcome.code for outcome in shop.take([done])] == [ErrorCode.INVALID_TRANSITION]
    assert shop.hub_books.ask("SELECT status, beyond FROM refunds") == [("done", 0)]


def test_a_reference_that_is_taken_is_not_taken_again(shop: Shop) -> None:
    refund, message = told(shop)
    twin = replace(refund, id=RefundId("twin"), amount_minor=1)
    second = replace(message, id=MessageId("twin"), subject_id="twin", body=refund_body(twin, Cause.PERSON))
    assert [outcome.code for outcome in shop.take([message, second])] == [None, ErrorCode.SERIES_BROKEN]


@pytest.mark.parametrize("kind", ["refund_done", "refund_returned"])
def test_only_the_hub_books_what_providers_give_back(shop: Shop, kind: str) -> None:
    told(shop)
    till = shop.tills[0]
    vouchers = [waiting for waiting in till.waiting() if waiting.kind is MessageKind.VOUCHER]
    forged_one = replace(
        vouchers[-1], id=MessageId("forged"), body=vouchers[-1].body.replace('["refund",', f'["{kind}",')
    )
    assert [outcome.code for outcome in shop.take([forged_one])] == [ErrorCode.MESSAGE_FOREIGN]
