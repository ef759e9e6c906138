"""The till's end of the sync: what waits to be sent, what was answered, and the feed applied page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.bodies import read_voucher
from domain.changes import Topic
from domain.errors import ErrorCode
from domain.fact_proofs import PROVEN_KINDS, with_proof
from domain.ids import DeviceId, Instant, MerchantId, MessageId, PaymentId
from domain.messages import Cursor, Incoming, Message, MessageKind, Outcome, OutcomeKind, Queued, Succession
from domain.payments import OPEN, Cause
from domain.ports import Device
from domain.rows import QueueState
from domain.services.payments import expire_payments
from domain.services.people_facts import introduce_people
from domain.services.replication import receive_at_till
from storage.incarnations import (
    begin_life,
    former_lives,
    mark_doubled,
    relabel,
    succession_told,
    teller_of,
    untold_succession,
)
from storage.queries import TillQueries
from storage.session import Sql, insert_into
from storage.till import TillUnitOfWork, TillUnits

FEED: Final = "hub"
KEY_SHARED: Final = "people.key_shared"
"""What notes that this till and its hub use one key for the shop's people."""

_WAITING: Final = Sql(
    "SELECT o.id, o.subject_id, o.kind, o.body, o.attempts, o.next_attempt_at, o.seq FROM outbox o "
    "WHERE o.state = 'queued' AND o.state <> 'acked' AND NOT EXISTS (SELECT 1 FROM outbox r "
    "WHERE r.subject_id = o.subject_id AND r.state = 'rejected' AND r.state <> 'acked' AND r.seq < o.seq "
    "AND r.kind <> 'person') "
    "ORDER BY o.seq LIMIT :limit"
)
"""Every look into the outbox repeats `state <> 'acked'`: SQLite takes a partial index only where its condition stands
word for word, and would walk through all that was ever sent."""
_SETTLE: Final = Sql(
    "UPDATE outbox SET state = :state, code = :code, settled_at = :at WHERE id = :id AND state <> 'acked'"
)
_POSTPONE: Final = Sql("UPDATE outbox SET attempts = attempts + 1, next_attempt_at = :until WHERE id = :id")
_HASTEN: Final = Sql(
    "UPDATE outbox SET next_attempt_at = :at WHERE state = 'queued' AND state <> 'acked' AND next_attempt_at > :at"
)
_RETRY: Final = Sql(
    "UPDATE outbox SET state = 'queued', code = NULL, next_attempt_at = :at "
    "WHERE state = 'rejected' AND state <> 'acked'"
)
_PROVE: Final = Sql(
    "UPDATE outbox SET state = 'queued', code = NULL, next_attempt_at = :at "
    "WHERE state = 'rejected' AND state <> 'acked' AND code IN (:unproven, :unknown) "
    f"AND kind IN ({', '.join(repr(kind.value) for kind in sorted(PROVEN_KINDS))})"
)
_KEY_SHARED: Final = Sql("SELECT value FROM preferences WHERE key = :key")
_SHARE_KEY: Final = insert_into("preferences", on_conflict="ON CONFLICT (key) DO NOTHING")
_HAS_PEOPLE: Final = Sql("SELECT 1 FROM users LIMIT 1")
_CURSOR: Final = Sql("SELECT hub_epoch, seq FROM inbox_cursor WHERE feed = :feed")
_START: Final = insert_into("inbox_cursor", on_conflict="ON CONFLICT (feed) DO NOTHING")
_ADVANCE: Final = Sql("UPDATE inbox_cursor SET hub_epoch = :hub_epoch, seq = :seq, pulled_at = :at WHERE feed = :feed")
_SENT: Final = Sql("UPDATE inbox_cursor SET sent_at = :at, hub_epoch = :hub_epoch WHERE feed = :feed")
_WATCHED: Final = Sql(
    "SELECT id FROM payments WHERE merchant_id = :merchant_id AND provider <> 'none' AND status IN "
    f"({', '.join(repr(status.value) for status in sorted(OPEN))}) AND device_id IN "
    "(SELECT id FROM devices WHERE merchant_id = :merchant_id AND code = :code) "
    "ORDER BY created_at DESC LIMIT 20"
)


@dataclass(frozen=True, slots=True)
class Replica:
    """The till's ledger as the sync engine uses it; every call runs on the writer's lane."""

    units: TillUnits

    def claim_due(self, at: Instant, limit: int) -> Sequence[Queued]:
        """Return the oldest waiting messages in order, up to the first that is not due at `at`.

        A refused message holds back only later messages of its own subject; one about a person none, for the hub tells
        how that person stands. What tells where money goes leaves with its proof.
        """
        rows, lives = self.units.read(lambda session: (session.all(_WAITING, {"limit": limit}), former_lives(session)))
        due = []
        for row in rows:
            if row[5] > at:
                break
            teller = teller_of(lives, self._device_id, row[6])
            message = Message(MessageId(row[0]), row[1], MessageKind(row[2]), row[3], self._merchant_id, teller)
            due.append(Queued(with_proof(message, self.units.proofs), row[4]))
        return due

    def settle_push(self, results: Sequence[tuple[MessageId, Outcome]], at: Instant, hub_epoch: str) -> None:
        """Keep the hub's answers: created and exists are acknowledged, rejected is set aside with its code."""

        def op(uow: TillUnitOfWork) -> None:
            for message_id, outcome in results:
                refused = outcome.kind is OutcomeKind.REJECTED
                code = (outcome.code or ErrorCode.UNEXPECTED).value if refused else None
                state = "rejected" if refused else "acked"
                uow.session.run(_SETTLE, {"id": message_id, "state": state, "code": code, "at": at})
                uow.touch(Topic.OUTBOX, message_id)
            self._start_cursor(uow, hub_epoch)
            uow.session.run(_SENT, {"feed": FEED, "at": at, "hub_epoch": self._epoch(uow) or hub_epoch})

        self.units.run(op)

    def postpone(self, ids: Sequence[MessageId], until: Instant, at: Instant) -> None:
        """Put off messages that got no answer: one more attempt each, the next one due at `until`."""

        def op(uow: TillUnitOfWork) -> None:
            for message_id in ids:
                uow.session.run(_POSTPONE, {"id": message_id, "until": until})

        self.units.run(op)

    def hasten(self, at: Instant) -> None:
        """Make every waiting message due now."""
        self.units.run(lambda uow: uow.session.run(_HASTEN, {"at": at}))

    def retry_refused(self, at: Instant) -> None:
        """Offer the refused messages again, under the same ids."""

        def op(uow: TillUnitOfWork) -> None:
            uow.session.run(_RETRY, {"at": at})
            uow.touch(Topic.OUTBOX, "refused")

        self.units.run(op)

    def cursor(self) -> Cursor:
        """Return how far the feed has been read."""
        row = self.units.read(lambda session: session.one(_CURSOR, {"feed": FEED}))
        return Cursor(row[0], row[1]) if row else Cursor("", 0)

    def apply_page(self, page: Sequence[Incoming], hub_epoch: str, at: Instant) -> None:
        """Apply a page and move the cursor behind its last fact, in one commit.

        Raises DomainError for a fact that cannot be applied; nothing of the page is kept then.
        """
        last = page[-1].seq if page else self.cursor().seq

        def op(uow: TillUnitOfWork) -> None:
            own = {self._device_id, *(life.device_id for life in former_lives(uow.session))}
            for incoming in page:
                message = incoming.message
                if message is None:
                    continue
                if message.device_id in own:
                    # It came back, so the hub has it, even if the answer to the push was lost.
                    uow.session.run(_SETTLE, {"id": message.id, "state": "acked", "code": None, "at": at})
                receive_at_till(uow, message, at)
                if incoming.book_no is not None:
                    voucher = read_voucher(message.body, message.merchant_id)
                    uow.vouchers.register(voucher, incoming.book_no, incoming.booked_on)
            self._start_cursor(uow, hub_epoch)
            uow.session.run(_ADVANCE, {"feed": FEED, "hub_epoch": hub_epoch, "seq": last, "at": at})
            uow.contact.heard(at)
            if page:
                uow.touch(Topic.OUTBOX, FEED)

        self.units.run(op)

    def next_due(self) -> Instant | None:
        """Return when the oldest waiting message is due, or None if nothing waits."""
        row = self.units.read(lambda session: session.one(_WAITING, {"limit": 1}))
        return None if row is None else Instant(row[5])

    def watched(self) -> Sequence[PaymentId]:
        """Return this till's open provider payments, newest first, those of its former lives among them."""
        values = {"merchant_id": self._merchant_id, "code": self.units.device.code}
        return [PaymentId(row[0]) for row in self.units.read(lambda session: session.all(_WATCHED, values))]

    def queue(self) -> QueueState:
        """Return what waits and how fresh this till is."""
        return self.units.read(lambda session: TillQueries(session).queue())

    def succession(self) -> Succession | None:
        """Return what the hub must hear before anything else: that this till goes on as another device."""
        return self.units.read(untold_succession)

    def settle_succession(self) -> None:
        """Note that the hub has taken this device in the former one's place."""
        self.units.run(lambda uow: succession_told(uow.session))

    def take_letter(self, letter: str, device_id: DeviceId, at: Instant) -> None:
        """Go on under a letter that is free: the hub had given this one's away before.

        Numbers that were issued under it meanwhile are another's too. They stay here, a device of its own issues the
        next ones, and the hub is told nothing more.
        """

        def relabelled(uow: TillUnitOfWork) -> bool:
            uow.touch(Topic.SETTINGS, device_id)
            return relabel(uow.session, letter, at) is not None

        def apart(uow: TillUnitOfWork) -> Device:
            device = begin_life(uow.session, device_id, letter, at, Cause.HUB)
            mark_doubled(uow.session)
            return device

        if not self.units.run(relabelled):
            self.units.live_on_as(apart)

    def people_key_shared(self) -> bool:
        """Whether the hub and this till use one key for the shop's people."""
        return self.units.read(lambda session: session.one(_KEY_SHARED, {"key": KEY_SHARED})) is not None

    def has_people(self) -> bool:
        """Whether people of this till have PINs under its own key."""
        return self.units.read(lambda session: session.one(_HAS_PEOPLE, {})) is not None

    def introduce_people(self, at: Instant) -> None:
        """Note that the key is shared, and tell the hub of everybody it has not heard of.

        What was refused for want of a proof is offered again: it leaves with one now. A version that did not know the
        refusal kept it as HUB_REFUSED.
        """

        def op(uow: TillUnitOfWork) -> None:
            uow.session.run(_SHARE_KEY, {"key": KEY_SHARED, "value": str(at)})
            introduce_people(uow, at)
            refusals = {"unproven": ErrorCode.FACT_UNPROVEN.value, "unknown": ErrorCode.HUB_REFUSED.value}
            if uow.proofs is not None and uow.session.run(_PROVE, {"at": at, **refusals}):
                uow.touch(Topic.OUTBOX, KEY_SHARED)

        self.units.run(op)

    def expire(self, at: Instant) -> int:
        """End the open payments whose time is over; return how many."""
        return self.units.run(lambda uow: expire_payments(uow, at))

    @property
    def _merchant_id(self) -> MerchantId:
        return self.units.shop.merchant_id

    @property
    def _device_id(self) -> DeviceId:
        return self.units.device.id

    def _start_cursor(self, uow: TillUnitOfWork, hub_epoch: str) -> None:
        start = {"feed": FEED, "hub_epoch": hub_epoch, "seq": 0, "pulled_at": None, "sent_at": None}
        uow.session.run(_START, start)

    def _epoch(self, uow: TillUnitOfWork) -> str:
        row = uow.session.one(_CURSOR, {"feed": FEED})
        return str(row[0]) if row else ""
