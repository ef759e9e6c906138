"""`report trial-balance`: every account with its balance, for people and for other programs."""

import json
import sys

from domain.books import ChartAccount
from domain.money import Language, format_minor
from storage.book_queries import BookQueries
from storage.keys import load_keys
from storage.till import read_self
from storage.verification.reader import reading_file
from wiring.folders import Folder
from wiring.shop import key_store
from wiring.till import TILL_ROOT


def run_trial_balance(folder: Folder, *, as_json: bool) -> int:
    """Print every account's code, name, currency and balance (minor units, debit positive); exit 1 unless Σ is zero."""
    with reading_file(folder.till, load_keys(key_store(folder), TILL_ROOT).database) as reader:
        shop, _ = read_self(reader.session)
        accounts = BookQueries(reader, shop).chart()
    total = sum(account.balance_minor for account in accounts)
    if as_json:
        rows = [_row(account) for account in accounts]
        sys.stdout.write(json.dumps({"accounts": rows, "total_minor": total}, ensure_ascii=False, indent=2) + "\n")
    else:
        for account in accounts:
            amount = format_minor(account.balance_minor, account.currency, Language.VI)
            sys.stdout.write(f"{account.code:6} {account.name:40} {amount:>20}\n")
        sys.stdout.write(f"{'':6} {'Σ':40} {format_minor(total, accounts[0].currency, Language.VI):>20}\n")
    return 0 if total == 0 else 1


def _row(account: ChartAccount) -> dict[str, str | int]:
    return {
        "code": account.code,
        "name": account.name,
        "currency": account.currency,
        "balance_minor": account.balance_minor,
    }
