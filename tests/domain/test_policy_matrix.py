"""Who may do what: every role and every action, one cell each."""

import pytest

from domain.errors import ErrorCode, NotPermitted
from domain.ids import DeviceId, UserId
from domain.policy import MATRIX, Action, Actor, Limits, Role, require

TABLE = """
                  owner manager cashier accountant auditor
take_payment      yes   yes     yes     -          -
cancel_payment    yes   yes     yes     -          -
open_wallet       yes   -       -       -          -
change_wallet     yes   -       -       -          -
change_category   yes   -       -       -          -
grant_account     yes   -       -       -          -
draft_voucher     yes   yes     -       yes        -
issue_voucher     yes   yes     -       -          -
void_voucher      yes   yes     -       -          -
book_event        yes   yes     -       -          -
print_own         yes   yes     yes     -          -
see_books         yes   yes     -       yes        yes
export_books      yes   yes     -       yes        yes
see_audit         yes   yes     -       yes        yes
close_period      yes   -       -       -          -
see_balances      yes   yes     -       yes        yes
see_payments      yes   yes     yes     yes        yes
sync_now          yes   yes     yes     yes        yes
back_up           yes   yes     yes     yes        yes
restore           yes   -       -       -          -
retry_refused     yes   yes     -       -          -
change_settings   yes   -       -       -          -
wipe_demo         yes   -       -       -          -
manage_people     yes   -       -       -          -
change_own_pin    yes   yes     yes     yes        yes
manage_providers  yes   -       -       -          -
manage_tills      yes   -       -       -          -
manage_api_keys   yes   -       -       -          -
import_statement  yes   -       -       yes        -
keep_keys         yes   -       -       -          -
leave_till        yes   -       -       -          -
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = {(Role(role), Action(row[0])): cell == "yes" for row in ROWS for role, cell in zip(HEAD, row[1:], strict=True)}
MOVES_MONEY = {
    Action.TAKE_PAYMENT,
    Action.CANCEL_PAYMENT,
    Action.OPEN_WALLET,
    Action.ISSUE_VOUCHER,
    Action.VOID_VOUCHER,
    Action.BOOK_EVENT,
}


def an_actor(role: Role) -> Actor:
    return Actor(UserId("u"), "Lan", role, DeviceId("d"))


def test_the_table_has_a_cell_for_every_role_and_action() -> None:
    assert CELLS.keys() == {(role, action) for role in Role for action in Action}


@pytest.mark.parametrize(("role", "action"), sorted(CELLS))
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert an_actor(role).may(action) is CELLS[role, action]
    if CELLS[role, action]:
        require(an_actor(role), action)
    else:
        with pytest.raises(NotPermitted) as refused:
            require(an_actor(role), action)
        assert refused.value.code is ErrorCode.NOT_PERMITTED
        assert refused.value.facts == {"action": action.value, "role": role.value}


def test_the_owner_may_do_everything_and_whoever_only_reads_changes_no_money() -> None:
    assert MATRIX[Role.OWNER] == set(Action)
    for reader in (Role.ACCOUNTANT, Role.AUDITOR):
        assert MATRIX[reader].isdisjoint(MOVES_MONEY)


def test_a_bill_may_not_be_above_the_till_nor_a_till_above_the_day() -> None:
    limits = Limits()
    assert 0 < limits.exposure_bill_minor <= limits.exposure_till_minor <= limits.exposure_day_minor
