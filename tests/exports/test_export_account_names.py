"""Names of accounts in plain-text accounting."""

import re
from dataclasses import replace

import pytest

from domain.accounts import AccountType, Control
from domain.ids import AccountId
from exports.account_names import CONTROL_ROOTS, WALLET_PLACES, UnplacedAccount, account_names, place
from tests.exports.sample_books import BANK, CASH, QR, TWIN, UNUSED, chart, control, wallet

BEANCOUNT_NAME = re.compile(r"(?:Assets|Liabilities|Equity|Income|Expenses)(?::[A-Z0-9][A-Za-z0-9-]*)+")


def test_every_control_account_and_every_wallet_has_its_place() -> None:
    assert set(CONTROL_ROOTS) == set(Control)
    assert set(WALLET_PLACES) == set(AccountType) - {AccountType.CONTROL}


def test_names_are_plain_letters_under_one_of_the_five_roots_and_unique() -> None:
    names = account_names(chart())
    assert all(BEANCOUNT_NAME.fullmatch(name) for name in names.values())
    assert len(set(names.values())) == len(chart())
    assert names[control(Control.SALES)] == "Income:Sales:5111-Doanh-thu-ban-hang"
    assert names[control(Control.VAT_PAYABLE)] == "Liabilities:VatPayable:33311-Thue-GTGT-dau-ra"
    assert names[BANK] == "Assets:Bank:1121-Vietcombank-Ba-Na-chinh"
    assert names[UNUSED] == "Assets:MobilePos:1131-Dau-doc-the"


def test_wallets_of_one_name_are_told_apart_by_the_end_of_their_ids() -> None:
    names = account_names(chart())
    assert names[CASH] == "Assets:Cash:1111-Ket-tien-mat-0000c001"
    assert names[TWIN] == "Assets:Cash:1111-Ket-tien-mat-0000c002"


def test_wallets_whose_ids_end_alike_too_are_told_apart_by_the_whole_id() -> None:
    twins = [wallet(AccountId(f"{head}-7000-00000000"), AccountType.CASH, "Két") for head in ("a", "b")]
    assert sorted(account_names(twins).values()) == [
        "Assets:Cash:1111-Ket-a-7000-00000000",
        "Assets:Cash:1111-Ket-b-7000-00000000",
    ]


def test_a_name_without_a_plain_letter_still_makes_an_account() -> None:
    assert account_names(chart())[QR] == "Assets:QR:Account"


def test_an_account_without_a_place_is_refused_by_name() -> None:
    with pytest.raises(UnplacedAccount, match="CONTROL None"):
        place(replace(wallet(CASH, AccountType.CASH, "Két"), type=AccountType.CONTROL))
