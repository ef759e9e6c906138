"""The till's unit of work: its outbox, its people, and the one place that commits on this machine."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeVar

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, NotFound, StorageUnavailable
from domain.ids import (
    DeviceId,
    Instant,
    MerchantId,
    MessageId,
    UserId,
)
from domain.messages import Message
from domain.people import PersonProof, User, lock_ms
from domain.policy import Role
from domain.ports import Device, Shop
from domain.shop_settings import BookRules
from storage import running
from storage.accounts import SqlAccounts
from storage.approvals import SqlApprovals
from storage.audit import SqlAudit
from storage.categories import SqlCategories
from storage.contact import SqlContact
from storage.drafts import SqlDrafts, SqlGrants
from storage.holders import SqlHolders
from storage.payments import SqlPayments
from storage.refunds import SqlRefunds
from storage.resolutions import SqlResolutions
from storage.scope import Scope
from storage.session import Row, Session, Sql, insert_into
from storage.settings import SqlSettings, read_rules
from storage.sqlite import Connection, is_disk_full
from storage.till_lacks import NoProvenMoney, NoReceipts
from storage.vouchers import SqlVouchers
from storage.witness import Heads, Witness

T = TypeVar("T")

_QUEUE: Final = insert_into(
    "outbox", only=["id", "subject_id", "kind", "body", "body_hash", "state", "queued_at", "next_attempt_at"]
)
_UNSENT: Final = Sql("SELECT 1 FROM outbox WHERE subject_id = :subject_id AND state <> 'acked' LIMIT 1")
_KNOWN: Final = Sql("SELECT body_hash FROM outbox WHERE id = :id")
_WAITING: Final = Sql(
    "SELECT id, body FROM outbox WHERE subject_id = :subject_id AND state <> 'acked' AND state = 'queued' ORDER BY seq"
)
_ADD_USER: Final = insert_into("users")
_USER: Final = Sql(
    "SELECT id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at FROM users WHERE id = :id"
)
_SAVE_USER: Final = Sql(
    "UPDATE users SET name = :name, role = :role, pin_hash = :pin_hash, disabled_at = :disabled_at WHERE id = :id"
)
_EVERYBODY: Final = Sql(
    "SELECT id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at FROM users "
    "WHERE merchant_id = :merchant_id ORDER BY id"
)
_UNTOLD: Final = Sql(
    "SELECT id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at FROM users "
    "WHERE merchant_id = :merchant_id AND told = 0 ORDER BY id"
)
_NOTE_TOLD: Final = Sql("UPDATE users SET told = 1 WHERE id = :id AND told = 0")
_SAVE_TRIES: Final = Sql(
    "UPDATE users SET failures = :failures, locked_until = :locked_until, locked_in = :locked_in WHERE id = :id"
)
_OWNERS: Final = Sql(
    "SELECT count(*) FROM users WHERE merchant_id = :merchant_id AND role = 'owner' AND disabled_at IS NULL"
)
_SELF: Final = Sql(
    "SELECT m.id, m.name, m.currency, m.zone, d.id, d.code, d.incarnation FROM till_self s "
    "JOIN merchants m ON m.id = s.merchant_id JOIN devices d ON d.merchant_id = m.id AND d.id = s.device_id"
)
_HEADS: Final = Sql(
    "SELECT voucher_seq, voucher_hash, audit_seq, audit_hash FROM devices "
    "WHERE merchant_id = :merchant_id AND id = :device_id"
)
_HELD: Final = Sql(
    "SELECT (SELECT hash FROM vouchers WHERE merchant_id = :merchant_id AND device_id = :device_id "
    "AND chain_seq = :voucher_seq), (SELECT hash FROM audit WHERE merchant_id = :merchant_id "
    "AND device_id = :device_id AND seq = :audit_seq)"
)


@dataclass(frozen=True, slots=True)
class SqlOutbox:
    """The till's queue to the hub; what it queues is remembered, so that a failed commit can be looked up."""

    scope: Scope
    queued: list[MessageId]

    def add(self, message: Message, at: Instant) -> None:
        self.scope.session.run(
            _QUEUE,
            {
                "id": message.id,
                "subject_id": message.subject_id,
                "kind": message.kind.value,
                "body": message.body,
                "body_hash": message.body_hash,
                "state": "queued",
                "queued_at": at,
                "next_attempt_at": at,
            },
        )
        self.queued.append(message.id)
        self.scope.touch(Topic.OUTBOX, message.subject_id)

    def unsent(self, subject_id: str) -> bool:
        return self.scope.session.one(_UNSENT, {"subject_id": subject_id}) is not None

    def known_hash(self, message_id: MessageId) -> str | None:
        row = self.scope.session.one(_KNOWN, {"id": message_id})
        return row[0] if row else None

    def waiting(self, subject_id: str) -> list[tuple[MessageId, str]]:
        rows = self.scope.session.all(_WAITING, {"subject_id": subject_id})
        return [(MessageId(row[0]), row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class SqlPeople:
    """The people of this till's shop."""

    scope: Scope

    def add(self, user: User) -> None:
        self.scope.session.run(
            _ADD_USER,
            {
                "merchant_id": user.merchant_id,
                "id": user.id,
                "name": user.name,
                "role": user.role.value,
                "pin_hash": user.pin_hash,
                "failures": user.failures,
                "locked_until": None,
                "locked_in": None,
                "disabled_at": user.disabled_at,
                "told": 0,
            },
        )

    def get(self, user_id: UserId) -> User | None:
        return read_user(self.scope.session, self.scope.merchant_id, user_id)

    def save(self, user: User) -> None:
        self.scope.session.run(
            _SAVE_USER,
            {
                "id": user.id,
                "name": user.name,
                "role": user.role.value,
                "pin_hash": user.pin_hash,
                "disabled_at": user.disabled_at,
            },
        )

    def save_tries(self, user_id: UserId, failures: int, locked_ms: int) -> None:
        """Keep the end of the lock in this run's own time."""
        ends = running.elapsed_ms() + locked_ms if locked_ms else None
        values = {"id": user_id, "failures": failures, "locked_until": ends, "locked_in": running.RUN if ends else None}
        self.scope.session.run(_SAVE_TRIES, values)

    def owners(self) -> int:
        row = self.scope.session.one(_OWNERS, {"merchant_id": self.scope.merchant_id})
        assert row is not None, "a count has a row"
        return int(row[0])

    def everybody(self) -> list[User]:
        return self._all(_EVERYBODY)

    def untold(self) -> list[User]:
        return self._all(_UNTOLD)

    def note_told(self, user_id: UserId) -> None:
        self.scope.session.run(_NOTE_TOLD, {"id": user_id})

    def _all(self, sql: Sql) -> list[User]:
        merchant_id = self.scope.merchant_id
        return [_user(merchant_id, row) for row in self.scope.session.all(sql, {"merchant_id": merchant_id})]


class TillUnitOfWork:
    """Everything one commit of the till may read and change."""

    def __init__(self, session: Session, shop: Shop, device: Device, proofs: PersonProof | None = None) -> None:
        self.scope = Scope(session, shop.merchant_id)
        self.shop = shop
        self.device = device
        self.proofs = proofs
        self.queued: list[MessageId] = []

    @property
    def session(self) -> Session:
        """The open transaction, for the till's own parts of storage."""
        return self.scope.session

    @cached_property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self.scope, self.settings)

    @cached_property
    def settings(self) -> SqlSettings:
        return SqlSettings(self.scope, self._follow)

    @cached_property
    def drafts(self) -> SqlDrafts:
        return SqlDrafts(self.scope)

    @cached_property
    def grants(self) -> SqlGrants:
        return SqlGrants(self.scope)

    @cached_property
    def categories(self) -> SqlCategories:
        return SqlCategories(self.scope)

    @cached_property
    def vouchers(self) -> SqlVouchers:
        return SqlVouchers(self.scope, self.device, meets_devices=True)

    @cached_property
    def payments(self) -> SqlPayments:
        return SqlPayments(self.scope, self.device)

    @cached_property
    def receipts(self) -> NoReceipts:
        return NoReceipts()

    @cached_property
    def refunds(self) -> SqlRefunds:
        return SqlRefunds(self.scope)

    @cached_property
    def resolutions(self) -> SqlResolutions:
        return SqlResolutions(self.scope)

    @cached_property
    def holders(self) -> SqlHolders:
        return SqlHolders(self.scope)

    @cached_property
    def proven(self) -> NoProvenMoney:
        return NoProvenMoney()

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.scope, self.queued)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self.scope, self.device)

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self.scope)

    @cached_property
    def contact(self) -> SqlContact:
        return SqlContact(self.scope.session)

    @cached_property
    def approvals(self) -> SqlApprovals:
        return SqlApprovals(self.scope)

    def touch(self, topic: Topic, subject_id: str) -> None:
        """Note that something changed, for whoever watches the topic after the commit."""
        self.scope.touch(topic, subject_id)

    def _follow(self, rules: BookRules) -> None:
        self.shop = replace(self.shop, rules=rules)


class TillUnits:
    """The one place that commits: one connection, used by one thread, kept open between units.

    `open_connection` opens the till's file again when a commit's outcome must be looked up; `publish` is called after
    each commit that changed something.
    """

    def __init__(
        self, open_connection: Callable[[], Connection], witness: Witness, publish: Callable[[Changes], None]
    ) -> None:
        self._open_connection = open_connection
        self._connection = open_connection()
        self._session = Session(self._connection.cursor(), "sqlite")
        self._witness = witness
        self._publish = publish
        self._one_writer = threading.Lock()
        self._proofs: PersonProof | None = None
        self.shop, self.device = read_self(self._session)
        self._heads = self._read_heads()

    def run(self, op: Callable[[TillUnitOfWork], T]) -> T:
        """Begin, call `op`, commit, witness the chain's head, publish the changes; roll back if `op` raises.

        Raises what `op` raises, and StorageUnavailable (DISK_FULL, STORAGE_UNAVAILABLE) when nothing was saved.
        """
        assert self._one_writer.acquire(blocking=False), "the till has one writer"
        try:
            return self._run(op)
        finally:
            self._one_writer.release()

    def read(self, op: Callable[[Session], T]) -> T:
        """Run a reading of the writer's own lane, outside any transaction."""
        return op(self._session)

    def prove_people(self, proofs: PersonProof) -> None:
        """Tell and believe facts about people from now on; without this none leaves and none is believed."""
        self._proofs = proofs

    @property
    def proofs(self) -> PersonProof | None:
        """What proves the facts that leave; None before till and hub share a key."""
        return self._proofs

    @property
    def heads(self) -> Heads:
        """How far this till's chains go."""
        return self._heads

    def holds(self, seen: Heads) -> bool:
        """Whether the chains pass through the heads that a witness saw."""
        place = {"merchant_id": self.shop.merchant_id, "device_id": self.device.id}
        held = self._session.one(_HELD, {**place, "voucher_seq": seen.voucher_seq, "audit_seq": seen.audit_seq})
        return held == (seen.voucher_hash or None, seen.audit_hash or None)

    def live_on_as(self, begin: Callable[[TillUnitOfWork], Device]) -> Device:
        """Go on as the device that `begin` makes and puts in this one's place; both are witnessed across the commit."""
        before = self.device

        def op(uow: TillUnitOfWork) -> Device:
            device = begin(uow)
            self._witness.announce(heads_of(uow.session, uow.shop.merchant_id, device.id), beside=before.id)
            return device

        device = self.run(op)
        self.shop, self.device = read_self(self._session)
        self._heads = self._read_heads()
        return device

    def close(self) -> None:
        """Close the writer's connection and the witness."""
        self._connection.close()
        self._witness.close()

    def checkpoint(self) -> None:
        """Copy the log into the file while nothing else is to do, on the writer's own connection."""
        self._session.cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _run(self, op: Callable[[TillUnitOfWork], T]) -> T:
        cursor = self._session.cursor
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except self._connection.driver.Error as error:
            raise _unavailable(error) from error
        uow = TillUnitOfWork(self._session, self.shop, self.device, self._proofs)
        try:
            result = op(uow)
            heads = self._read_heads()
        except self._connection.driver.OperationalError as error:
            self._roll_back()
            raise _unavailable(error) from error
        except BaseException:
            self._roll_back()
            raise
        try:
            cursor.execute("COMMIT")
        except self._connection.driver.Error as error:
            self._settle_unknown_commit(uow, error)
        if heads != self._heads:
            self._witness.write(heads)
            self._heads = heads
        if uow.scope.touched:
            if Topic.SETTINGS in uow.scope.touched:
                self.shop, self.device = read_self(self._session)
            self._publish(uow.scope.changes())
        return result

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._session.cursor.execute("ROLLBACK")

    def _settle_unknown_commit(self, uow: TillUnitOfWork, error: Exception) -> None:
        """After a failed COMMIT the outcome is unknown: reopen, look the queued ids up, and answer by what is there.

        In WAL mode a commit whose sync failed may or may not be in the file after it is opened again.
        """
        self._connection.close()
        self._connection = self._open_connection()
        self._session = Session(self._connection.cursor(), "sqlite")
        saved = bool(uow.queued) and all(self._session.one(_KNOWN, {"id": key}) for key in uow.queued)
        if not saved:
            self._heads = self._read_heads()
            raise _unavailable(error) from error

    def _read_heads(self) -> Heads:
        return heads_of(self._session, self.shop.merchant_id, self.device.id)


def heads_of(session: Session, merchant_id: MerchantId, device_id: DeviceId) -> Heads:
    """Return how far a device's chains go; raises NotFound(TILL_UNKNOWN) for one that the till has not met."""
    row = session.one(_HEADS, {"merchant_id": merchant_id, "device_id": device_id})
    if row is None:
        raise NotFound(ErrorCode.TILL_UNKNOWN)
    return Heads(row[0], row[1], row[2], row[3], device_id)


def read_self(session: Session) -> tuple[Shop, Device]:
    """Return the shop and the device this till is; raises NotFound(TILL_UNKNOWN) before it has been set up."""
    row = session.one(_SELF, {})
    if row is None:
        raise NotFound(ErrorCode.TILL_UNKNOWN)
    merchant_id = MerchantId(row[0])
    shop = Shop(merchant_id, row[1], row[2], row[3], read_rules(session, merchant_id))
    return shop, Device(DeviceId(row[4]), row[5], row[6])


def read_user(session: Session, merchant_id: MerchantId, user_id: UserId) -> User | None:
    """Return a user of the shop."""
    row = session.one(_USER, {"id": user_id})
    return None if row is None else _user(merchant_id, row)


def _user(merchant_id: MerchantId, row: Row) -> User:
    user = User(UserId(row[0]), merchant_id, row[1], Role(row[2]), row[3], row[4])
    disabled_at = None if row[7] is None else Instant(row[7])
    return replace(user, locked_ms=_left_ms(user.failures, row[5], row[6]), disabled_at=disabled_at)


def _left_ms(failures: int, ends: int | None, run: str | None) -> int:
    """Return what is left of a lock: one of an earlier run is waited through from this program's start.

    `ends` is a moment of that run's own time, which says nothing here; nobody knows how long the program was away.
    """
    if ends is None:
        return 0
    return max(0, (ends if run == running.RUN else lock_ms(failures)) - running.elapsed_ms())


def _unavailable(error: Exception) -> StorageUnavailable:
    return StorageUnavailable(ErrorCode.DISK_FULL if is_disk_full(error) else ErrorCode.STORAGE_UNAVAILABLE)
