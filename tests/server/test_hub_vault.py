"""SEC-C-02: keys of the vault change while the hub works; what was swapped in the database is told as that."""

import threading
from dataclasses import replace

import httpx
import pytest

from domain.cards import without_cards
from domain.errors import ErrorCode
from domain.ids import DeviceId, MerchantId
from domain.money import Language
from domain.other_systems import Scope
from domain.rails import Provider
from server.api_keys import admit_key, create_api_key
from server.auth import Caller
from server.credentials import connect_provider, open_credentials, rewrap_data_keys
from server.hub import Hub
from server.key_rotation import keks_in_use, rewrap_all, tidy_vault, unopened_credentials
from server.limits import RateLimits
from server.people_keys import exchange_key
from server.problems import Refusal
from server.rails.registry import ADAPTERS
from server.vault import Secret, Vault, VaultRefused
from storage.hub_tills import KnownTill
from storage.session import Session, Sql
from storage.setup import create_merchant
from sync.wire import PeopleKeyRequest
from tests.builders import MERCHANT, NOON, SETUP, TILL, an_id
from tests.server.hub_stage import Served, ask, climb
from ui.texts import Texts, problem_text

SEPAY = ADAPTERS[Provider.SEPAY]
SHOPS = [MERCHANT, *(MerchantId(an_id(f"shop {number}")) for number in range(3))]
OLD, NEW = bytes(range(64, 96)), bytes(range(96, 128))
BEFORE, BOTH, AFTER = Vault({1: OLD}, 1), Vault({1: OLD, 2: NEW}, 2), Vault({2: NEW}, 2)


@pytest.fixture
def stocked(hub: Hub) -> Hub:
    """A hub whose four shops are connected to a provider, each with secrets of its own."""
    for shop in SHOPS[1:]:
        setup = replace(SETUP, merchant_id=shop, device_id=DeviceId(an_id(f"till of {shop}")))
        create_merchant(hub.units, setup, NOON)
    for number, shop in enumerate(SHOPS):
        values = {
            "account_number": f"123456{number}",
            "webhook_secret": f"hook of {shop}",
            "api_token": f"token of {shop}",
        }
        connect_provider(hub.units, BEFORE, shop, SEPAY, {n: Secret(v) for n, v in values.items()}, NOON)
    return hub


def token(hub: Hub, vault: Vault, shop: MerchantId) -> str:
    opened = open_credentials(hub.units, vault, shop, Provider.SEPAY, NOON)
    assert opened is not None
    return opened.current["api_token"].reveal()


def test_the_key_encryption_key_is_exchanged_while_the_hub_works_and_the_old_one_can_go(stocked: Hub) -> None:
    stop, looked, faults = threading.Event(), threading.Event(), list[BaseException]()

    def traffic() -> None:
        while not stop.is_set():
            for shop in SHOPS:
                try:
                    assert token(stocked, BOTH, shop) == f"token of {shop}"
                except BaseException as fault:  # noqa: BLE001 - told to the test below
                    faults.append(fault)
            looked.set()

    assert keks_in_use(stocked.units) == {1}
    reader = threading.Thread(target=traffic)
    reader.start()
    try:
        assert looked.wait(20)
        assert rewrap_all(stocked.units, BOTH, NOON) == len(SHOPS)
        for _ in range(2):  # the first round may have begun before
            looked.clear()
            assert looked.wait(20)
    finally:
        stop.set()
        reader.join()
    assert faults == []
    assert keks_in_use(stocked.units) == {2}
    assert [token(stocked, AFTER, shop) for shop in SHOPS] == [f"token of {shop}" for shop in SHOPS]
    assert rewrap_all(stocked.units, BOTH, NOON) == 0, "nothing is left to do"
    with pytest.raises(VaultRefused) as refused:
        token(stocked, BEFORE, MERCHANT)
    assert refused.value.code is ErrorCode.KEY_MISSING
    rewrapped = ask(stocked.units, "SELECT merchant_id, facts FROM audit WHERE action = 'data_keys.rewrapped'")
    assert {row[0] for row in rewrapped} == set(SHOPS)


def test_an_exchange_that_was_broken_off_goes_on_where_it_was(stocked: Hub) -> None:
    rewrap_data_keys(stocked.units, BOTH, SHOPS[1], NOON)
    assert keks_in_use(stocked.units) == {1, 2}
    assert rewrap_all(stocked.units, BOTH, NOON) == 3
    later = Vault({2: NEW, 3: OLD}, 3)
    assert rewrap_all(stocked.units, later, NOON) == 4
    assert keks_in_use(stocked.units) == {3}
    assert rewrap_all(stocked.units, Vault({9: NEW}, 9), NOON) == 0, "what no key at hand opens is left as it is"
    assert token(stocked, later, MERCHANT) == f"token of {MERCHANT}"


def test_a_key_of_another_system_that_is_used_moves_to_the_new_key_encryption_key(stocked: Hub) -> None:
    _, used = create_api_key(stocked.units, BEFORE, MERCHANT, "used", NOON)
    _, forgotten = create_api_key(stocked.units, BEFORE, MERCHANT, "forgotten", NOON)

    def show(secret: Secret, vault: Vault) -> str:
        calling = Caller(f"Bearer {secret.reveal()}", "127.0.0.1")
        return admit_key(stocked.units, vault, RateLimits(), calling, NOON, Scope.EVENTS_WRITE).name

    assert show(used, BOTH) == show(used, BOTH) == show(used, AFTER) == "used"
    with pytest.raises(Refusal):
        show(forgotten, AFTER)
    assert show(forgotten, BOTH) == "forgotten"


def swap(session: Session) -> None:
    """Exchange two shops' sealed secrets, as someone does who can write the database."""
    climb(session)
    rows: dict[str, str] = dict(
        session.all(
            Sql(
                "SELECT merchant_id, sealed FROM credentials WHERE field = 'webhook_secret' AND merchant_id IN (:a, :b)"
            ),
            {"a": SHOPS[0], "b": SHOPS[1]},
        )
    )
    put = Sql("UPDATE credentials SET sealed = :sealed WHERE merchant_id = :id AND field = 'webhook_secret'")
    for here, there in ((SHOPS[0], SHOPS[1]), (SHOPS[1], SHOPS[0])):
        assert session.run(put, {"sealed": rows[there], "id": here}) == 1


def test_two_shops_secrets_that_were_swapped_are_found_and_told_in_plain_words(stocked: Hub) -> None:
    assert unopened_credentials(stocked.units, BEFORE, NOON) == ()
    stocked.units.read(swap)
    found = unopened_credentials(stocked.units, BEFORE, NOON)
    assert {(unopened.merchant_id, unopened.code) for unopened in found} == {
        (shop, ErrorCode.CREDENTIALS_TAMPERED) for shop in SHOPS[:2]
    }
    with pytest.raises(VaultRefused) as refused:
        token(stocked, BEFORE, MERCHANT)
    assert token(stocked, BEFORE, SHOPS[2]) == f"token of {SHOPS[2]}"
    told = [problem_text(refused.value, Texts(language)).sentence for language in Language]
    assert "swapped or edited" in " ".join(told)
    assert "đã tráo hoặc sửa" in " ".join(told)


def test_a_swapped_data_key_is_found_as_well(stocked: Hub) -> None:
    def op(session: Session) -> None:
        climb(session)
        copy = "UPDATE data_keys SET wrapped = (SELECT k.wrapped FROM data_keys k WHERE k.merchant_id = :b)"
        assert session.run(Sql(f"{copy} WHERE merchant_id = :a"), {"a": SHOPS[0], "b": SHOPS[1]}) == 1

    stocked.units.read(op)
    [unopened] = unopened_credentials(stocked.units, BEFORE, NOON)
    assert (unopened.merchant_id, unopened.code) == (MERCHANT, ErrorCode.CREDENTIALS_TAMPERED)


def test_a_start_wraps_anew_and_tells_the_log_what_does_not_open(stocked: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, dict[str, object]]] = []

    class Log:
        def info(self, event: str, **facts: object) -> None:
            told.append((event, facts))

        error = info

    monkeypatch.setattr("server.key_rotation._log", Log())
    for shop in SHOPS:
        request = PeopleKeyRequest(own_key=bytes(32).hex(), offered=True)
        exchange_key(stocked.units, BEFORE, KnownTill(shop, TILL), request, NOON)

    def spoil(session: Session) -> None:
        swap(session)
        copy = "UPDATE people_keys SET sealed = (SELECT k.sealed FROM people_keys k WHERE k.merchant_id = :b)"
        session.run(Sql(f"{copy} WHERE merchant_id = :a"), {"a": SHOPS[0], "b": SHOPS[1]})

    stocked.units.read(spoil)
    tidy_vault(stocked.units, BOTH, NOON)
    events = ["data_keys_rewrapped", *["credentials_do_not_open"] * 2, "people_key_does_not_open"]
    assert [event for event, _ in told] == events
    assert told[-1][1]["merchant_id"] == SHOPS[0]
    assert told[0][1] == {"merchants": 4, "in_use": [2], "api_keys_behind": 0}


def test_a_notification_under_swapped_secrets_is_put_off_and_not_believed(server: Served) -> None:
    other = replace(SETUP, merchant_id=SHOPS[1], device_id=DeviceId(an_id("till of another")))
    create_merchant(server.hub.units, other, NOON)
    for number, shop in enumerate(SHOPS[:2]):
        values = {"account_number": f"123456{number}", "webhook_secret": f"hook of {shop}", "api_token": "t"}
        vault = server.hub.settings.vault
        connect_provider(server.hub.units, vault, shop, SEPAY, {n: Secret(v) for n, v in values.items()}, NOON)
    server.hub.units.read(swap)
    answer: httpx.Response = server.http.post(f"/api/v1/billing/webhook/sepay/{MERCHANT}", content=b"{}")
    assert (answer.status_code, answer.json()) == (503, {"code": "CREDENTIALS_TAMPERED"})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("paid by 4111 1111 1111 1111 thanks", "paid by •••1111 thanks"),
        ("4111111111111111", "•••1111"),
        ("5500-0000-0000-0004", "•••0004"),
        ("340000000000009", "•••0009"),
        ("4111111111111112", "4111111111111112"),
        ("FT26325 0123456789", "FT26325 0123456789"),
        ("19034567890123", "19034567890123"),
        ("41111111111111110000000", "41111111111111110000000"),
    ],
)
def test_a_number_of_a_card_is_cut_to_its_end_and_other_numbers_are_left(text: str, kept: str) -> None:
    assert without_cards(text) == kept
