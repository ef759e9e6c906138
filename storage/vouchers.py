"""Vouchers, their postings and what they move: the hot path of every booking."""

from dataclasses import dataclass
from typing import Final

from domain.accounts import Control, control_id
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound
from domain.ids import (
    AccountId,
    CategoryId,
    DeviceId,
    HolderId,
    Instant,
    MerchantId,
    PaymentId,
    UserId,
    VoucherId,
)
from domain.ports import Device
from domain.vouchers import (
    Party,
    Posting,
    Side,
    SourceEvent,
    Voucher,
    VoucherStatus,
    VoucherType,
    genesis_hash,
    issue,
    series_number,
    series_of,
)
from storage.scope import Scope
from storage.session import Row, Sql, insert_into

_VOUCHER: Final = Sql(
    "SELECT id, device_id, type, currency, business_date, created_at, source_kind, source_id, memo, category_id, "
    "payment_id, actor_id, reverses, number, chain_seq, prev_hash, hash, party_name, party_address, attachments, "
    "occurred_on, holder_id FROM vouchers WHERE merchant_id = :merchant_id AND id = :id"
)
_OF_SOURCE: Final = Sql(
    "SELECT id FROM vouchers WHERE merchant_id = :merchant_id AND source_kind = :kind AND source_id = :id "
    "AND second = 0"
)
_REVERSAL: Final = Sql("SELECT id FROM vouchers WHERE merchant_id = :merchant_id AND reverses = :id AND second = 0")
_LINES: Final = Sql(
    "SELECT account_id, side, amount_minor FROM postings WHERE merchant_id = :merchant_id AND voucher_id = :id "
    "ORDER BY line_no"
)
_ADD_VOUCHER: Final = insert_into("vouchers")
_DRAW: Final = insert_into(
    "series",
    on_conflict="ON CONFLICT (merchant_id, device_id, type, incarnation, year) "
    "DO UPDATE SET last_seq = series.last_seq + 1 RETURNING last_seq",
)
_MOVE: Final = Sql(
    "UPDATE accounts SET balance_minor = balance_minor + :signed, entries = entries + 1 "
    "WHERE merchant_id = :merchant_id AND id = :account_id RETURNING balance_minor, entries"
)
_STORE: Final = Sql(
    "UPDATE holders SET balance_minor = balance_minor + :up WHERE merchant_id = :merchant_id AND id = :id"
)
_ADD_LINE: Final = insert_into("postings")
_ISSUE: Final = Sql("UPDATE vouchers SET status = 'ISSUED' WHERE merchant_id = :merchant_id AND id = :id")
_HEAD: Final = Sql(
    "SELECT voucher_seq, voucher_hash, code, incarnation FROM devices "
    "WHERE merchant_id = :merchant_id AND id = :device_id"
)
_SET_HEAD: Final = Sql(
    "UPDATE devices SET voucher_seq = :seq, voucher_hash = :hash WHERE merchant_id = :merchant_id AND id = :device_id"
)
_MEET: Final = insert_into(
    "devices", only=["merchant_id", "id", "code", "incarnation", "name"], on_conflict="ON CONFLICT DO NOTHING"
)
_IN_CHAIN: Final = Sql(
    "SELECT id FROM vouchers WHERE merchant_id = :merchant_id AND device_id = :device_id AND chain_seq = :seq"
)
_NUMBER_TAKEN: Final = Sql("SELECT 1 FROM vouchers WHERE merchant_id = :merchant_id AND number = :number")
_ADD_TO_DAY: Final = insert_into(
    "day_totals",
    on_conflict="ON CONFLICT (merchant_id, account_id, day, category_id) DO UPDATE SET "
    "debit_minor = day_totals.debit_minor + :debit_minor, credit_minor = day_totals.credit_minor + :credit_minor",
)
_TAKE_FROM_DAY: Final = Sql(
    "UPDATE day_totals SET debit_minor = debit_minor - :debit_minor, credit_minor = credit_minor - :credit_minor "
    "WHERE merchant_id = :merchant_id AND account_id = :account_id AND day = :day AND category_id = :category_id"
)
_REGISTER: Final = insert_into("book_numbers", on_conflict="ON CONFLICT (merchant_id, voucher_id) DO NOTHING")


@dataclass(frozen=True, slots=True)
class SqlVouchers:
    """Issued vouchers in the database; a till `meets_devices` by their vouchers, as its hub lets them in."""

    scope: Scope
    device: Device
    meets_devices: bool = False

    def get(self, voucher_id: VoucherId) -> Voucher | None:
        key = {"merchant_id": self.scope.merchant_id, "id": voucher_id}
        row = self.scope.session.one(_VOUCHER, key)
        if row is None:
            return None
        return read_voucher(row, self.scope.session.all(_LINES, key), self.scope.merchant_id)

    def of_source(self, source: SourceEvent) -> Voucher | None:
        values = {"merchant_id": self.scope.merchant_id, "kind": source.kind, "id": source.id}
        row = self.scope.session.one(_OF_SOURCE, values)
        return self.get(VoucherId(row[0])) if row else None

    def reversal_of(self, voucher_id: VoucherId) -> VoucherId | None:
        row = self.scope.session.one(_REVERSAL, {"merchant_id": self.scope.merchant_id, "id": voucher_id})
        return VoucherId(row[0]) if row else None

    def issue(self, voucher: Voucher) -> Voucher:
        merchant_id, device = self.scope.merchant_id, self.device
        drawn = self.scope.session.one(
            _DRAW,
            {
                "merchant_id": merchant_id,
                "device_id": device.id,
                "type": voucher.type.value,
                "incarnation": device.incarnation,
                "year": voucher.business_date[:4],
                "last_seq": 1,
            },
        )
        assert drawn is not None, "a series always answers with its number"
        seq, prev_hash, _ = self._head(device.id)
        number = series_number(voucher.type, device.code, device.incarnation, voucher.business_date, drawn[0])
        issued = issue(voucher, number, seq + 1, prev_hash)
        self._write(issued, second=False)
        self._set_head(issued)
        return issued

    def keep(self, voucher: Voucher) -> bool:
        merchant_id, session = self.scope.merchant_id, self.scope.session
        if self.meets_devices:
            self._meet(voucher)
        seq, prev_hash, code = self._head(voucher.device_id)
        if not voucher.number.startswith(f"{voucher.type.value}{code}-{voucher.business_date[2:4]}-"):
            raise Conflict(ErrorCode.SERIES_BROKEN, number=voucher.number)
        place = {"merchant_id": merchant_id, "device_id": voucher.device_id, "seq": voucher.chain_seq}
        if voucher.chain_seq <= seq and session.one(_IN_CHAIN, place):
            raise Conflict(ErrorCode.TILL_FORKED, number=voucher.number)
        if voucher.chain_seq == seq + 1 and voucher.prev_hash != prev_hash:
            raise Conflict(ErrorCode.TILL_FORKED, number=voucher.number)
        if session.one(_NUMBER_TAKEN, {"merchant_id": merchant_id, "number": voucher.number}):
            raise Conflict(ErrorCode.SERIES_BROKEN, number=voucher.number)
        of_source = {"merchant_id": merchant_id, "kind": voucher.source.kind, "id": voucher.source.id}
        second = session.one(_OF_SOURCE, of_source) is not None
        # A till may have voided a second document before it heard that the hub took it back: one of the two stands.
        if voucher.reverses is not None and self.reversal_of(voucher.reverses) is not None:
            second = True
        self._write(voucher, second=second)
        if voucher.chain_seq > seq:
            self._set_head(voucher)
        return not second

    def register(self, voucher: Voucher, book_no: int, booked_on: str | None) -> None:
        """Keep the hub's register number; where the voucher's own day was closed, count it on the open day instead."""
        kept = self.scope.session.run(
            _REGISTER,
            {
                "merchant_id": self.scope.merchant_id,
                "voucher_id": voucher.id,
                "type": voucher.type.value,
                "year": (booked_on or voucher.business_date)[:4],
                "book_no": book_no,
                "booked_on": booked_on,
            },
        )
        if kept and booked_on:
            self.scope.session.many(_TAKE_FROM_DAY, self._day_moves(voucher, voucher.business_date))
            self.scope.session.many(_ADD_TO_DAY, self._day_moves(voucher, booked_on))

    def _meet(self, voucher: Voucher) -> None:
        """Keep the device that issued a voucher, if this is the first that comes from it."""
        if series := series_of(voucher.number):
            named = {"code": series[0], "incarnation": series[1], "name": "".join(series)}
            device = {"merchant_id": self.scope.merchant_id, "id": voucher.device_id}
            self.scope.session.run(_MEET, {**device, **named})

    def _head(self, device_id: DeviceId) -> tuple[int, str, str]:
        """Return how far a device's chain goes, the last hash in it, and the code its numbers carry."""
        row = self.scope.session.one(_HEAD, {"merchant_id": self.scope.merchant_id, "device_id": device_id})
        if row is None:
            raise NotFound(ErrorCode.TILL_UNKNOWN)
        return row[0], row[1] or genesis_hash(self.scope.merchant_id, device_id), f"{row[2]}{row[3]}"

    def _set_head(self, voucher: Voucher) -> None:
        self.scope.session.run(
            _SET_HEAD,
            {
                "merchant_id": self.scope.merchant_id,
                "device_id": voucher.device_id,
                "seq": voucher.chain_seq,
                "hash": voucher.hash,
            },
        )

    def _day_moves(self, voucher: Voucher, day: str) -> list[dict[str, str | int]]:
        return [
            {
                "merchant_id": self.scope.merchant_id,
                "account_id": line.account_id,
                "day": day,
                "category_id": voucher.category_id or "",
                "debit_minor": max(line.signed_minor, 0),
                "credit_minor": max(-line.signed_minor, 0),
            }
            for line in voucher.postings
        ]

    def _write(self, voucher: Voucher, *, second: bool) -> None:
        """Insert the draft, move each account's balance with its line, and let the guard check the issue."""
        merchant_id, session = self.scope.merchant_id, self.scope.session
        session.run(
            _ADD_VOUCHER,
            {
                "merchant_id": merchant_id,
                "id": voucher.id,
                "device_id": voucher.device_id,
                "type": voucher.type.value,
                "status": VoucherStatus.DRAFT.value,
                "number": voucher.number,
                "currency": voucher.currency,
                "business_date": voucher.business_date,
                "created_at": voucher.created_at,
                "source_kind": voucher.source.kind,
                "source_id": voucher.source.id,
                "total_minor": voucher.total_minor,
                "memo": voucher.memo,
                "category_id": voucher.category_id,
                "payment_id": voucher.payment_id,
                "actor_id": voucher.actor_id,
                "reverses": voucher.reverses,
                "chain_seq": voucher.chain_seq,
                "prev_hash": voucher.prev_hash,
                "hash": voucher.hash,
                "party_name": voucher.party.name,
                "party_address": voucher.party.address,
                "attachments": voucher.attachments,
                "occurred_on": voucher.occurred_on,
                "second": int(second),
                "holder_id": voucher.holder_id,
            },
        )
        lines = []
        for line_no, line in enumerate(voucher.postings, start=1):
            moved = session.one(
                _MOVE, {"merchant_id": merchant_id, "account_id": line.account_id, "signed": line.signed_minor}
            )
            if moved is None:
                raise NotFound(ErrorCode.ACCOUNT_UNKNOWN)
            lines.append(
                {
                    "merchant_id": merchant_id,
                    "voucher_id": voucher.id,
                    "line_no": line_no,
                    "account_id": line.account_id,
                    "side": line.side.value,
                    "amount_minor": line.amount_minor,
                    "balance_after": moved[0],
                    "entry_no": moved[1],
                }
            )
        session.many(_ADD_LINE, lines)
        session.many(_ADD_TO_DAY, self._day_moves(voucher, voucher.business_date))
        if voucher.holder_id is not None:
            self._move_stored(voucher)
        session.run(_ISSUE, {"merchant_id": merchant_id, "id": voucher.id})
        self.scope.touch(Topic.VOUCHERS, voucher.id)
        for line in voucher.postings:
            self.scope.touch(Topic.ACCOUNTS, line.account_id)

    def _move_stored(self, voucher: Voucher) -> None:
        """Move what a holder has stored with the lines of it; a credit raises it, for the shop owes it to them."""
        account_id = control_id(self.scope.merchant_id, Control.STORED_VALUE)
        up = -sum(line.signed_minor for line in voucher.postings if line.account_id == account_id)
        values = {"merchant_id": self.scope.merchant_id, "id": voucher.holder_id, "up": up}
        if self.scope.session.run(_STORE, values) != 1:
            raise NotFound(ErrorCode.HOLDER_UNKNOWN)
        self.scope.touch(Topic.HOLDERS, str(voucher.holder_id))


def read_voucher(row: Row, lines: list[Row], merchant_id: MerchantId) -> Voucher:
    """Return the voucher of a `_VOUCHER` row and its lines."""
    return Voucher(
        id=VoucherId(row[0]),
        merchant_id=merchant_id,
        device_id=DeviceId(row[1]),
        type=VoucherType(row[2]),
        currency=row[3],
        business_date=row[4],
        created_at=Instant(row[5]),
        source=SourceEvent(row[6], row[7]),
        postings=tuple(Posting(AccountId(line[0]), Side(line[1]), line[2]) for line in lines),
        memo=row[8],
        category_id=CategoryId(row[9]) if row[9] else None,
        payment_id=PaymentId(row[10]) if row[10] else None,
        actor_id=UserId(row[11]) if row[11] else None,
        reverses=VoucherId(row[12]) if row[12] else None,
        number=row[13],
        chain_seq=row[14],
        prev_hash=row[15],
        hash=row[16],
        party=Party(row[17], row[18]),
        attachments=row[19],
        occurred_on=row[20],
        holder_id=HolderId(row[21]) if row[21] else None,
    )
