"""What the trail tells of an act: what it answers, how things stood before and after, and never a secret."""

import json
from functools import partial
from typing import Any

from domain.accounts import AccountType
from domain.categories import CategoryKind
from domain.drafts import Draft
from domain.ids import AccountId, CategoryId, DraftId, Instant, MessageId, UserId
from domain.payments import Cause
from domain.policy import Role
from domain.rails import Method
from domain.services.accounts import archive_wallet, open_wallet
from domain.services.categories import archive_category, save_category
from domain.services.drafts import discard_draft, save_draft
from domain.services.people import add_user, check_pin, record_sign_in
from domain.services.settings import change_setting
from domain.shop_settings import REGIME
from domain.trail import CAUSE, Fact, cause_of, changed, paired
from domain.vouchers import VoucherType
from storage.pins import Argon2Pins
from storage.till import TillUnits
from tests.builders import MINUTE, NOON, OWNER, an_id
from tests.domain.till_facts import ask
from tests.property.shop_stage import Shop, Till, a_receipt

LATER = Instant(NOON + MINUTE)
PIN, WRONG_PIN = "739182", "739183"


def told(units: TillUnits, action: str) -> list[dict[str, Any]]:
    """Return the facts of each entry of an action."""
    return [json.loads(row[0]) for row in ask(units, f"SELECT facts FROM audit WHERE action = '{action}' ORDER BY seq")]


def heard(till: Till, action: str) -> list[dict[str, Any]]:
    """Return the facts of each entry of an action at a till of the stage."""
    sql = "SELECT facts FROM audit WHERE action = :action ORDER BY seq"
    return [json.loads(row[0]) for row in till.books.ask(sql, action=action)]


def test_a_change_is_told_before_and_after_and_what_stays_is_left_out() -> None:
    facts = changed({"name": "A", "bank": "", "old": 1}, {"name": "B", "bank": "", "new": 2})
    assert facts == {"name.before": "A", "name": "B", "old.before": 1, "old": None, "new.before": None, "new": 2}
    assert paired({**facts, "reason": "x", CAUSE: "person"}) == (
        Fact("name", "B", "A", is_change=True),
        Fact("old", None, 1, is_change=True),
        Fact("new", 2, None, is_change=True),
        Fact("reason", "x"),
    )


def test_an_act_answers_the_person_it_names_and_else_a_rule() -> None:
    assert (cause_of(OWNER.user_id), cause_of(None)) == (Cause.PERSON, Cause.MACHINE)


def test_neither_a_pin_nor_its_hash_stands_anywhere_in_the_trail(till_units: TillUnits) -> None:
    pins = Argon2Pins(b"p" * 32)
    kept, lan = pins.hash(PIN), UserId(an_id("lan"))
    user = till_units.run(lambda uow: add_user(uow, lan, "Lan", Role.CASHIER, kept, NOON))
    for pin in (WRONG_PIN, PIN):
        right = check_pin(user, pins, pin)
        till_units.run(partial(record_sign_in, user_id=lan, right=right, at=NOON))
    trail = str(ask(till_units, "SELECT * FROM audit"))
    assert "pin.wrong" in trail, "the needles were looked for where they would be"
    assert not [needle for needle in (PIN, WRONG_PIN, kept, "argon2", "p" * 8) if needle in trail]


def test_a_lock_that_wrong_pins_close_is_an_act_of_the_program(till_units: TillUnits) -> None:
    lan = UserId(an_id("lan"))
    till_units.run(lambda uow: add_user(uow, lan, "Lan", Role.CASHIER, "hash", NOON))
    for _ in range(5):
        till_units.run(lambda uow: record_sign_in(uow, lan, False, NOON))
    assert told(till_units, "pin.locked") == [{"cause": "machine", "name": "Lan", "until": NOON + MINUTE}]


def test_a_draft_that_is_thrown_away_is_told_with_what_it_was(till_units: TillUnits) -> None:
    draft = Draft(
        DraftId(an_id("draft")), VoucherType.PAYMENT, "2026-11-21", NOON, NOON, OWNER.user_id, amount_minor=70_000
    )
    till_units.run(lambda uow: save_draft(uow, OWNER, draft))
    till_units.run(lambda uow: discard_draft(uow, OWNER, draft.id, LATER))
    assert told(till_units, "draft.discarded") == [
        {"amount": 70_000, "cause": "person", "date": "2026-11-21", "type": "PC", "wallet": None, "target": None}
    ]


def test_wallets_and_categories_that_go_out_of_use_and_come_back_are_told(till_units: TillUnits) -> None:
    wallet, rent = AccountId(an_id("wallet")), CategoryId(an_id("rent"))
    till_units.run(lambda uow: open_wallet(uow, OWNER, wallet, AccountType.CASH, "Két 2", NOON))
    till_units.run(
        lambda uow: save_category(
            uow, OWNER, rent, MessageId(an_id("m")), NOON, kind=CategoryKind.EXPENSE, name_vi="Thuê nhà"
        )
    )
    for number, archived in enumerate((True, False)):
        first, second = (MessageId(an_id(f"{thing} {number}")) for thing in ("wallet", "category"))
        common: dict[str, Any] = {"actor": OWNER, "at": NOON, "archived": archived}
        till_units.run(partial(archive_wallet, account_id=wallet, message_id=first, **common))
        till_units.run(partial(archive_category, category_id=rent, message_id=second, **common))
    for thing in ("wallet", "category"):
        assert [facts["name"] for facts in told(till_units, f"{thing}.archived")] == [
            facts["name"] for facts in told(till_units, f"{thing}.restored")
        ]
    assert told(till_units, "category.made")[0]["kind"] == "EXPENSE"


def test_what_the_hubs_news_changed_is_told_with_how_it_was(shop: Shop, till: Till, other: Till) -> None:
    owner = till.actor(Role.OWNER)
    sale = till.start("code", Method.VIETQR, 45_000, NOON)
    till.units.run(lambda uow: change_setting(uow, owner, REGIME, "TT99", MessageId(an_id("m1")), NOON))
    rent, message = CategoryId(an_id("rent")), MessageId(an_id("m2"))
    till.units.run(lambda uow: save_category(uow, owner, rent, message, NOON, kind=CategoryKind.EXPENSE, name_vi="Nhà"))
    shop.settle_down()
    shop.receive(a_receipt(sale, 45_000, "m1", LATER))
    shop.settle_down()
    [payment] = heard(till, "payment.heard")
    assert (payment["cause"], payment["status.before"], payment["status"]) == ("hub", "pending", "paid")
    assert (payment["received.before"], payment["received"]) == (0, 45_000)
    assert heard(other, "setting.heard") == [{"cause": "hub", "value": "TT99", "value.before": None}]
    assert [facts["name"] for facts in heard(other, "category.heard")] == ["Nhà"]
    assert heard(till, "setting.heard") == [], "what this till told itself is no news"


def test_a_wallet_that_the_hub_tells_of_is_told(shop: Shop, till: Till, other: Till) -> None:
    owner = till.actor(Role.OWNER)
    wallet = AccountId(an_id("wallet"))
    till.units.run(lambda uow: open_wallet(uow, owner, wallet, AccountType.CASH, "Két 2", NOON))
    shop.settle_down()
    news = heard(other, "wallet.heard")[-1]
    assert (news["name"], news["name.before"], news["cause"]) == ("Két 2", None, "hub")
    assert heard(till, "wallet.heard") == []
