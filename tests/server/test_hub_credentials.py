"""Credentials: sealed per merchant, shown masked, renewed field by field, and worth nothing anywhere else."""

from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest

from domain.errors import ErrorCode, FailureCode, RuleBroken
from domain.ids import Instant, MerchantId
from domain.rails import Provider
from server.credentials import (
    OVERLAP_MS,
    check_provider,
    connect_provider,
    disconnect_provider,
    open_credentials,
    rewrap_data_keys,
    rotate_data_key,
    show_credentials,
)
from server.rails.base import CredentialField
from server.rails.registry import ADAPTERS
from server.rails.sepay import SepayAdapter
from server.vault import Secret, Vault, VaultRefused
from storage.hub_units import HubUnits
from storage.session import Session, Sql
from storage.setup import create_merchant
from tests.builders import MERCHANT, NOON, SETUP, an_id
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay
from tests.server.hub_stage import VAULT, ask, climb

VNPAY, SEPAY = ADAPTERS[Provider.VNPAY_QR_MMS], ADAPTERS[Provider.SEPAY]
OTHER = MerchantId(an_id("another shop"))
NEEDLE = "needle-create-secret-4711"


def values(**changes: str) -> dict[str, Secret]:
    return {**fake_vnpay.credentials("http://127.0.0.1:1"), **{name: Secret(text) for name, text in changes.items()}}


def connect(units: HubUnits, given: Mapping[str, Secret], at: Instant = NOON, merchant: MerchantId = MERCHANT) -> None:
    connect_provider(units, VAULT, merchant, VNPAY, given, at)


def opened(units: HubUnits, name: str, vault: Vault = VAULT, merchant: MerchantId = MERCHANT) -> str:
    found = open_credentials(units, vault, merchant, Provider.VNPAY_QR_MMS, NOON)
    assert found is not None
    return found.current[name].reveal()


def test_what_the_owner_filled_in_is_sealed_in_the_database_and_opens_again(hub_units: HubUnits) -> None:
    connect(hub_units, values(create_secret=NEEDLE))
    assert opened(hub_units, "create_secret") == NEEDLE
    kept = str(ask(hub_units, "SELECT * FROM credentials")) + str(ask(hub_units, "SELECT * FROM audit"))
    assert NEEDLE not in kept
    assert "0106921949" not in kept, "even what may be shown is sealed"


def test_secrets_are_shown_only_masked(hub_units: HubUnits) -> None:
    connect(hub_units, values(create_secret=NEEDLE))
    views = {view.field.name: view for view in show_credentials(hub_units, VAULT, MERCHANT, VNPAY, NOON)}
    assert views["create_secret"].shown == "••••4711"
    assert len(views["create_secret"].fingerprint) == 8
    assert views["merchant_code"].shown == "0106921949"
    assert (views["refund_secret"].shown, views["refund_secret"].changed_at) == ("", None)
    assert views["create_secret"].changed_at == NOON
    assert NEEDLE not in str(views)


def test_a_form_that_nobody_filled_in_shows_its_defaults(hub_units: HubUnits) -> None:
    views = {view.field.name: view.shown for view in show_credentials(hub_units, VAULT, MERCHANT, VNPAY, NOON)}
    assert views["merchant_type"] == "9999"
    assert views["create_secret"] == ""


def test_one_field_can_be_renewed_alone_and_the_old_secret_counts_on_for_a_while(hub_units: HubUnits) -> None:
    connect(hub_units, values(create_secret=NEEDLE))
    later = Instant(NOON + 1_000)
    connect(hub_units, {"create_secret": Secret("a newer secret")}, later)
    for at, before in ((later, NEEDLE), (Instant(later + OVERLAP_MS), None)):
        found = open_credentials(hub_units, VAULT, MERCHANT, Provider.VNPAY_QR_MMS, at)
        assert found is not None
        assert found.current["create_secret"].reveal() == "a newer secret"
        assert found.current["merchant_code"].reveal() == "0106921949"
        assert (found.before["create_secret"].reveal() if found.before else None) == before
    assert "previous" not in str(show_credentials(hub_units, VAULT, MERCHANT, VNPAY, NOON))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"create_secret": ""}, "create_secret"), ({"unknown": "x"}, "unknown"), ({"app_id": "x" * 3_000}, "app_id")],
)
def test_a_form_that_does_not_fit_is_refused_and_nothing_is_kept(
    hub_units: HubUnits, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        connect(hub_units, values(**changes))
    assert (refused.value.code, refused.value.facts["field"]) == (ErrorCode.PROVIDER_FIELD_INVALID, field)
    assert ask(hub_units, "SELECT COUNT(*) FROM credentials") == [(0,)]


def test_a_choice_that_is_none_is_refused(hub_units: HubUnits) -> None:
    given = {"account_number": "1", "webhook_secret": "w", "api_token": "t", "auth": "trust me"}
    with pytest.raises(RuleBroken):
        connect_provider(hub_units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in given.items()}, NOON)


def test_a_renewal_that_meets_a_disconnection_leaves_no_half_of_a_form(hub_units: HubUnits) -> None:
    given = {"account_number": "1", "webhook_secret": "w", "api_token": "t"}
    connect_provider(hub_units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in given.items()}, NOON)

    class Meanwhile(SepayAdapter):
        @property
        def credential_fields(self) -> tuple[CredentialField, ...]:  # type: ignore[override]  # asked for in between
            disconnect_provider(hub_units, MERCHANT, Provider.SEPAY, NOON)
            return SEPAY.credential_fields

    with pytest.raises(RuleBroken):
        connect_provider(hub_units, VAULT, MERCHANT, Meanwhile(), {"api_token": Secret("newer")}, NOON)
    assert ask(hub_units, "SELECT COUNT(*) FROM credentials") == [(0,)]


def test_a_row_that_is_copied_to_another_merchant_does_not_open_there(hub_units: HubUnits) -> None:
    create_merchant(hub_units, replace(SETUP, merchant_id=OTHER), NOON)
    connect(hub_units, values(create_secret=NEEDLE))
    connect(hub_units, values(create_secret="the other's", terminal_id="the other's"), merchant=OTHER)
    copy = Sql(
        "UPDATE credentials SET sealed = (SELECT c.sealed FROM credentials c WHERE c.merchant_id = :mine "
        "AND c.field = 'create_secret') WHERE merchant_id = :other AND field = 'create_secret'"
    )

    def op(session: Session) -> None:
        climb(session)
        assert session.run(copy, {"mine": MERCHANT, "other": OTHER}) == 1

    hub_units.read(op)
    with pytest.raises(VaultRefused):
        opened(hub_units, "create_secret", merchant=OTHER)
    assert opened(hub_units, "create_secret") == NEEDLE


def test_a_merchant_that_is_not_connected_has_no_credentials(hub_units: HubUnits) -> None:
    connect(hub_units, values())
    assert open_credentials(hub_units, VAULT, OTHER, Provider.VNPAY_QR_MMS, NOON) is None
    assert open_credentials(hub_units, VAULT, MERCHANT, Provider.SEPAY, NOON) is None


def test_a_fresh_data_key_seals_everything_anew(hub_units: HubUnits) -> None:
    connect(hub_units, values(create_secret=NEEDLE))
    before = ask(hub_units, "SELECT sealed FROM credentials WHERE field = 'create_secret'")
    rotate_data_key(hub_units, VAULT, MERCHANT, NOON)
    assert ask(hub_units, "SELECT sealed FROM credentials WHERE field = 'create_secret'") != before
    assert ask(hub_units, "SELECT DISTINCT key_version FROM credentials") == [(2,)]
    assert opened(hub_units, "create_secret") == NEEDLE


def test_a_retired_key_encryption_key_is_not_needed_after_wrapping_anew(hub_units: HubUnits) -> None:
    connect(hub_units, values(create_secret=NEEDLE))
    old, new = bytes(range(64, 96)), bytes(range(96, 128))
    rewrap_data_keys(hub_units, Vault({1: old, 2: new}, 2), MERCHANT, NOON)
    assert opened(hub_units, "create_secret", Vault({2: new}, 2)) == NEEDLE
    with pytest.raises(VaultRefused):
        opened(hub_units, "create_secret")


def test_disconnecting_forgets_everything(hub_units: HubUnits) -> None:
    connect(hub_units, values())
    assert disconnect_provider(hub_units, MERCHANT, Provider.VNPAY_QR_MMS, NOON)
    assert not disconnect_provider(hub_units, MERCHANT, Provider.VNPAY_QR_MMS, NOON)
    assert ask(hub_units, "SELECT COUNT(*) FROM credentials") == [(0,)]


def test_the_owners_deeds_are_in_the_audit_trail_without_values(hub_units: HubUnits) -> None:
    connect(hub_units, values(create_secret=NEEDLE))
    disconnect_provider(hub_units, MERCHANT, Provider.VNPAY_QR_MMS, NOON)
    rows = ask(hub_units, "SELECT action, facts FROM audit WHERE subject_id = 'vnpay_qr_mms' ORDER BY seq")
    assert [action for action, _ in rows] == ["provider.connected", "provider.disconnected"]
    assert "create_secret" in rows[0][1]
    assert NEEDLE not in rows[0][1]


def test_a_connection_is_tried_without_touching_money(hub_units: HubUnits, provider: FakeVnpay) -> None:
    with httpx.Client() as http:
        assert check_provider(hub_units, VAULT, http, MERCHANT, VNPAY, NOON) is FailureCode.CREDENTIALS_MISSING
        connect(hub_units, values(base_url=provider.url))
        assert check_provider(hub_units, VAULT, http, MERCHANT, VNPAY, NOON) is None
        provider.check_code = "14"
        assert check_provider(hub_units, VAULT, http, MERCHANT, VNPAY, NOON) is FailureCode.CREDENTIALS_REJECTED
        connect(hub_units, values(base_url="http://127.0.0.1:1"))
        assert check_provider(hub_units, VAULT, http, MERCHANT, VNPAY, NOON) is FailureCode.NETWORK_ERROR
    assert {path for path, _ in provider.asked} == {"/CheckTransaction/rest/api/CheckTrans"}
