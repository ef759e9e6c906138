"""The one place that commits: numbers without gaps, events once, and a true answer after a commit that failed."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, NotFound, StorageUnavailable
from domain.ids import AccountId, Instant
from domain.money import MAX_MINOR
from domain.payments import PaymentIntent
from domain.vouchers import Posting, Side, Voucher, VoucherType
from storage.gate import TillFiles
from storage.session import Sql
from storage.sqlite import open_encrypted
from storage.till import TillUnitOfWork, TillUnits
from storage.verify import verify_till
from storage.witness import Witness, witnessed
from tests.builders import CASH, KEY, MINUTE, SALES, SETUP, WITNESS_KEY, a_voucher, sell
from tests.fakes.failing_connection import Plan, failing

_NUMBERS = Sql("SELECT number FROM vouchers WHERE type = :type ORDER BY chain_seq")
_BALANCE = Sql("SELECT balance_minor FROM accounts WHERE id = :id")
YEAR_END = Instant(1_798_736_400_000)  # 2027-01-01 00:00 in Ho Chi Minh City


class Undone(Exception):
    """Stands for whatever goes wrong in the middle of a unit."""


def _numbers(units: TillUnits, kind: VoucherType = VoucherType.RECEIPT) -> list[str]:
    return [row[0] for row in units.read(lambda session: session.all(_NUMBERS, {"type": kind.value}))]


def _balance(units: TillUnits, account: str) -> int:
    row = units.read(lambda session: session.one(_BALANCE, {"id": account}))
    assert row is not None
    return int(row[0])


def _issue(name: str, **changes: Any) -> Callable[[TillUnitOfWork], Voucher]:
    return lambda uow: uow.vouchers.issue(a_voucher(name, **changes))


def test_each_type_has_its_own_numbers_from_one(till_units: TillUnits) -> None:
    for turn in range(30):
        for kind in VoucherType:
            till_units.run(_issue(f"{kind} {turn}", type=kind))
    for kind in VoucherType:
        assert _numbers(till_units, kind) == [f"{kind.value}01A-26-{seq:06d}" for seq in range(1, 31)]


def test_a_unit_that_is_undone_uses_no_number_and_moves_no_balance(
    till_units: TillUnits, published: list[Changes]
) -> None:
    till_units.run(_issue("first"))
    published.clear()

    def op(uow: TillUnitOfWork) -> None:
        uow.vouchers.issue(a_voucher("undone"))
        raise Undone

    for _ in range(3):
        with pytest.raises(Undone):
            till_units.run(op)
    assert published == []
    till_units.run(_issue("second"))
    assert _numbers(till_units) == ["PT01A-26-000001", "PT01A-26-000002"]
    assert _balance(till_units, CASH) == 90_000


def test_a_voucher_that_its_account_refuses_uses_no_number(till_units: TillUnits) -> None:
    nowhere = a_voucher(
        "nowhere", postings=(Posting(CASH, Side.DEBIT, 5), Posting(AccountId("nowhere"), Side.CREDIT, 5))
    )
    with pytest.raises(NotFound) as refused:
        till_units.run(lambda uow: uow.vouchers.issue(nowhere))
    assert refused.value.code is ErrorCode.ACCOUNT_UNKNOWN
    till_units.run(_issue("first"))
    assert _numbers(till_units) == ["PT01A-26-000001"]


def test_a_new_year_starts_a_new_series_even_if_the_clock_steps_back(till_units: TillUnits) -> None:
    minutes = [-10, 0, 5, -5, 10, -1, 15]
    for minute in minutes:
        till_units.run(partial(sell, name=str(minute), at=Instant(YEAR_END + minute * MINUTE)))
    by_year = {year: [n for n in _numbers(till_units) if f"-{year}-" in n] for year in ("26", "27")}
    assert by_year["26"] == ["PT01A-26-000001", "PT01A-26-000002", "PT01A-26-000003"]
    assert by_year["27"] == ["PT01A-27-000001", "PT01A-27-000002", "PT01A-27-000003", "PT01A-27-000004"]


def test_the_same_event_is_posted_once(till_units: TillUnits) -> None:
    first = till_units.run(sell)
    again = till_units.run(sell)
    assert again == first
    assert len(_numbers(till_units)) == 1
    assert _balance(till_units, SALES) == -45_000


def test_two_opens_in_a_row_go_on_counting(till_file: TillFiles) -> None:
    for number in range(1, 4):
        units = TillUnits(till_file.connect, Witness(till_file.witness, WITNESS_KEY), lambda changes: None)
        units.run(_issue(f"voucher {number}"))
        assert len(_numbers(units)) == number
        units.close()


def test_a_second_writer_is_a_bug_and_noticed(till_units: TillUnits) -> None:
    inside, done = threading.Event(), threading.Event()
    seen: list[BaseException] = []

    def slow(uow: TillUnitOfWork) -> None:
        inside.set()
        assert done.wait(10)

    first = threading.Thread(target=lambda: till_units.run(slow))
    first.start()
    assert inside.wait(10)
    try:
        till_units.run(sell)
    except AssertionError as error:
        seen.append(error)
    done.set()
    first.join()
    assert len(seen) == 1
    till_units.run(sell)


def test_a_commit_tells_what_it_touched(till_units: TillUnits, published: list[Changes]) -> None:
    payment = till_units.run(sell)
    assert len(published) == 1
    assert published[0].touched[Topic.PAYMENTS] == {payment.id}
    assert published[0].meets(frozenset({Topic.OUTBOX}))


def test_large_amounts_stay_exact(till_units: TillUnits) -> None:
    for amount in (MAX_MINOR, MAX_MINOR - 1):
        till_units.run(_issue(str(amount), amount_minor=amount))
    total = 2 * MAX_MINOR - 1
    assert int(float(total)) != total
    assert _balance(till_units, CASH) == total


@pytest.fixture
def plan() -> Plan:
    """What becomes of the coming commits that fail."""
    return []


@pytest.fixture
def failing_units(till_file: TillFiles, plan: Plan, published: list[Changes]) -> Iterator[TillUnits]:
    """An open till whose commits fail as planned."""
    witness = Witness(till_file.witness, WITNESS_KEY)
    units = TillUnits(failing(till_file.connect, plan), witness, published.append)
    yield units
    units.close()


def _holds(files: TillFiles, units: TillUnits, sales: int) -> None:
    assert len(_numbers(units)) == sales
    seen = witnessed(files.witness, WITNESS_KEY)
    assert seen is not None
    assert seen.voucher_seq == sales
    report = verify_till(files.database, KEY, files.witness, WITNESS_KEY)
    assert report.ok, report.to_json()


def test_a_failed_commit_that_kept_the_sale_is_answered_with_the_sale(
    failing_units: TillUnits, till_file: TillFiles, plan: Plan, published: list[Changes]
) -> None:
    plan.append("kept")
    payment: PaymentIntent = failing_units.run(sell)
    assert payment.status == "paid"
    assert plan == []
    assert len(published) == 1
    _holds(till_file, failing_units, 1)
    failing_units.run(lambda uow: sell(uow, "next"))
    _holds(till_file, failing_units, 2)


def test_a_failed_commit_that_lost_the_sale_is_answered_so_and_tried_again_with_the_same_id(
    failing_units: TillUnits, till_file: TillFiles, plan: Plan, published: list[Changes]
) -> None:
    plan.append("lost")
    with pytest.raises(StorageUnavailable) as refused:
        failing_units.run(sell)
    assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE
    assert plan == []
    assert published == []
    failing_units.run(sell)
    _holds(till_file, failing_units, 1)


def test_repeated_failures_double_and_lose_nothing(failing_units: TillUnits, till_file: TillFiles, plan: Plan) -> None:
    plan.extend(["lost", "kept", "lost", "lost", "kept"])
    sold = 0
    while sold < 6:
        try:
            failing_units.run(partial(sell, name=f"sale {sold}"))
        except StorageUnavailable:
            continue
        sold += 1
    assert plan == []
    _holds(till_file, failing_units, 6)


def test_a_till_that_was_never_set_up_is_not_opened(till_file: TillFiles) -> None:
    connection = open_encrypted(till_file.database, KEY)
    connection.raw.execute("DELETE FROM till_self")
    connection.close()
    witness = Witness(till_file.witness, WITNESS_KEY)
    with pytest.raises(NotFound) as refused:
        TillUnits(till_file.connect, witness, lambda changes: None)
    assert refused.value.code is ErrorCode.TILL_UNKNOWN
    witness.close()


def test_the_open_till_knows_its_shop_and_itself(till_units: TillUnits) -> None:
    assert (till_units.shop.name, till_units.shop.currency) == (SETUP.shop_name, "VND")
    assert (till_units.device.code, till_units.device.incarnation) == ("01", "A")
