"""A hub that shops share calls nobody in its own network, whatever address an owner fills in for a provider."""

import pytest

from domain.errors import FailureCode
from domain.rails import Provider
from server.credentials import check_provider, connect_provider
from server.outside import addresses_of, is_outside, outside_client
from server.rails.registry import ADAPTERS
from storage.hub_units import HubUnits
from tests.builders import MERCHANT, NOON
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay
from tests.server.hub_stage import VAULT

VNPAY = ADAPTERS[Provider.VNPAY_QR_MMS]

INSIDE = (
    "127.0.0.1",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_the_hubs_own_network_is_inside(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize(
    "address", ["203.162.71.4", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_an_address_of_the_public_network_is_outside(address: str) -> None:
    assert is_outside(address)


def test_the_names_of_this_machine_have_its_addresses_and_no_name_has_none() -> None:
    assert not any(is_outside(address) for address in addresses_of("localhost", 80))
    assert addresses_of("localhost", 80)
    assert addresses_of("no such host", 80) == []


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]])
def test_a_provider_that_lives_inside_is_never_called(
    hub_units: HubUnits, provider: FakeVnpay, found: list[str]
) -> None:
    connect_provider(hub_units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)
    with outside_client(lambda host, port: found) as http:
        failure = check_provider(hub_units, VAULT, http, MERCHANT, VNPAY, NOON)
    assert failure is FailureCode.NETWORK_ERROR
    assert provider.asked == []


def test_a_provider_that_lives_outside_is_called(hub_units: HubUnits, provider: FakeVnpay) -> None:
    connect_provider(hub_units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)
    with outside_client(lambda host, port: ["8.8.8.8"]) as http:
        assert check_provider(hub_units, VAULT, http, MERCHANT, VNPAY, NOON) is None
    assert provider.asked
