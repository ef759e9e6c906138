"""The page of categories in both languages: everything fits and is in reach, and the tree is worked by keys alone."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from domain.categories import CategoryKind
from domain.money import Language
from tests.fakes.kept_books import BooksCounter, KeptBooks
from tests.fakes.shown_view import (
    LARGE,
    SMALL,
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.dress import apply_theme
from ui.presenters.categories import CategoriesPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.categories import CategoriesView
from ui.views.categories_form import CategorySheet

EXPENSE = CategoryKind.EXPENSE
ENGLISH = Texts(Language.EN)


class Page:
    """The page with what stands behind it: Overtime below Payroll, and Gifts, which is archived."""

    def __init__(self, qtbot: QtBot, size: tuple[int, int] = LARGE, language: Language = Language.EN) -> None:
        books = KeptBooks()
        books.hang("Overtime", "Payroll")
        gifts = books.hang("Gifts")
        books.kept[gifts.id] = replace(gifts, archived_at=NOON)
        self.books = books
        self.counter = BooksCounter(actor=OWNER, books=books)
        self.presenter = CategoriesPresenter(self.counter.desk)
        self.view = CategoriesView(self.presenter, Texts(language))
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        settle()

    def walk(self, name: str) -> None:
        row = self.books.named(name)
        self.presenter.choose(row.kind, row.id)
        settle()

    def keys(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(self.focused(), key)
            settle()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focused(), text)
        settle()

    def focused(self) -> QWidget:
        """Who gets the keys; offscreen no window becomes the active one when a sheet closes."""
        return QApplication.focusWidget() or self.view.focusWidget() or self.view

    @property
    def chosen(self) -> str:
        node = self.presenter.state.chosen_node
        return node.row.name_en if node is not None else self.presenter.state.kind.value

    @property
    def sheet(self) -> CategorySheet | None:
        return next((each for each in self.view.findChildren(CategorySheet) if each.isVisible()), None)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    return Page(qtbot)


@pytest.mark.parametrize(
    ("language", "size"), [(Language.VI, (960, 444)), (Language.EN, SMALL), (Language.VI, LARGE), (Language.EN, LARGE)]
)
def test_the_page_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, language: Language, size: tuple[int, int]
) -> None:
    page = Page(qtbot, size, language)
    page.walk("Overtime")
    assert (page.view.width(), page.view.height()) == size
    assert too_small_or_nameless(page.view) == []
    assert cut_off(page.view) == []
    assert out_of_reach(page.view) == []


@pytest.mark.parametrize("theme", [ThemeName.DARK, ThemeName.CONTRAST])
def test_large_text_is_not_cut_off_in_any_palette(qtbot: QtBot, qapp: QApplication, theme: ThemeName) -> None:
    apply_theme(qapp, Theme(theme, TextScale.LARGEST, reduced_motion=True))
    page = Page(qtbot, SMALL, Language.VI)
    for name in ("Overtime", "Sales"):
        page.walk(name)
        assert cut_off(page.view) == []


def test_arrow_keys_walk_the_tree_and_open_and_close_it(page: Page) -> None:
    assert page.focused() is page.view.tree
    assert page.chosen == "INCOME"
    page.keys(Qt.Key.Key_Down)
    assert page.chosen == "Sales"
    page.keys(Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Down)
    assert page.chosen == "EXPENSE"
    page.keys(Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert page.chosen == "Sales"


def test_a_closed_branch_stays_closed_when_the_tree_changes(page: Page) -> None:
    page.walk("Payroll")
    page.keys(Qt.Key.Key_Left)
    page.books.hang("Tips", "Payroll")
    page.presenter.refresh()
    settle()
    line = page.view.tree.currentItem()
    assert line is not None
    assert (line.text(0), line.childCount(), line.isExpanded()) == ("Payroll", 2, False)


def test_a_category_is_added_renamed_and_archived_by_keys_alone(page: Page) -> None:
    page.walk("Payroll")
    page.keys(Qt.Key.Key_Insert)
    page.type("Tips")
    page.keys(Qt.Key.Key_Return)
    assert page.sheet is None
    assert page.focused() is page.view.tree
    assert page.chosen == "Tips"
    page.keys(Qt.Key.Key_Return)
    assert page.sheet is not None
    page.keys(Qt.Key.Key_Tab)
    page.type("Tip money")
    page.keys(Qt.Key.Key_Return)
    assert page.chosen == "Tip money"
    made = page.books.named("Tip money")
    assert (made.name_vi, made.parent_id) == ("Tips", page.books.named("Payroll").id)
    page.keys(Qt.Key.Key_Tab, Qt.Key.Key_Tab)
    assert page.focused() is button_saying(page.view, ENGLISH.t("categories.archive"))
    page.keys(Qt.Key.Key_Space)
    assert page.books.named("Tip money").archived_at is not None
    assert page.focused() is page.view.tree
    assert page.chosen == "Payroll"


def test_esc_closes_the_form_and_changes_nothing(page: Page) -> None:
    page.walk("Overtime")
    page.keys(Qt.Key.Key_Return)
    page.type("Something else")
    page.keys(Qt.Key.Key_Escape)
    assert page.sheet is None
    assert page.focused() is page.view.tree
    assert page.counter.work.commands == 0
    page.keys(Qt.Key.Key_Return)
    assert page.sheet is not None


def test_a_category_is_moved_by_choosing_another_place(page: Page) -> None:
    page.walk("Overtime")
    page.keys(Qt.Key.Key_Return)
    assert page.sheet is not None
    chooser = page.sheet.findChildren(QComboBox)[0]
    assert chooser.currentText() == "Payroll"
    places = [chooser.itemText(place) for place in range(chooser.count())]
    assert places[0] == ENGLISH.t("categories.top_level")
    assert {"Sales", "Overtime", "Gifts"}.isdisjoint(places)
    chooser.setFocus()
    page.keys(Qt.Key.Key_Home)
    button_saying(page.sheet, ENGLISH.t("common.save")).click()
    settle()
    assert page.books.named("Overtime").parent_id is None


def test_a_refusal_stays_in_the_form_with_what_was_typed(page: Page) -> None:
    page.walk("Overtime")
    page.keys(Qt.Key.Key_Insert)
    page.type("Night")
    row = page.books.named("Overtime")
    page.books.kept[row.id] = replace(row, archived_at=NOON)
    page.keys(Qt.Key.Key_Return)
    assert page.sheet is not None
    assert ENGLISH.t("error.CATEGORY_ARCHIVED.title") in words_of(page.sheet)
    assert page.presenter.state.chosen == row.id


def test_a_built_in_category_says_that_it_stays_as_it_is(page: Page) -> None:
    page.walk("Sales")
    assert ENGLISH.t("categories.system_hint") in words_of(page.view)
    page.keys(Qt.Key.Key_Return)
    assert page.sheet is None
    assert ENGLISH.t("error.CATEGORY_SYSTEM.title") in words_of(page.view)


def test_the_account_and_its_code_stand_beside_each_category(page: Page) -> None:
    page.walk("Overtime")
    line = page.view.tree.currentItem()
    assert line is not None
    assert line.text(1) == "6422 · Operating expenses"
    assert "6422 · Operating expenses" in words_of(page.view)
    spoken = line.data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Overtime, 6422 · Operating expenses"


def test_archived_ones_are_shown_on_wish_with_a_word_of_their_own(page: Page) -> None:
    box = page.view.findChildren(QCheckBox)[0]
    assert "(1)" in box.text()
    box.setFocus(Qt.FocusReason.TabFocusReason)
    page.keys(Qt.Key.Key_Space)
    page.walk("Gifts")
    line = page.view.tree.currentItem()
    assert line is not None
    assert line.text(2) == ENGLISH.t("categories.archived")
    button_saying(page.view, ENGLISH.t("categories.bring_back")).click()
    assert page.books.named("Gifts").archived_at is None


def test_a_role_that_sees_no_books_is_told_who_does(page: Page) -> None:
    page.presenter.closed()
    page.counter.desk.actor = CASHIER
    page.presenter.opened()
    settle()
    assert ENGLISH.t("books.not_allowed") in words_of(page.view)
    assert not page.view.tree.isVisible()
