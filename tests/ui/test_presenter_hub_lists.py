"""The owner's three lists at the hub: every act on them, what the hub answers, and what a person is asked first."""

import pytest

from domain.errors import ErrorCode, FailureCode
from domain.ids import DeviceId
from domain.other_systems import Scope
from tests.fakes.small_hub_desk import API_KEY, CODE, OVERLAP_MS
from tests.fakes.small_shop import NOON
from tests.ui.hub_desk_stage import HubStage
from ui.presenters.connections import Section
from ui.presenters.providers import Asking, Said

FILLED = {
    "base_url": "https://doitac.vnpaytest.vn",
    "app_id": "MERCHANT",
    "merchant_name": "TAP HOA HOA MAI",
    "merchant_code": "0311609355",
    "terminal_id": "CH01",
    "merchant_type": "9999",
    "create_secret": "needle-create-7001",
    "check_secret": "needle-check-7002",
    "refund_secret": "",
}
KEPT = {"account_number": "0071000123456", "auth": "hmac", "base_url": "https://my.sepay.vn"}


@pytest.fixture
def stage() -> HubStage:
    return HubStage().open()


# providers


def test_a_provider_is_connected_with_all_that_was_filled_in(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("vnpay_qr_mms")
    providers.save(FILLED)
    assert stage.hub.kept["vnpay_qr_mms"] == {name: value for name, value in FILLED.items() if value}
    state = providers.state
    assert state.info is not None
    assert (state.info.connected, state.said, state.kept, state.busy) == (True, Said.SAVED, 1, False)
    assert stage.counter.notices.toast_keys == ["connections.provider.saved"]


def test_what_must_be_filled_in_is_named_and_nothing_is_sent(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("vnpay_qr_mms")
    providers.save({**FILLED, "app_id": " ", "check_secret": ""})
    assert providers.state.missing == {"app_id", "check_secret"}
    assert "connect_provider" not in stage.hub.calls
    providers.save(FILLED)
    assert providers.state.missing == frozenset()


def test_an_empty_secret_keeps_the_one_in_use_and_nothing_new_is_not_sent(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("sepay")
    providers.save({**KEPT, "webhook_secret": "", "api_token": ""})
    assert (providers.state.said, stage.hub.kept) == (Said.UNCHANGED, {})
    providers.save({**KEPT, "auth": "apikey", "webhook_secret": "", "api_token": ""})
    assert stage.hub.kept == {"sepay": {"auth": "apikey"}}
    assert providers.state.said is Said.SAVED


def test_a_new_secret_says_that_the_old_one_still_counts_for_three_days(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("sepay")
    providers.save({**KEPT, "webhook_secret": "needle-new-7003", "api_token": ""})
    info = providers.state.info
    assert info is not None
    assert (providers.state.said, info.overlap_until) == (Said.ROTATED, NOON + OVERLAP_MS)
    assert stage.hub.kept == {"sepay": {"webhook_secret": "needle-new-7003"}}
    assert stage.counter.notices.toast_keys == ["connections.provider.rotated"]


def test_a_field_that_the_hub_does_not_take_is_named(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("vnpay_qr_mms")
    stage.hub.refuse("connect_provider", ErrorCode.PROVIDER_FIELD_INVALID, field="merchant_code")
    providers.save(FILLED)
    state = providers.state
    assert state.problem is not None
    assert (state.unfit, state.kept, state.chosen, state.busy) == ("merchant_code", 0, "vnpay_qr_mms", False)
    providers.save(FILLED)
    assert (providers.state.unfit, providers.state.problem) == ("", None)


@pytest.mark.parametrize("failure", [None, FailureCode.CREDENTIALS_REJECTED, FailureCode.TIMEOUT])
def test_a_test_is_kept_with_the_provider(stage: HubStage, failure: FailureCode | None) -> None:
    stage.hub.failure = failure
    providers = stage.shown.providers
    providers.open_form("sepay")
    providers.test()
    info = providers.state.info
    assert info is not None
    assert info.last_test is not None
    assert (info.last_test.failure, providers.state.said) == (failure, Said.TESTED)


def test_a_provider_that_is_not_connected_is_neither_tested_nor_disconnected(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("vnpay_qr_mms")
    providers.test()
    providers.ask_disconnect()
    providers.confirm()
    assert stage.hub.calls == ["prove", "providers"]


def test_a_provider_is_disconnected_after_a_question(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("sepay")
    providers.ask_disconnect()
    assert [providers.state.asking] == [Asking.SURE]
    providers.keep()
    assert providers.state.asking is None
    assert "disconnect_provider" not in stage.hub.calls
    providers.ask_disconnect()
    providers.confirm()
    assert (providers.state.chosen, stage.hub.shop_providers[0].connected) == (None, False)
    assert [row.connected for row in providers.state.rows] == [False, False]
    assert stage.counter.notices.toast_keys == ["connections.provider.disconnected"]


def test_open_payments_are_told_before_a_provider_is_disconnected(stage: HubStage) -> None:
    stage.hub.open_payments = 2
    providers = stage.shown.providers
    providers.open_form("sepay")
    providers.ask_disconnect()
    providers.confirm()
    state = providers.state
    assert (state.asking, state.open_payments, state.chosen) == (Asking.OPEN_PAYMENTS, 2, "sepay")
    providers.keep()
    assert stage.hub.shop_providers[0].connected
    providers.ask_disconnect()
    providers.confirm()
    providers.confirm()
    assert not stage.hub.shop_providers[0].connected


def test_one_press_is_one_question_to_the_hub(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("sepay")
    stage.counter.work.held = True
    for _ in range(3):
        providers.test()
    providers.back()
    assert providers.state.chosen == "sepay"
    stage.counter.work.release()
    assert stage.hub.calls.count("test_provider") == 1


def test_an_answer_for_a_list_that_was_left_asks_nothing_over_another(stage: HubStage) -> None:
    stage.hub.open_payments = 2
    stage.shown.providers.open_form("sepay")
    stage.shown.providers.ask_disconnect()
    stage.counter.work.held = True
    stage.shown.providers.confirm()
    stage.shown.show_section(Section.TILLS)
    stage.shown.tills.invite()
    stage.shown.show_section(Section.KEYS)
    stage.counter.work.release()
    assert (stage.shown.providers.state.asking, stage.shown.providers.state.rows) == (None, ())
    assert (stage.shown.tills.state.invitation, stage.shown.tills.state.rows) == (None, ())
    assert stage.shown.keys.state.loaded


def test_a_hub_that_goes_away_leaves_the_form_open(stage: HubStage) -> None:
    providers = stage.shown.providers
    providers.open_form("sepay")
    stage.hub.refuse("connect_provider", ErrorCode.NET_TIMEOUT)
    providers.save({**KEPT, "webhook_secret": "needle-new-7003", "api_token": ""})
    state = providers.state
    assert (state.chosen, state.kept, state.away, state.busy) == ("sepay", 0, True, False)
    stage.hear("online")
    assert (providers.state.away, providers.state.chosen, providers.state.kept) == (False, "sepay", 0)


# tills


def test_a_code_is_told_and_the_list_is_read_again_once_it_is_taken_away() -> None:
    stage = HubStage().open(Section.TILLS)
    tills = stage.shown.tills
    tills.invite()
    assert tills.state.invitation is not None
    assert tills.state.invitation.code == CODE
    tills.end_invitation()
    assert tills.state.invitation is None
    assert stage.hub.calls == ["prove", "tills", "invite_till", "tills"]


def test_a_till_is_shut_out_after_a_question() -> None:
    stage = HubStage().open(Section.TILLS)
    tills = stage.shown.tills
    tills.choose(DeviceId("d-02"))
    tills.ask_shut_out()
    tills.keep()
    tills.confirm()
    assert "shut_out_till" not in stage.hub.calls
    tills.ask_shut_out()
    tills.confirm()
    assert tills.state.till is not None
    assert tills.state.till.revoked_at == NOON
    assert stage.counter.notices.toast_keys == ["connections.till.shut_out_done"]


@pytest.mark.parametrize("device_id", ["d-01", "d-03", "d-99"])
def test_neither_this_till_nor_one_that_is_out_can_be_shut_out(device_id: str) -> None:
    stage = HubStage().open(Section.TILLS)
    stage.shown.tills.choose(DeviceId(device_id))
    stage.shown.tills.ask_shut_out()
    assert not stage.shown.tills.state.asking


# keys


def test_a_key_is_made_told_once_and_forgotten() -> None:
    stage = HubStage().open(Section.KEYS)
    keys = stage.shown.keys
    keys.begin()
    keys.make()
    assert "make_api_key" not in stage.hub.calls
    keys.set_name("  Web  ")
    keys.make()
    assert "make_api_key" not in stage.hub.calls, "a key that opens nothing is none"
    keys.set_scope(Scope.EVENTS_WRITE, wanted=True)
    keys.make()
    keys.make()
    assert stage.hub.calls.count("make_api_key") == 1
    assert [keys.state.made is None] == [False]
    keys.copy()
    assert (stage.copied, stage.counter.notices.toast_keys) == ([API_KEY], ["common.copied"])
    keys.end()
    assert (keys.state.made, keys.state.naming) == (None, False)
    assert [row.name for row in keys.state.rows][-1] == "Web"
    keys.copy()
    assert stage.copied == [API_KEY]


def test_a_key_that_is_being_made_is_told_though_its_form_was_closed() -> None:
    stage = HubStage().open(Section.KEYS)
    keys = stage.shown.keys
    keys.begin()
    keys.set_name("Web")
    keys.set_scope(Scope.EVENTS_WRITE, wanted=True)
    stage.counter.work.held = True
    keys.make()
    keys.end()
    assert not keys.state.naming
    stage.counter.work.release()
    assert (keys.state.naming, keys.state.made is None) == (True, False)
    keys.end()
    assert (keys.state.made, [row.name for row in keys.state.rows][-1]) == (None, "Web")


def test_a_refused_name_stands_to_be_corrected() -> None:
    stage = HubStage().open(Section.KEYS)
    keys = stage.shown.keys
    keys.begin()
    keys.set_name("Web")
    keys.set_scope(Scope.EVENTS_WRITE, wanted=True)
    stage.hub.refuse("make_api_key", ErrorCode.NAME_INVALID)
    keys.make()
    assert keys.state.problem is not None
    assert (keys.state.naming, keys.state.name, keys.state.made) == (True, "Web", None)
    keys.set_name("Web 2")
    assert keys.state.problem is None


def test_a_key_is_revoked_after_a_question_and_not_twice() -> None:
    stage = HubStage().open(Section.KEYS)
    keys = stage.shown.keys
    keys.choose("k-1")
    keys.ask_revoke()
    keys.keep()
    keys.ask_revoke()
    keys.confirm()
    assert keys.state.key is not None
    assert (keys.state.key.revoked_at, stage.hub.calls.count("revoke_api_key")) == (NOON, 1)
    keys.ask_revoke()
    assert not keys.state.asking
