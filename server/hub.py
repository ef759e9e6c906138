"""The parts of a running hub, put together from its settings; routes and workers share them."""

import asyncio

from server.billing import Billing, RailCall
from server.connections import tell_all_connected
from server.health import ProviderHealth
from server.hook_news import note_news
from server.inbox import InboxWork
from server.key_rotation import tidy_vault
from server.limits import RateLimits
from server.live import Listener, Live
from server.metrics import Metrics
from server.outside import outside_client
from server.pay_links import PayLinks
from server.settings import HubSettings, provider_client
from server.workers.dispatch import Dispatcher
from server.workers.expiry import sweep
from server.workers.hook_deliveries import HookDeliveries
from server.workers.hook_sender import HookSender
from server.workers.loop import Worker
from server.workers.provider_checks import ProviderChecks
from server.workers.rail_calls import RailCalls
from server.workers.reconciler import Reconciler
from server.workers.refunder import Refunder
from server.workers.statements import StatementReader
from storage.hub_units import HubUnits

INBOX_PAUSE_S = 1.0
SWEEP_PAUSE_S = 15.0
VAULT_PAUSE_S = 24 * 3_600.0


class Hub:
    """Everything one process of a hub consists of."""

    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self.now = settings.now
        self.live = Live()
        self.rates = RateLimits()
        self.metrics = Metrics()
        self.billing = Billing(self.metrics)
        self.units = HubUnits(
            settings.database,
            self.live.ring,
            ended=self.billing.payment_ended,
            closing=lambda uow: note_news(uow, self.now()),
        )
        self.health = ProviderHealth(self.units)
        self.http = settings.new_http()
        self.links = PayLinks(settings.vault, settings.public_url)
        self.calls = RailCalls(self.units, settings.vault, self.http, settings.adapters, self.links, self.rail_called)
        self.inbox = InboxWork(self.units)
        self.statements = StatementReader(self.units, self.calls, self.inbox, self.now)
        self.reconciler = Reconciler(self.units, self.calls, self.statements, self.inbox, self.now)
        self.refunder = Refunder(self.units, self.calls, self.now)
        self.dispatcher = Dispatcher(self.reconciler, self.statements, self.refunder, self.now)
        self.hooks = HookSender(
            self.units,
            settings.vault,
            self.metrics,
            provider_client if settings.near_hooks else outside_client,
            self.now,
        )
        self.deliveries = HookDeliveries(self.hooks, self.now)
        self.checks = ProviderChecks()
        self._inbox_worker = Worker("inbox", lambda: self.inbox.apply_due(self.now()), INBOX_PAUSE_S)
        self._sweeper = Worker("expiry", self._sweep, SWEEP_PAUSE_S)
        self._tidier = Worker("vault", self._tidy_vault, VAULT_PAUSE_S)
        self._listener = Listener(settings.bell, self.live) if settings.bell is not None else None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ring tills on this loop, and start whatever works without being asked."""
        self.live.open(loop)
        if self._listener is not None:
            self._listener.start()
        if self.settings.with_workers:
            self._inbox_worker.start()
            self.dispatcher.start()
            self.deliveries.start()
            self._sweeper.start()
            self._tidier.start()

    def stop(self) -> None:
        """Stop everything and close the database; what was under way is found again by the next start."""
        if self._listener is not None:
            self._listener.stop()
        for part in (self._tidier, self._sweeper, self._inbox_worker, self.dispatcher, self.deliveries):
            part.stop()
        self.checks.stop()
        self.http.close()
        self.units.close()

    def _tidy_vault(self) -> bool:
        tell_all_connected(self.units, self.now())
        tidy_vault(self.units, self.settings.vault, self.now())
        return False

    def _sweep(self) -> bool:
        self.health.forget_quiet(self.now())
        return sweep(self.units, self.now()) > 0

    def rail_called(self, call: RailCall) -> None:
        """Tell what came of a call to a provider, and remember how the provider does."""
        self.billing.rail_called(call)
        self.health.note(call)

    def something_arrived(self) -> None:
        """A provider has told something: apply it now."""
        self._inbox_worker.wake()

    def something_started(self) -> None:
        """A till has told of payments: money that waits for them is applied, and codes are made, now."""
        self._inbox_worker.wake()
        self.dispatcher.wake()
