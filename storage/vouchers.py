"""Accounts, categories, vouchers and their postings: the hot path of every booking."""

from dataclasses import dataclass
from typing import Any, Final

from domain.accounts import Account, AccountType, Control
from domain.categories import Category
from domain.changes import Topic
from domain.errors import Conflict, ErrorCode, NotFound
from domain.ids import (
    AccountId,
    CategoryId,
    DeviceId,
    Instant,
    MerchantId,
    PaymentId,
    UserId,
    VoucherId,
)
from domain.ports import Device
from domain.rails import ROUTES, Method
from domain.vouchers import (
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

_ADD_ACCOUNT: Final = insert_into("accounts")
_ACCOUNT_COLUMNS: Final = (
    "id, type, code, name, currency, created_at, control, is_default, bank_bin, bank_account, archived_at"
)
_ACCOUNT: Final = Sql(f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND id = :id")
_ACCOUNT_BY_NAME: Final = Sql("SELECT id FROM accounts WHERE merchant_id = :merchant_id AND name = :name")
_WALLET: Final = Sql(
    f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND archived_at IS NULL "
    "AND type <> 'CONTROL' AND (method = :method OR type = :type OR is_default = 1) "
    "ORDER BY CASE WHEN method = :method THEN 0 WHEN type = :type THEN 1 ELSE 2 END, created_at, id LIMIT 1"
)
_WALLET_OF_BANK: Final = Sql(
    f"SELECT {_ACCOUNT_COLUMNS} FROM accounts WHERE merchant_id = :merchant_id AND bank_account = :bank_account "
    "AND type <> 'CONTROL' ORDER BY created_at, id LIMIT 1"
)
_HAS_DEFAULT: Final = Sql("SELECT 1 FROM accounts WHERE merchant_id = :merchant_id AND is_default = 1")
_ADD_CATEGORY: Final = insert_into("categories")

_VOUCHER: Final = Sql(
    "SELECT id, device_id, type, currency, business_date, created_at, source_kind, source_id, memo, category_id, "
    "payment_id, actor_id, reverses, number, chain_seq, prev_hash, hash FROM vouchers "
    "WHERE merchant_id = :merchant_id AND id = :id"
)
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
_CLASH: Final = Sql(
    "SELECT 1 FROM vouchers WHERE merchant_id = :merchant_id AND (number = :number "
    "OR (source_kind = :source_kind AND source_id = :source_id))"
)


@dataclass(frozen=True, slots=True)
class SqlAccounts:
    """Wallets and control accounts in the database."""

    scope: Scope

    def add(self, account: Account) -> None:
        session, merchant_id = self.scope.session, self.scope.merchant_id
        if session.one(_ACCOUNT_BY_NAME, {"merchant_id": merchant_id, "name": account.name}):
            raise Conflict(ErrorCode.ACCOUNT_NAME_TAKEN, name=account.name)
        session.run(
            _ADD_ACCOUNT,
            {
                "merchant_id": merchant_id,
                "id": account.id,
                "type": account.type.value,
                "code": account.code,
                "name": account.name,
                "currency": account.currency,
                "control": account.control.value if account.control else None,
                "method": None,
                "is_default": int(account.is_default),
                "bank_bin": account.bank_bin,
                "bank_account": account.bank_account,
                "created_at": account.created_at,
                "archived_at": account.archived_at,
                "balance_minor": 0,
                "entries": 0,
            },
        )

    def get(self, account_id: AccountId) -> Account | None:
        return self._read(_ACCOUNT, {"id": account_id})

    def wallet_for(self, method: Method) -> Account | None:
        return self._read(_WALLET, {"method": method.value, "type": ROUTES[method].wallet_type.value})

    def wallet_with_bank_account(self, bank_account: str) -> Account | None:
        return self._read(_WALLET_OF_BANK, {"bank_account": bank_account})

    def has_default(self) -> bool:
        return self.scope.session.one(_HAS_DEFAULT, {"merchant_id": self.scope.merchant_id}) is not None

    def _read(self, sql: Sql, values: dict[str, Any]) -> Account | None:
        row = self.scope.session.one(sql, {"merchant_id": self.scope.merchant_id, **values})
        return _account(row, self.scope.merchant_id) if row else None


@dataclass(frozen=True, slots=True)
class SqlCategories:
    """Categories in the database."""

    scope: Scope

    def add(self, category: Category) -> None:
        self.scope.session.run(
            _ADD_CATEGORY,
            {
                "merchant_id": self.scope.merchant_id,
                "id": category.id,
                "kind": category.kind.value,
                "name_vi": category.name_vi,
                "name_en": category.name_en,
                "system_key": category.system_key,
            },
        )


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
        self._write(issued)
        self._set_head(issued)
        return issued

    def keep(self, voucher: Voucher) -> None:
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
        clash = {
            "merchant_id": merchant_id,
            "number": voucher.number,
            "source_kind": voucher.source.kind,
            "source_id": voucher.source.id,
        }
        if session.one(_CLASH, clash):
            raise Conflict(ErrorCode.SERIES_BROKEN, number=voucher.number)
        self._write(voucher)
        if voucher.chain_seq > seq:
            self._set_head(voucher)

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

    def _write(self, voucher: Voucher) -> None:
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
        session.run(_ISSUE, {"merchant_id": merchant_id, "id": voucher.id})
        self.scope.touch(Topic.VOUCHERS, voucher.id)
        for line in voucher.postings:
            self.scope.touch(Topic.ACCOUNTS, line.account_id)


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
    )


def _account(row: Row, merchant_id: MerchantId) -> Account:
    return Account(
        id=AccountId(row[0]),
        merchant_id=merchant_id,
        type=AccountType(row[1]),
        code=row[2],
        name=row[3],
        currency=row[4],
        created_at=Instant(row[5]),
        control=Control(row[6]) if row[6] else None,
        is_default=bool(row[7]),
        bank_bin=row[8],
        bank_account=row[9],
        archived_at=None if row[10] is None else Instant(row[10]),
    )
