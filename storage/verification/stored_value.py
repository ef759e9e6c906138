"""Stored value: what each holder has is the sum of their own lines, all of them together what the shop owes."""

from typing import Final

from domain.accounts import Control, control_id
from storage.session import Sql
from storage.verification.books import Books

_HELD: Final = Sql("SELECT id, balance_minor FROM holders WHERE merchant_id = :merchant_id ORDER BY id")
_SUMS: Final = Sql(
    "SELECT COALESCE(v.holder_id, ''), SUM(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END) "
    "FROM postings l JOIN vouchers v ON v.merchant_id = l.merchant_id AND v.id = l.voucher_id "
    "WHERE l.merchant_id = :merchant_id AND l.account_id = :account_id GROUP BY 1"
)
_OWED: Final = Sql("SELECT -balance_minor FROM accounts WHERE merchant_id = :merchant_id AND id = :account_id")


def check_stored_value(books: Books) -> None:
    """Compare holders' balances with their lines and with the account; at the hub nobody is below zero."""
    key = {**books.key, "account_id": control_id(books.merchant_id, Control.STORED_VALUE)}
    held = {row[0]: int(row[1]) for row in books.reader.session.all(_HELD, key)}
    owed = books.reader.session.one(_OWED, key)
    if owed is not None and sum(held.values()) != int(owed[0]):
        books.found.add("I2", "HOLDERS_OPEN", books.merchant_id, held=sum(held.values()), wanted=int(owed[0]))
    if books.side == "hub":
        for holder, balance in held.items():
            if balance < 0:
                books.found.add("I2", "HOLDER_BELOW_ZERO", holder, held=balance)
    if books.fast:
        return
    sums = {row[0]: int(row[1]) for row in books.reader.session.all(_SUMS, key)}
    for holder in sorted(held.keys() | sums.keys()):
        if held.get(holder, 0) != sums.get(holder, 0):
            facts = {"held": held.get(holder, 0), "wanted": sums.get(holder, 0)}
            books.found.add("I2", "HOLDER_BALANCE", holder, **facts)
