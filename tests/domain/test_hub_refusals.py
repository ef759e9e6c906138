"""What the hub refuses of a till: each forgery and each mistake by its own code, and nothing of it stays."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import ErrorCode
from domain.ids import MerchantId, MessageId
from domain.messages import Message, MessageKind
from domain.rails import Method
from domain.vouchers import SourceEvent
from tests.builders import HUB, MERCHANT, NOON, TILL
from tests.domain.by_hand_samples import take_cheque
from tests.domain.message_facts import DUE, a_code, changed, message_of, open_at, refused, rehashed
from tests.property.shop_stage import SECOND_TILL, Shop, Till


def test_a_message_of_another_shop_is_refused(shop: Shop, till: Till) -> None:
    a_code(till)
    foreign = replace(message_of(till, MessageKind.PAYMENT), merchant_id=MerchantId("other"))
    assert refused(shop, foreign) is ErrorCode.MESSAGE_FOREIGN


@pytest.mark.parametrize("kind", MessageKind)
def test_a_message_that_is_no_body_is_refused(shop: Shop, till: Till, kind: MessageKind) -> None:
    message = Message(MessageId("m"), "m", kind, "{}", MERCHANT, TILL)
    unproven = ErrorCode.FACT_UNPROVEN if kind is MessageKind.SETTING else ErrorCode.MESSAGE_MALFORMED
    assert refused(shop, message) is unproven


def test_a_till_speaks_of_new_payments_in_its_own_name_only(shop: Shop, till: Till) -> None:
    a_code(till)
    message = replace(message_of(till, MessageKind.PAYMENT), device_id=SECOND_TILL)
    assert refused(shop, message) is ErrorCode.MESSAGE_FOREIGN


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"status": "paid", "received": DUE}, ErrorCode.INVALID_TRANSITION),
        ({"received": 5, "exception": "paid_short"}, ErrorCode.INVALID_TRANSITION),
        ({"provider": "none", "status": "paid", "received": DUE}, ErrorCode.MESSAGE_MALFORMED),
        ({"method": "cash"}, ErrorCode.MESSAGE_MALFORMED),
        ({"currency": "AUD"}, ErrorCode.CURRENCY_MISMATCH),
        ({"id": "another"}, ErrorCode.MESSAGE_FOREIGN),
        ({"status": "authorized"}, ErrorCode.INVALID_TRANSITION),
        ({"status": "authorized", "capture": DUE, "held": DUE, "held_until": None}, ErrorCode.INVALID_TRANSITION),
        ({"capture": 0, "held": DUE, "held_until": None}, ErrorCode.INVALID_TRANSITION),
        ({"capture": DUE, "held": 0, "held_until": None}, ErrorCode.INVALID_TRANSITION),
        ({"status": "failed", "ended_at": NOON}, ErrorCode.INVALID_TRANSITION),
        ({"status": "unresolved"}, ErrorCode.INVALID_TRANSITION),
        ({"exception": "confirmed_by_hand"}, ErrorCode.INVALID_TRANSITION),
        ({"expires_at": NOON + 31 * 86_400_000 + 1}, ErrorCode.INVALID_TRANSITION),
    ],
)
def test_a_till_does_not_prove_money_of_a_provider(
    shop: Shop, till: Till, facts: dict[str, Any], code: ErrorCode
) -> None:
    a_code(till)
    assert refused(shop, changed(message_of(till, MessageKind.PAYMENT), **facts)) is code


@pytest.mark.parametrize(
    "facts", [{"received": DUE - 1}, {"received": DUE + 1}, {"status": "pending"}, {"status": "paid", "received": 0}]
)
def test_cash_is_paid_in_full_or_it_is_no_sale(shop: Shop, till: Till, facts: dict[str, Any]) -> None:
    till.start("sale", Method.CASH, DUE, NOON)
    message = changed(message_of(till, MessageKind.PAYMENT), **facts)
    assert refused(shop, message) is ErrorCode.INVALID_TRANSITION


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "paid", "received": DUE},
        {"status": "failed", "ended_at": NOON},
        {"status": "authorized"},
        {"provider": "manual", "status": "paid", "received": DUE, "paid_at": NOON},
        {"status": "cancelled", "ended_at": NOON, "received": 5, "exception": "paid_short"},
        {
            "status": "paid",
            "received": 1_000 * DUE,
            "exception": "confirmed_by_hand",
            "bill": ["a bill", DUE],
            "known": 0,
            "confirmed": 1_000 * DUE,
        },
    ],
)
def test_of_a_known_payment_a_till_tells_its_end_and_nothing_more(
    shop: Shop, till: Till, facts: dict[str, Any]
) -> None:
    a_code(till)
    message = message_of(till, MessageKind.PAYMENT)
    shop.take([message])
    more = replace(changed(message, revision=2, **facts), id=MessageId("more"))
    assert refused(shop, more) is ErrorCode.INVALID_TRANSITION


def test_a_reference_is_one_payments_even_if_a_till_was_cloned(shop: Shop, till: Till) -> None:
    a_code(till)
    message = message_of(till, MessageKind.PAYMENT)
    shop.take([message])
    clone = replace(changed(message, id="clone"), id=MessageId("clone-message"), subject_id="clone")
    assert refused(shop, clone) is ErrorCode.SERIES_BROKEN


def test_a_wallet_in_another_currency_is_refused(shop: Shop, till: Till) -> None:
    open_at(till, "Ví AUD")
    message = changed(message_of(till, MessageKind.ACCOUNT), currency="AUD")
    assert refused(shop, message) is ErrorCode.CURRENCY_MISMATCH


@pytest.mark.parametrize("kind", [MessageKind.ACCOUNT, MessageKind.VOUCHER])
def test_a_message_is_about_what_its_body_tells(shop: Shop, till: Till, kind: MessageKind) -> None:
    open_at(till, "Két 2")
    message = message_of(till, kind)
    assert refused(shop, replace(message, subject_id="other")) is ErrorCode.MESSAGE_FOREIGN


def test_a_voucher_travels_under_its_own_id(shop: Shop, till: Till) -> None:
    open_at(till, "Két 2")
    message = message_of(till, MessageKind.VOUCHER)
    assert refused(shop, replace(message, id=MessageId("other"))) is ErrorCode.MESSAGE_MALFORMED


def test_a_voucher_with_a_wrong_hash_is_refused(shop: Shop, till: Till) -> None:
    till.start("sale", Method.CASH, DUE, NOON)
    message = message_of(till, MessageKind.VOUCHER)
    assert refused(shop, changed(message, memo="anders")) is ErrorCode.MESSAGE_MALFORMED


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"currency": "AUD"}, ErrorCode.MESSAGE_MALFORMED),
        ({"device_id": HUB}, ErrorCode.MESSAGE_FOREIGN),
        ({"device_id": SECOND_TILL}, ErrorCode.MESSAGE_FOREIGN),
        ({"source": SourceEvent("prov:sepay", "m1")}, ErrorCode.MESSAGE_FOREIGN),
        ({"source": SourceEvent("applied", "p1")}, ErrorCode.MESSAGE_FOREIGN),
        ({"source": SourceEvent("cash", "another sale")}, ErrorCode.MESSAGE_MALFORMED),
        ({"number": "PT02A-26-000001"}, ErrorCode.SERIES_BROKEN),
        ({"prev_hash": "0" * 64}, ErrorCode.TILL_FORKED),
    ],
)
def test_a_forged_voucher_is_refused_although_its_hash_is_true(
    shop: Shop, till: Till, facts: dict[str, Any], code: ErrorCode
) -> None:
    till.start("sale", Method.CASH, DUE, NOON)
    assert refused(shop, rehashed(message_of(till, MessageKind.VOUCHER), **facts)) is code


def test_a_voucher_on_an_unknown_account_is_refused_and_moves_no_balance(shop: Shop, till: Till) -> None:
    open_at(till, "Két 2")
    assert refused(shop, message_of(till, MessageKind.VOUCHER)) is ErrorCode.ACCOUNT_UNKNOWN


@pytest.mark.parametrize(("more", "code"), [(0, None), (1, ErrorCode.INVALID_TRANSITION)])
def test_a_code_is_open_for_a_month_at_most(shop: Shop, till: Till, more: int, code: ErrorCode | None) -> None:
    a_code(till)
    message = changed(message_of(till, MessageKind.PAYMENT), expires_at=NOON + 31 * 86_400_000 + more)
    (outcome,) = shop.take([message])
    assert outcome.code is code


@pytest.mark.parametrize(("days", "code"), [(217, None), (218, ErrorCode.INVALID_TRANSITION)])
def test_a_cheque_is_waited_for_for_seven_months_at_most(
    shop: Shop, till: Till, days: int, code: ErrorCode | None
) -> None:
    till.units.run(take_cheque)
    message = changed(message_of(till, MessageKind.PAYMENT), expires_at=NOON + days * 86_400_000)
    (outcome,) = shop.take([message])
    assert outcome.code is code
