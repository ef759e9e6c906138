"""What the hub was told of movements on the shop's bank accounts, to see that nobody's telling is booked twice."""

import json
from typing import Final

from domain.ids import Instant
from domain.rails import BANK_TELLERS, Provider, Receipt
from domain.same_money import ToldMoney
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


def told_alike(scope: Scope, receipt: Receipt, reference: str) -> list[ToldMoney]:
    """Return movements of the same amount that bear the same bank number or name the same payment."""
    values = {"merchant_id": scope.merchant_id, "amount_minor": receipt.amount_minor}
    found: dict[tuple[str, str], ToldMoney] = {}
    for sql, named in ((_BY_REFERENCE, reference), (_BY_NUMBER, receipt.provider_ref)):
        for row in scope.session.all(sql, {**values, "named": named}) if named else ():
            account = json.loads(row[5]).get("account_number", "") if row[5] else ""
            paid_at, is_booked = Instant(row[3]), row[4] is not None
            found[row[0], row[6]] = ToldMoney(Provider(row[0]), row[1], row[2], paid_at, is_booked, account)
    return list(found.values())
