"""The demo shop: made in an empty folder, wiped whole, and its lock tells the true PINs."""

import json
from pathlib import Path

import pytest

from domain.ids import Instant
from domain.money import Language
from storage.keys import FileKeyStore
from storage.pins import Argon2Pins
from storage.verify import verify_till
from tests.builders import OWNER
from ui.texts import Texts
from wiring.demo import create_demo
from wiring.demo_shop import PEOPLE, is_demo, wipe_demo
from wiring.folders import Folder
from wiring.report import run_balances
from wiring.till import Till, load_secrets, till_files

AT = Instant(1_795_230_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with a demo shop."""
    made = Folder(tmp_path / "shop").make()
    create_demo(made, AT)
    return made


def test_a_demo_shop_has_its_people_wallets_and_a_morning_of_sales_that_verify(folder: Folder) -> None:
    secrets = load_secrets(FileKeyStore(folder.keys))
    till = Till(folder, secrets, lambda: None)
    try:
        users = till.query(lambda queries: queries.users()).result()
        wallets = till.query(lambda queries: queries.wallets(OWNER, False)).result()
        kept = {user.role: till.query(lambda queries, who=user.id: queries.user(who)).result() for user in users}
    finally:
        till.close()
    pins = Argon2Pins(secrets.keys.pepper)
    for _, role, pin in PEOPLE:
        person = kept[role]
        assert person is not None
        assert pins.matches(person.pin_hash, pin)
    assert [wallet.balance_minor for wallet in wallets] == [3_048_000, 15_000_000, 0, 0]
    files = till_files(folder, secrets.keys)
    assert verify_till(files.database, files.key, files.witness, files.witness_key).ok


@pytest.mark.parametrize("language", list(Language))
def test_the_lock_of_a_demo_shop_tells_the_pins_that_open_it(language: Language) -> None:
    told = Texts(language).t("demo.pins")
    assert [name for name, _, pin in PEOPLE if f"{name} {pin}" not in told] == []


def test_wiping_leaves_nothing_of_a_demo_shop_behind(folder: Folder) -> None:
    wipe_demo(folder)
    assert not is_demo(folder)
    assert sorted(path.name for path in folder.root.iterdir()) == ["logs", "till.lock"]


def test_a_shop_that_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    folder = Folder(tmp_path).make()
    create_demo(folder, AT)
    folder.demo.unlink()
    create_demo(folder, AT)
    assert is_demo(folder)


def test_the_trial_balance_of_a_demo_shop_is_zero_and_in_minor_units(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_balances(folder) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["total_minor"] == 0
    assert {"code": "5111", "name": "Doanh thu bán hàng", "currency": "VND", "balance_minor": -1_048_000} in told[
        "accounts"
    ]
