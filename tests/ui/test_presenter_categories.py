"""The tree of categories as a person walks and changes it: what can be done is offered, what cannot is told."""

import pytest

from domain.accounts import Control, Regime
from domain.categories import MAX_DEPTH, CategoryKind, category_id
from domain.changes import Changes, Topic
from domain.errors import ErrorCode
from domain.ids import CategoryId
from domain.policy import Role
from domain.shop_settings import REGIME
from tests.fakes.kept_books import BooksCounter, KeptBooks
from tests.fakes.small_shop import CASHIER, MERCHANT, OWNER
from ui.presenters.categories import CategoriesPresenter, CategoryNode
from ui.presenters.category_form import CategoryFormPresenter

EXPENSE, INCOME = CategoryKind.EXPENSE, CategoryKind.INCOME
PAYROLL = category_id(MERCHANT, "payroll")


@pytest.fixture
def books() -> KeptBooks:
    made = KeptBooks()
    made.hang("Overtime", "Payroll")
    made.hang("Night shift", "Overtime")
    made.hang("Gifts")
    return made


@pytest.fixture
def counter(books: KeptBooks) -> BooksCounter:
    return BooksCounter(actor=OWNER, books=books)


@pytest.fixture
def tree(counter: BooksCounter) -> CategoriesPresenter:
    made = CategoriesPresenter(counter.desk)
    made.opened()
    return made


def node(tree: CategoriesPresenter, name: str) -> CategoryNode:
    return next(each for each in tree.state.nodes if each.row.name_en == name)


def walk(tree: CategoriesPresenter, name: str) -> None:
    row = node(tree, name).row
    tree.choose(row.kind, row.id)


def form_of(tree: CategoriesPresenter, name: str) -> CategoryFormPresenter:
    walk(tree, name)
    form = tree.edit_form(lambda: None)
    assert form is not None
    return form


def new_below(tree: CategoriesPresenter, name: str) -> CategoryFormPresenter:
    walk(tree, name)
    form = tree.add_form(lambda: None)
    assert form is not None
    return form


def test_each_category_knows_its_level_and_the_account_it_books_against(tree: CategoriesPresenter) -> None:
    assert {each.row.kind for each in tree.state.nodes} == set(CategoryKind)
    assert len(tree.state.nodes) == 17
    for name, level, control, code in (
        ("Sales", 1, Control.SALES, "5111"),
        ("Night shift", 3, Control.EXPENSES, "6422"),
        ("Gifts", 1, Control.EXPENSES, "6422"),
        ("Other expenses", 1, Control.OTHER_EXPENSE, "811"),
    ):
        found = node(tree, name)
        assert (found.level, found.control, found.code) == (level, control, code), name


@pytest.mark.parametrize(("regime", "code"), [(Regime.TT133, "6421"), (Regime.TT99, "641"), (Regime.TT152, "")])
def test_the_code_is_the_one_of_the_regime_and_households_see_none(
    counter: BooksCounter, tree: CategoriesPresenter, regime: Regime, code: str
) -> None:
    counter.books.values[REGIME] = regime.value
    tree.on_changes(Changes({Topic.SETTINGS: frozenset({REGIME})}))
    assert node(tree, "Payment fees and bank charges").code == code


def test_a_category_is_added_below_the_chosen_one_and_then_chosen(
    counter: BooksCounter, tree: CategoriesPresenter
) -> None:
    form = new_below(tree, "Payroll")
    assert form.state.parent == PAYROLL
    assert not form.state.can_save
    form.set_name_vi("  Thưởng Tết ")
    form.save()
    made = tree.state.chosen_node
    assert made is not None
    assert (made.row.name_vi, made.row.name_en, made.row.parent_id) == ("Thưởng Tết", "Thưởng Tết", PAYROLL)
    assert counter.notices.toast_keys == ["categories.made"]


def test_saving_twice_makes_one_category(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    form = new_below(tree, "Payroll")
    form.set_name_vi("Thưởng")
    counter.work.held = True
    form.save()
    form.save()
    counter.work.release()
    assert [each.name_vi for each in counter.books.kept.values()].count("Thưởng") == 1
    assert counter.work.commands == 1


def test_a_new_category_can_be_of_the_other_kind_and_stands_at_the_top_then(tree: CategoriesPresenter) -> None:
    form = new_below(tree, "Payroll")
    form.choose_kind(INCOME)
    assert form.state.parent is None
    assert {row.kind for row in form.state.parents} == {INCOME}
    form.set_name_vi("Cho thuê mặt bằng")
    form.set_name_en("Sublet")
    form.save()
    assert node(tree, "Sublet").control is Control.OTHER_INCOME


def test_both_names_are_changed_and_every_other_till_is_told(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    form = form_of(tree, "Gifts")
    assert (form.state.name_vi, form.state.name_en) == ("Gifts (vi)", "Gifts")
    form.set_name_vi("Quà tặng khách")
    form.set_name_en("Presents")
    form.save()
    assert node(tree, "Presents").row.name_vi == "Quà tặng khách"
    assert counter.shop.unsent == {"own-Gifts"}


def test_only_possible_places_are_offered(tree: CategoriesPresenter) -> None:
    offered = {row.name_en for row in form_of(tree, "Overtime").state.parents}
    assert {"Payroll", "Gifts", "Other expenses"} <= offered
    assert offered.isdisjoint({"Overtime", "Night shift", "Sales"})


def test_no_place_is_offered_that_would_hang_too_deep(books: KeptBooks, tree: CategoriesPresenter) -> None:
    above = "Gifts"
    for level in range(2, MAX_DEPTH + 1):
        books.hang(f"Gifts {level}", above)
        above = f"Gifts {level}"
    tree.refresh()
    deepest = node(tree, above)
    assert deepest.level == MAX_DEPTH
    offered = {row.name_en for row in form_of(tree, "Overtime").state.parents}
    assert f"Gifts {MAX_DEPTH - 2}" in offered
    assert f"Gifts {MAX_DEPTH - 1}" not in offered
    assert new_below(tree, above).state.parent == deepest.row.parent_id


def test_every_offered_place_is_taken_by_the_books_and_no_other(books: KeptBooks, tree: CategoriesPresenter) -> None:
    form = form_of(tree, "Overtime")
    offered = {row.id for row in form.state.parents}
    for row in [each.row for each in tree.state.nodes if each.row.kind is EXPENSE]:
        form = form_of(tree, "Overtime")
        form.choose_parent(row.id)
        form.save()
        assert (form.state.problem is None) == (row.id in offered), row.name_en
    assert books.named("Overtime").parent_id in offered


def test_a_refusal_keeps_what_was_typed(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    form = new_below(tree, "Gifts")
    form.set_name_vi("Hoa")
    tree.choose(EXPENSE, CategoryId("own-Gifts"))
    tree.archive()
    form.save()
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.CATEGORY_ARCHIVED
    assert (form.state.name_vi, form.state.can_save) == ("Hoa", True)
    form.choose_parent(None)
    assert form.state.problem is None
    form.save()
    assert node(tree, "Hoa").level == 1


def test_a_name_that_is_too_long_cannot_be_saved(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    form = form_of(tree, "Gifts")
    form.set_name_vi("x" * 61)
    assert form.state.wrong == {"name_vi"}
    form.save()
    assert counter.work.commands == 0


def test_an_archived_category_is_hidden_until_wished_for_and_can_come_back(
    counter: BooksCounter, tree: CategoriesPresenter
) -> None:
    walk(tree, "Night shift")
    tree.archive()
    assert tree.state.archived == 1
    assert "Night shift" not in {each.row.name_en for each in tree.state.shown}
    assert tree.state.chosen == "own-Overtime"
    tree.show_archived(True)
    walk(tree, "Night shift")
    tree.archive()
    assert tree.state.archived == 0
    assert counter.notices.toast_keys == ["categories.archived_now", "categories.brought_back"]


def test_hiding_the_archived_ones_goes_up_to_what_is_still_in_sight(tree: CategoriesPresenter) -> None:
    walk(tree, "Gifts")
    tree.show_archived(True)
    tree.archive()
    assert tree.state.chosen == "own-Gifts"
    tree.show_archived(False)
    assert tree.state.chosen_node is None
    assert tree.state.kind is EXPENSE


def test_one_with_others_below_it_is_not_archived_and_says_why(tree: CategoriesPresenter) -> None:
    walk(tree, "Overtime")
    tree.archive()
    assert tree.state.problem is not None
    assert tree.state.problem.code is ErrorCode.CATEGORY_IN_USE
    tree.choose(EXPENSE, None)
    assert tree.state.problem is None


def test_a_built_in_one_is_not_edited_and_says_why(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    walk(tree, "Sales")
    assert tree.edit_form(lambda: None) is None
    assert tree.state.problem is not None
    assert tree.state.problem.code is ErrorCode.CATEGORY_SYSTEM
    assert counter.work.commands == 0


def test_a_manager_sees_the_tree_and_changes_nothing(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    tree.closed()
    counter.desk.actor = type(OWNER)(OWNER.user_id, "Hà", Role.MANAGER, OWNER.device_id)
    tree.opened()
    walk(tree, "Gifts")
    assert not tree.state.can_change
    assert tree.add_form(lambda: None) is None
    assert tree.edit_form(lambda: None) is None
    tree.archive()
    assert counter.work.commands == 0


def test_a_cashier_sees_nothing_and_nothing_is_read(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    tree.closed()
    counter.desk.actor = CASHIER
    tree.opened()
    assert not tree.state.allowed
    tree.on_changes(Changes({Topic.CATEGORIES: frozenset({"x"})}))
    assert tree.state.nodes == ()


def test_the_owner_sees_the_tree_again_after_a_cashier(counter: BooksCounter, tree: CategoriesPresenter) -> None:
    tree.closed()
    counter.desk.actor = CASHIER
    tree.opened()
    tree.closed()
    counter.desk.actor = OWNER
    tree.opened()
    assert tree.state.nodes
