"""Wallets, categories and settings between till and hub: changed by who has the shop's key, not by a token alone."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from domain.accounts import AccountType
from domain.categories import CategoryKind
from domain.errors import ErrorCode
from domain.fact_proofs import PROVEN_KINDS, proof_holds, with_proof
from domain.ids import AccountId, CategoryId, DeviceId, Instant, MessageId
from domain.messages import EXISTS, Message, MessageKind, canonical_json, rejected
from domain.people import UNREADABLE, PersonProof
from domain.routing import PLAN
from domain.services.accounts import archive_wallet, change_wallet, open_wallet
from domain.services.categories import save_category
from domain.services.proven_facts import kept_out
from domain.services.replication import receive_at_hub, receive_at_till
from domain.services.settings import change_setting
from domain.shop_settings import LIMITS, REGIME
from storage.keys import person_proof
from storage.session import Sql
from tests.builders import BANK, MINUTE, NOON, an_id
from tests.domain.message_facts import refused
from tests.property.people_stage import PeopleShop
from tests.property.shop_stage import PEOPLE_KEY, SECOND_TILL, Till

LATER: Final = Instant(NOON + MINUTE)
PROOF: Final = person_proof(PEOPLE_KEY)
FORGED: Final = PersonProof(bytes(32))
THIEF: Final = "0999999999"


@pytest.fixture
def shop() -> Iterator[PeopleShop]:
    shop = PeopleShop()
    yield shop
    shop.close()


def bare(message: Message, **facts: Any) -> Message:
    """Return a message as one tells it who has no key; perhaps under another id or with other words."""
    told = json.loads(message.body)
    told.pop("proof", None)
    return replace(message, body=canonical_json({**told, **facts}))


def moved(shop: PeopleShop, till: Till, bank_account: str = "0123456789", name: str = "m") -> Message:
    """Let the owner change the bank account of a wallet, and return what leaves the till."""
    act = MessageId(an_id(name))
    till.units.run(
        lambda uow: change_wallet(
            uow, shop.owner(till), BANK, act, LATER, name="Ngân hàng", bank_bin="970436", bank_account=bank_account
        )
    )
    return till.waiting()[-1]


def opened(shop: PeopleShop, till: Till, name: str) -> AccountId:
    """Let the owner open an empty wallet."""
    wallet = AccountId(an_id(name))
    till.units.run(lambda uow: open_wallet(uow, shop.owner(till), wallet, AccountType.CASH, name, LATER))
    return wallet


def archived(shop: PeopleShop, till: Till) -> Message:
    """Let the owner take a wallet out of use."""
    wallet = opened(shop, till, "Két phụ")
    shop.settle_down()
    act = MessageId(an_id("a"))
    till.units.run(lambda uow: archive_wallet(uow, shop.owner(till), wallet, act, LATER, archived=True))
    return till.waiting()[-1]


def setting(key: str, value: Any) -> Callable[[PeopleShop, Till], Message]:
    def told(shop: PeopleShop, till: Till) -> Message:
        act = MessageId(an_id(f"s {key}"))
        till.units.run(lambda uow: change_setting(uow, shop.owner(till), key, value, act, LATER))
        return till.waiting()[-1]

    return told


def recategorised(shop: PeopleShop, till: Till) -> Message:
    """Let the owner make a category and rename it."""
    made = CategoryId(an_id("c"))

    def named(name: str) -> None:
        owner, act, kind = shop.owner(till), MessageId(an_id(name)), CategoryKind.EXPENSE
        till.units.run(lambda uow: save_category(uow, owner, made, act, LATER, kind=kind, name_vi=name))

    named("Điện")
    shop.settle_down()
    named("Nước")
    return till.waiting()[-1]


DANGEROUS: Final[dict[str, Callable[[PeopleShop, Till], Message]]] = {
    "bank account": moved,
    "archival": archived,
    "limits": setting(LIMITS, {"back_date": 3_650}),
    "routes": setting(PLAN, {"methods": {"vietqr": "casso"}}),
    "regime": setting(REGIME, "TT99"),
    "category": recategorised,
}


@pytest.mark.parametrize("kind", DANGEROUS)
def test_the_hub_takes_what_a_till_of_the_shop_proves_and_every_till_hears_it(shop: PeopleShop, kind: str) -> None:
    till = shop.tills[0]
    told = DANGEROUS[kind](shop, till)
    assert proof_holds(told, PROOF)
    shop.settle_down()
    assert [till.refused() for till in shop.tills] == [[], []]
    table = "shop_settings" if told.kind is MessageKind.SETTING else "accounts"
    what = "key, value" if table == "shop_settings" else "id, name, bank_bin, bank_account, archived_at"
    assert len({repr(till.books.ask(f"SELECT {what} FROM {table} ORDER BY 1")) for till in shop.tills}) == 1


@pytest.mark.parametrize("kind", DANGEROUS)
def test_without_the_shops_key_nothing_that_steers_money_is_changed(shop: PeopleShop, kind: str) -> None:
    """Who has a till's token sends what they like in its name, the owner's id with it, but cannot prove it."""
    told = bare(DANGEROUS[kind](shop, shop.tills[0]))
    other = replace(told, device_id=SECOND_TILL)
    for forged in (told, other, with_proof(told, FORGED), replace(told, body=bare(told, proof=5).body)):
        assert refused(shop, forged) is ErrorCode.FACT_UNPROVEN


def test_a_proven_fact_with_one_other_word_is_refused(shop: PeopleShop) -> None:
    told = moved(shop, shop.tills[0])
    for field, value in (("bank_account", THIEF), ("by", an_id("another")), ("at", NOON), ("more", 1)):
        body = canonical_json({**json.loads(told.body), field: value})
        assert refused(shop, replace(told, body=body)) is ErrorCode.FACT_UNPROVEN


def test_who_overheard_a_wallets_old_account_cannot_bring_it_back(shop: PeopleShop) -> None:
    till = shop.tills[0]
    first = moved(shop, till, "0123456789", "first")
    shop.settle_down()
    moved(shop, till, "0123450000", "then")
    shop.settle_down()
    for again in (
        replace(first, id=MessageId(an_id("again"))),
        replace(first, id=MessageId(an_id("again")), device_id=SECOND_TILL),
        replace(first, id=MessageId(an_id("again")), kind=MessageKind.SETTING, subject_id=f"setting:{LIMITS}"),
    ):
        assert refused(shop, again) in {ErrorCode.FACT_UNPROVEN, ErrorCode.MESSAGE_MALFORMED}
    assert shop.hub_books.ask("SELECT bank_account FROM accounts WHERE id = :id", id=BANK) == [("0123450000",)]


def test_a_wallet_without_a_bank_account_that_an_older_till_opened_is_taken_for_its_money(shop: PeopleShop) -> None:
    till = shop.tills[0]
    opened(shop, till, "Két cũ")
    [told] = till.waiting()
    assert refused(shop, bare(told, bank_bin="970436", bank_account=THIEF)) is ErrorCode.FACT_UNPROVEN
    assert refused(shop, bare(told, archived_at=NOON)) is ErrorCode.FACT_UNPROVEN
    [outcome] = shop.take([bare(told)])
    assert outcome.code is None


def test_before_the_shop_has_its_key_facts_are_taken_as_ever(shop: PeopleShop) -> None:
    told = bare(moved(shop, shop.tills[0]))
    assert shop.run(lambda uow: receive_at_hub(uow, told, NOON)).code is None


def test_where_the_key_does_not_open_nothing_is_proven(shop: PeopleShop) -> None:
    told = moved(shop, shop.tills[0])

    def op(uow: Any) -> Any:
        uow.proofs = UNREADABLE
        return receive_at_hub(uow, told, NOON).code

    assert shop.run(op) is ErrorCode.FACT_UNPROVEN
    assert not UNREADABLE.holds("", "")


def test_what_waited_from_before_the_key_leaves_proven_once_there_is_one(shop: PeopleShop) -> None:
    till = shop.tills[0]
    till.units._proofs = None
    assert proof_holds(moved(shop, till), PROOF) is None
    till.units.prove_people(PROOF)
    assert proof_holds(till.waiting()[-1], PROOF)
    assert [outcome.code for outcome in shop.push(till)] == [None]


def test_what_was_refused_without_a_proof_is_kept_and_goes_again_with_one(shop: PeopleShop) -> None:
    till = shop.tills[0]
    till.units._proofs = None
    moved(shop, till)
    shop.push(till)
    assert till.refused() == [("account", "FACT_UNPROVEN")]
    till.replica.introduce_people(LATER)
    assert till.refused() == [("account", "FACT_UNPROVEN")], "without the key there is nothing new to say"
    till.units.prove_people(PROOF)
    till.replica.introduce_people(LATER)
    assert till.refused() == []
    assert [outcome.code for outcome in shop.push(till)] == [None]
    assert till.waiting() == []


@pytest.mark.parametrize("proven_first", [True, False])
def test_a_fact_that_goes_again_with_or_without_its_proof_is_the_same_fact(
    shop: PeopleShop, proven_first: bool
) -> None:
    """The answer to the first push may be lost while the key comes, or a restored till may have lost the key."""
    proven = moved(shop, shop.tills[0])
    first, again = (proven, bare(proven)) if proven_first else (bare(proven), proven)
    shop.run(lambda uow: receive_at_hub(uow, first, NOON))
    assert shop.take([again]) == [EXISTS]
    assert shop.take([bare(again, bank_account=THIEF)]) == [rejected(ErrorCode.ID_REUSED)]


@pytest.mark.parametrize(("code", "again"), [("HUB_REFUSED", True), ("NOT_PERMITTED", False)])
def test_what_a_version_that_knew_no_proofs_was_refused_goes_again_and_nothing_else(
    shop: PeopleShop, code: str, again: bool
) -> None:
    till = shop.tills[0]
    moved(shop, till)
    till.units.run(
        lambda uow: uow.session.run(
            Sql("UPDATE outbox SET state = 'rejected', code = :code WHERE state = 'queued'"), {"code": code}
        )
    )
    till.replica.introduce_people(LATER)
    assert bool(till.waiting()) is again


def test_a_fact_that_a_till_told_before_it_was_restored_is_proven_in_its_former_name(shop: PeopleShop) -> None:
    told = bare(moved(shop, shop.tills[0]))
    former = replace(told, device_id=DeviceId(an_id("former life")))
    assert proof_holds(with_proof(former, PROOF), PROOF)
    assert not proof_holds(replace(with_proof(former, PROOF), device_id=told.device_id), PROOF)


def test_a_till_keeps_out_what_another_key_proves_and_reads_on(shop: PeopleShop) -> None:
    first, second = shop.tills
    forged = with_proof(bare(moved(shop, first), bank_account=THIEF), FORGED)
    shop.run(lambda uow: uow.outbox.add(replace(forged, id=MessageId(an_id("forged"))), NOON))
    shop.pull(second)
    assert THIEF not in repr(second.books.ask("SELECT bank_account FROM accounts"))
    assert second.books.ask("SELECT subject_id FROM audit WHERE action = 'fact.unproven'") == [(BANK,)]
    shop.settle_down()
    assert second.books.ask("SELECT bank_account FROM accounts WHERE id = :id", id=BANK) == [("0123456789",)]


def test_a_till_hears_what_is_older_than_proofs_and_what_the_hub_says_itself(shop: PeopleShop) -> None:
    first, second = shop.tills
    told = bare(moved(shop, first))
    assert not second.units.run(lambda uow: kept_out(uow, told, NOON))
    assert second.units.run(lambda uow: receive_at_till(uow, told, NOON)).code is None


def test_only_what_steers_money_is_proven_and_twice_is_once(shop: PeopleShop) -> None:
    till = shop.tills[0]
    told = moved(shop, till)
    assert with_proof(told, PROOF) == told == with_proof(bare(told), PROOF)
    assert with_proof(bare(told), None) == bare(told)
    voucher = replace(told, kind=MessageKind.VOUCHER, body="{}")
    assert with_proof(voucher, PROOF) == voucher
    for body in ("[]", "{", '{"a":NaN}', '{"a":"\ud800"}', "[" * 100_000):
        odd = replace(told, body=body)
        assert with_proof(odd, PROOF) == odd
        assert proof_holds(odd, PROOF) is None
    assert {MessageKind.ACCOUNT, MessageKind.CATEGORY, MessageKind.SETTING, MessageKind.HOLDER} == PROVEN_KINDS
