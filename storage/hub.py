"""The hub's unit of work: the feed that numbers every fact, the money that providers proved, one merchant at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import psycopg
from sqlcipher3 import dbapi2 as sqlcipher

from domain.bodies import read_voucher
from domain.changes import Topic
from domain.drafts import Draft
from domain.errors import ErrorCode, RuleBroken
from domain.ids import (
    DeviceId,
    DraftId,
    Instant,
    MerchantId,
    MessageId,
    PaymentId,
    VoucherId,
)
from domain.matching import find_reference
from domain.messages import Message, MessageKind
from domain.payments import PaymentIntent
from domain.people import PersonProof
from domain.ports import Device, Shop
from domain.rails import Provider, Receipt
from domain.receipt_ports import Held
from domain.same_money import ToldMoney
from domain.shop_settings import BookRules
from storage.accounts import SqlAccounts
from storage.approvals import SqlApprovals
from storage.audit import SqlAudit
from storage.categories import SqlCategories
from storage.holders import SqlHolders
from storage.hub_checkouts import SqlCheckouts
from storage.hub_checks import ask_now
from storage.hub_inbox import Inbox
from storage.hub_people import HubGrants, HubPeople
from storage.hub_refunds import SqlProvenMoney
from storage.hub_told import told_alike
from storage.hub_walls import enter_merchant
from storage.payments import SqlPayments
from storage.refunds import SqlRefunds
from storage.resolutions import GONE, SqlResolutions
from storage.scope import HUB_CODE, Scope
from storage.session import Session, Sql, insert_into
from storage.settings import SqlSettings, read_rules
from storage.vouchers import SqlVouchers

REFUSED_BY_DATABASE: Final = (
    psycopg.IntegrityError,
    psycopg.DataError,
    psycopg.errors.RaiseException,
    sqlcipher.IntegrityError,
    UnicodeError,
    OverflowError,
)
"""What either driver raises for values that the schema does not take; the connection itself is well."""

_LOCK: Final = (
    "SELECT m.id, m.name, m.currency, m.zone, d.id, d.code, d.incarnation FROM merchants m "
    f"JOIN devices d ON d.merchant_id = m.id AND d.code = '{HUB_CODE}' WHERE m.id = :merchant_id "
    "ORDER BY d.incarnation DESC LIMIT 1"
)
_SEE: Final = Sql(_LOCK)
_LOCK_POSTGRES: Final = Sql(f"{_LOCK} FOR UPDATE OF m")

_ONE_MOMENT: Final = Sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

_NEXT_SEQ: Final = Sql("UPDATE merchants SET feed_seq = feed_seq + 1 WHERE id = :merchant_id RETURNING feed_seq")
_NEXT_BOOK_NO: Final = insert_into(
    "book_series",
    on_conflict="ON CONFLICT (merchant_id, type, year) DO UPDATE SET last_no = book_series.last_no + 1 "
    "RETURNING last_no",
)
_ADD_TO_FEED: Final = insert_into("feed")
_KNOWN: Final = Sql("SELECT body_hash FROM feed WHERE merchant_id = :merchant_id AND message_id = :id")

_SEEN: Final = Sql(
    "SELECT 1 FROM receipts WHERE merchant_id = :merchant_id AND provider = :provider AND dedupe_key = :dedupe_key"
)
_ADD_RECEIPT: Final = insert_into("receipts")
_HELD: Final = Sql(
    f"SELECT SUM(amount_minor - {GONE.format(voucher='receipts.voucher_id', merchant='receipts.merchant_id')}), "
    "MAX(paid_at) FROM receipts WHERE merchant_id = :merchant_id "
    "AND reference = :reference AND provider = :provider AND payment_id IS NULL AND voucher_id IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM resolutions s WHERE s.merchant_id = receipts.merchant_id "
    "AND s.subject_id = receipts.voucher_id AND s.status = 'done' AND s.provider IS NULL)"
)
_SCHEDULE_CHECK: Final = insert_into("checks", on_conflict="ON CONFLICT (merchant_id, payment_id) DO NOTHING")
_NOTIFY: Final = Sql("SELECT pg_notify('bana_feed', :ring)")


@dataclass(frozen=True, slots=True)
class Feed:
    """The merchant's feed as an outbox: numbered under the merchant's lock, so commit order is feed order."""

    scope: Scope
    vouchers: SqlVouchers
    rules: Callable[[], BookRules]

    def add(self, message: Message, at: Instant) -> None:
        merchant_id, session = self.scope.merchant_id, self.scope.session
        numbered = session.one(_NEXT_SEQ, {"merchant_id": merchant_id})
        assert numbered is not None, "the merchant is locked"
        book_no, booked_on = self._register(message) if message.kind is MessageKind.VOUCHER else (None, None)
        session.run(
            _ADD_TO_FEED,
            {
                "merchant_id": merchant_id,
                "seq": numbered[0],
                "message_id": message.id,
                "subject_id": message.subject_id,
                "kind": message.kind.value,
                "body": message.body,
                "body_hash": message.body_hash,
                "device_id": message.device_id,
                "book_no": book_no,
                "booked_on": booked_on,
                "at": at,
            },
        )
        self.scope.touch(Topic.OUTBOX, str(numbered[0]))
        if session.dialect == "postgresql":
            session.one(_NOTIFY, {"ring": f"{merchant_id} {numbered[0]}"})

    def unsent(self, subject_id: str) -> bool:
        """A feed has no unsent facts: tills come for them."""
        return False

    def waiting(self, subject_id: str) -> list[tuple[MessageId, str]]:
        """Nothing waits in a feed: tills come for it."""
        return []

    def known_hash(self, message_id: MessageId) -> str | None:
        row = self.scope.session.one(_KNOWN, {"merchant_id": self.scope.merchant_id, "id": message_id})
        return row[0] if row else None

    def _register(self, message: Message) -> tuple[int, str | None]:
        """Draw the gapless register number of a voucher: per merchant, type and year, in the order of acceptance.

        A voucher dated in a closed period counts on the first open day (RELIABILITY 4.13).
        """
        voucher = read_voucher(message.body, message.merchant_id)
        day = self.rules().open_day(voucher.business_date)
        series = {"merchant_id": self.scope.merchant_id, "type": voucher.type.value, "year": day[:4]}
        drawn = self.scope.session.one(_NEXT_BOOK_NO, {**series, "last_no": 1})
        assert drawn is not None, "a series always answers with its number"
        booked_on = None if day == voucher.business_date else day
        self.vouchers.register(voucher, drawn[0], booked_on)
        return drawn[0], booked_on


@dataclass(frozen=True, slots=True)
class SqlReceipts:
    """Money that providers proved, applied or held in suspense."""

    scope: Scope
    inbox: Inbox

    def seen(self, receipt: Receipt) -> bool:
        key = {"provider": receipt.provider.value, "dedupe_key": receipt.dedupe_key}
        return self.scope.session.one(_SEEN, {"merchant_id": self.scope.merchant_id, **key}) is not None

    def told_alike(self, receipt: Receipt, reference: str) -> list[ToldMoney]:
        return told_alike(self.scope, receipt, reference)

    def add(self, receipt: Receipt, payment_id: PaymentId | None, voucher_id: VoucherId | None, at: Instant) -> None:
        self.scope.session.run(
            _ADD_RECEIPT,
            {
                "merchant_id": self.scope.merchant_id,
                "provider": receipt.provider.value,
                "dedupe_key": receipt.dedupe_key,
                "reference": find_reference(receipt.text) or "",
                "amount_minor": receipt.amount_minor,
                "currency": receipt.currency,
                "paid_at": receipt.paid_at,
                "provider_ref": receipt.provider_ref,
                "text": receipt.text[:500],
                "payment_id": payment_id,
                "voucher_id": voucher_id,
                "recorded_at": at,
            },
        )

    def held_for(self, reference: str, providers: Sequence[Provider]) -> Held | None:
        place = {"merchant_id": self.scope.merchant_id, "reference": reference}
        rows = (self.scope.session.one(_HELD, {**place, "provider": each.value}) for each in providers)
        held = [(int(row[0]), row[1]) for row in rows if row and row[0]]
        return Held(sum(each[0] for each in held), Instant(max(each[1] for each in held))) if held else None

    def ask_soon(self, payment_id: PaymentId, at: Instant) -> None:
        ask_now(self.scope.session, self.scope.merchant_id, payment_id, at)

    def expect(self, intent: PaymentIntent, at: Instant) -> None:
        self.inbox.wake(intent.reference, at)
        self.scope.session.run(
            _SCHEDULE_CHECK,
            {
                "merchant_id": self.scope.merchant_id,
                "payment_id": intent.id,
                "attempts": 0,
                "checked_at": None,
                "next_check_at": at,
                "note": "",
            },
        )


class NoDrafts:
    """Vouchers are written at tills."""

    def save(self, draft: Draft) -> None:
        raise AssertionError(draft.id)

    def get(self, draft_id: DraftId) -> Draft | None:
        raise AssertionError(draft_id)

    def drop(self, draft_id: DraftId) -> None:
        raise AssertionError(draft_id)


class NoContact:
    """A hub is never away from itself."""

    def away_ms(self, at: Instant) -> int:
        raise AssertionError(at)


class HubUnitOfWork:
    """Everything one commit of the hub may read and change, for one merchant."""

    def __init__(self, session: Session, shop: Shop, device: Device) -> None:
        self.scope = Scope(session, shop.merchant_id)
        self.shop = shop
        self.device = device
        self.proofs: PersonProof | None = None
        """What proves facts about people; `server.people_keys` sets it for a unit of work that hears any."""

    @property
    def session(self) -> Session:
        """The open transaction, for the hub's own parts of storage."""
        return self.scope.session

    @cached_property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self.scope, self.settings)

    @cached_property
    def settings(self) -> SqlSettings:
        return SqlSettings(self.scope, self._follow)

    @cached_property
    def drafts(self) -> NoDrafts:
        return NoDrafts()

    @cached_property
    def grants(self) -> HubGrants:
        return HubGrants(self.scope)

    @cached_property
    def categories(self) -> SqlCategories:
        return SqlCategories(self.scope)

    @cached_property
    def vouchers(self) -> SqlVouchers:
        return SqlVouchers(self.scope, self.device)

    @cached_property
    def payments(self) -> SqlPayments:
        return SqlPayments(self.scope, self.device, of_every_device=True)

    @cached_property
    def inbox(self) -> Inbox:
        """What providers told, waiting to be applied."""
        return Inbox(self.scope)

    @cached_property
    def receipts(self) -> SqlReceipts:
        return SqlReceipts(self.scope, self.inbox)

    @cached_property
    def checkouts(self) -> SqlCheckouts:
        """What ordering systems ask to be paid."""
        return SqlCheckouts(self.scope)

    @cached_property
    def refunds(self) -> SqlRefunds:
        return SqlRefunds(self.scope)

    @cached_property
    def resolutions(self) -> SqlResolutions:
        return SqlResolutions(self.scope, knows_receipts=True)

    @cached_property
    def holders(self) -> SqlHolders:
        return SqlHolders(self.scope)

    @cached_property
    def proven(self) -> SqlProvenMoney:
        return SqlProvenMoney(self.scope)

    @cached_property
    def outbox(self) -> Feed:
        return Feed(self.scope, self.vouchers, lambda: self.shop.rules)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self.scope, self.device)

    @cached_property
    def people(self) -> HubPeople:
        return HubPeople(self.scope)

    @cached_property
    def contact(self) -> NoContact:
        return NoContact()

    @cached_property
    def approvals(self) -> SqlApprovals:
        return SqlApprovals(self.scope)

    def touch(self, topic: Topic, subject_id: str) -> None:
        """Note that something changed, for whoever watches the topic after the commit."""
        self.scope.touch(topic, subject_id)

    def _follow(self, rules: BookRules) -> None:
        self.shop = replace(self.shop, rules=rules)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside if it raises, and let the unit go on: one bad message does not take others along.

        What the database's own guards, keys and types refuse is raised as RuleBroken(MESSAGE_MALFORMED).
        """
        cursor, shop = self.session.cursor, self.shop
        ended, refunded = len(self.scope.ended), len(self.scope.refunded)
        cursor.execute("SAVEPOINT message")
        try:
            yield
        except BaseException as error:
            cursor.execute("ROLLBACK TO SAVEPOINT message")
            cursor.execute("RELEASE SAVEPOINT message")
            self.shop = shop
            del self.scope.ended[ended:]
            del self.scope.refunded[refunded:]
            if isinstance(error, REFUSED_BY_DATABASE):
                raise RuleBroken(ErrorCode.MESSAGE_MALFORMED, part="database") from error
            raise
        cursor.execute("RELEASE SAVEPOINT message")


def lock_merchant(session: Session, merchant_id: MerchantId) -> tuple[Shop, Device] | None:
    """Enter and lock a merchant until the transaction ends; return its shop and the hub's device, None if unknown."""
    return _entered(session, merchant_id, _LOCK_POSTGRES if session.dialect == "postgresql" else _SEE)


def see_merchant(session: Session, merchant_id: MerchantId) -> tuple[Shop, Device] | None:
    """Enter a merchant to read as it stands at one moment, without its lock; on PostgreSQL nothing can be written."""
    if session.dialect == "postgresql":
        session.run(_ONE_MOMENT, {})
    return _entered(session, merchant_id, _SEE)


def _entered(session: Session, merchant_id: MerchantId, sql: Sql) -> tuple[Shop, Device] | None:
    enter_merchant(session, merchant_id)
    row = session.one(sql, {"merchant_id": merchant_id})
    if row is None:
        return None
    shop = Shop(merchant_id, row[1], row[2], row[3], read_rules(session, merchant_id))
    return shop, Device(DeviceId(row[4]), row[5], row[6])
