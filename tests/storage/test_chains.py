"""Each chain on its own: whole, or broken at a place that is told by device, number, time and kind."""

import shutil
from pathlib import Path

import pytest

from domain.ids import Instant
from domain.rails import Method
from domain.services.payments import cancel_payment
from storage.gate import TillFiles
from storage.till import TillUnitOfWork, TillUnits
from storage.verification.chains import BreakKind, ChainKind, ChainReport, till_chains
from storage.witness import Witness
from tests.builders import CASHIER, KEY, MINUTE, NOON, WITNESS_KEY, sell
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
