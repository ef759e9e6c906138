"""A till put together, with or without a window: its lanes, its ledger, and its sync engine once that is wanted."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant
from domain.ports import Queries, UnitOfWork
from storage.gate import OneProgram, TillFiles, open_till
from storage.keys import Keys, KeyStore, load_keys, person_proof
from storage.page_checks import PageChecks
from storage.queries import TillQueries
from storage.replica import Replica
from storage.session import Session
from storage.sqlite import Connection
from storage.till import TillUnits
from wiring.clock import wall_clock
from wiring.folders import Folder

if TYPE_CHECKING:
    # Loaded when the sync is started, after the till can be used.
    from sync.client import HubClient
    from sync.engine import Engine
    from sync.link import SyncStatus

T = TypeVar("T")

CHECKPOINT_EVERY_MS: Final = 60_000
LOOK_AT_PAGES_EVERY_MS: Final = 15 * 60_000
"""Whether it was done today is asked so often; the reading itself takes seconds, once a day."""
LOOK_AT_BACKUPS_EVERY_MS: Final = 5 * 60_000
TILL_ROOT: Final = "till"
HUB_ROOT: Final = "hub"
TOKEN: Final = "hub-token"  # noqa: S105 - the name under which the token is kept
PEOPLE_KEY: Final = "people-key"
"""The name under which the key of the shop's people is kept, where another till of the shop made it."""
LETTER: Final = "till-incarnation"
"""The name under which the last letter that this till was given is kept, outside every file that can be restored."""
PROGRAM: Final = Path(__file__).resolve().parent.parent / "main.py"


def child_command(*words: str) -> list[str]:
    """Return the command that runs this program again with other words."""
    return [sys.executable, str(PROGRAM), *words]


@dataclass(frozen=True, slots=True)
class TillSecrets:
    """What a till keeps outside its database: the root of its keys, and the token that lets it in at its hub.

    `shop_people_key` is the key of the shop's people where another till made it.
    """

    keys: Keys
    token: str
    shop_people_key: bytes | None = None

    @property
    def people_key(self) -> bytes:
        """The key of the shop's people: what the hub told, or this till's own where it was the first."""
        return self.shop_people_key or self.keys.pepper

    def __repr__(self) -> str:
        return "TillSecrets(***)"


def load_secrets(store: KeyStore) -> TillSecrets:
    """Read a till's secrets; raises StorageUnavailable(KEY_MISSING)."""
    token = store.load(TOKEN)
    if token is None:
        raise StorageUnavailable(ErrorCode.KEY_MISSING)
    return TillSecrets(load_keys(store, TILL_ROOT), token.decode(), store.load(PEOPLE_KEY))


def till_files(folder: Folder, keys: Keys) -> TillFiles:
    """Return where a till's files are and what opens them."""
    return TillFiles(folder.till, folder.witness, folder.backups, keys.database, keys.witness)


class DailyBackups(Protocol):
    """What backs the till up."""

    def look(self, at: Instant) -> None:
        """Make the day's backup if it has not been made; raises StorageUnavailable."""

    def end(self) -> None:
        """Break off one that is under way."""


class Till:
    """A till that is open: ask it to write, to read and to sync; `close` it once.

    `heard` is called on the writer's lane after each commit; `told` on the engine's thread with each new status;
    `keep_people_key` on the writer's lane with the key of the shop's people that the hub told.
    """

    def __init__(
        self,
        folder: Folder,
        secrets: TillSecrets,
        hub_address: Callable[[], str | None],
        *,
        now: Callable[[], Instant] = wall_clock,
        heard: Callable[[Changes], None] = lambda changes: None,
        told: Callable[[SyncStatus], None] = lambda status: None,
        backups: DailyBackups | None = None,
        keep_people_key: Callable[[bytes], None] = lambda people_key: None,
    ) -> None:
        self._lock = OneProgram(folder.root / "till.lock")
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._looker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pages")
        self._heard = heard
        self._backups = backups
        self._engine: Engine | None = None
        self._hub: HubClient | None = None
        files = till_files(folder, secrets.keys)
        free_bytes = shutil.disk_usage(folder.root).free
        self._pages = PageChecks(files.database, files.key, folder.pages)
        pages_checked = self._pages.trusted(now())
        try:
            self.units: TillUnits = self._writer.submit(
                lambda: open_till(files, self._committed, free_bytes=free_bytes, pages_checked=pages_checked)
            ).result()
            self.replica = Replica(self.units)
            if self._writer.submit(self.replica.people_key_shared).result():
                self.units.prove_people(person_proof(secrets.people_key))
            if not pages_checked:
                self._pages.passed(now())
            self._read_connection, self._queries = self._reader.submit(lambda: _reader(files)).result()
        except BaseException:
            self._pages.doubt()
            self._end_lanes()
            raise
        self._secrets, self._hub_address, self._now, self._told = secrets, hub_address, now, told
        self._keep_people_key = keep_people_key

    @property
    def engine(self) -> Engine | None:
        """The sync engine, once `start_sync` was called."""
        return self._engine

    @property
    def hub(self) -> HubClient | None:
        """The hub's client, once `start_sync` was called; to be used on the engine's loop alone."""
        return self._hub

    def start_sync(self) -> Engine:
        """Load and start the sync engine; takes a moment the first time, so not on the GUI thread."""
        engine = self._make_engine()
        engine.listen(self._told)
        self._engine = engine
        engine.start()
        return engine

    @property
    def writer(self) -> Executor:
        """The lane of one thread that writes."""
        return self._writer

    @property
    def reader(self) -> Executor:
        """The lane of one thread that reads."""
        return self._reader

    @property
    def queries(self) -> Queries:
        """What the reader's lane reads; to be used there alone."""
        return self._queries

    def command(self, op: Callable[[UnitOfWork], T]) -> Future[T]:
        """Run a unit of work on the writer's lane."""
        return self._writer.submit(lambda: self.units.run(op))

    def query(self, op: Callable[[Queries], T]) -> Future[T]:
        """Read on the reader's lane."""
        return self._reader.submit(lambda: self._read(op))

    def retry_refused(self) -> None:
        """Offer the refused messages again, and send them now."""
        at = wall_clock()
        self._writer.submit(lambda: self.replica.retry_refused(at))
        if self._engine is not None:
            self._engine.sync_now()

    def close(self) -> None:
        """Stop the engine, finish what is queued, close the files; the outbox waits for the next start."""
        if self._engine is not None:
            self._engine.stop()
        self._pages.end()
        if self._backups is not None:
            self._backups.end()
        self._looker.shutdown(wait=True)
        self._reader.submit(self._read_connection.close).result()
        # The writer's connection is the last: only that one can put the log into the file and take it away.
        self._writer.submit(self.units.close).result()
        self._end_lanes()

    def _read(self, op: Callable[[Queries], T]) -> T:
        with self._queries.moment():
            return op(self._queries)

    def _make_engine(self) -> Engine:
        import random

        from sync import backoff, client, doorbell, engine

        def token() -> str:
            return self._secrets.token

        self._hub = hub = client.HubClient(self._hub_address, token)
        return engine.Engine(
            ledger=self.replica,
            run_in_ledger=self._writer.submit,
            hub=hub,
            device_id=lambda: self.units.device.id,
            greet=self._greeting(hub),
            merchant_id=self.units.shop.merchant_id,
            now=self._now,
            bell=doorbell.Doorbell(self._hub_address, token, backoff.Backoff(random.random)),
            jobs=(
                engine.Job("backup", LOOK_AT_BACKUPS_EVERY_MS, lambda: self._looker.submit(self._look_at_backups)),
                engine.Job("checkpoint", CHECKPOINT_EVERY_MS, lambda: self._writer.submit(self.units.checkpoint)),
                engine.Job(
                    "pages", LOOK_AT_PAGES_EVERY_MS, lambda: self._looker.submit(lambda: self._pages.look(self._now()))
                ),
            ),
        )

    def _greeting(self, hub: HubClient) -> Callable[[], Awaitable[None]]:
        """Return what is settled with the hub before every exchange: what this till is, then the key of its people."""
        from sync import people_key, succession

        as_itself = succession.Greeting(self.replica, self._writer.submit, hub, self._now)
        key = people_key.KeyExchange(
            self.replica, self._writer.submit, hub, self._now, lambda: self._secrets.people_key, self._use_people_key
        )

        async def settle() -> None:
            await as_itself.settle()
            await key.settle()

        return settle

    def _use_people_key(self, people_key: bytes) -> None:
        """Prove by the key of the shop's people from now on, and keep it if another till made it."""
        if people_key != self._secrets.people_key:
            self._keep_people_key(people_key)
            self._secrets = replace(self._secrets, shop_people_key=people_key)
        self.units.prove_people(person_proof(people_key))

    def _look_at_backups(self) -> None:
        if self._backups is not None:
            self._backups.look(self._now())

    def _committed(self, changes: Changes) -> None:
        if Topic.OUTBOX in changes.touched and self._engine is not None:
            self._engine.wake()
        self._heard(changes)

    def _end_lanes(self) -> None:
        self._writer.shutdown(wait=True)
        self._reader.shutdown(wait=True)
        self._looker.shutdown(wait=True)
        self._lock.release()


def _reader(files: TillFiles) -> tuple[Connection, TillQueries]:
    connection = files.connect_reader()
    return connection, TillQueries(Session(connection.cursor(), "sqlite"))
