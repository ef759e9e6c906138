"""SEC-C-02: the vault's key is exchanged by the operator's hand while the hub works, and no key of a system is lost."""

from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import new_id
from domain.money import Language
from domain.other_systems import Scope
from domain.policy import Limits
from domain.rails import Provider
from main import main
from server.api_keys import admit_key, create_api_key
from server.auth import Caller
from server.credentials import connect_provider
from server.enrolment import connect_embedded_till
from server.key_rotation import tidy_vault
from server.limits import RateLimits
from server.problems import Refusal
from server.rails.registry import ADAPTERS
from server.vault import Secret, Vault
from storage.hub_units import HubUnits
from storage.keys import load_keys
from tests.builders import NOON
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.demo import create_demo, setup_of
from wiring.demo_shop import DemoShop, read_demo
from wiring.folders import Folder
from wiring.hub import open_hub_file, run_shared
from wiring.key_places import key_store
from wiring.till import HUB_ROOT
from wiring.vault_keys import KEYS, KEYS_FILE, vault_of

STORED, NEW = bytes(range(32)), bytes(range(32, 64))


def test_without_a_word_of_the_operator_the_key_stores_own_key_is_the_only_one() -> None:
    assert vault_of(STORED, {}) == Vault({1: STORED}, 1)


@pytest.mark.parametrize("separator", [",", ", ", "\n", "\n\n"])
def test_the_first_of_the_operators_keys_is_the_current_one(separator: str, tmp_path: Path) -> None:
    told = separator.join([f"2:{NEW.hex()}", "1:store"])
    wanted = Vault({2: NEW, 1: STORED}, 2)
    assert vault_of(STORED, {KEYS: told}) == wanted
    (tmp_path / "keys").write_text(f"{told}\n", "ascii")
    assert vault_of(STORED, {KEYS_FILE: str(tmp_path / "keys")}) == wanted
    assert vault_of(STORED, {KEYS: f"1:store,2:{NEW.hex()}"}).current == 1
    assert vault_of(STORED, {KEYS: f"2:{NEW.hex()}"}) == Vault({2: NEW}, 2)


@pytest.mark.parametrize(
    "told",
    [
        "",
        ",",
        NEW.hex(),
        f"0:{NEW.hex()}",
        f"2:{NEW.hex()[:-1]}",
        f"2:{NEW.hex().upper()}",
        f"2:{NEW.hex()} 1:store",
        f"2:{NEW.hex()},2:store",
        f"2:{NEW.hex()},1:{NEW.hex()}",
        "1:store,2:store",
        "1:shop",
    ],
)
def test_keys_that_are_not_written_so_are_refused_in_plain_words_that_do_not_show_them(told: str) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        vault_of(STORED, {KEYS: told})
    assert refused.value.code is ErrorCode.VAULT_KEYS_UNREADABLE
    words = [problem_text(refused.value, Texts(language)).sentence for language in Language]
    assert all("BANA_VAULT_KEYS" in sentence for sentence in words)
    assert NEW.hex() not in repr(refused.value) + " ".join(words)


def test_a_file_that_cannot_be_read_or_stands_beside_the_variable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("1:store", "ascii")
    for environment in ({KEYS_FILE: str(tmp_path / "none")}, {KEYS_FILE: str(tmp_path / "keys"), KEYS: "1:store"}):
        with pytest.raises(StorageUnavailable) as refused:
            vault_of(STORED, environment)
        assert refused.value.code is ErrorCode.VAULT_KEYS_UNREADABLE


def test_a_hub_whose_vault_keys_are_unreadable_does_not_start(
    shop: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(KEYS, "2:rubbish")
    assert run_shared(shop, None, "127.0.0.1", 0) == 1
    assert "BANA_VAULT_KEYS" in capsys.readouterr().err


@pytest.fixture
def shop(tmp_path: Path) -> Folder:
    """A demo shop whose hub knows its till."""
    folder = Folder(tmp_path / "shop").make()
    create_demo(folder, wall_clock())
    demo = read_demo(folder)
    units = opened(folder)
    connect_embedded_till(units, setup_of(demo, Limits()), "token", new_id(), wall_clock())
    units.close()
    return folder


def opened(folder: Folder) -> HubUnits:
    keys = load_keys(key_store(folder), HUB_ROOT)
    return HubUnits(open_hub_file(folder, keys.database), lambda merchant, seq: None)


def test_the_operator_exchanges_the_vaults_key_and_is_told_when_the_old_one_may_go(
    shop: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--data", str(shop.root), "--language", "en")
    stored, demo = load_keys(key_store(shop), HUB_ROOT).vault, read_demo(shop)
    units = opened(shop)
    old = vault_of(stored, {})
    connect(units, old, demo)
    secrets = [create_api_key(units, old, demo.merchant_id, name, NOON)[1] for name in ("web shop", "stock room")]

    monkeypatch.setenv(KEYS, f"2:{NEW.hex()},1:store")
    both = vault_of(stored)
    assert main(["hub-key", "rotation", *place]) == 1
    told = capsys.readouterr().out
    assert "Data keys still need older vault keys: 1." in told
    assert all(f"({name})" in told for name in ("web shop", "stock room"))

    tidy_vault(units, both, NOON)
    assert show(units, both, secrets[0]) == "web shop"
    assert main(["hub-key", "rotation", *place]) == 1
    told = capsys.readouterr().out
    assert "(stock room)" in told
    assert "vault key 1" in told
    assert "web shop" not in told
    assert "Data keys" not in told
    assert show(units, both, secrets[1]) == "stock room", "an unused key lives on while its key is given"
    assert main(["hub-key", "rotation", *place]) == 0
    assert "older vault keys may go" in capsys.readouterr().out

    monkeypatch.setenv(KEYS, f"2:{NEW.hex()}")
    alone = vault_of(stored)
    assert [show(units, alone, secret) for secret in secrets] == ["web shop", "stock room"]
    assert main(["hub-key", "rotation", *place]) == 0
    units.close()


def test_a_key_that_the_old_vault_key_took_along_is_told_in_the_log_at_every_start(
    shop: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, dict[str, object]]] = []

    class Log:
        def info(self, event: str, **facts: object) -> None:
            told.append((event, facts))

        error = info

    units, demo = opened(shop), read_demo(shop)
    key, secret = create_api_key(units, Vault({1: STORED}, 1), demo.merchant_id, "web shop", NOON)
    monkeypatch.setattr("server.key_rotation._log", Log())
    tidy_vault(units, Vault({2: NEW, 1: STORED}, 2), NOON)
    assert told == [("data_keys_rewrapped", {"merchants": 0, "in_use": [], "api_keys_behind": 1})]
    told.clear()
    tidy_vault(units, Vault({2: NEW}, 2), NOON)
    assert told == [("api_key_locked", {"merchant_id": demo.merchant_id, "key_id": key.id, "kek": 1})]
    with pytest.raises(Refusal):
        show(units, Vault({2: NEW}, 2), secret)
    units.close()


def connect(units: HubUnits, vault: Vault, demo: DemoShop) -> None:
    values = {"account_number": "1234567", "webhook_secret": "hook", "api_token": "token"}
    secret = {name: Secret(value) for name, value in values.items()}
    connect_provider(units, vault, demo.merchant_id, ADAPTERS[Provider.SEPAY], secret, NOON)


def show(units: HubUnits, vault: Vault, secret: Secret) -> str:
    caller = Caller(f"Bearer {secret.reveal()}", "127.0.0.1")
    return admit_key(units, vault, RateLimits(), caller, NOON, Scope.CHECKOUTS_READ).name
