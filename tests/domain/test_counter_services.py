"""The counter's use cases on a real till: each books what it says, once, and leaves nothing behind when it refuses."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.accounts import AccountType
from domain.bodies import read_payment
from domain.body_values import LONGEST_TEXT
from domain.calendar import day_start
from domain.changes import Changes, Topic
from domain.errors import Conflict, ErrorCode, NotFound, NotPermitted, RuleBroken
from domain.ids import AccountId, Instant, PaymentId, UserId
from domain.matching import find_reference
from domain.payments import PaymentIntent, PaymentStatus, TransactionStatus
from domain.policy import Actor, Limits, Role
from domain.ports import UnitOfWork
from domain.qr import MAX_TRANSFER_VND, decode
from domain.rails import Method, Provider
from domain.services.accounts import open_wallet
from domain.services.payment_changes import sale_id
from domain.services.payments import EXPIRY_BATCH, cancel_payment, expire_payments, start_payment
from domain.vouchers import Posting, Side, SourceEvent, chain_hash
from storage.session import Session, Sql
from storage.till import TillUnits
from tests.builders import (
    BANK_ACCOUNT,
    BANK_BIN,
    CASH,
    CASHIER,
    MANAGER,
    MERCHANT,
    MINUTE,
    NOON,
    OWNER,
    SALES,
    TILL,
    an_id,
    sell,
)
from tests.domain.till_facts import ask, code_of, dump

DUE = 45_000
QUARTER = Instant(NOON + 15 * MINUTE)


def start(
    units: TillUnits,
    method: Method,
    amount: Any = DUE,
    name: str = "sale",
    *,
    online: bool = True,
    at: Instant = NOON,
    actor: Actor = CASHIER,
    **facts: Any,
) -> PaymentIntent:
    payment_id = PaymentId(an_id(name))
    return units.run(lambda uow: start_payment(uow, actor, payment_id, method, amount, at, online=online, **facts))


def starting(method: Method, amount: Any = DUE, name: str = "sale", **facts: Any) -> Callable[[UnitOfWork], object]:
    facts = {"online": True, "actor": CASHIER, "at": NOON, **facts}
    actor, at = facts.pop("actor"), facts.pop("at")
    return lambda uow: start_payment(uow, actor, PaymentId(an_id(name)), method, amount, at, **facts)


def set_limits(units: TillUnits, limits: Limits) -> None:
    units.shop = replace(units.shop, rules=replace(units.shop.rules, codes=limits))


# -- cash -------------------------------------------------------------------------------------------------------------


def test_cash_is_paid_at_once_with_its_change(till_units: TillUnits) -> None:
    sale = start(till_units, Method.CASH, tendered_minor=50_000)
    assert (sale.status, sale.received_minor, sale.tendered_minor, sale.change_minor) == (
        PaymentStatus.PAID,
        DUE,
        50_000,
        5_000,
    )
    assert (sale.paid_at, sale.revision, sale.provider) == (NOON, 1, Provider.NONE)
    assert till_units.run(lambda uow: uow.payments.get(sale.id)) == sale


def test_cash_is_booked_from_the_drawer_to_sales_with_what_is_due_not_with_what_was_handed_over(
    till_units: TillUnits,
) -> None:
    sale = start(till_units, Method.CASH, tendered_minor=50_000)
    voucher = till_units.run(lambda uow: uow.vouchers.get(SourceEvent("cash", sale.id).voucher_id(MERCHANT, TILL)))
    assert voucher is not None
    assert voucher.postings == (Posting(CASH, Side.DEBIT, DUE), Posting(SALES, Side.CREDIT, DUE))
    assert (voucher.number, voucher.payment_id, voucher.memo) == ("PT01A-26-000001", sale.id, sale.reference)
    assert voucher.hash == chain_hash(voucher)
    assert ask(till_units, "SELECT balance_minor FROM accounts WHERE id = :id", id=CASH) == [(DUE,)]


def test_cash_without_a_word_about_the_tender_was_handed_over_exactly(till_units: TillUnits) -> None:
    sale = start(till_units, Method.CASH)
    assert (sale.tendered_minor, sale.change_minor) == (DUE, 0)


def test_a_cash_sale_queues_the_payment_then_its_voucher_in_the_same_commit(till_units: TillUnits) -> None:
    before = len(ask(till_units, "SELECT id FROM outbox"))
    sale = start(till_units, Method.CASH)
    rows = ask(till_units, "SELECT kind, subject_id, body, state FROM outbox ORDER BY seq")[before:]
    assert [row[0] for row in rows] == ["payment", "voucher"]
    assert {row[3] for row in rows} == {"queued"}
    assert read_payment(rows[0][2], MERCHANT)[0] == sale


def test_a_cash_sale_leaves_a_step_an_attempt_and_a_trail(till_units: TillUnits) -> None:
    sale = start(till_units, Method.CASH)
    steps = ask(till_units, "SELECT from_status, to_status, cause, actor_id, received_minor FROM payment_events")
    assert steps == [("created", "paid", "person", CASHIER.user_id, DUE)]
    attempt = till_units.run(lambda uow: uow.payments.transaction(sale_id(sale.id)))
    assert attempt is not None
    assert (attempt.status, attempt.amount_minor) == (TransactionStatus.SUCCEEDED, DUE)
    action, facts = ask(till_units, "SELECT action, facts FROM audit ORDER BY seq")[-1]
    assert action == "payment.cash"
    told = {"amount": DUE, "method": "cash", "reference": sale.reference, "status": "paid", "cause": "person"}
    assert json.loads(facts) == told


def test_whoever_watches_is_told_once_after_the_commit(till_units: TillUnits, published: list[Changes]) -> None:
    published.clear()
    sale = start(till_units, Method.CASH)
    (changes,) = published
    assert changes.touched.keys() >= {Topic.PAYMENTS, Topic.VOUCHERS, Topic.ACCOUNTS, Topic.OUTBOX}
    assert sale.id in changes.touched[Topic.PAYMENTS]
    assert CASH in changes.touched[Topic.ACCOUNTS]


def test_not_enough_cash_is_refused_with_what_is_missing(till_units: TillUnits) -> None:
    with pytest.raises(RuleBroken) as refused:
        start(till_units, Method.CASH, tendered_minor=44_999)
    assert (refused.value.code, refused.value.facts) == (ErrorCode.CASH_NOT_ENOUGH, {"missing": 1})
    assert code_of(till_units, starting(Method.CASH, tendered_minor=1)) is ErrorCode.CASH_NOT_ENOUGH


@pytest.mark.parametrize("tendered", [0, -1, 50_000.0, True])
def test_what_is_no_amount_is_no_tender(till_units: TillUnits, tendered: Any) -> None:
    assert code_of(till_units, starting(Method.CASH, tendered_minor=tendered)) is ErrorCode.AMOUNT_INVALID


def test_a_sale_needs_no_network_and_no_limit_for_cash(till_units: TillUnits) -> None:
    set_limits(till_units, Limits(exposure_bill_minor=1, exposure_till_minor=1, exposure_day_minor=1))
    assert start(till_units, Method.CASH, online=False).status is PaymentStatus.PAID


# -- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("online", [True, False])
def test_a_vietqr_code_is_made_here_and_says_whom_how_much_and_what_for(till_units: TillUnits, online: bool) -> None:
    code = start(till_units, Method.VIETQR, online=online)
    assert (code.status, code.received_minor, code.provider) == (PaymentStatus.PENDING, 0, Provider.SEPAY)
    assert code.expires_at == NOON + 5 * MINUTE
    read = decode(code.qr_text)
    assert (read.bin, read.account_or_card, read.amount_minor) == (BANK_BIN, BANK_ACCOUNT, DUE)
    assert find_reference(read.additional["purpose"]) == code.reference
    assert read.warnings == ()


def test_a_code_books_nothing_before_money_is_proven(till_units: TillUnits) -> None:
    code = start(till_units, Method.VIETQR)
    assert ask(till_units, "SELECT id FROM vouchers") == []
    attempt = till_units.run(lambda uow: uow.payments.transaction(sale_id(code.id)))
    assert attempt is not None
    assert attempt.status is TransactionStatus.PENDING


def test_a_vnpay_code_is_asked_of_the_hub_and_waits_for_it(till_units: TillUnits) -> None:
    code = start(till_units, Method.VNPAY_QR)
    assert (code.status, code.qr_text, code.provider) == (PaymentStatus.CREATED, "", Provider.VNPAY_QR_MMS)
    attempt = till_units.run(lambda uow: uow.payments.transaction(sale_id(code.id)))
    assert attempt is not None
    assert attempt.status is TransactionStatus.PROCESSING


def test_a_vnpay_code_is_refused_without_the_hub(till_units: TillUnits) -> None:
    assert code_of(till_units, starting(Method.VNPAY_QR, online=False)) is ErrorCode.METHOD_NEEDS_NETWORK


def test_every_payment_has_its_own_reference_in_the_order_of_the_till(till_units: TillUnits) -> None:
    references = [start(till_units, Method.VIETQR, name=f"code {number}").reference for number in range(1, 12)]
    assert [reference[:13] for reference in references] == [f"BANA01A{number:06d}" for number in range(1, 12)]


def test_a_transfer_larger_than_the_banks_carry_is_refused(till_units: TillUnits) -> None:
    assert start(till_units, Method.VIETQR, MAX_TRANSFER_VND).status is PaymentStatus.PENDING
    assert code_of(till_units, starting(Method.VIETQR, MAX_TRANSFER_VND + 1, "more")) is ErrorCode.QR_INVALID


@pytest.mark.parametrize("amount", [0, -1, 45_000.0, True, "45000", None])
@pytest.mark.parametrize("method", Method)
def test_what_is_no_amount_starts_no_payment(till_units: TillUnits, method: Method, amount: Any) -> None:
    assert code_of(till_units, starting(method, amount)) is ErrorCode.AMOUNT_INVALID


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.AUDITOR])
def test_who_only_reads_takes_and_cancels_no_payment(till_units: TillUnits, role: Role) -> None:
    reader = Actor(UserId("reader"), "Thu", role, TILL)
    assert code_of(till_units, starting(Method.CASH, actor=reader)) is ErrorCode.NOT_PERMITTED
    code = start(till_units, Method.VIETQR)
    assert code_of(till_units, lambda uow: cancel_payment(uow, reader, code.id, NOON)) is ErrorCode.NOT_PERMITTED


# -- pressed twice ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [Method.CASH, Method.VIETQR, Method.VNPAY_QR])
def test_pressing_twice_is_one_payment(till_units: TillUnits, method: Method) -> None:
    first = start(till_units, method)
    before = dump(till_units)
    assert start(till_units, method, at=QUARTER) == first
    assert dump(till_units) == before


@pytest.mark.parametrize(("method", "amount"), [(Method.CASH, DUE + 1), (Method.VIETQR, DUE)])
def test_the_same_id_for_another_amount_or_method_is_a_conflict(
    till_units: TillUnits, method: Method, amount: int
) -> None:
    start(till_units, Method.CASH)
    with pytest.raises(Conflict):
        start(till_units, method, amount)
    assert code_of(till_units, starting(method, amount)) is ErrorCode.ID_REUSED


# -- exposure ---------------------------------------------------------------------------------------------------------

CAPS = Limits(exposure_bill_minor=100, exposure_till_minor=250, exposure_day_minor=400)


def test_offline_a_bill_is_shown_up_to_its_cap(till_units: TillUnits) -> None:
    set_limits(till_units, CAPS)
    assert start(till_units, Method.VIETQR, 100, online=False).status is PaymentStatus.PENDING
    with pytest.raises(RuleBroken) as refused:
        start(till_units, Method.VIETQR, 101, "more", online=False)
    assert (refused.value.code, refused.value.facts) == (ErrorCode.EXPOSURE_BILL, {"limit": 100})


def test_offline_a_till_shows_codes_up_to_its_cap(till_units: TillUnits) -> None:
    set_limits(till_units, CAPS)
    for number in range(2):
        start(till_units, Method.VIETQR, 100, f"code {number}", online=False)
    assert code_of(till_units, starting(Method.VIETQR, 51, "more", online=False)) is ErrorCode.EXPOSURE_TILL
    assert start(till_units, Method.VIETQR, 50, "just", online=False).amount_minor == 50


def test_offline_a_day_has_its_cap(till_units: TillUnits) -> None:
    set_limits(till_units, replace(CAPS, exposure_till_minor=1_000))
    for number in range(4):
        start(till_units, Method.VIETQR, 100, f"code {number}", online=False)
    assert code_of(till_units, starting(Method.VIETQR, 1, "more", online=False)) is ErrorCode.EXPOSURE_DAY
    tomorrow = Instant(NOON + 12 * 60 * MINUTE)
    assert start(till_units, Method.VIETQR, 100, "tomorrow", online=False, at=tomorrow).amount_minor == 100


def test_a_code_that_ran_out_offline_still_counts_because_it_may_have_been_paid(till_units: TillUnits) -> None:
    set_limits(till_units, CAPS)
    for number in range(2):
        start(till_units, Method.VIETQR, 100, f"code {number}", online=False)
    till_units.run(lambda uow: expire_payments(uow, QUARTER))
    over = starting(Method.VIETQR, 51, "more", online=False, at=QUARTER)
    assert code_of(till_units, over) is ErrorCode.EXPOSURE_TILL


def test_a_cancelled_code_and_one_the_hub_has_heard_run_out_no_longer_count(till_units: TillUnits) -> None:
    set_limits(till_units, CAPS)
    codes = [start(till_units, Method.VIETQR, 100, f"code {number}", online=False) for number in range(2)]
    till_units.run(lambda uow: cancel_payment(uow, CASHIER, codes[0].id, NOON))
    till_units.run(lambda uow: expire_payments(uow, QUARTER))
    till_units.run(lambda uow: uow.session.run(Sql("UPDATE outbox SET state = 'acked', settled_at = 1"), {}))
    for number in range(2, 4):
        start(till_units, Method.VIETQR, 100, f"code {number}", online=False, at=QUARTER)


def test_online_no_cap_is_asked(till_units: TillUnits) -> None:
    set_limits(till_units, Limits(exposure_bill_minor=1, exposure_till_minor=1, exposure_day_minor=1))
    assert start(till_units, Method.VIETQR).status is PaymentStatus.PENDING


# -- ends -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [Method.VIETQR, Method.VNPAY_QR])
def test_an_open_payment_is_cancelled_and_told(till_units: TillUnits, method: Method) -> None:
    code = start(till_units, method)
    ended = till_units.run(lambda uow: cancel_payment(uow, CASHIER, code.id, Instant(NOON + 5)))
    assert (ended.status, ended.ended_at, ended.revision) == (PaymentStatus.CANCELLED, NOON + 5, 2)
    assert till_units.run(lambda uow: uow.payments.get(code.id)) == ended
    bodies = ask(till_units, "SELECT body FROM outbox WHERE subject_id = :id ORDER BY seq", id=code.id)
    assert [read_payment(row[0], MERCHANT)[0] for row in bodies] == [code, ended]


def test_starting_and_cancelling_stand_in_the_trail_with_who_did_it(till_units: TillUnits) -> None:
    code = start(till_units, Method.VIETQR)
    till_units.run(lambda uow: cancel_payment(uow, MANAGER, code.id, NOON))
    trail = ask(till_units, "SELECT action, actor_id FROM audit WHERE subject_id = :id ORDER BY seq", id=code.id)
    assert trail == [("payment.started", CASHIER.user_id), ("payment.cancelled", MANAGER.user_id)]


def test_what_is_paid_or_has_ended_cannot_be_cancelled(till_units: TillUnits) -> None:
    sale, code = start(till_units, Method.CASH), start(till_units, Method.VIETQR, name="code")
    till_units.run(lambda uow: cancel_payment(uow, CASHIER, code.id, NOON))
    for payment in (sale, code):
        refusal = code_of(till_units, lambda uow, p=payment: cancel_payment(uow, CASHIER, p.id, NOON))  # type: ignore[misc]  # bound now
        assert refusal is ErrorCode.INVALID_TRANSITION


def test_what_does_not_exist_cannot_be_cancelled(till_units: TillUnits) -> None:
    with pytest.raises(NotFound) as refused:
        till_units.run(lambda uow: cancel_payment(uow, CASHIER, PaymentId("nothing"), NOON))
    assert refused.value.code is ErrorCode.PAYMENT_UNKNOWN


def test_codes_run_out_at_their_very_moment_and_once(till_units: TillUnits) -> None:
    code = start(till_units, Method.VIETQR)
    assert till_units.run(lambda uow: expire_payments(uow, Instant(code.expires_at - 1))) == 0
    assert till_units.run(lambda uow: expire_payments(uow, code.expires_at)) == 1
    assert till_units.run(lambda uow: expire_payments(uow, code.expires_at)) == 0
    ended = till_units.run(lambda uow: uow.payments.get(code.id))
    assert ended is not None
    assert (ended.status, ended.ended_at) == (PaymentStatus.EXPIRED, code.expires_at)
    steps = ask(till_units, "SELECT to_status, cause, actor_id FROM payment_events ORDER BY revision")
    assert steps[-1] == ("expired", "clock", None)


def test_nothing_of_cash_runs_out(till_units: TillUnits) -> None:
    start(till_units, Method.CASH)
    assert till_units.run(lambda uow: expire_payments(uow, Instant(NOON * 2))) == 0


def test_codes_run_out_in_batches_the_oldest_first(till_units: TillUnits) -> None:
    def many(uow: UnitOfWork) -> None:
        for number in range(EXPIRY_BATCH + 1):
            sell(uow, f"code {number}", method=Method.VIETQR, at=Instant(NOON + number))

    till_units.run(many)
    assert till_units.run(lambda uow: expire_payments(uow, QUARTER)) == EXPIRY_BATCH
    assert ask(till_units, "SELECT created_at FROM payments WHERE status = 'pending'") == [(NOON + EXPIRY_BATCH,)]


# -- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["order_ref", "customer_name", "customer_phone", "note"])
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  bàn 5  ", "bàn 5"),
        ("x" * 5_000, "x" * LONGEST_TEXT),
        ("quét\x00mã", "quétmã"),
        ("nửa \ud83d chữ", "nửa  chữ"),
        ("😀", "😀"),
    ],
)
def test_what_is_typed_is_kept_so_that_the_hub_can_read_it(
    till_units: TillUnits, field: str, typed: str, kept: str
) -> None:
    facts: dict[str, Any] = {field: typed}
    sale = start(till_units, Method.CASH, **facts)
    assert getattr(sale, field) == kept
    (body,) = ask(till_units, "SELECT body FROM outbox WHERE subject_id = :id", id=sale.id)[0]
    assert getattr(read_payment(body, MERCHANT)[0], field) == kept


# -- nothing left behind ----------------------------------------------------------------------------------------------


class Broken(Exception):
    """The database breaks in the middle of a use case."""


@pytest.mark.parametrize("method", [Method.CASH, Method.VIETQR])
def test_whichever_statement_breaks_no_number_is_burnt_and_nothing_is_queued(
    till_units: TillUnits, method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, left = Session._execute, [-1]

    def breaking(session: Session, sql: Sql, values: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Broken
        execute(session, sql, values)

    monkeypatch.setattr(Session, "_execute", breaking)
    before = dump(till_units)
    broke = 0
    while True:
        left[0] = broke + 1
        try:
            sale = start(till_units, method)
        except Broken:
            broke += 1
        else:
            break
        finally:
            left[0] = -1
        assert dump(till_units) == before
    assert broke > 8
    assert sale.reference.startswith("BANA01A000001")
    numbers = ask(till_units, "SELECT number FROM vouchers")
    assert numbers == ([("PT01A-26-000001",)] if method is Method.CASH else [])


def test_after_refusals_the_printed_numbers_have_no_gap(till_units: TillUnits) -> None:
    for number in range(5):
        start(till_units, Method.CASH, name=f"sale {number}")
        code_of(till_units, starting(Method.CASH, name="poor", tendered_minor=1))
    numbers = ask(till_units, "SELECT number FROM vouchers ORDER BY chain_seq")
    assert numbers == [(f"PT01A-26-{number:06d}",) for number in range(1, 6)]


def test_a_clock_that_steps_back_over_new_year_leaves_both_years_without_a_gap(till_units: TillUnits) -> None:
    midnight = day_start("2027-01-01", "Asia/Ho_Chi_Minh")
    for number, minutes in enumerate((-5, 5, -1, 10, -10)):
        start(till_units, Method.CASH, name=f"sale {number}", at=Instant(midnight + minutes * MINUTE))
    numbers = [row[0] for row in ask(till_units, "SELECT number FROM vouchers ORDER BY chain_seq")]
    assert numbers == [
        "PT01A-26-000001",
        "PT01A-27-000001",
        "PT01A-26-000002",
        "PT01A-27-000002",
        "PT01A-26-000003",
    ]


def test_without_a_bank_account_no_code_is_shown(till_units: TillUnits) -> None:
    bare = AccountId(an_id("older bank wallet"))
    before = Instant(NOON - 1)
    till_units.run(lambda uow: open_wallet(uow, OWNER, bare, AccountType.BANK, "Ngân hàng cũ", before))
    assert code_of(till_units, starting(Method.VIETQR)) is ErrorCode.ACCOUNT_MISSING_FOR_METHOD


def test_not_permitted_is_said_before_anything_is_looked_at(till_units: TillUnits) -> None:
    auditor = Actor(UserId("auditor"), "Thu", Role.AUDITOR, TILL)
    with pytest.raises(NotPermitted):
        start(till_units, Method.CASH, -1, actor=auditor)
