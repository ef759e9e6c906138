"""The hub books what providers prove: once, to the right wallet and payment, and never drops what it cannot place."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.bodies import payment_body
from domain.errors import DomainError, ErrorCode, FailureCode
from domain.ids import Instant, MessageId, PaymentId
from domain.matching import payment_reference
from domain.messages import CREATED, Message, MessageKind
from domain.money import MAX_MINOR
from domain.payments import Cause, PaymentException, PaymentIntent, PaymentStatus, TransactionStatus
from domain.rails import Method, Provider, RailResult, RailStatus, Receipt
from domain.services.payment_changes import sale_id
from domain.services.receipts import ReceiptOutcome, record_presented, record_receipt
from domain.services.replication import receive_at_hub
from domain.vouchers import SourceEvent
from storage.hub import HubUnitOfWork
from storage.hub_units import HubUnits
from storage.session import Sql
from tests.builders import BANK, BANK_ACCOUNT, CASH, MERCHANT, MINUTE, NOON, QR, SALES, TILL, a_payment, an_id

DUE = 45_000
SOON = Instant(NOON + MINUTE)
SUSPENSE, OVERPAYMENT = (control_id(MERCHANT, key) for key in (Control.SUSPENSE, Control.OVERPAYMENT))
VNPAY: dict[str, Any] = {
    "method": Method.VNPAY_QR,
    "provider": Provider.VNPAY_QR_MMS,
    "status": PaymentStatus.CREATED,
}


def a_code(number: int = 1, **facts: Any) -> PaymentIntent:
    reference = payment_reference("01", "A", number)
    return a_payment(id=PaymentId(an_id(f"code {number}")), reference=reference, **facts)


def tell(units: HubUnits, intent: PaymentIntent) -> PaymentIntent:
    message = Message(
        MessageId(an_id(f"message {intent.id}")),
        intent.id,
        MessageKind.PAYMENT,
        payment_body(intent, Cause.PERSON),
        MERCHANT,
        TILL,
    )
    assert units.run(MERCHANT, lambda uow: receive_at_hub(uow, message, NOON)) == CREATED
    return intent


def a_transfer(intent: PaymentIntent | None, amount: int = DUE, key: str = "m1", **facts: Any) -> Receipt:
    receipt = Receipt(
        provider=intent.provider if intent else Provider.SEPAY,
        dedupe_key=key,
        text=f"IBFT {intent.reference} chuyen tien" if intent else "chuyen tien",
        amount_minor=amount,
        currency="VND",
        paid_at=SOON,
        provider_ref=f"ref {key}",
        account_number=BANK_ACCOUNT,
    )
    return replace(receipt, **facts)


def record(units: HubUnits, receipt: Receipt, *, may_park: bool = True, at: Instant = SOON) -> ReceiptOutcome:
    return units.run(MERCHANT, lambda uow: record_receipt(uow, receipt, at, may_park=may_park))


def present(units: HubUnits, intent: PaymentIntent, result: RailResult) -> PaymentIntent:
    units.run(MERCHANT, lambda uow: record_presented(uow, intent.id, result, SOON))
    return standing(units, intent)


def standing(units: HubUnits, intent: PaymentIntent) -> PaymentIntent:
    found = units.run(MERCHANT, lambda uow: uow.payments.get(intent.id))
    assert found is not None
    return found


def ask(units: HubUnits, sql: str) -> list[tuple[Any, ...]]:
    return units.read(lambda session: [tuple(row) for row in session.all(Sql(sql), {})])


def balances(units: HubUnits) -> dict[str, int]:
    return {
        row[0]: int(row[1]) for row in ask(units, "SELECT id, balance_minor FROM accounts WHERE balance_minor <> 0")
    }


def head(units: HubUnits) -> tuple[Any, ...]:
    """Return what grows with everything that is kept."""
    return ask(
        units,
        "SELECT (SELECT COUNT(*) FROM feed), (SELECT COUNT(*) FROM vouchers), (SELECT COUNT(*) FROM receipts), "
        "(SELECT COUNT(*) FROM payment_events), (SELECT COUNT(*) FROM audit), (SELECT COUNT(*) FROM series)",
    )[0]


def refusal(units: HubUnits, op: Callable[[], object]) -> ErrorCode:
    before = head(units), balances(units)
    with pytest.raises(DomainError) as refused:
        op()
    assert (head(units), balances(units)) == before
    return refused.value.code


def attempt_of(units: HubUnits, intent: PaymentIntent) -> tuple[TransactionStatus, str, FailureCode | None]:
    attempt = units.run(MERCHANT, lambda uow: uow.payments.transaction(sale_id(intent.id)))
    assert attempt is not None
    return attempt.status, attempt.provider_ref, attempt.failure


# -- money that finds its payment -------------------------------------------------------------------------------------


def test_the_exact_amount_pays_and_is_booked_by_the_hub(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code())
    assert record(hub_units, a_transfer(code)) is ReceiptOutcome.BOOKED
    paid = standing(hub_units, code)
    assert (paid.status, paid.exception, paid.received_minor) == (PaymentStatus.PAID, PaymentException.NONE, DUE)
    assert (paid.paid_at, paid.updated_at) == (SOON, SOON)
    assert balances(hub_units) == {BANK: DUE, SALES: -DUE}
    assert attempt_of(hub_units, code) == (TransactionStatus.SUCCEEDED, "ref m1", None)
    voucher = hub_units.run(MERCHANT, lambda uow: uow.vouchers.of_source(SourceEvent("prov:sepay", "m1")))
    assert voucher is not None
    assert (voucher.number, voucher.payment_id, voucher.memo) == ("PT00A-26-000001", code.id, code.reference)


def test_what_the_hub_booked_and_what_became_of_the_payment_are_in_the_feed(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code())
    before = head(hub_units)[0]
    record(hub_units, a_transfer(code))
    rows = ask(hub_units, "SELECT kind, subject_id, book_no FROM feed ORDER BY seq")[before:]
    assert [(row[0], row[2]) for row in rows] == [("voucher", 1), ("payment", None)]
    assert rows[1][1] == code.id


def test_every_amount_stands_in_the_hubs_trail_with_its_key(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code())
    record(hub_units, a_transfer(code))
    rows = ask(hub_units, "SELECT facts FROM audit WHERE action = 'receipt.booked'")
    (facts,) = [json.loads(row[0]) for row in rows]
    assert (facts["amount"], facts["key"], facts["kind"], facts["cause"]) == (DUE, "m1", "receipt.full", "provider")
    assert (facts["status.before"], facts["status"]) == ("pending", "paid")


def test_money_told_fifty_times_is_booked_once(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code())
    outcomes = [record(hub_units, a_transfer(code)) for _ in range(50)]
    assert outcomes == [ReceiptOutcome.BOOKED, *[ReceiptOutcome.DUPLICATE] * 49]
    assert balances(hub_units) == {BANK: DUE, SALES: -DUE}


def test_one_key_of_two_providers_is_two_movements(hub_units: HubUnits) -> None:
    code, vnpay = tell(hub_units, a_code()), tell(hub_units, a_code(2, **VNPAY))
    assert record(hub_units, a_transfer(code)) is ReceiptOutcome.BOOKED
    assert record(hub_units, a_transfer(vnpay, account_number="")) is ReceiptOutcome.BOOKED
    assert balances(hub_units) == {BANK: DUE, QR: DUE, SALES: -2 * DUE}


def test_less_waits_in_suspense_until_the_rest_comes(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code())
    record(hub_units, a_transfer(code, 15_000, "m1"))
    short = standing(hub_units, code)
    assert (short.status, short.exception) == (PaymentStatus.PENDING, PaymentException.PAID_SHORT)
    assert balances(hub_units) == {BANK: 15_000, SUSPENSE: -15_000}
    assert attempt_of(hub_units, code)[0] is TransactionStatus.PENDING
    record(hub_units, a_transfer(code, 30_000, "m2"))
    assert standing(hub_units, code).status is PaymentStatus.PAID
    assert balances(hub_units) == {BANK: DUE, SALES: -DUE}


def test_more_and_again_are_owed_back(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code())
    record(hub_units, a_transfer(code, 50_000, "m1"))
    assert standing(hub_units, code).exception is PaymentException.PAID_OVER
    record(hub_units, a_transfer(code, DUE, "m2"))
    assert standing(hub_units, code).exception is PaymentException.PAID_TWICE
    assert balances(hub_units) == {BANK: 95_000, SALES: -DUE, OVERPAYMENT: -50_000}


def test_a_transfer_to_an_account_nobody_named_goes_to_the_wallet_of_the_method(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code())
    record(hub_units, a_transfer(code, account_number="99999"))
    assert balances(hub_units) == {BANK: DUE, SALES: -DUE}


# -- money that does not ----------------------------------------------------------------------------------------------


def test_money_without_a_reference_goes_to_suspense_at_once(hub_units: HubUnits) -> None:
    assert record(hub_units, a_transfer(None)) is ReceiptOutcome.SUSPENSE
    assert balances(hub_units) == {BANK: DUE, SUSPENSE: -DUE}


def test_money_that_names_two_payments_settles_neither(hub_units: HubUnits) -> None:
    one, two = tell(hub_units, a_code(1)), tell(hub_units, a_code(2))
    receipt = a_transfer(one, text=f"{one.reference} va {two.reference}")
    assert record(hub_units, receipt) is ReceiptOutcome.SUSPENSE
    assert standing(hub_units, one).received_minor == standing(hub_units, two).received_minor == 0


def test_money_for_a_payment_not_heard_of_is_parked_and_leaves_no_trace(hub_units: HubUnits) -> None:
    before = head(hub_units)
    assert record(hub_units, a_transfer(a_code())) is ReceiptOutcome.PARKED
    assert (head(hub_units), balances(hub_units)) == (before, {})
    assert record(hub_units, a_transfer(a_code()), may_park=False) is ReceiptOutcome.SUSPENSE
    assert record(hub_units, a_transfer(a_code())) is ReceiptOutcome.DUPLICATE


def test_money_of_one_provider_does_not_settle_a_payment_of_another(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    receipt = a_transfer(vnpay, provider=Provider.SEPAY)
    assert record(hub_units, receipt, may_park=False) is ReceiptOutcome.SUSPENSE
    assert standing(hub_units, vnpay).received_minor == 0
    assert balances(hub_units) == {BANK: DUE, SUSPENSE: -DUE}


def test_a_transfer_that_names_a_cash_sale_is_no_second_payment_of_it(hub_units: HubUnits) -> None:
    paid: dict[str, Any] = {"status": PaymentStatus.PAID, "received_minor": DUE, "paid_at": NOON}
    sale = tell(hub_units, a_code(method=Method.CASH, provider=Provider.NONE, **paid))
    receipt = a_transfer(sale, provider=Provider.SEPAY)
    assert record(hub_units, receipt, may_park=False) is ReceiptOutcome.SUSPENSE
    assert standing(hub_units, sale) == sale


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"currency": "AUD"}, ErrorCode.CURRENCY_MISMATCH),
        ({"amount_minor": 0}, ErrorCode.AMOUNT_INVALID),
        ({"amount_minor": -DUE}, ErrorCode.AMOUNT_INVALID),
        ({"amount_minor": MAX_MINOR + 1}, ErrorCode.AMOUNT_INVALID),
        ({"amount_minor": 2**63}, ErrorCode.AMOUNT_INVALID),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_what_is_no_money_of_this_shop_is_refused_whole(
    hub_units: HubUnits, known: bool, facts: dict[str, Any], code: ErrorCode
) -> None:
    intent = tell(hub_units, a_code()) if known else None
    assert refusal(hub_units, lambda: record(hub_units, a_transfer(intent, **facts))) is code


def test_the_difference_of_a_hundredth_never_pays(hub_units: HubUnits) -> None:
    code = tell(hub_units, a_code(amount_minor=200_000))
    record(hub_units, a_transfer(code, 200))
    assert standing(hub_units, code).status is PaymentStatus.PENDING


# -- what a provider says besides -------------------------------------------------------------------------------------


def test_a_decline_fails_an_open_payment_and_books_nothing(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    assert record(hub_units, a_transfer(vnpay, declined=True)) is ReceiptOutcome.DECLINED
    failed = standing(hub_units, vnpay)
    assert (failed.status, failed.failure) == (PaymentStatus.FAILED, FailureCode.DECLINED)
    assert balances(hub_units) == {}
    assert attempt_of(hub_units, vnpay)[0] is TransactionStatus.FAILED


def test_money_after_a_decline_pays_and_wants_an_eye(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    record(hub_units, a_transfer(vnpay, key="m1", declined=True))
    assert record(hub_units, a_transfer(vnpay, key="m2")) is ReceiptOutcome.BOOKED
    paid = standing(hub_units, vnpay)
    assert (paid.status, paid.exception) == (PaymentStatus.PAID, PaymentException.PAID_LATE)


@pytest.mark.parametrize("amount", [15_000, DUE])
def test_a_decline_after_money_takes_nothing_back(hub_units: HubUnits, amount: int) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    record(hub_units, a_transfer(vnpay, amount, "m1"))
    before = standing(hub_units, vnpay)
    assert record(hub_units, a_transfer(vnpay, key="m2", declined=True)) is ReceiptOutcome.DECLINED
    assert standing(hub_units, vnpay) == before


def test_a_decline_of_another_provider_fails_nothing(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    record(hub_units, a_transfer(vnpay, provider=Provider.SEPAY, declined=True))
    assert standing(hub_units, vnpay) == vnpay


def test_a_decline_of_nothing_known_is_kept_once(hub_units: HubUnits) -> None:
    receipt = a_transfer(a_code(), declined=True)
    assert [record(hub_units, receipt) for _ in range(2)] == [ReceiptOutcome.DECLINED, ReceiptOutcome.DUPLICATE]


def test_a_code_the_provider_made_is_shown(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    shown = present(hub_units, vnpay, RailResult(RailStatus.PENDING, qr_text="0002"))
    assert (shown.status, shown.qr_text) == (PaymentStatus.PENDING, "0002")
    assert attempt_of(hub_units, vnpay)[0] is TransactionStatus.PENDING


def test_a_second_code_does_not_replace_the_one_on_screen(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    shown = present(hub_units, vnpay, RailResult(RailStatus.PENDING, qr_text="0002"))
    assert present(hub_units, vnpay, RailResult(RailStatus.PENDING, qr_text="0003")) == shown


def test_silence_leaves_a_payment_unresolved_once_and_an_answer_resolves_it(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    silent = RailResult(RailStatus.UNKNOWN, failure=FailureCode.TIMEOUT)
    unresolved = present(hub_units, vnpay, silent)
    assert unresolved.status is PaymentStatus.UNRESOLVED
    assert present(hub_units, vnpay, silent) == unresolved
    assert present(hub_units, vnpay, RailResult(RailStatus.PENDING, qr_text="0002")).status is PaymentStatus.PENDING


def test_a_code_that_cannot_be_made_fails_the_payment_with_its_reason(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    failed = present(hub_units, vnpay, RailResult(RailStatus.FAILED, failure=FailureCode.CREDENTIALS_REJECTED))
    assert (failed.status, failed.failure) == (PaymentStatus.FAILED, FailureCode.CREDENTIALS_REJECTED)
    assert attempt_of(hub_units, vnpay) == (TransactionStatus.FAILED, "", FailureCode.CREDENTIALS_REJECTED)


@pytest.mark.parametrize(
    "result",
    [
        RailResult(RailStatus.PENDING, qr_text="0002"),
        RailResult(RailStatus.UNKNOWN),
        RailResult(RailStatus.FAILED, failure=FailureCode.TIMEOUT),
    ],
)
def test_an_answer_about_what_is_paid_or_unknown_changes_nothing(hub_units: HubUnits, result: RailResult) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    record(hub_units, a_transfer(vnpay))
    before = standing(hub_units, vnpay), head(hub_units)
    assert (present(hub_units, vnpay, result), head(hub_units)) == before
    hub_units.run(MERCHANT, lambda uow: record_presented(uow, PaymentId("nothing"), result, SOON))
    assert head(hub_units) == before[1]


def test_an_answer_that_a_code_failed_does_not_fail_what_money_has_reached(hub_units: HubUnits) -> None:
    vnpay = tell(hub_units, a_code(**VNPAY))
    record(hub_units, a_transfer(vnpay, 15_000))
    before = standing(hub_units, vnpay)
    assert present(hub_units, vnpay, RailResult(RailStatus.FAILED, failure=FailureCode.DECLINED)) == before


def test_without_any_wallet_money_is_refused_and_can_be_tried_again(hub_units: HubUnits) -> None:
    """The receipt stays in the inbox until the shop's wallets have reached the hub."""
    code = tell(hub_units, a_code())

    def op(uow: HubUnitOfWork) -> ReceiptOutcome:
        uow.session.run(Sql("UPDATE accounts SET archived_at = 1, is_default = 0 WHERE type <> 'CONTROL'"), {})
        return record_receipt(uow, a_transfer(code, account_number=""), SOON, may_park=True)

    assert refusal(hub_units, lambda: hub_units.run(MERCHANT, op)) is ErrorCode.ACCOUNT_MISSING_FOR_METHOD
    assert record(hub_units, a_transfer(code)) is ReceiptOutcome.BOOKED
    assert CASH not in balances(hub_units)
