"""Holders of stored value in the database, and what screens read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.accounts import Control, control_id
from domain.changes import Topic
from domain.errors import RuleBroken
from domain.holder_ports import HolderMove, HolderRow
from domain.holders import Holder, holder_id, normal_phone
from domain.ids import HolderId, Instant, MerchantId, UserId, VoucherId
from domain.policy import Action, Actor, require
from storage.folding import fold, fold_phone
from storage.scope import Scope
from storage.session import Row, Session, Sql, insert_into

_ADD: Final = insert_into("holders")
_SAVE: Final = Sql(
    "UPDATE holders SET name = :name, search_text = :search_text WHERE merchant_id = :merchant_id AND id = :id"
)
_GET: Final = Sql(
    "SELECT id, name, phone, created_by, created_at FROM holders WHERE merchant_id = :merchant_id AND id = :id"
)
_BALANCE: Final = Sql("SELECT balance_minor FROM holders WHERE merchant_id = :merchant_id AND id = :id")
_RESERVED: Final = Sql(
    "SELECT COALESCE(SUM(held_minor), 0) FROM payments WHERE merchant_id = :merchant_id AND holder_id = :id"
)
_ROWS: Final = (
    "SELECT h.id, h.name, h.phone, h.balance_minor, "
    "(SELECT COALESCE(SUM(p.held_minor), 0) FROM payments p WHERE p.merchant_id = h.merchant_id "
    "AND p.holder_id = h.id), "
    # SQLite keeps the order of tables around CROSS JOIN: from the few that wait to their lines, not from every line.
    "(SELECT COALESCE(SUM(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END), 0) FROM outbox o "
    "CROSS JOIN vouchers v ON v.merchant_id = h.merchant_id AND v.id = o.id AND v.holder_id = h.id "
    "CROSS JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id AND l.account_id = :account_id "
    "WHERE o.state <> 'acked' AND o.kind = 'voucher') FROM holders h WHERE h.merchant_id = :merchant_id"
)
_FIND: Final = Sql(f"{_ROWS} AND h.search_text LIKE :text ESCAPE '\\' ORDER BY h.search_text LIMIT :limit")
_ONE: Final = Sql(f"{_ROWS} AND h.id = :id")
_MOVES: Final = Sql(
    "SELECT v.id, v.number, v.created_at, v.source_kind, v.memo, "
    "SUM(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END) FROM vouchers v "
    "JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id AND l.account_id = :account_id "
    "WHERE v.merchant_id = :merchant_id AND v.holder_id = :id "
    "GROUP BY v.id, v.number, v.created_at, v.source_kind, v.memo ORDER BY v.created_at DESC, v.id DESC LIMIT :limit"
)
_TOTAL: Final = Sql("SELECT COUNT(*), COALESCE(SUM(balance_minor), 0) FROM holders WHERE merchant_id = :merchant_id")


@dataclass(frozen=True, slots=True)
class SqlHolders:
    """Holders of one merchant."""

    scope: Scope

    def add(self, holder: Holder) -> None:
        self.scope.session.run(
            _ADD,
            {
                "merchant_id": self.scope.merchant_id,
                "id": holder.id,
                "name": holder.name,
                "phone": holder.phone,
                "created_by": holder.created_by,
                "created_at": holder.created_at,
                "balance_minor": 0,
                "search_text": _search_text(holder),
            },
        )
        self.scope.touch(Topic.HOLDERS, holder.id)

    def save(self, holder: Holder) -> None:
        self.scope.session.run(
            _SAVE, {**self._key(holder.id), "name": holder.name, "search_text": _search_text(holder)}
        )
        self.scope.touch(Topic.HOLDERS, holder.id)

    def get(self, holder_id: HolderId) -> Holder | None:
        row = self.scope.session.one(_GET, self._key(holder_id))
        if row is None:
            return None
        return Holder(HolderId(row[0]), self.scope.merchant_id, row[1], row[2], UserId(row[3]), Instant(row[4]))

    def balance(self, holder_id: HolderId) -> int:
        row = self.scope.session.one(_BALANCE, self._key(holder_id))
        return 0 if row is None else int(row[0])

    def reserved(self, holder_id: HolderId) -> int:
        row = self.scope.session.one(_RESERVED, self._key(holder_id))
        assert row is not None, "a sum always answers"
        return int(row[0])

    def _key(self, holder_id: HolderId) -> dict[str, str]:
        return {"merchant_id": self.scope.merchant_id, "id": holder_id}


@dataclass(frozen=True, slots=True)
class TillHolders:
    """What a till's screens read of stored value."""

    session: Session
    merchant_id: MerchantId

    def find(self, actor: Actor, text: str, limit: int) -> Sequence[HolderRow]:
        require(actor, Action.SEE_PAYMENTS)
        if not actor.may(Action.SEE_BALANCES):
            return self._known_by(text)
        rows = self.session.all(_FIND, {**self._place(), "text": f"%{_pattern(text)}%", "limit": limit})
        return [_row(row) for row in rows]

    def get(self, actor: Actor, holder_id: HolderId) -> HolderRow | None:
        require(actor, Action.SEE_PAYMENTS)
        row = self.session.one(_ONE, {**self._place(), "id": holder_id})
        return None if row is None else _row(row)

    def moves(self, actor: Actor, holder_id: HolderId, limit: int) -> Sequence[HolderMove]:
        require(actor, Action.SEE_PAYMENTS)
        rows = self.session.all(_MOVES, {**self._place(), "id": holder_id, "limit": limit})
        return [HolderMove(VoucherId(row[0]), row[1], Instant(row[2]), row[3], row[4], int(row[5])) for row in rows]

    def total(self, actor: Actor) -> tuple[int, int]:
        require(actor, Action.SEE_BALANCES)
        row = self.session.one(_TOTAL, {"merchant_id": self.merchant_id})
        assert row is not None, "an aggregate always answers"
        return int(row[0]), int(row[1])

    def _known_by(self, text: str) -> Sequence[HolderRow]:
        """Return the holder whose whole phone number was typed, or nobody."""
        try:
            key = holder_id(self.merchant_id, normal_phone(text))
        except RuleBroken:
            return []
        row = self.session.one(_ONE, {**self._place(), "id": key})
        return [] if row is None else [_row(row)]

    def _place(self) -> dict[str, str]:
        return {"merchant_id": self.merchant_id, "account_id": control_id(self.merchant_id, Control.STORED_VALUE)}


def _search_text(holder: Holder) -> str:
    return f"{fold(holder.name)} {holder.phone}"


def _pattern(text: str) -> str:
    """Return what LIKE looks for: a phone by its digits, anything else folded."""
    typed = text.strip()
    found = fold(typed) if any(char.isalpha() for char in typed) else fold_phone(typed)
    return found.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _row(row: Row) -> HolderRow:
    return HolderRow(HolderId(row[0]), row[1], row[2], int(row[3]), int(row[4]), int(row[5]))
