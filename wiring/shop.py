"""A shop opened on this machine: its till, and the hub (and in a demo shop the simulator) that it starts beside it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from domain.changes import Changes
from domain.errors import ErrorCode, StorageUnavailable, SyncProblem
from domain.ids import PaymentId
from domain.policy import Action, Actor, Limits, require
from domain.ports import Queries
from domain.rows import ShopRow
from storage.backup import backups_of
from storage.pins import ShopPins
from wiring.clock import wall_clock
from wiring.daily_backups import backups_in
from wiring.demo_shop import claim_ports, is_demo, wipe_demo
from wiring.folders import Folder
from wiring.key_places import keep_recoverable, key_store
from wiring.till import PEOPLE_KEY, Till, TillSecrets, load_secrets

if TYPE_CHECKING:
    # Loaded when the sync is started, after the till can be used.
    from sync.link import SyncStatus
    from wiring.children import Children

ASK_S: Final = 20.0
"""How long a person's question to the provider may take before it is given up."""


class Shop:
    """An open till with its children; `close` it once.

    `heard` is called after each commit, `told` with each new status of the sync, both on threads of their own.
    """

    def __init__(
        self,
        folder: Folder,
        heard: Callable[[Changes], None],
        told: Callable[[SyncStatus], None],
        limits: Limits | None = None,
    ) -> None:
        """Open the folder's shop; an empty folder becomes a demo shop, with `limits` if they are not the usual ones."""
        unfinished = folder.keys.exists() and not is_demo(folder)
        if not folder.till.exists() and backups_of(folder.till, folder.backups):
            raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="file")  # its backups wait to be restored
        if unfinished or not folder.till.exists():
            from wiring.demo import create_demo

            create_demo(folder, wall_clock(), limits)
        self.folder = folder
        self._demo = claim_ports(folder) if is_demo(folder) else None
        store = key_store(folder)
        self._secrets: TillSecrets = load_secrets(store)
        self.children: Children | None = None
        self.backups = backups_in(folder, store)
        self.pins = ShopPins(self._secrets.people_key, self._secrets.keys.pepper)
        self.till = Till(
            folder,
            self._secrets,
            self._hub_address,
            heard=heard,
            told=told,
            backups=self.backups,
            keep_people_key=self._keep_people_key,
        )
        self.row: ShopRow = self.till.query(_shop_row).result()

    def start_sync(self, *, alone: bool = False) -> None:
        """Start the sync, and the children unless the till is left `alone`; takes a moment, not for the GUI."""
        self.till.start_sync()
        if not alone:
            self.start_children()

    def start_children(self) -> None:
        """Start the hub and the simulator; returns at once."""

        from wiring import children

        self.children = children.Children(self.folder, key_store(self.folder), lambda port: self.wake())
        self.children.start()

    @property
    def simulator_page(self) -> str:
        """The page on which a person plays the customer; empty in a real shop."""
        return f"http://127.0.0.1:{self._demo.simulator_port}/" if self._demo else ""

    def check_payment(self, payment_id: PaymentId) -> object:
        """Have the provider asked about a payment now; raises SyncProblem. Not for the GUI thread."""
        engine = self.till.engine
        if engine is None:
            raise SyncProblem(ErrorCode.NET_UNREACHABLE)
        asked: Future[object] = engine.remote(lambda hub: hub.check_payment(payment_id))
        try:
            return asked.result(ASK_S)
        except TimeoutError as error:
            raise SyncProblem(ErrorCode.NET_TIMEOUT) from error

    def watch(self, payment_id: PaymentId | None) -> None:
        """Ask the hub often about the payment that is on screen."""
        if self.till.engine is not None:
            self.till.engine.watch(payment_id)

    def wake(self) -> None:
        """Send and fetch now."""
        if self.till.engine is not None:
            self.till.engine.sync_now()

    def retry_refused(self, actor: Actor) -> None:
        """Offer the refused messages again, under the same ids; raises NotPermitted."""
        require(actor, Action.RETRY_REFUSED)
        self.till.retry_refused()

    def close(self) -> None:
        """Close the till and let the children end; what waits is sent after the next start."""
        self.till.close()
        if self.children is not None:
            self.children.stop()

    def wipe(self) -> None:
        """Close, and remove the demo shop."""
        self.close()
        wipe_demo(self.folder)

    def _keep_people_key(self, people_key: bytes) -> None:
        """Keep the key under which the whole shop's PINs are hashed, where it is found again after a restore."""
        store = key_store(self.folder)
        store.save(PEOPLE_KEY, people_key)
        keep_recoverable(self.folder, store)
        self.pins.use(people_key)

    def _hub_address(self) -> str | None:
        return self.children.hub.address() if self.children is not None else None


def _shop_row(queries: Queries) -> ShopRow:
    return queries.shop()
