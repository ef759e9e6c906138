"""The check of the books passes sound books and finds every breach, with its place."""

import json
import shutil
from functools import partial
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from domain.errors import StorageUnavailable
from domain.ids import Instant, MessageId, PaymentId, RefundId
from domain.money import Language
from domain.rails import Method
from domain.refunds import RefundOf, RefundWay
from domain.services.holders import save_holder
from domain.services.payments import cancel_payment
from domain.services.refunds import ask_refund
from domain.services.settings import change_setting
from domain.services.vouchers import voucher_message
from domain.shop_settings import VAT_CLASS
from domain.vouchers import reversal_of
from storage import tables
from storage.gate import TillFiles
from storage.till import TillUnitOfWork, TillUnits
from storage.verification.texts import FINDINGS, INVARIANTS
from storage.verify import Report, verify_till
from storage.witness import Witness
from tests.builders import (
    CASHIER,
    KEY,
    MINUTE,
    NOON,
    OWNER,
    TILL,
    WITNESS_KEY,
    a_voucher,
    an_id,
    sell,
)
from tests.storage.breaches import TILL_BREACHES, found
from tests.storage.misuse import changes_of
from tests.storage.tampering import tamper_with_file

LATER = Instant(NOON + MINUTE)


def _trade_at_till(uow: TillUnitOfWork) -> None:
    for number in range(3):
        sell(uow, f"sale {number}")
    back, sold = RefundId(an_id("back")), PaymentId(an_id("sale 0"))
    ask_refund(uow, OWNER, back, sold, RefundOf.SALE, RefundWay.WALLET, 5_000, LATER, reason="Khách trả hàng")
    hoa = save_holder(uow, OWNER, "0903111218", "Chị Hoà", MessageId(an_id("hoa")), LATER).id
    save_holder(uow, OWNER, "0912345678", "Anh Lân", MessageId(an_id("lan")), LATER)
    kept, credit = RefundId(an_id("kept")), RefundWay.CREDIT
    ask_refund(uow, OWNER, kept, sold, RefundOf.SALE, credit, 7_000, LATER, reason="Khách hẹn lại", holder_id=hoa)
    waiting = sell(uow, "code", method=Method.VIETQR)
    cancel_payment(uow, CASHIER, waiting.id, LATER)
    wrong = uow.vouchers.issue(a_voucher("mistake"))
    undone = uow.vouchers.issue(reversal_of(wrong, TILL, LATER, "2026-11-21", "mistake"))
    for voucher in (wrong, undone):
        uow.outbox.add(voucher_message(voucher), LATER)


@pytest.fixture(scope="module")
def traded_till(till_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A till that has sold, cancelled and reversed, closed."""
    folder = tmp_path_factory.mktemp("traded") / "till"
    shutil.copytree(till_template, folder)
    files = TillFiles(folder / "till.db", folder / "till.head", folder / "backups", KEY, WITNESS_KEY)
    units = TillUnits(files.connect, Witness(files.witness, WITNESS_KEY), lambda changes: None)
    units.run(_trade_at_till)
    units.close()
    return folder


@pytest.fixture
def till(traded_till: Path, tmp_path: Path) -> TillFiles:
    """Such a till of its own for one test."""
    folder = tmp_path / "till"
    shutil.copytree(traded_till, folder)
    return TillFiles(folder / "till.db", folder / "till.head", folder / "backups", KEY, WITNESS_KEY)


def _verify(files: TillFiles, *, fast: bool = False) -> Report:
    return verify_till(files.database, KEY, files.witness, WITNESS_KEY, fast=fast)


@pytest.mark.parametrize("fast", [False, True])
def test_a_sound_till_passes(fast: bool, till: TillFiles) -> None:
    report = _verify(till, fast=fast)
    assert found(report) == set()
    assert report.ok
    assert report.fast == fast
    assert {"I1", "I2", "I8", "I14"} <= {line.id for line in report.lines}


def test_a_till_can_be_checked_while_it_sells(till_file: TillFiles, till_units: TillUnits) -> None:
    for number in range(3):
        till_units.run(partial(sell, name=f"sale {number}"))
        assert found(_verify(till_file)) == set()


def test_a_sale_with_tax_in_it_is_booked_whole(till_file: TillFiles, till_units: TillUnits) -> None:
    till_units.run(lambda uow: change_setting(uow, OWNER, VAT_CLASS, "standard", MessageId(an_id("tax")), NOON))
    till_units.run(lambda uow: sell(uow, amount_minor=110_000))
    assert found(_verify(till_file)) == set()


def test_checking_changes_nothing(till: TillFiles) -> None:
    before = {path.name: path.read_bytes() for path in (till.database, till.witness)}
    _verify(till)
    assert {path.name: path.read_bytes() for path in (till.database, till.witness)} == before


def test_the_report_tells_programs_and_people_the_same(till: TillFiles) -> None:
    tamper_with_file(till.database, "UPDATE vouchers SET memo = 'x' WHERE number = 'PT01A-26-000002'")
    told = json.loads(_verify(till).to_json())
    assert (told["side"], told["fast"], told["ok"]) == ("till", False, False)
    broken = [line for line in told["invariants"] if not line["ok"]]
    assert [line["id"] for line in broken] == ["I7", "I14"]
    assert broken[1]["findings"] == [
        {
            "code": "CHAIN_CHANGED",
            "subject": "PT01A-26-000002",
            "facts": {},
            "text": "PT01A-26-000002: was changed after it was written",
        }
    ]
    vietnamese = json.loads(_verify(till).to_json(Language.VI))
    assert vietnamese["invariants"][0]["text"].startswith("Mọi trang")


@pytest.mark.parametrize("texts", [FINDINGS, INVARIANTS])
def test_every_text_stands_in_both_languages_with_the_same_facts(texts: dict[str, tuple[str, str]]) -> None:
    for code, pair in texts.items():
        vietnamese, english = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in pair)
        assert all(pair), code
        assert vietnamese == english, code


CHAINED = [
    (tables.vouchers, "number = 'PT01A-26-000002'"),
    (tables.postings, "entry_no = 2 AND side = 'D'"),
    (tables.audit, "seq = 3"),
    (tables.payment_events, "to_status = 'cancelled'"),
    (tables.series, "type = 'PT'"),
]


EXPLAINED = {"payment_events": {"actor_id", "at", "detail"}}
"""Columns of a payment's steps that no chain covers; the audit trail tells who and when."""


@pytest.mark.parametrize(("table", "where"), CHAINED, ids=[table.name for table, _ in CHAINED])
def test_changing_any_column_with_the_key_in_hand_is_found(
    table: Any, where: str, traded_till: Path, tmp_path: Path
) -> None:
    unnoticed: set[str] = set()
    for column, statement in changes_of(table, where).items():
        folder = tmp_path / column
        shutil.copytree(traded_till, folder)
        tamper_with_file(folder / "till.db", statement)
        if verify_till(folder / "till.db", KEY, folder / "till.head", WITNESS_KEY).ok:
            unnoticed.add(column)
    assert unnoticed == EXPLAINED.get(table.name, set())


@pytest.mark.parametrize("name", TILL_BREACHES)
def test_each_breach_of_a_till_is_named(name: str, till: TillFiles) -> None:
    statements, wanted = TILL_BREACHES[name]
    tamper_with_file(till.database, *statements)
    named = found(_verify(till))
    assert wanted <= named, named


@pytest.mark.parametrize("name", ["a balance polished", "a counter ahead", "a link cut", "an audit entry changed"])
def test_a_start_finds_breaches_at_the_ends_too(name: str, till: TillFiles) -> None:
    tamper_with_file(till.database, *TILL_BREACHES[name][0])
    assert not _verify(till, fast=True).ok


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DROP TRIGGER voucher_final", "GUARD_MISSING"),
        ("CREATE TRIGGER extra AFTER INSERT ON audit BEGIN DELETE FROM preferences; END", "TRIGGER_FOREIGN"),
    ],
)
def test_a_guard_that_is_gone_or_foreign_is_found(statement: str, code: str, till: TillFiles) -> None:
    connection = till.connect()
    connection.raw.execute(statement)
    connection.close()
    for fast in (False, True):
        assert found(_verify(till, fast=fast)) == {("I5", code)}


def test_a_guard_that_was_softened_is_found(till: TillFiles) -> None:
    connection = till.connect()
    sql = connection.raw.execute("SELECT sql FROM sqlite_master WHERE name = 'voucher_final'").fetchone()[0]
    connection.raw.execute("DROP TRIGGER voucher_final")
    connection.raw.execute(sql.replace("'ISSUED'", "'ISSUED '"))
    connection.close()
    assert found(_verify(till)) == {("I5", "GUARD_CHANGED")}


def test_many_breaches_are_counted_and_the_first_are_told(till: TillFiles) -> None:
    units = TillUnits(till.connect, Witness(till.witness, WITNESS_KEY), lambda changes: None)
    units.run(lambda uow: [sell(uow, f"more {number}") for number in range(60)])
    units.close()
    tamper_with_file(till.database, "UPDATE audit SET facts = '{}'")
    line = _verify(till).line("I14")
    assert len(line.findings) == 50
    assert line.more > 10


def test_a_flipped_bit_is_never_passed(traded_till: Path, tmp_path: Path) -> None:
    whole = (traded_till / "till.db").read_bytes()
    passed = []
    for page in range(0, len(whole) // 4096, 3):
        held = bytearray(whole)
        held[page * 4096 + 77 + page] ^= 1 << page % 8
        path = tmp_path / f"{page}.db"
        path.write_bytes(held)
        if _passes(path, traded_till / "till.head"):
            passed.append(page)
    assert passed == []


def _passes(path: Path, witness: Path) -> bool:
    try:
        return verify_till(path, KEY, witness, WITNESS_KEY).ok
    except StorageUnavailable:
        return False
