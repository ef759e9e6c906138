"""What a stolen till's token can do to a shop's wallets and settings: nothing that steers money."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from domain.bodies import account_body, setting_body
from domain.contract_terms import CONTRACTS
from domain.errors import ErrorCode
from domain.fact_proofs import with_proof
from domain.holder_bodies import holder_body
from domain.holders import Holder, holder_id
from domain.ids import Instant, MessageId, UserId
from domain.messages import Message, MessageKind, acted_by
from domain.person_bodies import NAME
from domain.policy import Role
from domain.rails import Method
from domain.routing import PLAN
from domain.shop_settings import CLOSED_THROUGH, DEFAULT_WALLET, LIMITS
from storage.keys import person_proof
from sync.wire import WireMessage
from tests.builders import BANK, CASH, MERCHANT, NOON, TILL, an_id
from tests.server.hub_stage import Served, ShopTill, ask
from tests.server.people_stage import HOA, KEY, LAN, OTHER_KEY, keep, kept, share, tell
from tests.server.test_hub_people_abuse import spoil_key

WALLET: Final[dict[str, dict[str, Any]]] = {
    "account": {"bank_account": "0999999999"},
    "archival": {"archived_at": NOON},
}
SETTINGS: Final[dict[str, Any]] = {
    PLAN: {"methods": {"vietqr": "casso"}},
    CONTRACTS: [],
    LIMITS: {"back_date": 3_650},
    DEFAULT_WALLET: CASH,
    CLOSED_THROUGH: "2020-01-31",
}
FACTS: Final = (*WALLET, *SETTINGS)
"""What a thief would tell: a wallet's bank account, its end, and settings of the shop."""


def told(till: ShopTill, fact: str, by: str = HOA) -> Message:
    """Return what one tells who has a token and no key, in an owner's name."""
    message_id = MessageId(an_id(f"theft {fact}"))
    if fact in SETTINGS:
        body = acted_by(setting_body(fact, SETTINGS[fact]), by, NOON)
        return Message(message_id, f"setting:{fact}", MessageKind.SETTING, body, MERCHANT, TILL)
    wallet = till.units.run(lambda uow: uow.accounts.get(BANK))
    assert wallet is not None
    body = acted_by(account_body(replace(wallet, **WALLET[fact])), by, NOON)
    return Message(message_id, BANK, MessageKind.ACCOUNT, body, MERCHANT, TILL)


def push(server: Served, message: Message) -> tuple[str, str | None]:
    answer = server.push([WireMessage.of(message)])
    assert answer.status_code == 200, answer.text
    result = answer.json()["results"][0]
    return result["outcome"], result["code"]


def standing(server: Served) -> list[Any]:
    """Return the shop's wallets and settings as the hub keeps them, and how far its feed goes."""
    tables = "SELECT * FROM accounts ORDER BY id", "SELECT * FROM shop_settings ORDER BY key", "SELECT seq FROM feed"
    return [ask(server.hub.units, sql) for sql in tables]


@pytest.mark.parametrize("fact", FACTS)
def test_a_stolen_token_alone_changes_no_wallet_and_no_setting(shop: Served, till: ShopTill, fact: str) -> None:
    before = standing(shop)
    bare = told(till, fact)
    for forged in (bare, with_proof(bare, person_proof(OTHER_KEY)), told(till, fact, by=an_id("nobody"))):
        assert push(shop, forged) == ("rejected", ErrorCode.FACT_UNPROVEN)
        assert standing(shop) == before


@pytest.mark.parametrize("fact", FACTS)
def test_what_a_till_proves_counts_for_whoever_may_and_for_nobody_else(shop: Served, till: ShopTill, fact: str) -> None:
    proof = person_proof(KEY)
    cashiers = replace(told(till, fact, by=LAN), id=MessageId(an_id("Lan's")))
    assert push(shop, with_proof(cashiers, proof)) == ("rejected", ErrorCode.NOT_PERMITTED)
    assert push(shop, with_proof(told(till, fact), proof)) == ("created", None)


def test_what_an_owner_did_before_they_were_disabled_counts_and_is_told_to_whoever_owns_the_shop_now(
    shop: Served, till: ShopTill
) -> None:
    proof = person_proof(KEY)
    keep(shop, UserId(an_id("Nam")), Role.OWNER)
    gone = replace(kept(shop, HOA), disabled_at=Instant(NOON + 1))
    shop.hub.units.run(MERCHANT, lambda uow: uow.people.save(gone))
    for fact in ("account", LIMITS):
        assert push(shop, with_proof(told(till, fact), proof)) == ("created", None)
    assert tell(shop, replace(kept(shop, LAN), name="Lan B"), NAME)["outcome"] == "created"
    noted = "SELECT subject_id FROM audit WHERE action = 'told_after_disabled' AND actor_id = :by ORDER BY seq"
    assert ask(shop.hub.units, noted, by=HOA) == [(BANK,), (f"setting:{LIMITS}",), (LAN,)]


def test_before_a_shop_has_a_key_it_is_as_it_was_and_from_then_on_it_is_shut(server: Served, till: ShopTill) -> None:
    keep(server, HOA, Role.OWNER)
    assert push(server, told(till, "account")) == ("created", None)
    share(server)
    assert push(server, told(till, LIMITS)) == ("rejected", ErrorCode.FACT_UNPROVEN)


def test_a_key_that_does_not_open_lets_no_unproven_fact_in_and_holds_up_no_money(shop: Served, till: ShopTill) -> None:
    spoil_key(shop)
    proven = with_proof(told(till, "account"), person_proof(KEY))
    till.start(Method.CASH)
    answer = shop.push([WireMessage.of(proven), *till.waiting()])
    assert answer.status_code == 200, answer.text
    first, *money = answer.json()["results"]
    assert (first["outcome"], first["code"]) == ("rejected", ErrorCode.FACT_UNPROVEN)
    assert money
    assert "rejected" not in {each["outcome"] for each in money}


def customer(name: str, message: str) -> Message:
    """Return a customer as one tells them who has a token and no key, in an owner's name."""
    key = holder_id(MERCHANT, "0901234567")
    holder = Holder(key, MERCHANT, name, "0901234567", HOA, NOON)
    body = acted_by(holder_body(holder), HOA, NOON)
    return Message(MessageId(an_id(message)), key, MessageKind.HOLDER, body, MERCHANT, TILL)


def test_a_stolen_token_alone_gives_no_customer_another_name_and_new_ones_are_taken_for_their_money(
    shop: Served,
) -> None:
    proof, names = person_proof(KEY), "SELECT name FROM holders"
    assert push(shop, customer("Lan", "first")) == ("created", None)
    assert push(shop, customer("Lan", "by an older till")) == ("created", None)
    for forged in (customer("Thief", "bare"), with_proof(customer("Thief", "forged"), person_proof(OTHER_KEY))):
        assert push(shop, forged) == ("rejected", ErrorCode.FACT_UNPROVEN)
    assert ask(shop.hub.units, names) == [("Lan",)]
    assert push(shop, with_proof(customer("Trần Lan", "renamed"), proof)) == ("created", None)
    assert ask(shop.hub.units, names) == [("Trần Lan",)]


def test_where_the_key_does_not_open_a_new_customer_is_still_taken(shop: Served) -> None:
    spoil_key(shop)
    proof = person_proof(KEY)
    assert push(shop, with_proof(customer("Lan", "new"), proof)) == ("created", None)
    assert push(shop, with_proof(customer("Mai", "renamed"), proof)) == ("rejected", ErrorCode.FACT_UNPROVEN)


def test_what_the_hub_passes_on_bears_the_tills_own_proof(shop: Served, till: ShopTill) -> None:
    proven = with_proof(told(till, "account"), person_proof(KEY))
    assert push(shop, proven) == ("created", None)
    passed = [change["message"] for change in shop.changes(protocol=2).json()["changes"]][-1]
    assert json.loads(passed["body"])["proof"] == json.loads(proven.body)["proof"]
