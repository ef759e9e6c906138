"""The tree of categories: what hangs where, what is refused, and the fourteen that stay, also to raw SQL."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.categories import MAX_DEPTH, SYSTEM_CATEGORIES, Category, CategoryKind, category_id, lineage
from domain.errors import ErrorCode
from domain.ids import CategoryId, MessageId
from domain.services.categories import archive_category, save_category
from storage.hub_units import HubUnits
from storage.session import Session
from storage.till import TillUnits
from tests.builders import MANAGER, MERCHANT, NOON, OWNER, an_id
from tests.domain.till_facts import ask, code_of, dump
from tests.storage.misuse import inserted, refusal
from tests.storage.two_tills import TwoTills

EXPENSE, INCOME = CategoryKind.EXPENSE, CategoryKind.INCOME
RENT = category_id(MERCHANT, "rent_utilities")
MESSAGES = iter(range(1_000_000))


@pytest.fixture
def shop() -> Iterator[TwoTills]:
    stage = TwoTills()
    yield stage
    stage.close()


def an(name: str) -> CategoryId:
    return CategoryId(an_id(name))


def fresh() -> MessageId:
    return MessageId(an_id(f"category message {next(MESSAGES)}"))


def save(name: str, parent: CategoryId | None = None, kind: CategoryKind = EXPENSE, **facts: Any) -> Any:
    actor, own_id = facts.pop("actor", OWNER), facts.pop("own_id", an(name))
    told = {"kind": kind, "name_vi": name, "parent_id": parent, **facts}
    return lambda uow: save_category(uow, actor, own_id, fresh(), NOON, **told)


def archive(own_id: CategoryId, *, archived: bool = True) -> Any:
    return lambda uow: archive_category(uow, OWNER, own_id, fresh(), NOON, archived=archived)


def hang(units: TillUnits, *names: str, below: CategoryId | None = None) -> None:
    """Make categories, each below the one before it."""
    for name in names:
        units.run(save(name, below))
        below = an(name)


def line(units: TillUnits, name: str) -> list[str]:
    """Return the ids of a category and of its parents up to the root."""

    def op(uow: Any) -> list[str]:
        return [one.id for one in lineage(uow.categories.get(an(name)), uow.categories.get)]

    return units.run(op)


def test_a_category_hangs_below_a_system_one_or_an_own_one(till_units: TillUnits) -> None:
    hang(till_units, "điện", "điện kho", below=RENT)
    assert line(till_units, "điện kho") == [an("điện kho"), an("điện"), RENT]


def test_without_an_english_name_both_are_one(till_units: TillUnits) -> None:
    made = till_units.run(save(" Điện "))
    assert (made.name_vi, made.name_en) == ("Điện", "Điện")


def test_a_category_takes_other_names_and_another_parent(till_units: TillUnits) -> None:
    hang(till_units, "điện", below=RENT)
    till_units.run(save("Tiền điện", own_id=an("điện"), name_en="Power"))
    kept = till_units.run(lambda uow: uow.categories.get(an("điện")))
    assert kept == Category(an("điện"), MERCHANT, EXPENSE, "Tiền điện", "Power")
    assert len(ask(till_units, "SELECT id FROM outbox WHERE kind = 'category'")) == 2


def test_a_category_that_stays_as_it_is_tells_nobody(till_units: TillUnits) -> None:
    hang(till_units, "điện")
    before = dump(till_units)
    till_units.run(save("điện"))
    assert dump(till_units) == before


@pytest.mark.parametrize("name", ["", " \t", "x" * 61])
def test_a_name_that_cannot_be_is_refused(name: str, till_units: TillUnits) -> None:
    assert code_of(till_units, save(name)) is ErrorCode.NAME_INVALID


def test_only_an_owner_changes_categories(till_units: TillUnits) -> None:
    assert code_of(till_units, save("điện", actor=MANAGER)) is ErrorCode.NOT_PERMITTED


def test_a_cycle_is_refused(till_units: TillUnits) -> None:
    hang(till_units, "a", "b", "c")
    for parent in ("a", "b", "c"):
        assert code_of(till_units, save("a", an(parent))) is ErrorCode.CATEGORY_CYCLE


def test_a_parent_of_the_other_kind_is_refused(till_units: TillUnits) -> None:
    assert code_of(till_units, save("điện", category_id(MERCHANT, "sales"))) is ErrorCode.CATEGORY_KIND
    hang(till_units, "điện")
    assert code_of(till_units, save("điện", kind=INCOME)) is ErrorCode.CATEGORY_KIND


def test_an_unknown_parent_is_refused(till_units: TillUnits) -> None:
    assert code_of(till_units, save("điện", an("nobody"))) is ErrorCode.CATEGORY_UNKNOWN


def test_a_tree_that_is_too_deep_is_refused(till_units: TillUnits) -> None:
    names = [f"level {level}" for level in range(MAX_DEPTH)]
    hang(till_units, *names)
    assert len(line(till_units, names[-1])) == MAX_DEPTH
    assert code_of(till_units, save("one more", an(names[-1]))) is ErrorCode.CATEGORY_CYCLE


def test_a_branch_that_would_grow_too_deep_is_not_moved(till_units: TillUnits) -> None:
    hang(till_units, "a", "b", "c", "d")
    hang(till_units, "x", "y", "z")
    assert code_of(till_units, save("a", an("z"))) is ErrorCode.CATEGORY_CYCLE
    till_units.run(save("a", an("y")))
    assert len(line(till_units, "d")) == MAX_DEPTH


def test_a_category_with_others_below_it_is_not_archived(till_units: TillUnits) -> None:
    hang(till_units, "a", "b")
    assert code_of(till_units, archive(an("a"))) is ErrorCode.CATEGORY_IN_USE
    till_units.run(archive(an("b")))
    till_units.run(archive(an("a")))
    assert code_of(till_units, archive(an("b"), archived=False)) is ErrorCode.CATEGORY_ARCHIVED
    till_units.run(archive(an("a"), archived=False))
    till_units.run(archive(an("b"), archived=False))
    assert ask(till_units, "SELECT id FROM categories WHERE archived_at IS NOT NULL") == []


def test_nothing_is_hung_below_an_archived_category(till_units: TillUnits) -> None:
    hang(till_units, "a")
    till_units.run(archive(an("a")))
    assert code_of(till_units, save("b", an("a"))) is ErrorCode.CATEGORY_ARCHIVED


def test_an_unknown_category_is_not_archived(till_units: TillUnits) -> None:
    assert code_of(till_units, archive(an("nobody"))) is ErrorCode.CATEGORY_UNKNOWN


@pytest.mark.parametrize(("key", "kind"), [(key, kind) for key, kind, _, _ in SYSTEM_CATEGORIES])
def test_a_system_category_is_neither_changed_nor_archived(key: str, kind: CategoryKind, till_units: TillUnits) -> None:
    own_id = category_id(MERCHANT, key)
    for op in (save("Khác", own_id=own_id, kind=kind), archive(own_id), archive(own_id, archived=False)):
        assert code_of(till_units, op) is ErrorCode.CATEGORY_SYSTEM


def raw_refusals(session: Session) -> None:
    """Try to harm the tree by raw SQL; every try is refused by the database itself."""
    sales, fees = category_id(MERCHANT, "sales"), category_id(MERCHANT, "fees")
    harm = {
        f"DELETE FROM categories WHERE id = '{sales}'": "removed",
        f"DELETE FROM categories WHERE id = '{an('own')}'": "deleted",
        f"UPDATE categories SET kind = 'EXPENSE' WHERE id = '{sales}'": "kind",
        f"UPDATE categories SET system_key = 'x' WHERE id = '{sales}'": "kind",
        f"UPDATE categories SET archived_at = 1 WHERE id = '{sales}'": "in use",
        f"UPDATE categories SET parent_id = '{fees}' WHERE id = '{RENT}'": "root",
        f"UPDATE categories SET kind = 'INCOME' WHERE id = '{an('own')}'": "kind",
        f"UPDATE categories SET parent_id = '{sales}' WHERE id = '{an('own')}'": "of its kind",
        f"UPDATE categories SET parent_id = id WHERE id = '{an('own')}'": "of its kind",
        inserted(
            "categories",
            merchant_id=MERCHANT,
            id="raw",
            kind="EXPENSE",
            name_vi="x",
            name_en="x",
            system_key="",
            parent_id=sales,
        ): "of its kind",
    }
    for statement, why in harm.items():
        said = refusal(session, statement)
        assert "guard" in said, (statement, said)
        assert why in said or "kind" in said or "deleted" in said, (statement, said)


def test_the_tills_database_keeps_the_tree_from_raw_sql(till_units: TillUnits) -> None:
    till_units.run(save("own"))
    till_units.run(lambda uow: raw_refusals(uow.session))


def test_the_hubs_database_keeps_the_tree_from_raw_sql(hub_units: HubUnits) -> None:
    hub_units.run(MERCHANT, save("own"))
    hub_units.run(MERCHANT, lambda uow: raw_refusals(uow.session))


def tree(shop: TwoTills) -> list[list[tuple[Any, ...]]]:
    """Return every own category with its parent and archiving, as the hub and both tills hold it."""
    asked = "SELECT id, name_vi, parent_id, archived_at FROM categories WHERE system_key = '' ORDER BY id"
    return [books.ask(asked) for books in shop.every_book()]


def test_every_till_hears_of_categories(shop: TwoTills) -> None:
    hang(shop.tills[0].units, "a", "b", below=RENT)
    shop.tills[0].units.run(archive(an("b")))
    shop.settle_down()
    assert tree(shop) == [tree(shop)[0]] * 3
    assert len(tree(shop)[0]) == 2


@pytest.mark.parametrize("first", [0, 1])
def test_tills_that_hang_two_categories_below_each_other_apart_agree_in_the_end(first: int, shop: TwoTills) -> None:
    hang(shop.tills[0].units, "x")
    hang(shop.tills[0].units, "y")
    shop.settle_down()
    shop.tills[0].units.run(save("x", an("y")))
    shop.tills[1].units.run(save("y", an("x")))
    shop.sync(shop.tills[first])
    shop.sync(shop.tills[1 - first])
    shop.settle_down()
    assert tree(shop) == [tree(shop)[0]] * 3


def test_tills_that_hang_two_categories_below_each_other_agree_if_one_pulls_before_it_pushes(shop: TwoTills) -> None:
    hang(shop.tills[0].units, "x")
    hang(shop.tills[0].units, "y")
    shop.settle_down()
    shop.tills[0].units.run(save("x", an("y")))
    shop.tills[1].units.run(save("y", an("x")))
    shop.sync(shop.tills[1])
    shop.pull(shop.tills[0])
    shop.settle_down()
    assert tree(shop) == [tree(shop)[0]] * 3
