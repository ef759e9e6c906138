"""A till and a merchant's books are made whole, with the same accounts on both sides."""

from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from storage.gate import TillFiles, open_till
from storage.hub_feed import hub_epoch
from storage.hub_units import HubUnits
from storage.session import Session, Sql
from storage.setup import create_hub, create_merchant, create_till
from storage.till import TillUnits
from storage.witness import Heads, Witness
from tests.builders import KEY, MERCHANT, NOON, SETUP, WITNESS_KEY, an_id, sell

_ACCOUNTS = Sql("SELECT id, type, code, name, is_default FROM accounts WHERE merchant_id = :merchant ORDER BY id")


def _accounts(session: Session) -> list[tuple[object, ...]]:
    return session.all(_ACCOUNTS, {"merchant": MERCHANT})


def test_till_and_hub_hold_the_same_accounts(till_units: TillUnits, hub_units: HubUnits) -> None:
    here = till_units.read(_accounts)
    assert len(here) == 21
    assert here == hub_units.read(_accounts)


def test_a_new_till_sells_at_once(till_units: TillUnits, hub_units: HubUnits) -> None:
    assert till_units.run(sell).status == "paid"
    assert hub_units.run(MERCHANT, lambda uow: sell(uow, "at the hub")).status == "paid"


def test_a_till_is_never_made_over_another(till_file: TillFiles) -> None:
    with pytest.raises(FileExistsError):
        create_till(till_file.database, KEY, Witness(till_file.witness, WITNESS_KEY), SETUP, NOON)


def test_a_till_whose_witness_saw_sales_is_not_made_anew(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "till.head", WITNESS_KEY)
    witness.write(Heads(1, "a", 0, ""))
    with pytest.raises(StorageUnavailable) as refused:
        create_till(tmp_path / "till.db", KEY, witness, SETUP, NOON)
    assert refused.value.code is ErrorCode.STORAGE_TAMPERED
    assert not (tmp_path / "till.db").exists()


def test_a_made_till_passes_the_start_gate(till_file: TillFiles) -> None:
    open_till(till_file, lambda changes: None, free_bytes=2**40).close()


def test_a_merchant_is_made_once(hub_units: HubUnits) -> None:
    before = hub_units.read(_accounts)
    assert not create_merchant(hub_units, SETUP, NOON)
    assert hub_units.read(_accounts) == before


def test_a_hub_keeps_its_epoch(hub_units: HubUnits) -> None:
    create_hub(hub_units, an_id("another epoch"), NOON)
    assert hub_units.read(hub_epoch) == an_id("epoch")
