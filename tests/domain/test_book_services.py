"""Opening a shop's books: seeded accounts, wallets with their opening balances, and what opening refuses."""

from typing import Any

import pytest

from domain.accounts import Account, AccountType, Control, control_id
from domain.errors import ErrorCode
from domain.ids import AccountId, UserId
from domain.money import MAX_MINOR
from domain.policy import Actor, Role
from domain.ports import UnitOfWork
from domain.posting_rules import OPENING, Places
from domain.services.accounts import open_wallet
from domain.services.vouchers import post_event
from domain.vouchers import SourceEvent, VoucherType
from storage.till import TillUnits
from tests.builders import CASH, MERCHANT, NOON, OWNER, TILL, an_id
from tests.domain.till_facts import ask, code_of, dump

EQUITY = control_id(MERCHANT, Control.OPENING_EQUITY)


def opening(name: str = "Ví mới", kind: AccountType = AccountType.CASH, **facts: Any) -> Any:
    actor = facts.pop("actor", OWNER)
    account_id = facts.pop("account_id", AccountId(an_id("new wallet")))
    return lambda uow: open_wallet(uow, actor, account_id, kind, name, NOON, **facts)


def open_one(units: TillUnits, **facts: Any) -> Account:
    account: Account = units.run(opening(**facts))
    return account


def test_an_opening_balance_is_booked_against_the_owners_equity(till_units: TillUnits) -> None:
    wallet = open_one(till_units, opening_minor=2_000_000)
    assert dict(ask(till_units, "SELECT id, balance_minor FROM accounts WHERE balance_minor <> 0")) == {
        wallet.id: 2_000_000,
        EQUITY: -2_000_000,
    }
    (kind, number, source) = ask(till_units, "SELECT type, number, source_kind FROM vouchers")[0]
    assert (kind, number, source) == (VoucherType.ADJUSTMENT.value, "PKT01A-26-000001", "opening")


def test_without_an_opening_balance_nothing_is_booked(till_units: TillUnits) -> None:
    open_one(till_units)
    assert ask(till_units, "SELECT id FROM vouchers") == []


def test_the_first_wallet_is_the_default_and_stays_the_only_one(till_units: TillUnits) -> None:
    assert not open_one(till_units).is_default
    assert ask(till_units, "SELECT id FROM accounts WHERE is_default = 1") == [(CASH,)]


def test_opening_twice_is_one_wallet(till_units: TillUnits) -> None:
    wallet = open_one(till_units, opening_minor=5)
    before = dump(till_units)
    assert open_one(till_units, opening_minor=5) == wallet
    assert dump(till_units) == before


@pytest.mark.parametrize("other", [{"name": "Ví khác"}, {"kind": AccountType.BANK}])
def test_the_same_id_for_another_wallet_is_a_conflict(till_units: TillUnits, other: dict[str, Any]) -> None:
    open_one(till_units)
    assert code_of(till_units, opening(**other)) is ErrorCode.ID_REUSED


def test_two_wallets_of_a_till_have_two_names(till_units: TillUnits) -> None:
    assert code_of(till_units, opening(name=" Két tiền mặt ")) is ErrorCode.ACCOUNT_NAME_TAKEN


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"opening_minor": -1}, ErrorCode.AMOUNT_INVALID),
        ({"opening_minor": MAX_MINOR + 1}, ErrorCode.AMOUNT_INVALID),
        ({"opening_minor": 5.0}, ErrorCode.AMOUNT_INVALID),
        ({"name": "   "}, ErrorCode.NAME_INVALID),
        ({"name": "x" * 61}, ErrorCode.NAME_INVALID),
        ({"name": "\x00"}, ErrorCode.NAME_INVALID),
        ({"kind": AccountType.CONTROL}, ErrorCode.ACCOUNT_IS_CONTROL),
    ],
)
def test_what_is_no_wallet_is_refused(till_units: TillUnits, facts: dict[str, Any], code: ErrorCode) -> None:
    assert code_of(till_units, opening(**facts)) is code


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OWNER}))
def test_only_the_owner_opens_wallets(till_units: TillUnits, role: Role) -> None:
    actor = Actor(UserId("u"), "Lan", role, TILL)
    assert code_of(till_units, opening(actor=actor)) is ErrorCode.NOT_PERMITTED


def test_posting_an_event_again_returns_the_voucher_that_stands(till_units: TillUnits) -> None:
    def op(uow: UnitOfWork) -> Any:
        return post_event(uow, SourceEvent("opening", CASH), OPENING, Places(CASH), NOON, {"amount": 7}, memo="m")

    first = till_units.run(op)
    before = dump(till_units)
    assert till_units.run(op) == first
    assert dump(till_units) == before


def test_a_wallet_is_told_to_the_hub_before_what_is_booked_on_it(till_units: TillUnits) -> None:
    wallet = open_one(till_units, opening_minor=5)
    kinds = ask(till_units, "SELECT kind, subject_id FROM outbox ORDER BY seq")[-2:]
    assert kinds[0] == ("account", wallet.id)
    assert kinds[1][0] == "voucher"
