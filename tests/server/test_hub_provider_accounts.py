"""One account of a provider is read for one merchant of a hub: the other's money could be taken for theirs."""

from dataclasses import replace
from typing import Any, Final

import pytest

from domain.errors import ErrorCode, RuleBroken
from domain.ids import DeviceId, MerchantId
from domain.money import Language
from domain.rails import Provider
from server.connections import READERS
from server.credentials import connect_provider, disconnect_provider, open_credentials, rewrap_data_keys
from server.key_rotation import note_accounts, tidy_vault
from server.provider_accounts import accounts_of, fingerprints
from server.rails.registry import ADAPTERS
from server.vault import Secret, Vault
from storage.hub_accounts import claim_accounts, held_accounts
from storage.hub_units import HubUnits
from storage.session import Sql
from storage.setup import create_merchant
from tests.builders import MERCHANT, NOON, SETUP, an_id
from tests.server.hub_stage import VAULT, ask
from ui.texts import Texts, problem_text

OTHER: Final = MerchantId(an_id("another shop"))
KEK: Final = VAULT.keks[1]
NEXT: Final = bytes(range(1, 33))
BOTH, AFTER = Vault({1: KEK, 2: NEXT}, 2), Vault({2: NEXT}, 2)
ACCOUNT: Final = "0071000888888"
SEPAY: Final = {"webhook_secret": "s" * 20, "api_token": "t" * 40, "account_number": ACCOUNT}
CASSO: Final = {"webhook_secret": "w" * 40, "api_key": "k" * 40, "account_number": ACCOUNT}
STRIPE: Final = {
    "api_key": "sk_test_" + "x" * 30,
    "webhook_secret": "whsec_" + "x" * 30,
    "return_url": "https://a.example",
}


@pytest.fixture
def units(hub_units: HubUnits) -> HubUnits:
    """A hub with two merchants."""
    create_merchant(hub_units, replace(SETUP, merchant_id=OTHER, device_id=DeviceId(an_id("another till"))), NOON)
    return hub_units


def connect(
    units: HubUnits, merchant: MerchantId, values: dict[str, str], provider: Provider, vault: Vault = VAULT
) -> None:
    secrets = {name: Secret(value) for name, value in values.items()}
    connect_provider(units, vault, merchant, ADAPTERS[provider], secrets, NOON)


def refused(
    units: HubUnits, merchant: MerchantId, values: dict[str, str], provider: Provider, **vault: Any
) -> RuleBroken:
    before = standing(units)
    with pytest.raises(RuleBroken) as caught:
        connect(units, merchant, values, provider, **vault)
    assert standing(units) == before, "nothing is lost"
    assert caught.value.code is ErrorCode.PROVIDER_ACCOUNT_ELSEWHERE
    return caught.value


def standing(units: HubUnits) -> list[Any]:
    tables = ("credentials", "provider_accounts", "shop_settings", "audit")
    return [sorted(map(tuple, ask(units, f"SELECT * FROM {table}")), key=repr) for table in tables]


def forget(units: HubUnits) -> None:
    """Make every connection one from before accounts were noted."""
    for merchant in (MERCHANT, OTHER):
        units.read_of(merchant, lambda session: session.run(Sql("DELETE FROM provider_accounts"), {}))


def held(units: HubUnits, merchant: MerchantId, provider: Provider = Provider.SEPAY) -> frozenset[str]:
    return units.read_of(merchant, lambda session: held_accounts(session, merchant, provider))


@pytest.mark.parametrize(
    ("provider", "values"),
    [
        (Provider.SEPAY, SEPAY),
        (Provider.SEPAY, {**SEPAY, "account_number": " 0071 000888888 ", "api_token": "u" * 40}),
        (Provider.CASSO, CASSO),
    ],
)
def test_a_bank_account_that_another_merchant_reads_is_refused_whoever_tells_of_it(
    units: HubUnits, provider: Provider, values: dict[str, str]
) -> None:
    connect(units, MERCHANT, SEPAY, Provider.SEPAY)
    error = refused(units, OTHER, values, provider)
    assert error.facts == {"provider": provider.value}, "who reads it is not told"
    connect(units, OTHER, {**values, "account_number": "19031234567"}, provider)
    refused(units, OTHER, {"account_number": ACCOUNT}, provider)


def test_an_account_of_another_provider_is_refused_by_what_names_it(units: HubUnits) -> None:
    connect(units, MERCHANT, STRIPE, Provider.STRIPE)
    refused(units, OTHER, {**STRIPE, "webhook_secret": "whsec_" + "z" * 30}, Provider.STRIPE)
    connect(units, OTHER, {**STRIPE, "api_key": "sk_test_" + "y" * 30}, Provider.STRIPE)


def test_whoever_disconnects_or_moves_on_leaves_the_account_to_others(units: HubUnits) -> None:
    connect(units, MERCHANT, SEPAY, Provider.SEPAY)
    connect(units, MERCHANT, {"api_token": "v" * 40}, Provider.SEPAY)
    connect(units, MERCHANT, {"account_number": "19031234567"}, Provider.SEPAY)
    connect(units, OTHER, SEPAY, Provider.SEPAY)
    disconnect_provider(units, OTHER, Provider.SEPAY, NOON)
    connect(units, MERCHANT, SEPAY, Provider.SEPAY)


def test_connections_from_before_are_noted_at_the_next_start_and_the_operator_hears_of_shared_ones(
    units: HubUnits,
) -> None:
    connect(units, MERCHANT, SEPAY, Provider.SEPAY)
    forget(units)
    connect(units, OTHER, SEPAY, Provider.SEPAY)
    forget(units)
    [shared] = note_accounts(units, VAULT, NOON)
    assert note_accounts(units, VAULT, NOON) == (shared,)
    late = shared[0]
    connect(units, late, {"api_token": "n" * 40}, Provider.SEPAY)
    opened = open_credentials(units, VAULT, late, Provider.SEPAY, NOON)
    assert opened is not None
    assert opened.current["api_token"].reveal() == "n" * 40, "a connection from before goes on"
    disconnect_provider(units, MERCHANT if late == OTHER else OTHER, Provider.SEPAY, NOON)
    assert note_accounts(units, VAULT, NOON) == ()
    assert held(units, late) == fingerprints(VAULT, ADAPTERS[Provider.SEPAY], opened.current)


def test_an_exchange_of_the_vaults_key_leaves_no_moment_in_which_an_account_is_read_twice(units: HubUnits) -> None:
    connect(units, MERCHANT, SEPAY, Provider.SEPAY)
    refused(units, OTHER, SEPAY, Provider.SEPAY, vault=BOTH)
    tidy_vault(units, BOTH, NOON)
    assert len(held(units, MERCHANT)) == 2
    for vault in (VAULT, BOTH, AFTER):
        refused(units, OTHER, SEPAY, Provider.SEPAY, vault=vault)
    rewrap_data_keys(units, AFTER, MERCHANT, NOON)
    tidy_vault(units, AFTER, NOON)
    assert len(held(units, MERCHANT)) == 1
    refused(units, OTHER, SEPAY, Provider.SEPAY, vault=AFTER)


def test_what_is_kept_says_nothing_and_is_under_the_vaults_key(units: HubUnits) -> None:
    connect(units, MERCHANT, SEPAY, Provider.SEPAY)
    connect(units, MERCHANT, STRIPE, Provider.STRIPE)
    kept = repr(ask(units, "SELECT * FROM provider_accounts"))
    assert ACCOUNT not in kept
    assert "sk_test" not in kept
    values = {name: Secret(value) for name, value in SEPAY.items()}
    one, other = (fingerprints(vault, ADAPTERS[Provider.SEPAY], values) for vault in (VAULT, AFTER))
    assert len(one) == len(other) == 1
    assert one.isdisjoint(other)


def test_the_database_itself_keeps_a_second_reader_out_and_shows_nobody_the_first(units: HubUnits) -> None:
    connect(units, MERCHANT, SEPAY, Provider.SEPAY)
    mine = held(units, MERCHANT)
    assert not units.read_of(OTHER, lambda session: claim_accounts(session, OTHER, Provider.CASSO, mine))
    assert held(units, OTHER, Provider.CASSO) == frozenset()
    assert held(units, MERCHANT) == mine


@pytest.mark.parametrize("provider", sorted(ADAPTERS))
def test_every_adapter_says_which_of_its_fields_name_the_account(provider: Provider) -> None:
    adapter = ADAPTERS[provider]
    fields = {field.name: field for field in adapter.credential_fields}
    assert adapter.account_fields
    assert {name for identity in adapter.account_fields for name in identity} <= set(fields)
    assert any(all(fields[name].required for name in identity) for identity in adapter.account_fields)
    filled = {name: Secret("x" * 20) for name in fields}
    assert len(accounts_of(adapter, filled)) == len(adapter.account_fields)
    assert accounts_of(adapter, {}) == frozenset()
    if provider in READERS:
        assert ("account_number",) in adapter.account_fields


@pytest.mark.parametrize("language", Language)
def test_the_refusal_says_what_to_do_when_shops_share_an_owner(language: Language) -> None:
    error = RuleBroken(ErrorCode.PROVIDER_ACCOUNT_ELSEWHERE, provider="sepay")
    said = problem_text(error, Texts(language)).sentence
    assert ("virtual account" if language is Language.EN else "tài khoản ảo") in said
