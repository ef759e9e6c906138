"""The one place that commits at the hub, on an encrypted SQLite file or on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol, TypeVar

import psycopg
from psycopg_pool import ConnectionPool

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, NotFound, StorageUnavailable
from domain.ids import MerchantId
from domain.payments import PaymentIntent
from storage.hub import HubUnitOfWork, lock_merchant, see_merchant
from storage.hub_walls import enter_merchant, look_across, require_role_below_walls
from storage.session import Session
from storage.sqlite import Connection, is_disk_full

T = TypeVar("T")

RETRIES: Final = 5
"""How often a transaction that PostgreSQL undid (40001, 40P01) is run again."""


POOL_S: Final = 10.0
"""How long to wait for a connection; a provider that notifies waits thirty seconds for its answer."""


class Database(Protocol):
    """Where transactions run."""

    def transaction(self) -> AbstractContextManager[Session]:
        """Begin; commit when the block ends, roll back if it raises."""

    def retryable(self, error: Exception) -> bool:
        """Whether the database undid a transaction only because of another one."""

    def close(self) -> None:
        """Close every connection."""


class HubUnits:
    """Runs a unit of work for one merchant under the merchant's lock; `ring` is called after a commit that fed.

    `guard` looks into every unit of work first, behind the lock; what it raises leaves nothing done. `closing` is
    the last that is done in a unit of work, in the same commit; `ended` is told, after it, of each payment that came to
    an end.
    """

    def __init__(
        self,
        database: Database,
        ring: Callable[[MerchantId, int], None],
        guard: Callable[[Session], object] = lambda session: None,
        ended: Callable[[PaymentIntent], None] = lambda intent: None,
        closing: Callable[[HubUnitOfWork], None] = lambda uow: None,
    ) -> None:
        self._database = database
        self._ring = ring
        self._guard = guard
        self._ended = ended
        self._closing = closing

    def guarded(self, guard: Callable[[Session], object]) -> "HubUnits":
        """Return the same with a guard: for who was let act before, and may no longer be when the lock is theirs."""
        return HubUnits(self._database, self._ring, guard, self._ended, self._closing)

    def run(self, merchant_id: MerchantId, op: Callable[[HubUnitOfWork], T]) -> T:
        """Begin, lock the merchant, call `op`, commit, ring; roll back if `op` raises, run again if undone.

        Raises NotFound(TILL_UNKNOWN) for an unknown merchant and what `op` raises.
        """
        return self._retrying(lambda: self._once(merchant_id, op))

    def read(self, op: Callable[[Session], T]) -> T:
        """Run a reading across merchants, or of the hub itself, in its own transaction; raises StorageUnavailable."""
        return self._retrying(lambda: self._across(op))

    def read_of(self, merchant_id: MerchantId, op: Callable[[Session], T]) -> T:
        """Run a reading, or a change that needs no lock, within one merchant's wall; raises StorageUnavailable."""
        return self._retrying(lambda: self._within(merchant_id, op))

    def look(self, merchant_id: MerchantId, op: Callable[[HubUnitOfWork], T]) -> T:
        """Run a reading that needs a unit of work, of one moment and without the merchant's lock: `op` changes nothing.

        Raises NotFound(TILL_UNKNOWN) for an unknown merchant, StorageUnavailable and what `op` raises.
        """
        return self._retrying(lambda: self._looked(merchant_id, op))

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def _retrying(self, transaction: Callable[[], T]) -> T:
        for attempt in range(1, RETRIES + 1):
            try:
                return transaction()
            except psycopg.Error as error:
                if attempt == RETRIES or not self._database.retryable(error):
                    raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
        raise AssertionError("unreachable")

    def _across(self, op: Callable[[Session], T]) -> T:
        with self._database.transaction() as session:
            look_across(session)
            return op(session)

    def _within(self, merchant_id: MerchantId, op: Callable[[Session], T]) -> T:
        with self._database.transaction() as session:
            enter_merchant(session, merchant_id)
            return op(session)

    def _looked(self, merchant_id: MerchantId, op: Callable[[HubUnitOfWork], T]) -> T:
        with self._database.transaction() as session:
            seen = see_merchant(session, merchant_id)
            if seen is None:
                raise NotFound(ErrorCode.TILL_UNKNOWN)
            return op(HubUnitOfWork(session, *seen))

    def _once(self, merchant_id: MerchantId, op: Callable[[HubUnitOfWork], T]) -> T:
        with self._database.transaction() as session:
            locked = lock_merchant(session, merchant_id)
            if locked is None:
                raise NotFound(ErrorCode.TILL_UNKNOWN)
            self._guard(session)
            uow = HubUnitOfWork(session, *locked)
            result = op(uow)
            self._closing(uow)
        self._announce(merchant_id, uow.scope.changes())
        for intent in uow.scope.ended:
            self._ended(intent)
        return result

    def _announce(self, merchant_id: MerchantId, changes: Changes) -> None:
        if fed := changes.touched.get(Topic.OUTBOX):
            self._ring(merchant_id, max(map(int, fed)))


class SqliteHub:
    """An encrypted SQLite file: one connection, one transaction at a time."""

    def __init__(self, open_connection: Callable[[], Connection]) -> None:
        self._open = open_connection
        self._connection = open_connection()
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Begin; commit when the block ends, roll back if it raises."""
        with self._lock:
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield Session(cursor, "sqlite")
                cursor.execute("COMMIT")
            except self._connection.driver.OperationalError as error:
                self._start_over()
                full = is_disk_full(error)
                raise StorageUnavailable(ErrorCode.DISK_FULL if full else ErrorCode.STORAGE_UNAVAILABLE) from error
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    def retryable(self, error: Exception) -> bool:
        """Never: there is one writer."""
        return False

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def _start_over(self) -> None:
        """After an I/O error the outcome is unknown: reopen, and let the caller ask again with the same ids."""
        self._connection.close()
        self._connection = self._open()


class PostgresHub:
    """PostgreSQL through a small pool; READ COMMITTED, the merchant's row is the lock.

    Row-level security holds only a role that is neither a superuser nor has BYPASSRLS: `require_walls` refuses others.
    """

    def __init__(self, url: str, connections: int = 4) -> None:
        self._pool: ConnectionPool[psycopg.Connection[tuple[object, ...]]] = ConnectionPool(
            url, min_size=1, max_size=connections, open=True, timeout=POOL_S, kwargs={"autocommit": False}
        )

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Begin; commit when the block ends, roll back if it raises."""
        with self._pool.connection() as connection, connection.cursor() as cursor:
            yield Session(cursor, "postgresql")

    def require_walls(self) -> None:
        """Raise StorageUnavailable: HUB_ROLE_UNSAFE if the walls do not hold this role, and without a connection."""
        try:
            with self.transaction() as session:
                require_role_below_walls(session)
        except psycopg.Error as error:
            raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error

    def retryable(self, error: Exception) -> bool:
        """Whether PostgreSQL undid the transaction for another's sake."""
        return isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected)

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()
