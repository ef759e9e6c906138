"""The form that changes a wallet, on a real till: only what was changed is told, and all of it in one commit."""

import pytest

from domain.accounts import AccountType
from domain.errors import ErrorCode
from domain.ids import AccountId, MessageId, UserId
from domain.people import User
from domain.policy import Actor, Role
from domain.rails import BY_HAND, Method, Provider
from domain.routing import CONNECTED
from domain.services.accounts import grant_account, open_wallet
from domain.services.settings import change_setting
from domain.shop_settings import method_wallet, provider_wallet
from storage.till import TillUnits
from tests.builders import BANK, BANK_ACCOUNT, BANK_BIN, CASH, MANAGER, MERCHANT, NOON, OWNER, QR, an_id, sell
from tests.domain.till_facts import ask
from tests.fakes.till_work import till_desk
from ui.presenters.banks import banks
from ui.presenters.edit_wallet import EditWalletPresenter
from ui.presenters.presenter import Words

MINH, LAN = UserId(an_id("minh")), UserId(an_id("lan"))
OTHER = AccountId(an_id("other drawer"))


@pytest.fixture
def closed() -> list[bool]:
    return []


@pytest.fixture
def till(till_units: TillUnits) -> TillUnits:
    """A shop with a manager who sees the bank's wallet, a cashier, and a second drawer."""
    till_units.run(lambda uow: uow.people.add(User(MINH, MERCHANT, "Minh", Role.MANAGER, "hash")))
    till_units.run(lambda uow: uow.people.add(User(LAN, MERCHANT, "Lan", Role.CASHIER, "hash")))
    till_units.run(lambda uow: grant_account(uow, OWNER, MINH, BANK, NOON, granted=True))
    till_units.run(lambda uow: open_wallet(uow, OWNER, OTHER, AccountType.CASH, "Két 2", NOON))
    return till_units


def form_of(till: TillUnits, account_id: AccountId, closed: list[bool], actor: Actor = OWNER) -> EditWalletPresenter:
    form = EditWalletPresenter(till_desk(till, actor), account_id, closed.append)
    form.refresh()
    return form


def settings(till: TillUnits) -> dict[str, str]:
    return {
        key: value.removeprefix('{"value":').strip('"} ')
        for key, value in ask(till, "SELECT key, value FROM shop_settings")
    }


def told(till: TillUnits) -> int:
    return len(ask(till, "SELECT id FROM outbox"))


def test_the_form_shows_the_wallet_as_it_stands(till: TillUnits, closed: list[bool]) -> None:
    state = form_of(till, BANK, closed).state
    assert (state.stands.name, state.stands.bank_bin, state.stands.bank_account) == (
        "Vietcombank",
        BANK_BIN,
        BANK_ACCOUNT,
    )
    assert state.has_bank
    assert state.stands.people == {MINH}
    assert {user.name for user in state.people} == {"Minh", "Lan"}
    assert state.methods == (
        Method.VIETQR,
        Method.VNPAY_QR,
        Method.CARD,
        Method.CARD_TERMINAL,
        *(method for method in Method if method in BY_HAND),
    )
    assert state.can_save


def test_a_form_that_changed_nothing_tells_nobody(till: TillUnits, closed: list[bool]) -> None:
    form, before = form_of(till, BANK, closed), told(till)
    form.save()
    assert closed == [True]
    assert told(till) == before


def test_a_wallet_takes_another_name_and_bank(till: TillUnits, closed: list[bool]) -> None:
    form, before = form_of(till, BANK, closed), told(till)
    form.set_name("  BIDV ")
    form.set_bank(banks()[0])
    form.set_bank_account("1903 6677 88")
    form.save()
    assert ask(till, f"SELECT name, bank_bin, bank_account FROM accounts WHERE id = '{BANK}'") == [
        ("BIDV", banks()[0].bin, "1903667788")
    ]
    assert told(till) == before + 1
    assert closed == [True]


def test_a_bank_wallet_keeps_a_bank_and_an_account_and_every_wallet_a_name(till: TillUnits, closed: list[bool]) -> None:
    form = form_of(till, BANK, closed)
    form.set_name(" ")
    form.set_bank(None)
    form.set_bank_account("12")
    assert form.state.wrong == {"name", "bank", "bank_account"}
    form.save()
    assert closed == []
    assert form_of(till, CASH, closed).state.wrong == frozenset()


def test_a_refusal_changes_nothing_and_keeps_what_was_typed(till: TillUnits, closed: list[bool]) -> None:
    form, before = form_of(till, QR, closed), told(till)
    form.set_method(Method.VNPAY_QR, True)
    form.set_person(LAN, True)
    form.set_name("Vietcombank")
    form.save()
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.ACCOUNT_NAME_TAKEN
    assert (form.state.wished.name, form.state.saving) == ("Vietcombank", False)
    assert form.state.wished.people == {LAN}
    assert told(till) == before
    assert closed == []
    form.set_name("VNPAY 2")
    form.save()
    assert closed == [True]


def test_default_method_and_people_are_saved_together(till: TillUnits, closed: list[bool]) -> None:
    form = form_of(till, QR, closed)
    form.set_default(True)
    form.set_method(Method.VNPAY_QR, True)
    form.set_person(LAN, True)
    form.save()
    assert ask(till, "SELECT id FROM accounts WHERE is_default = 1") == [(QR,)]
    assert settings(till)[method_wallet(Method.VNPAY_QR)] == QR
    assert (LAN, QR) in ask(till, "SELECT user_id, account_id FROM account_grants")
    again = form_of(till, QR, closed).state.stands
    assert again.is_default
    assert again.methods == {Method.VNPAY_QR}
    assert again.people == {LAN}


def test_a_method_and_a_person_are_taken_out_again(till: TillUnits, closed: list[bool]) -> None:
    form = form_of(till, BANK, closed)
    form.set_method(Method.VIETQR, True)
    form.save()
    form = form_of(till, BANK, closed)
    form.set_method(Method.VIETQR, False)
    form.set_person(MINH, False)
    form.save()
    assert settings(till)[method_wallet(Method.VIETQR)] == ""
    assert ask(till, "SELECT user_id FROM account_grants") == []


def test_the_default_wallet_stays_so_until_another_one_is_chosen(till: TillUnits, closed: list[bool]) -> None:
    form = form_of(till, CASH, closed)
    form.set_default(False)
    assert form.state.wished.is_default


def test_a_method_that_pays_elsewhere_names_its_wallet(till: TillUnits, closed: list[bool]) -> None:
    till.run(lambda uow: change_setting(uow, OWNER, method_wallet(Method.CASH), OTHER, MessageId(an_id("m")), NOON))
    assert form_of(till, CASH, closed).state.elsewhere == {Method.CASH: "Két 2"}


def test_an_empty_wallet_is_archived_and_comes_back(till: TillUnits, closed: list[bool]) -> None:
    form = form_of(till, OTHER, closed)
    assert form.state.kept is None
    form.set_archived(True)
    form.save()
    form = form_of(till, OTHER, closed)
    assert form.state.stands.archived
    form.set_archived(False)
    form.set_name("Két 3")
    form.set_default(True)
    form.save()
    assert ask(till, f"SELECT name, archived_at, is_default FROM accounts WHERE id = '{OTHER}'") == [("Két 3", None, 1)]


def test_what_keeps_a_wallet_in_use_is_told_before_it_is_tried(till: TillUnits, closed: list[bool]) -> None:
    till.run(lambda uow: sell(uow, amount_minor=45_000))
    assert form_of(till, CASH, closed).state.kept == Words.of("wallets.kept_balance", amount=45_000)
    form = form_of(till, OTHER, closed)
    form.set_archived(True)
    form.set_default(True)
    assert form.state.kept == Words.of("wallets.kept_default")
    assert not form.state.wished.archived
    form.set_archived(True)
    assert not form.state.wished.archived
    form = form_of(till, QR, closed)
    form.set_method(Method.VNPAY_QR, True)
    assert form.state.kept == Words.of("wallets.kept_method", method=Method.VNPAY_QR)
    form.set_method(Method.VNPAY_QR, False)
    form.set_archived(True)
    assert form.state.wished.archived


def test_a_wallet_that_is_not_there_is_said(till: TillUnits, closed: list[bool]) -> None:
    form = form_of(till, AccountId(an_id("nobody's")), closed)
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.ACCOUNT_UNKNOWN
    assert not form.state.can_save


def test_the_services_judge_whoever_saves(till: TillUnits, closed: list[bool]) -> None:
    actor = Actor(MINH, "Minh", Role.MANAGER, MANAGER.device_id)
    form = form_of(till, BANK, closed, actor)
    assert (form.state.can_choose, form.state.can_grant, form.state.people) == (False, False, ())
    form.set_name("Của Minh")
    form.save()
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.NOT_PERMITTED


def test_leaving_changes_nothing(till: TillUnits, closed: list[bool]) -> None:
    form, before = form_of(till, BANK, closed), told(till)
    form.set_name("BIDV")
    form.cancel()
    assert closed == [False]
    assert told(till) == before


def test_the_money_of_a_connected_provider_is_told_to_go_into_a_wallet(till: TillUnits, closed: list[bool]) -> None:
    assert Provider.STRIPE not in form_of(till, BANK, closed).state.providers
    till.run(lambda uow: uow.settings.put(CONNECTED, ["stripe", "sepay", "lean"]))
    form = form_of(till, BANK, closed)
    assert form.state.providers == (Provider.LEAN, Provider.SEPAY, Provider.STRIPE)
    form.set_provider(Provider.STRIPE, pays_in=True)
    form.save()
    found = till.run(lambda uow: uow.accounts.wallet_for(Method.CARD, Provider.STRIPE))
    assert found is not None
    assert found.id == BANK
    again = form_of(till, BANK, closed)
    assert again.state.stands.providers == {Provider.STRIPE}
    assert again.state.kept is not None
    again.set_provider(Provider.STRIPE, pays_in=False)
    again.save()
    assert till.run(lambda uow: uow.settings.get(provider_wallet(Provider.STRIPE))) == ""
