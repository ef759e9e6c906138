"""The owner's acts on providers: see what is connected, masked, and try a connection."""

import time
from typing import Final

from domain.errors import ErrorCode
from domain.ids import Instant, MerchantId
from domain.policy import Actor
from server.billing import RailCall
from server.credentials import (
    FieldView,
    Opened,
    Tested,
    check_provider,
    keep_test,
    masked,
    open_credentials,
)
from server.hub import Hub
from server.rails.base import RailAdapter
from server.vault import VaultRefused
from storage.hub_units import HubUnits
from sync.owner_wire import ProviderField, ProviderTest, ProviderView

WAIT_S: Final = 15.0
"""A till waits twenty seconds for an answer, and is told in time that the provider gave none."""


def see_provider(hub: Hub, merchant_id: MerchantId, adapter: RailAdapter, at: Instant) -> ProviderView:
    """Return a provider's form with what a merchant filled in; a secret is never shown, only its mask.

    Of credentials that do not open, `problem` says why (KEY_MISSING, CREDENTIALS_TAMPERED) and nothing is shown.
    """
    problem: ErrorCode | None = None
    opened: Opened | None = None
    try:
        opened = open_credentials(hub.units, hub.settings.vault, merchant_id, adapter.provider, at)
    except VaultRefused as error:
        problem = error.code
    views = masked(hub.units, hub.settings.vault, merchant_id, adapter, opened)
    tested = opened.tested if opened is not None else None
    return ProviderView(
        provider=adapter.provider.value,
        connected=opened is not None or problem is not None,
        usable=_currency(hub.units, merchant_id) in adapter.currencies,
        problem=problem.value if problem is not None else None,
        fields=[_field(view) for view in views],
        last_test=told_test(tested) if tested is not None else None,
        overlap_until=opened.overlap_until if opened is not None else None,
        troubled_since=hub.health.troubled_since(merchant_id, adapter.provider),
    )


def try_provider(hub: Hub, actor: Actor, merchant_id: MerchantId, adapter: RailAdapter, at: Instant) -> Tested:
    """Ask a provider something harmless with a merchant's credentials, for at most WAIT_S, and keep what came of it.

    Nothing is booked. Raises VaultRefused for credentials that do not open, and StorageUnavailable.
    """
    units, vault, http = hub.units, hub.settings.vault, hub.http
    started = time.monotonic()
    failure = hub.checks.ask(merchant_id, lambda: check_provider(units, vault, http, merchant_id, adapter, at), WAIT_S)
    took_ms = round((time.monotonic() - started) * 1000, 1)
    outcome = "failed" if failure is not None else "success"
    hub.rail_called(RailCall(merchant_id, adapter.provider, "try", outcome, failure, "", took_ms, at))
    tested = Tested(at, failure)
    keep_test(units, vault, merchant_id, adapter.provider, tested, by=actor.user_id)
    return tested


def told_test(tested: Tested) -> ProviderTest:
    """Return a test as it travels."""
    failure = tested.failure
    return ProviderTest(at=tested.at, ok=failure is None, code=failure.value if failure is not None else None)


def _currency(units: HubUnits, merchant_id: MerchantId) -> str:
    return units.run(merchant_id, lambda uow: uow.shop.currency)


def _field(view: FieldView) -> ProviderField:
    field = view.field
    return ProviderField(
        name=field.name,
        label_vi=field.label[0],
        label_en=field.label[1],
        secret=field.secret,
        required=field.required,
        default=field.default,
        choices=list(field.choices),
        shown=view.shown,
        fingerprint=view.fingerprint,
        changed_at=view.changed_at,
    )
