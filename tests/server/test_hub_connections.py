"""What a till hears of its shop's providers: their names from the hub alone, as soon as one is connected or gone."""

import pytest

from domain.bodies import setting_body
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import MessageId
from domain.messages import Message, MessageKind, Outcome, rejected
from domain.payments import PaymentIntent
from domain.rails import Method, Provider
from domain.routing import CONNECTED
from domain.services.replication import receive_at_hub, receive_at_till
from domain.services.settings import change_setting
from server.connections import tell_all_connected
from server.credentials import connect_provider, disconnect_provider
from server.hub import Hub
from server.rails.registry import ADAPTERS
from server.vault import Secret
from storage.hub_feed import changes_after
from tests.builders import MERCHANT, NOON, OWNER, TILL, an_id
from tests.server.hub_stage import VAULT, ShopTill, ask

STRIPE = {"api_key": "sk_test_" + "x" * 30, "webhook_secret": "whsec_" + "x" * 30, "return_url": "https://shop.example"}


def connect(hub: Hub, provider: Provider, values: dict[str, str]) -> None:
    secrets = {name: Secret(value) for name, value in values.items()}
    connect_provider(hub.units, VAULT, MERCHANT, ADAPTERS[provider], secrets, NOON)


def told(hub: Hub) -> list[Message]:
    rows = hub.units.read_of(MERCHANT, lambda session: changes_after(session, MERCHANT, 0, 100))
    return [row.message for row in rows if row.message.subject_id == f"setting:{CONNECTED}"]


def hears(hub: Hub, till: ShopTill) -> None:
    for message in told(hub):
        till.units.run(lambda uow, message=message: receive_at_till(uow, message, NOON))


def sells_by_card(till: ShopTill) -> PaymentIntent | ErrorCode:
    try:
        return till.start(Method.CARD)
    except DomainError as refused:
        return refused.code


def test_a_till_takes_cards_from_the_moment_it_hears_that_stripe_is_connected(hub: Hub, till: ShopTill) -> None:
    hears(hub, till)
    assert sells_by_card(till) is ErrorCode.METHOD_UNAVAILABLE
    connect(hub, Provider.STRIPE, STRIPE)
    hears(hub, till)
    sold = sells_by_card(till)
    assert isinstance(sold, PaymentIntent)
    assert sold.provider is Provider.STRIPE
    disconnect_provider(hub.units, MERCHANT, Provider.STRIPE, NOON)
    hears(hub, till)
    assert sells_by_card(till) is ErrorCode.METHOD_UNAVAILABLE


def test_only_names_are_told_and_a_renewed_secret_is_no_news(hub: Hub) -> None:
    before = len(told(hub))
    connect(hub, Provider.STRIPE, STRIPE)
    connect(hub, Provider.STRIPE, {"webhook_secret": "whsec_" + "y" * 30})
    news = told(hub)[before:]
    assert len(news) == 1
    assert "sk_test" not in news[0].body
    assert "whsec" not in news[0].body
    assert '"stripe"' in news[0].body


def test_connecting_and_disconnecting_in_the_same_moment_is_told_each_time(hub: Hub) -> None:
    before = len(told(hub))
    for _ in range(2):
        connect(hub, Provider.STRIPE, STRIPE)
        disconnect_provider(hub.units, MERCHANT, Provider.STRIPE, NOON)
    assert ["stripe" in message.body for message in told(hub)[before:]] == [True, False, True, False]


def test_connections_made_before_there_was_such_a_fact_are_told_once(hub: Hub) -> None:
    connect(hub, Provider.STRIPE, STRIPE)
    hub.units.run(MERCHANT, lambda uow: uow.settings.put(CONNECTED, []))
    assert tell_all_connected(hub.units, NOON) == 1
    assert tell_all_connected(hub.units, NOON) == 0
    assert ask(hub.units, "SELECT value FROM shop_settings WHERE key = :key", key=CONNECTED)[0][0].count("stripe") == 1


def test_neither_a_till_nor_a_person_says_who_is_connected(hub: Hub, till: ShopTill) -> None:
    body = setting_body(CONNECTED, ["stripe"])
    forged = Message(MessageId(an_id("forged")), f"setting:{CONNECTED}", MessageKind.SETTING, body, MERCHANT, TILL)
    outcome: Outcome = hub.units.run(MERCHANT, lambda uow: receive_at_hub(uow, forged, NOON))
    assert outcome == rejected(ErrorCode.MESSAGE_FOREIGN)
    with pytest.raises(RuleBroken) as refused:
        till.units.run(lambda uow: change_setting(uow, OWNER, CONNECTED, ["stripe"], MessageId(an_id("by hand")), NOON))
    assert refused.value.code is ErrorCode.SETTING_INVALID


SECRETS = {"webhook_secret": "s" * 20, "api_token": "t" * 40, "account_number": "0071000888888"}


def test_one_bank_account_is_read_by_one_provider(hub: Hub) -> None:
    connect(hub, Provider.SEPAY, SECRETS)
    casso = {"webhook_secret": "w" * 40, "api_key": "k" * 40, "account_number": " 0071000888888 "}
    with pytest.raises(RuleBroken) as refused:
        connect(hub, Provider.CASSO, casso)
    assert (refused.value.code, refused.value.facts) == (ErrorCode.PROVIDER_ACCOUNT_TAKEN, {"provider": "sepay"})
    connect(hub, Provider.CASSO, {**casso, "account_number": "19031234567"})


def test_a_till_of_the_protocol_before_is_not_told_what_it_does_not_know(hub: Hub) -> None:
    connect(hub, Provider.STRIPE, STRIPE)
    rows = hub.units.read_of(MERCHANT, lambda session: changes_after(session, MERCHANT, 0, 100, protocol=1))
    assert not [row for row in rows if row.message.subject_id == f"setting:{CONNECTED}"]
    assert told(hub)


@pytest.mark.parametrize("provider", ADAPTERS, ids=lambda provider: provider.value)
def test_every_provider_is_told_of_once_connected_or_refused_for_the_currency_of_the_books(
    hub: Hub, provider: Provider
) -> None:
    adapter = ADAPTERS[provider]
    filled_in = {field.name: field.default or "made up" for field in adapter.credential_fields}
    if "VND" in adapter.currencies:
        connect(hub, provider, filled_in)
        assert provider.value in told(hub)[-1].body
        return
    before = len(told(hub))
    with pytest.raises(RuleBroken) as refused:
        connect(hub, provider, filled_in)
    assert (refused.value.code, refused.value.facts) == (
        ErrorCode.PROVIDER_CURRENCY,
        {"provider": provider.value, "currency": "VND"},
    )
    assert len(told(hub)) == before


def test_payos_and_a_reader_of_the_same_bank_account_are_not_connected_at_once(hub: Hub) -> None:
    account = {"account_number": "19036512345678"}
    sepay = {field.name: field.default or "made up" for field in ADAPTERS[Provider.SEPAY].credential_fields}
    connect(hub, Provider.SEPAY, {**sepay, **account})
    payos = {"client_id": "c", "api_key": "k", "checksum_key": "s"}
    with pytest.raises(RuleBroken) as refused:
        connect(hub, Provider.PAYOS, {**payos, **account})
    assert refused.value.code is ErrorCode.PROVIDER_ACCOUNT_TAKEN
    connect(hub, Provider.PAYOS, {**payos, "account_number": "19036512340000"})
