"""Where each account of the chart stands in the tree of plain-text accounting, and its name there."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

from domain.accounts import AccountType, Control
from domain.books import ChartAccount
from domain.ids import AccountId

WALLET_PLACES: Final = {
    AccountType.CASH: "Assets:Cash",
    AccountType.BANK: "Assets:Bank",
    AccountType.QR: "Assets:QR",
    AccountType.MOBILE_POS: "Assets:MobilePos",
}

CONTROL_ROOTS: Final = {
    Control.OPENING_EQUITY: "Equity",
    Control.SALES: "Income",
    Control.SALES_RETURNS: "Income",
    Control.VAT_PAYABLE: "Liabilities",
    Control.VAT_DEDUCTIBLE: "Assets",
    Control.INVENTORY: "Assets",
    Control.COGS: "Expenses",
    Control.STOCK_DIFFERENCE: "Assets",
    Control.RECEIVABLE: "Assets",
    Control.PAYABLE: "Liabilities",
    Control.SUSPENSE: "Liabilities",
    Control.OVERPAYMENT: "Liabilities",
    Control.STORED_VALUE: "Liabilities",
    Control.UNCONFIRMED: "Assets",
    Control.FEES: "Expenses",
    Control.EXPENSES: "Expenses",
    Control.OTHER_INCOME: "Income",
    Control.OTHER_EXPENSE: "Expenses",
}
"""The root of each control account; stock differences (1381) are what is missing and still to be claimed."""

_LONGEST_PART: Final = 40


class UnplacedAccount(LookupError):
    """An account's kind has no place in the tree yet."""


def place(account: ChartAccount) -> str:
    """Return the root and the group of an account, such as `Assets:Cash`; raises UnplacedAccount."""
    if account.type in WALLET_PLACES:
        return WALLET_PLACES[account.type]
    if account.control not in CONTROL_ROOTS:
        raise UnplacedAccount(f"no root for {account.type.value} {account.control} ({account.id})")
    group = "".join(part.capitalize() for part in account.control.value.split("_"))
    return f"{CONTROL_ROOTS[account.control]}:{group}"


def account_names(chart: Sequence[ChartAccount]) -> dict[AccountId, str]:
    """Return a name for each account, such as `Assets:Cash:1111-Tien-mat`: ASCII letters, digits, dashes, and unique.

    Accounts that would share a name get the end of their id; one that still shares it gets the whole id. Valid for
    Beancount (https://beancount.github.io/docs/beancount_language_syntax.html#accounts), Ledger and hledger.
    """
    candidates = {account.id: _candidates(account) for account in chart}
    choice = dict.fromkeys(candidates, 0)
    while True:
        names = {identity: candidates[identity][choice[identity]] for identity in candidates}
        uses = Counter(names.values())
        shared = [identity for identity, name in names.items() if uses[name] > 1 and choice[identity] < 2]
        if not shared:
            return names
        for identity in shared:
            choice[identity] += 1


def _candidates(account: ChartAccount) -> tuple[str, str, str]:
    words = "-".join(part for part in (_ascii(account.code), _ascii(account.name)) if part) or "Account"
    name = f"{place(account)}:{words[0].upper()}{words[1:]}"
    identity = _ascii(account.id, longest=None)
    return name, f"{name}-{identity[-8:]}", f"{name}-{identity}"


def _ascii(text: str, longest: int | None = _LONGEST_PART) -> str:
    """Return the letters and digits of a text without their marks, everything else as single dashes."""
    bare = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return re.sub(r"[^A-Za-z0-9]+", "-", kept).strip("-")[:longest].strip("-")
