"""Each chain on its own: whole, or broken at a place that is told by device, number, time and kind."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from domain.ids import Instant
from domain.rails import Method
from domain.services.payments import cancel_payment
from storage import tables
from storage.gate import TillFiles
from storage.session import Sql
from storage.till import TillUnitOfWork, TillUnits
from storage.verification.chains import BreakKind, ChainKind, ChainReport, till_chains
from storage.verification.reader import reading_file
from storage.verify import verify_till
from storage.witness import Witness
from tests.builders import CASHIER, KEY, MINUTE, NOON, WITNESS_KEY, sell
from tests.storage.misuse import changes_of
from tests.storage.tampering import tamper_with_file

LATER = Instant(NOON + MINUTE)
DEVICE = "(SELECT device_id FROM till_self)"


def _trade(uow: TillUnitOfWork) -> None:
    for number in range(5):
        sell(uow, f"sale {number}", at=Instant(NOON + number))
    waiting = sell(uow, "code", method=Method.VIETQR)
    cancel_payment(uow, CASHIER, waiting.id, LATER)


@pytest.fixture(scope="module")
def traded(till_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chained") / "till"
    shutil.copytree(till_template, folder)
    units = TillUnits(_files(folder).connect, Witness(folder / "till.head", WITNESS_KEY), lambda changes: None)
    units.run(_trade)
    units.close()
    return folder


@pytest.fixture
def till(traded: Path, tmp_path: Path) -> TillFiles:
    folder = tmp_path / "till"
    shutil.copytree(traded, folder)
    return _files(folder)


def _files(folder: Path) -> TillFiles:
    return TillFiles(folder / "till.db", folder / "till.head", folder / "backups", KEY, WITNESS_KEY)


def chains(files: TillFiles) -> dict[ChainKind, ChainReport]:
    """Return both chains of the till's own device."""
    return {chain.kind: chain for chain in till_chains(files.database, KEY, files.witness, WITNESS_KEY)}


def first(files: TillFiles, kind: ChainKind) -> tuple[BreakKind, int, Instant | None]:
    """Return the first break of a chain, having looked that the other one is whole."""
    found = chains(files)
    assert [chain.kind for chain in found.values() if not chain.ok] == [kind]
    broken = found[kind].first
    assert broken is not None
    return broken.kind, broken.seq, broken.at


def test_whole_chains_tell_how_far_they_go(till: TillFiles) -> None:
    found = chains(till)
    assert {kind: (chain.ok, chain.till, chain.links) for kind, chain in found.items()} == {
        ChainKind.VOUCHERS: (True, "01A", 5),
        ChainKind.AUDIT: (True, "01A", 10),
    }
    assert all(len(chain.head) == 64 for chain in found.values())


def test_an_edited_entry_is_told_by_its_number_and_time(till: TillFiles) -> None:
    tamper_with_file(till.database, "UPDATE audit SET facts = replace(facts, '45000', '5000') WHERE seq IN (6, 7)")
    assert first(till, ChainKind.AUDIT) == (BreakKind.CHANGED, 6, Instant(NOON + 2))
    assert chains(till)[ChainKind.AUDIT].more == 1


def test_an_entry_edited_with_its_hash_no_longer_joins_the_next(till: TillFiles) -> None:
    tamper_with_file(till.database, "UPDATE audit SET hash = 'x' WHERE seq = 6")
    assert first(till, ChainKind.AUDIT)[:2] == (BreakKind.CHANGED, 6)


def _each_row(files: TillFiles, table: Any) -> list[str]:
    """Return for each row of a table the condition that it alone meets."""
    names = [column.name for column in table.primary_key.columns]
    with reading_file(files.database, KEY) as reader:
        rows = reader.session.all(Sql(f"SELECT {', '.join(names)} FROM {table.name}"), {})
    return [" AND ".join(f"{name} = {value!r}" for name, value in zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("table", [tables.audit, tables.vouchers], ids=lambda table: str(table.name))
def test_any_column_of_any_row_that_is_edited_with_the_key_in_hand_is_found(table: Any, till: TillFiles) -> None:
    whole, bare = till.database.read_bytes(), _without_guards(till)
    unnoticed, tried = set[str](), 0
    for row in _each_row(till, table):
        for column, statement in changes_of(table, row).items():
            till.database.write_bytes(bare)
            _run(till, statement)
            tried += 1
            if all(chain.ok for chain in chains(till).values()):  # it covers no such column: others tell of it
                till.database.write_bytes(whole)
                tamper_with_file(till.database, statement)
                if verified(till):
                    unnoticed.add(f"{column} where {row}")
    assert unnoticed == set()
    assert tried >= 5 * len(table.columns)


def _without_guards(files: TillFiles) -> bytes:
    """Return the till's file as it is without its guards, left so."""
    with reading_file(files.database, KEY) as reader:
        guards = reader.session.all(Sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"), {})
    _run(files, *(f"DROP TRIGGER {name}" for (name,) in guards))
    return files.database.read_bytes()


def _run(files: TillFiles, *statements: str) -> None:
    connection = files.connect()
    for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
        connection.raw.execute(f"PRAGMA {pragma}")
    connection.raw.execute("BEGIN")
    for statement in statements:
        assert connection.raw.execute(statement).rowcount != 0
    connection.raw.execute("COMMIT")
    connection.close()


def verified(files: TillFiles) -> bool:
    return verify_till(files.database, KEY, files.witness, WITNESS_KEY).ok


def test_a_removed_entry_leaves_a_gap(till: TillFiles) -> None:
    tamper_with_file(till.database, "DELETE FROM audit WHERE seq = 6")
    assert first(till, ChainKind.AUDIT) == (BreakKind.GAP, 6, Instant(NOON + 3))


@pytest.mark.parametrize("change", ["memo = 'x'", "total_minor = 1", "status = 'DRAFT'", "created_at = created_at + 1"])
def test_an_edited_voucher_is_told_by_its_number(change: str, till: TillFiles) -> None:
    tamper_with_file(till.database, f"UPDATE vouchers SET {change} WHERE chain_seq = 3")
    assert first(till, ChainKind.VOUCHERS)[:2] == (BreakKind.CHANGED, 3)
    broken = chains(till)[ChainKind.VOUCHERS].first
    assert broken is not None
    assert broken.name == "PT01A-26-000003"


def test_a_removed_line_of_a_voucher_breaks_its_link(till: TillFiles) -> None:
    tamper_with_file(
        till.database,
        "DELETE FROM postings WHERE line_no = 1 AND voucher_id = (SELECT id FROM vouchers WHERE chain_seq = 2)",
    )
    assert first(till, ChainKind.VOUCHERS)[:2] == (BreakKind.CHANGED, 2)


def test_a_tail_that_was_cut_off_is_missed_by_the_device(till: TillFiles) -> None:
    tamper_with_file(till.database, "DELETE FROM audit WHERE seq > 8")
    assert first(till, ChainKind.AUDIT) == (BreakKind.HEAD, 10, Instant(NOON + 4))


def test_a_tail_that_was_cut_off_with_the_devices_own_word_is_missed_by_the_witness(till: TillFiles) -> None:
    tamper_with_file(
        till.database,
        "DELETE FROM audit WHERE seq > 8",
        f"UPDATE devices SET audit_seq = 8, audit_hash = (SELECT hash FROM audit WHERE seq = 8) WHERE id = {DEVICE}",
    )
    assert first(till, ChainKind.AUDIT)[:2] == (BreakKind.LOST, 10)


def test_without_its_witness_no_own_chain_passes(till: TillFiles) -> None:
    till.witness.unlink()
    assert {chain.first.kind for chain in chains(till).values() if chain.first} == {BreakKind.ALONE}
