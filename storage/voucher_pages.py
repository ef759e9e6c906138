"""Issued vouchers as a person looks for them and at them: keyset pages of a list, and one voucher whole."""

import re
from collections.abc import Sequence
from typing import Any, Final

from domain.accounts import AccountType, Control, Regime, account_code
from domain.book_rows import LinkedVoucher, VoucherDetail, VoucherFilter, VoucherItem, VoucherLine, VoucherMark
from domain.ids import AccountId, CategoryId, Instant, MerchantId, PaymentId, UserId, VoucherId
from domain.vouchers import Party, Side, VoucherType, series_of
from storage.book_queries import LAST_DAY, MOVED, MOVED_INTO, SEES_VOUCHER
from storage.folding import fold
from storage.session import Row, Session, Sql

FEW: Final = 10_000
"""An account with at most so many lines is read by its own lines and sorted; a busier one by walking back the days."""

_AMOUNT: Final = re.compile(r"[0-9][0-9., ]*[₫đ]?")
_DAY: Final = "COALESCE(b.booked_on, v.business_date)"
_MARK: Final = (
    "CASE WHEN v.reverses IS NOT NULL THEN 'reversal' "
    "WHEN EXISTS (SELECT 1 FROM vouchers w WHERE w.merchant_id = v.merchant_id AND w.reverses = v.id "
    "AND w.second = 0) THEN 'voided' WHEN b.booked_on IS NOT NULL THEN 'moved' ELSE 'none' END"
)
_SENT: Final = "EXISTS (SELECT 1 FROM outbox o WHERE o.id = v.id AND o.kind = 'voucher' AND o.state = '{state}')"
_COLUMNS: Final = (
    f"v.id, v.number, b.book_no, v.type, v.business_date, {_DAY}, v.created_at, v.source_kind, v.memo, v.party_name, "
    f"v.category_id, v.total_minor, v.currency, {_MARK}, {_SENT.format(state='queued')}, "
    f"{_SENT.format(state='rejected')}"
)
_VOUCHERS: Final = (
    "vouchers v LEFT JOIN book_numbers b ON b.merchant_id = v.merchant_id AND b.voucher_id = v.id "
    "{joined}WHERE v.merchant_id = :merchant_id"
)
_FEW: Final = {
    # Without a range on entry_no SQLite takes the key of all lines for as good as the index of the account's.
    "quiet_account": (
        "SELECT DISTINCT l.voucher_id AS id FROM postings l WHERE l.merchant_id = :merchant_id "
        "AND l.account_id = :account_id AND l.entry_no > 0"
    ),
    "moved": "SELECT n.voucher_id AS id FROM book_numbers n WHERE n.merchant_id = :merchant_id "
    "AND n.booked_on IS NOT NULL",
}
"""Vouchers that are few among many: found by themselves and sorted, instead of by walking back through all days."""
_CONDITIONS: Final = {
    "viewer": SEES_VOUCHER,
    "before_day": "(v.business_date, v.created_at, v.id) < (:before_day, :before_at, :before_id)",
    "type": "v.type = :type",
    # A voucher never counts before its own day, so the last day bounds both.
    "until": f"v.business_date <= :until AND {_DAY} <= :until",
    "since": f"v.business_date >= :floor AND {_DAY} >= :since",
    "busy_account": (
        "EXISTS (SELECT 1 FROM postings l WHERE l.merchant_id = :merchant_id AND l.voucher_id = v.id "
        "AND l.account_id = :account_id)"
    ),
    "category_id": (
        "v.category_id IN (WITH RECURSIVE below (id) AS (SELECT :category_id UNION SELECT c.id FROM categories c "
        "JOIN below ON c.parent_id = below.id WHERE c.merchant_id = :merchant_id) SELECT id FROM below)"
    ),
    "mark": f"{_MARK} = :mark",
    "number": "v.number = :number",
    "text": (
        "(v.number LIKE :text ESCAPE '\\' OR folded(v.memo || char(10) || v.party_name) LIKE :text ESCAPE '\\' "
        "OR CAST(v.total_minor AS TEXT) LIKE :amount)"
    ),
}
_FLOOR: Final = Sql(f"SELECT MIN(v.business_date) FROM {MOVED} WHERE {MOVED_INTO}")
_LINES_ON: Final = Sql("SELECT entries FROM accounts WHERE merchant_id = :merchant_id AND id = :account_id")

_DETAIL: Final = Sql(
    f"SELECT {_COLUMNS}, v.source_id, v.occurred_on, v.party_address, v.attachments, v.payment_id, p.reference, "
    "u.name, v.reverses, original.number, undoing.id, undoing.number FROM "
    + _VOUCHERS.format(
        joined="LEFT JOIN payments p ON p.merchant_id = v.merchant_id AND p.id = v.payment_id "
        "LEFT JOIN users u ON u.merchant_id = v.merchant_id AND u.id = v.actor_id "
        "LEFT JOIN vouchers original ON original.merchant_id = v.merchant_id AND original.id = v.reverses "
        "LEFT JOIN vouchers undoing ON undoing.merchant_id = v.merchant_id AND undoing.reverses = v.id "
        "AND undoing.second = 0 "
    )
    + " AND v.id = :id"
)
_SEEN_DETAIL: Final = Sql(f"{_DETAIL.text} AND {SEES_VOUCHER}")
_LINES: Final = Sql(
    "SELECT l.account_id, a.type, a.control, a.code, a.name, l.side, l.amount_minor FROM postings l "
    "JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id "
    "WHERE l.merchant_id = :merchant_id AND l.voucher_id = :id ORDER BY l.line_no"
)


class VoucherPages:
    """The vouchers of a till; `viewer` is a person who sees only what was granted, None sees all."""

    def __init__(self, session: Session, merchant_id: MerchantId, viewer: UserId | None) -> None:
        self._session = session
        self._merchant_id = merchant_id
        self._viewer = viewer

    def page(
        self, wanted: VoucherFilter, limit: int, before: tuple[str, Instant, VoucherId] | None
    ) -> Sequence[VoucherItem]:
        """Return a page of vouchers, newest first, older than `before` (business_date, created_at, id)."""
        values: dict[str, Any] = {"merchant_id": self._merchant_id, "limit": limit, **self._wanted(wanted)}
        if before is not None:
            values |= {"before_day": before[0], "before_at": before[1], "before_id": before[2]}
        return [_item(row) for row in self._session.all(page_sql(values), values)]

    def one(self, voucher_id: VoucherId, regime: Regime) -> VoucherDetail | None:
        """Return a voucher with its lines, their accounts by the codes of a regime; None if it is not to be seen."""
        key = {"merchant_id": self._merchant_id, "id": voucher_id, "viewer": self._viewer}
        row = self._session.one(_DETAIL if self._viewer is None else _SEEN_DETAIL, key)
        if row is None:
            return None
        return VoucherDetail(
            item=_item(row),
            lines=tuple(_line(line, regime) for line in self._session.all(_LINES, key)),
            source_id=row[16],
            occurred_on=row[17],
            party=Party(row[9], row[18]),
            attachments=row[19],
            payment_id=PaymentId(row[20]) if row[20] else None,
            payment_reference=row[21] or "",
            actor=row[22] or "",
            reverses=_link(row[23], row[24]),
            reversed_by=_link(row[25], row[26]),
        )

    def _wanted(self, wanted: VoucherFilter) -> dict[str, Any]:
        """Return the values that the wanted conditions ask for; their names choose the conditions."""
        values: dict[str, Any] = {}
        if self._viewer is not None:
            values["viewer"] = self._viewer
        for name in ("type", "until", "category_id", "mark"):
            if value := getattr(wanted, name):
                values[name] = value
        if wanted.since:
            values |= {"since": wanted.since, "floor": self._floor(wanted.since, wanted.until or LAST_DAY)}
        if wanted.account_id is not None:
            values["account_id"] = wanted.account_id
            values["quiet_account" if self._is_quiet(wanted.account_id) else "busy_account"] = True
        if wanted.mark is VoucherMark.MOVED:
            values["moved"] = True
        text = wanted.text.strip()
        if series_of(text.upper()):
            values["number"] = text.upper()
        elif text:
            values["text"], values["amount"] = _patterns(text)
        return values

    def _floor(self, since: str, until: str) -> str:
        """Return the first own day of a voucher that counts in a period: before it, if the hub moved one into it."""
        row = self._session.one(_FLOOR, {"merchant_id": self._merchant_id, "since": since, "until": until})
        moved: str | None = row[0] if row else None
        return min(moved or since, since)

    def _is_quiet(self, account_id: AccountId) -> bool:
        row = self._session.one(_LINES_ON, {"merchant_id": self._merchant_id, "account_id": account_id})
        return row is None or row[0] <= FEW


def page_sql(values: dict[str, Any]) -> Sql:
    """Return the statement of a page: the conditions that `values` name, in the order of the index of days."""
    conditions = "".join(f" AND {sql}" for name, sql in _CONDITIONS.items() if name in values)
    few = next((sql for name, sql in _FEW.items() if name in values), None)
    first = f"({few}) f CROSS JOIN " if few else ""  # SQLite keeps the order of tables around CROSS JOIN
    if few:
        conditions += " AND v.id = f.id"
    return Sql(
        f"SELECT {_COLUMNS} FROM {first}{_VOUCHERS.format(joined='')}{conditions} "
        "ORDER BY v.business_date DESC, v.created_at DESC, v.id DESC LIMIT :limit"
    )


def _patterns(text: str) -> tuple[str, str | None]:
    """Return what LIKE looks for in folded text, and among the digits of totals if the text is an amount."""
    escaped = fold(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%", f"%{re.sub(r'[^0-9]', '', text)}%" if _AMOUNT.fullmatch(text) else None


def _item(row: Row) -> VoucherItem:
    return VoucherItem(
        id=VoucherId(row[0]),
        number=row[1],
        book_no=row[2],
        type=VoucherType(row[3]),
        business_date=row[4],
        booked_on=row[5],
        created_at=Instant(row[6]),
        source_kind=row[7],
        memo=row[8],
        counterparty=row[9],
        category_id=CategoryId(row[10]) if row[10] else None,
        total_minor=row[11],
        currency=row[12],
        mark=VoucherMark(row[13]),
        unsent=bool(row[14]),
        refused=bool(row[15]),
    )


def _line(row: Row, regime: Regime) -> VoucherLine:
    control = Control(row[2]) if row[2] else None
    return VoucherLine(
        account_id=AccountId(row[0]),
        type=AccountType(row[1]),
        control=control,
        code=account_code(control, row[3], regime),
        name=row[4],
        side=Side(row[5]),
        amount_minor=row[6],
    )


def _link(voucher_id: str | None, number: str | None) -> LinkedVoucher | None:
    return LinkedVoucher(VoucherId(voucher_id), number or "") if voucher_id else None
