"""A shop opened on this machine: its till, and the hub (and in a demo shop the simulator) that it starts beside it."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from domain.changes import Changes
from domain.errors import ErrorCode, SyncProblem
from domain.ids import PaymentId
from domain.policy import Limits
from domain.ports import Queries
from domain.rows import ShopRow
from storage.keys import FileKeyStore, KeyStore, OsKeyStore
from storage.pins import Argon2Pins
from sync.link import SyncStatus
from wiring.children import Children
from wiring.clock import wall_clock
from wiring.demo import create_demo, is_demo, wipe_demo
from wiring.folders import Folder
from wiring.till import Till, TillSecrets, load_secrets

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
        if unfinished or not folder.till.exists():
            create_demo(folder, wall_clock(), limits)
        self.folder = folder
        store = key_store(folder)
        self._secrets: TillSecrets = load_secrets(store)
        self.children = Children(folder, store, lambda port: self.till.engine.sync_now())
        self.till = Till(folder, self._secrets, self.children.hub.address, heard=heard, told=told)
        self.pins = Argon2Pins(self._secrets.keys.pepper)
        self.row: ShopRow = self.till.query(_shop_row).result()

    def start_children(self) -> None:
        """Start the hub and the simulator; returns at once."""
        self.children.start()

    def check_payment(self, payment_id: PaymentId) -> object:
        """Have the provider asked about a payment now; raises SyncProblem. Not for the GUI thread."""
        asked: Future[object] = self.till.engine.remote(lambda hub: hub.check_payment(payment_id))
        try:
            return asked.result(ASK_S)
        except TimeoutError as error:
            raise SyncProblem(ErrorCode.NET_TIMEOUT) from error

    def wake(self) -> None:
        """Send and fetch now."""
        self.till.engine.sync_now()

    def retry_refused(self) -> None:
        """Offer the refused messages again, under the same ids."""
        self.till.retry_refused()

    def close(self) -> None:
        """Close the till and let the children end; what waits is sent after the next start."""
        self.till.close()
        self.children.stop()

    def wipe(self) -> None:
        """Close, and remove the demo shop."""
        self.close()
        wipe_demo(self.folder)


def key_store(folder: Folder) -> KeyStore:
    """Return where the folder's keys lie: files of a demo shop, the operating system's key store otherwise."""
    return FileKeyStore(folder.keys) if is_demo(folder) else OsKeyStore()


def _shop_row(queries: Queries) -> ShopRow:
    return queries.shop()
