"""What the hub was told of movements on the shop's bank accounts, to see that nobody's telling is booked twice."""

import json
from collections.abc import Sequence
from typing import Any, Final

from domain.ids import Instant
from domain.rails import BANK_TELLERS, Provider, Receipt
from domain.same_money import ToldMoney
from storage.resolutions import PROVED
from storage.scope import Scope
from storage.session import Sql

_TELLERS: Final = ", ".join(f"'{each.value}'" for each in sorted(BANK_TELLERS))
_TOLD: Final = (
    "SELECT r.provider, r.reference, r.provider_ref, r.paid_at, r.voucher_id, e.receipt, r.dedupe_key "
    "FROM receipts r LEFT JOIN provider_events e ON e.merchant_id = r.merchant_id AND e.provider = r.provider "
    f"AND e.dedupe_key = r.dedupe_key WHERE r.merchant_id = :merchant_id AND r.provider IN ({_TELLERS}) "
    "AND r.amount_minor = :amount_minor"
)
_BY_REFERENCE: Final = Sql(f"{_TOLD} AND r.reference = :named")
_BY_NUMBER: Final = Sql(f"{_TOLD} AND r.provider_ref = :named")
_BY_KEY: Final = Sql(f"{_TOLD} AND r.provider = :provider AND r.dedupe_key = :named")
_MATCHED: Final = Sql(
    "SELECT v.source_kind, v.source_id FROM payments p JOIN resolutions s ON s.merchant_id = p.merchant_id "
    "AND s.payment_id = p.id AND s.act = 'match' AND s.status = 'done' JOIN vouchers v "
    "ON v.merchant_id = s.merchant_id AND v.id = s.subject_id "
    "WHERE p.merchant_id = :merchant_id AND p.reference = :reference"
)


def told_alike(scope: Scope, receipt: Receipt, reference: str) -> list[ToldMoney]:
    """Return movements of the same amount that bear the same bank number or name the same payment.

    Money that a person matched with the payment names it by their word.
    """
    values = {"merchant_id": scope.merchant_id, "amount_minor": receipt.amount_minor}
    session, found = scope.session, dict[tuple[str, str], ToldMoney]()
    for sql, named in ((_BY_REFERENCE, reference), (_BY_NUMBER, receipt.provider_ref)):
        for row in session.all(sql, {**values, "named": named}) if named else ():
            found[row[0], row[6]] = _money(row, row[1])
    matched = session.all(_MATCHED, {"merchant_id": scope.merchant_id, "reference": reference}) if reference else ()
    for kind, key in matched:
        for row in session.all(_BY_KEY, {**values, "provider": kind.removeprefix(PROVED), "named": key}):
            found[row[0], row[6]] = _money(row, reference)
    return list(found.values())


def _money(row: Sequence[Any], reference: str) -> ToldMoney:
    account = json.loads(row[5]).get("account_number", "") if row[5] else ""
    return ToldMoney(Provider(row[0]), reference, row[2], Instant(row[3]), row[4] is not None, account)
