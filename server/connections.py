"""Telling tills which providers their shop is connected to: names alone, as a setting that only the hub gives."""

from collections.abc import Mapping
from typing import Final

from domain.bodies import setting_body
from domain.changes import Topic
from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant, MessageId, id_for
from domain.messages import MessageKind
from domain.rails import ROUTES, Method, Provider
from domain.routing import CONNECTED
from domain.services.outgoing import tell
from server.vault import Secret
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import merchants
from storage.hub_credentials import providers_of
from storage.hub_feed import head_seq
from storage.hub_units import HubUnits

READERS: Final = frozenset(route.provider for route in ROUTES if route.method is Method.VIETQR)
"""The providers that tell of transfers to a bank account of the shop."""

ACCOUNT: Final = "account_number"
"""The field in which each of them has the number of that account."""


def tell_connected(uow: HubUnitOfWork, at: Instant) -> bool:
    """Tell every till which providers the merchant is connected to; False if they have heard so already."""
    merchant_id = uow.shop.merchant_id
    names = sorted(provider.value for provider in providers_of(uow.session, merchant_id))
    if (uow.settings.get(CONNECTED) or []) == names:
        return False
    uow.settings.put(CONNECTED, names)
    uow.touch(Topic.SETTINGS, CONNECTED)
    # The place in the feed tells two changes of the same moment apart.
    message_id = MessageId(id_for("connected", merchant_id, str(head_seq(uow.session, merchant_id))))
    tell(uow, MessageKind.SETTING, f"setting:{CONNECTED}", setting_body(CONNECTED, names), at, message_id=message_id)
    return True


def tell_all_connected(units: HubUnits, at: Instant) -> int:
    """Tell the tills of every merchant what they have not heard: of connections made before there was such a fact.

    Returns how many merchants' tills there was something to tell. Raises StorageUnavailable.
    """
    return sum(units.run(merchant_id, lambda uow: tell_connected(uow, at)) for merchant_id, _ in units.read(merchants))


def refuse_second_reader(
    provider: Provider, values: Mapping[str, Secret], others: Mapping[Provider, Mapping[str, Secret]]
) -> None:
    """Refuse a second provider that reads the same bank account: each transfer would be booked twice.

    Raises RuleBroken(PROVIDER_ACCOUNT_TAKEN) with the provider that reads it already.
    """
    account = values.get(ACCOUNT)
    if provider not in READERS or account is None:
        return
    for other, standing in others.items():
        theirs = standing.get(ACCOUNT)
        same = theirs is not None and theirs.reveal().strip() == account.reveal().strip()
        if other is not provider and other in READERS and same:
            raise RuleBroken(ErrorCode.PROVIDER_ACCOUNT_TAKEN, provider=other.value)
