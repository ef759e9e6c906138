"""The till's unit of work, and the one place that commits on this machine."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Final, TypeVar

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, NotFound, StorageUnavailable
from domain.ids import DeviceId, MerchantId, MessageId
from domain.people import PersonProof
from domain.ports import Device, Shop
from domain.shop_settings import BookRules
from storage.accounts import SqlAccounts
from storage.approvals import SqlApprovals
from storage.audit import SqlAudit
from storage.categories import SqlCategories
from storage.contact import SqlContact
from storage.drafts import SqlDrafts, SqlGrants
from storage.holders import SqlHolders
from storage.outbox import SqlOutbox, known_hash
from storage.payments import SqlPayments
from storage.people import SqlPeople
from storage.refunds import SqlRefunds
from storage.resolutions import SqlResolutions
from storage.scope import Scope
from storage.session import Session, Sql
from storage.settings import SqlSettings, read_rules
from storage.sqlite import Connection, is_disk_full
from storage.till_lacks import NoProvenMoney, NoReceipts
from storage.vouchers import SqlVouchers
from storage.witness import Heads, Witness

T = TypeVar("T")

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
        saved = bool(uow.queued) and all(known_hash(self._session, key) is not None for key in uow.queued)
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


def _unavailable(error: Exception) -> StorageUnavailable:
    return StorageUnavailable(ErrorCode.DISK_FULL if is_disk_full(error) else ErrorCode.STORAGE_UNAVAILABLE)
