"""How well providers answer: counted call by call, and told to the tills when it changes.

A provider that fails to answer several times in a row is in trouble until it answers again. Tills show that beside the
method; nothing is refused for it, and payments are asked about on their own schedule as ever.
"""

import threading
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from domain.bodies import setting_body
from domain.changes import Topic
from domain.errors import FailureCategory, FailureCode, StorageUnavailable
from domain.ids import Instant, MerchantId, MessageId, id_for
from domain.messages import MessageKind
from domain.rails import Provider
from domain.routing import HEALTH
from domain.services.outgoing import tell
from server.billing import RailCall
from storage.hub import HubUnitOfWork
from storage.hub_feed import head_seq
from storage.hub_health import Health, health_of, keep_health, troubled, troubled_and_quiet
from storage.hub_units import HubUnits

_log = structlog.get_logger("hub.health")

ENOUGH: Final = 3
"""So many calls in a row that got no answer are no accident any more."""

UNASKED: Final = frozenset({FailureCode.CREDENTIALS_MISSING, FailureCode.OPERATION_UNSUPPORTED})
"""Failures of calls that never left the hub: they tell nothing of the provider."""

QUIET_MS: Final = 600_000
"""A provider that nobody needed to ask for so long is no longer said to be in trouble: nobody knows."""

KEPT_MS: Final = 30_000
"""That a provider answers well is written down no oftener; other processes' failures are cleared that much later."""


class ProviderHealth:
    """Keeps count for every merchant and provider; safe for threads."""

    def __init__(self, units: HubUnits) -> None:
        self._units = units
        self._lock = threading.Lock()
        self._well: dict[tuple[MerchantId, Provider], Instant] = {}

    def note(self, call: RailCall) -> None:
        """Count a call; a provider that refused, or knew nothing, has answered all the same.

        What is wrong with the hub's own storage is logged and no more: the answer to the call itself must be recorded.
        """
        if call.failure in UNASKED:
            return
        failed = call.failure is not None and call.failure.category is FailureCategory.TRANSIENT
        if not failed and self._known_well(call):
            return
        try:
            self._units.run(call.merchant_id, lambda uow: _count(uow, call, failed=failed))
        except StorageUnavailable as error:
            _log.warning("health_not_kept", provider=call.provider.value, code=error.code)
            return
        with self._lock:
            if failed:
                self._well.pop((call.merchant_id, call.provider), None)
            else:
                self._well[call.merchant_id, call.provider] = call.at

    def forget_quiet(self, at: Instant) -> int:
        """Take back what was said of providers that nobody has asked for long; raises StorageUnavailable."""
        since = Instant(at - QUIET_MS)
        quiet = self._units.read(lambda session: troubled_and_quiet(session, since))
        for merchant_id, provider in quiet:
            self._units.run(merchant_id, partial(_clear, provider=provider, since=since, at=at))
        return len(quiet)

    def troubled_since(self, merchant_id: MerchantId, provider: Provider) -> Instant | None:
        """Return since when a provider has not answered a merchant, None while it does."""
        return self._units.read_of(
            merchant_id, lambda session: health_of(session, merchant_id, provider).troubled_since
        )

    def _known_well(self, call: RailCall) -> bool:
        with self._lock:
            written = self._well.get((call.merchant_id, call.provider))
        return written is not None and 0 <= call.at - written < KEPT_MS


def after(health: Health, call: RailCall, *, failed: bool) -> Health:
    """Return how a provider stands after a call."""
    if not failed:
        return Health(last_success_at=call.at, last_failure_at=health.last_failure_at)
    since = health.failing_since or call.at
    failures = health.failures + 1
    return replace(
        health,
        last_failure_at=call.at,
        failures=failures,
        failing_since=since,
        troubled_since=since if failures >= ENOUGH else health.troubled_since,
        note="" if call.failure is None else call.failure.value,
    )


def _count(uow: HubUnitOfWork, call: RailCall, *, failed: bool) -> None:
    before = health_of(uow.session, call.merchant_id, call.provider)
    now = after(before, call, failed=failed)
    keep_health(uow.session, call.merchant_id, call.provider, now)
    if now.troubled_since != before.troubled_since:
        _tell(uow, call.at)


def _clear(uow: HubUnitOfWork, provider: Provider, since: Instant, at: Instant) -> None:
    merchant_id = uow.shop.merchant_id
    before = health_of(uow.session, merchant_id, provider)
    if before.troubled_since is None or (before.last_failure_at or 0) >= since:
        return
    kept = Health(last_success_at=before.last_success_at, last_failure_at=before.last_failure_at)
    keep_health(uow.session, merchant_id, provider, kept)
    _tell(uow, at)


def _tell(uow: HubUnitOfWork, at: Instant) -> None:
    """Tell every till which providers do not answer; the setting is the hub's own."""
    merchant_id = uow.shop.merchant_id
    told = troubled(uow.session, merchant_id)
    uow.settings.put(HEALTH, told)
    uow.touch(Topic.SETTINGS, HEALTH)
    message_id = MessageId(id_for("health", merchant_id, str(head_seq(uow.session, merchant_id))))
    tell(uow, MessageKind.SETTING, f"setting:{HEALTH}", setting_body(HEALTH, told), at, message_id=message_id)
