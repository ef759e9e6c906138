"""Wallets after they are opened: renamed, archived, chosen for sales, and shown to people."""

from typing import Any

import pytest

from domain.accounts import Account
from domain.errors import ErrorCode
from domain.ids import AccountId, MessageId, UserId
from domain.people import User
from domain.policy import Role
from domain.ports import UnitOfWork
from domain.rails import Method
from domain.services.accounts import archive_wallet, change_wallet, grant_account
from domain.services.settings import change_setting
from domain.shop_settings import DEFAULT_WALLET, method_wallet
from storage.till import TillUnits
from tests.builders import BANK, CASH, MANAGER, MERCHANT, NOON, OWNER, QR, SALES, an_id, sell
from tests.domain.till_facts import ask, code_of, dump

CASH_METHOD = method_wallet(Method.CASH)
NOBODY_S = AccountId(an_id("nobody's"))
LAN = User(UserId(an_id("lan")), MERCHANT, "Lan", Role.CASHIER, "hash")


def rename(account_id: AccountId, name: str, **facts: Any) -> Any:
    actor = facts.pop("actor", OWNER)
    return lambda uow: change_wallet(uow, actor, account_id, MessageId(an_id(f"name {name}")), NOON, name=name, **facts)


def archive(account_id: AccountId, *, archived: bool = True, **facts: Any) -> Any:
    message_id = MessageId(an_id(f"archive {account_id} {archived}"))
    return lambda uow: archive_wallet(uow, facts.get("actor", OWNER), account_id, message_id, NOON, archived=archived)


def setting(key: str, value: Any, **facts: Any) -> Any:
    message_id = MessageId(an_id(f"{key} {value}"))
    return lambda uow: change_setting(uow, facts.get("actor", OWNER), key, value, message_id, NOON)


def grant(account_id: AccountId = BANK, *, granted: bool = True, **facts: Any) -> Any:
    user_id, actor = facts.get("user_id", LAN.id), facts.get("actor", OWNER)
    return lambda uow: grant_account(uow, actor, user_id, account_id, NOON, granted=granted)


def standing(units: TillUnits, account_id: AccountId) -> Account | None:
    return units.run(lambda uow: uow.accounts.get(account_id))


def balances(units: TillUnits) -> dict[str, int]:
    return dict(ask(units, "SELECT id, balance_minor FROM accounts WHERE balance_minor <> 0"))


def defaults(units: TillUnits) -> list[tuple[Any, ...]]:
    return ask(units, "SELECT id FROM accounts WHERE is_default = 1")


def grants(units: TillUnits) -> list[tuple[Any, ...]]:
    return ask(units, "SELECT user_id, account_id FROM account_grants")


def add_lan(uow: UnitOfWork) -> None:
    uow.people.add(LAN)


def test_a_wallet_takes_another_name_and_bank_account(till_units: TillUnits) -> None:
    till_units.run(rename(BANK, "  BIDV ", bank_bin="970418", bank_account="999"))
    wallet = standing(till_units, BANK)
    assert wallet is not None
    assert (wallet.name, wallet.bank_bin, wallet.bank_account, wallet.code) == ("BIDV", "970418", "999", "1121")
    assert len(ask(till_units, f"SELECT id FROM outbox WHERE subject_id = '{BANK}'")) == 2


def test_a_wallet_that_stays_as_it_is_tells_nobody(till_units: TillUnits) -> None:
    before = dump(till_units)
    till_units.run(rename(QR, "VNPAY QR"))
    assert dump(till_units) == before


@pytest.mark.parametrize(
    ("account_id", "name", "code"),
    [
        (QR, "Vietcombank", ErrorCode.ACCOUNT_NAME_TAKEN),
        (QR, " \t", ErrorCode.NAME_INVALID),
        (QR, "x" * 61, ErrorCode.NAME_INVALID),
        (SALES, "Doanh thu", ErrorCode.ACCOUNT_IS_CONTROL),
        (NOBODY_S, "Ví lạ", ErrorCode.ACCOUNT_UNKNOWN),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    account_id: AccountId, name: str, code: ErrorCode, till_units: TillUnits
) -> None:
    assert code_of(till_units, rename(account_id, name)) is code


def test_only_an_owner_changes_archives_and_grants(till_units: TillUnits) -> None:
    for op in (
        rename(QR, "Khác", actor=MANAGER),
        archive(QR, actor=MANAGER),
        grant(actor=MANAGER),
        setting(DEFAULT_WALLET, BANK, actor=MANAGER),
    ):
        assert code_of(till_units, op) is ErrorCode.NOT_PERMITTED


def test_an_empty_wallet_is_archived_and_comes_back(till_units: TillUnits) -> None:
    till_units.run(archive(QR))
    assert ask(till_units, f"SELECT archived_at FROM accounts WHERE id = '{QR}'") == [(NOON,)]
    till_units.run(archive(QR, archived=False))
    assert ask(till_units, f"SELECT archived_at FROM accounts WHERE id = '{QR}'") == [(None,)]


def test_archiving_twice_is_archiving_once(till_units: TillUnits) -> None:
    till_units.run(archive(QR))
    before = dump(till_units)
    till_units.run(archive(QR))
    assert dump(till_units) == before


def test_a_wallet_with_money_in_it_is_not_archived(till_units: TillUnits) -> None:
    till_units.run(setting(CASH_METHOD, QR))
    till_units.run(sell)
    till_units.run(setting(CASH_METHOD, ""))
    assert code_of(till_units, archive(QR)) is ErrorCode.ACCOUNT_NOT_EMPTY


def test_the_default_wallet_and_a_methods_are_not_archived(till_units: TillUnits) -> None:
    till_units.run(setting(method_wallet(Method.VIETQR), BANK))
    assert code_of(till_units, archive(CASH)) is ErrorCode.ACCOUNT_IN_USE
    assert code_of(till_units, archive(BANK)) is ErrorCode.ACCOUNT_IN_USE
    till_units.run(setting(method_wallet(Method.VIETQR), ""))
    till_units.run(archive(BANK))


@pytest.mark.parametrize(
    ("account_id", "code"), [(SALES, ErrorCode.ACCOUNT_IS_CONTROL), (NOBODY_S, ErrorCode.ACCOUNT_UNKNOWN)]
)
def test_what_is_no_wallet_is_neither_archived_nor_chosen(
    account_id: AccountId, code: ErrorCode, till_units: TillUnits
) -> None:
    for op in (archive(account_id), setting(DEFAULT_WALLET, account_id), setting(CASH_METHOD, account_id)):
        assert code_of(till_units, op) is code


@pytest.mark.parametrize("key", [DEFAULT_WALLET, CASH_METHOD])
def test_an_archived_wallet_is_not_chosen(key: str, till_units: TillUnits) -> None:
    till_units.run(archive(QR))
    assert code_of(till_units, setting(key, QR)) is ErrorCode.ACCOUNT_ARCHIVED


@pytest.mark.parametrize(("key", "value"), [(DEFAULT_WALLET, ""), (DEFAULT_WALLET, 7), (CASH_METHOD, None)])
def test_a_choice_that_is_no_wallet_is_refused(key: str, value: Any, till_units: TillUnits) -> None:
    assert code_of(till_units, setting(key, value)) is ErrorCode.SETTING_INVALID


def test_an_archived_wallet_takes_no_sale(till_units: TillUnits) -> None:
    till_units.run(setting(DEFAULT_WALLET, BANK))
    till_units.run(archive(CASH))
    till_units.run(sell)
    assert balances(till_units) == {BANK: 45_000, SALES: -45_000}


def test_there_is_one_default_wallet_and_it_can_be_chosen_back(till_units: TillUnits) -> None:
    till_units.run(setting(DEFAULT_WALLET, BANK))
    assert defaults(till_units) == [(BANK,)]
    till_units.run(setting(DEFAULT_WALLET, CASH))
    assert defaults(till_units) == [(CASH,)]


def test_a_method_takes_its_own_wallet_before_the_one_of_its_type(till_units: TillUnits) -> None:
    till_units.run(sell)
    till_units.run(setting(CASH_METHOD, QR))
    till_units.run(lambda uow: sell(uow, "mapped"))
    till_units.run(setting(CASH_METHOD, ""))
    till_units.run(lambda uow: sell(uow, "back", amount_minor=1))
    assert balances(till_units) == {CASH: 45_001, QR: 45_000, SALES: -90_001}


def test_an_account_is_shown_to_a_person_and_hidden_again(till_units: TillUnits) -> None:
    till_units.run(add_lan)
    for _ in range(2):
        till_units.run(grant())
    assert grants(till_units) == [(LAN.id, BANK)]
    till_units.run(grant(CASH))
    till_units.run(grant(granted=False))
    assert grants(till_units) == [(LAN.id, CASH)]
    assert len(ask(till_units, "SELECT seq FROM audit WHERE action LIKE 'account.%'")) == 4


def test_an_unknown_account_or_person_is_granted_nothing(till_units: TillUnits) -> None:
    till_units.run(add_lan)
    assert code_of(till_units, grant(NOBODY_S)) is ErrorCode.ACCOUNT_UNKNOWN
    assert code_of(till_units, grant(user_id=UserId(an_id("nobody")))) is ErrorCode.ACCOUNT_UNKNOWN
