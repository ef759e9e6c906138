"""The settings of the shop and its books in both languages: all fits, is in reach of the keys, and is saved on wish."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from domain.money import Language
from domain.shop_settings import CLOSED_THROUGH, PROFILE, REGIME, VAT_CLASS, VAT_RATES
from domain.vat import VatClass, VatRate, read_rates
from tests.fakes.audit_trail import a_trail
from tests.fakes.fixed_keys import no_keys
from tests.fakes.kept_books import BooksCounter
from tests.fakes.plain_pins import PlainPins
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
from tests.fakes.small_shop import CASHIER, OWNER
from ui.dress import apply_theme
from ui.presenters.connections import ConnectionsPresenter
from ui.presenters.people import PeoplePresenter
from ui.presenters.preferences import Preferences
from ui.presenters.settings import Part, SettingsPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.book_settings import BookSettingsView
from ui.views.settings import SettingsView
from ui.widgets.table import DataTable

ENGLISH = Texts(Language.EN)


class KeptNowhere:
    def load(self) -> Preferences:
        return Preferences()

    def save(self, preferences: Preferences) -> None:
        """Preferences are not looked at here."""


class Page:
    """The settings, turned to the part of the books."""

    def __init__(
        self,
        qtbot: QtBot,
        size: tuple[int, int] = LARGE,
        language: Language = Language.EN,
        closed: str = "2026-09-30",
    ) -> None:
        self.texts = Texts(language)
        self.counter = BooksCounter(actor=OWNER)
        self.values = self.counter.books.values
        self.values[CLOSED_THROUGH] = closed
        self.presenter = SettingsPresenter(
            self.counter.desk,
            KeptNowhere(),
            Preferences(),
            "0.1.0",
            lambda wishes: None,
            lambda: None,
            a_trail(self.counter.desk),
            PeoplePresenter(self.counter.desk, PlainPins()),
            ConnectionsPresenter(self.counter.desk, None, lambda _text: None),
            no_keys(self.counter.desk),
        )
        self.view = SettingsView(self.presenter, self.texts, self.counter.clock)
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        self.press("book_settings.part.books")

    def press(self, key: str, **facts: object) -> None:
        button_saying(self.sheet or self.view, self.texts.t(key, **facts)).click()
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

    def tab_to(self, wanted: QWidget) -> None:
        for _ in range(60):
            if self.focused() is wanted:
                return
            self.keys(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not reach {wanted!r}")

    def field(self, name: str) -> QLineEdit:
        title = self.texts.t(f"book_settings.profile.{name}")
        return next(each for each in self.view.findChildren(QLineEdit) if each.accessibleName() == title)

    @property
    def sheet(self) -> QDialog | None:
        return next((each for each in self.view.findChildren(QDialog) if each.isVisible()), None)

    @property
    def table(self) -> DataTable[VatRate]:
        return self.view.findChildren(DataTable)[0]


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    return Page(qtbot)


@pytest.mark.parametrize(
    ("language", "size"), [(Language.VI, (960, 444)), (Language.EN, SMALL), (Language.VI, LARGE), (Language.EN, LARGE)]
)
def test_the_part_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, language: Language, size: tuple[int, int]
) -> None:
    page = Page(qtbot, size, language)
    page.presenter.books.set_fact("phone", "0236")
    page.presenter.books.choose_vat(VatClass.REDUCED)
    settle()
    assert (page.view.width(), page.view.height()) == size
    assert too_small_or_nameless(page.view) == []
    assert cut_off(page.view) == []
    assert out_of_reach(page.view) == []


@pytest.mark.parametrize("theme", [ThemeName.DARK, ThemeName.CONTRAST])
def test_large_text_is_not_cut_off_in_any_palette(qtbot: QtBot, qapp: QApplication, theme: ThemeName) -> None:
    apply_theme(qapp, Theme(theme, TextScale.LARGEST, reduced_motion=True))
    page = Page(qtbot, SMALL, Language.VI)
    assert cut_off(page.view) == []


@pytest.mark.parametrize("opener", ["book_settings.close", "book_settings.reopen", "book_settings.rate_add"])
@pytest.mark.parametrize(
    ("language", "scale"), [(Language.EN, TextScale.NORMAL), (Language.VI, TextScale.LARGEST)], ids=["plain", "large"]
)
def test_the_forms_fit_the_smallest_window_and_are_in_reach(
    qtbot: QtBot, qapp: QApplication, language: Language, scale: TextScale, opener: str
) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT, scale, reduced_motion=True))
    page = Page(qtbot, (960, 560), language)
    page.press(opener)
    assert page.sheet is not None
    assert cut_off(page.sheet) == []
    assert too_small_or_nameless(page.sheet) == []
    assert out_of_reach(page.sheet) == []


def test_the_tills_own_settings_come_first_and_the_other_part_is_built_when_it_is_turned_to(qtbot: QtBot) -> None:
    page = Page(qtbot)
    page.press("book_settings.part.till")
    assert ENGLISH.t("settings.theme") in words_of(page.view)
    page.presenter.closed()
    page.presenter.opened()
    view = SettingsView(page.presenter, ENGLISH, page.counter.clock)
    show_view(qtbot, view, LARGE)
    assert view.findChildren(BookSettingsView) == []


def test_a_cashier_is_shown_the_tills_own_settings_alone(qtbot: QtBot) -> None:
    page = Page(qtbot)
    page.presenter.closed()
    page.counter.desk.actor = CASHIER
    page.presenter.opened()
    settle()
    assert ENGLISH.t("book_settings.part.books") not in words_of(page.view)
    assert ENGLISH.t("settings.theme") in words_of(page.view)
    assert page.presenter.state.part is Part.TILL


def test_the_rules_are_chosen_by_arrow_keys_and_saved_by_the_button(page: Page) -> None:
    button_saying(page.view, "TT 133").setFocus(Qt.FocusReason.TabFocusReason)
    page.keys(Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert ENGLISH.t("book_settings.caption.TT152") in words_of(page.view)
    assert REGIME not in page.values
    page.keys(Qt.Key.Key_Tab)
    assert isinstance(page.focused(), QComboBox)
    page.keys(Qt.Key.Key_Down)
    page.keys(Qt.Key.Key_Tab, Qt.Key.Key_Space)
    assert (page.values[REGIME], page.values[VAT_CLASS]) == ("TT152", "standard")
    assert isinstance(page.focused(), QComboBox)


def test_the_end_of_a_rate_and_what_follows_stand_beside_the_class(page: Page) -> None:
    page.presenter.books.choose_vat(VatClass.REDUCED)
    settle()
    assert "8 % through 31/12/2026, then 10 %" in words_of(page.view)


def test_the_profile_is_typed_and_saved_by_enter(page: Page) -> None:
    page.tab_to(page.field("address"))
    page.type("12 Le Loi")
    page.keys(Qt.Key.Key_Tab)
    page.type("3300123456")
    page.keys(Qt.Key.Key_Return)
    assert page.values[PROFILE] == {"address": "12 Le Loi", "tax_code": "3300123456"}
    assert page.focused() is page.field("tax_code")


def test_what_was_typed_in_the_profile_can_be_taken_back(page: Page) -> None:
    page.tab_to(page.field("treasurer"))
    page.type("Lan")
    page.keys(Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Space)
    assert page.field("treasurer").text() == ""
    assert page.focused() is page.field("address")


def test_the_table_tells_class_days_rate_and_whether_it_holds(page: Page) -> None:
    rows = [[column.text(row) for column in page.table._rows.columns] for row in page.table._rows.rows]
    assert ["Reduced", "01/07/2025", "31/12/2026", "8 %", "In force"] in rows
    assert ["Reduced", "01/01/2009", "without end", "10 %", "Set aside"] in rows


def test_a_rate_is_prolonged_by_keys_alone(page: Page) -> None:
    page.tab_to(page.table)
    page.keys(Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert page.sheet is not None
    page.type("9")
    page.keys(Qt.Key.Key_Return)
    assert page.sheet is None
    assert VatRate(VatClass.REDUCED, 9, "2025-07-01", "2026-12-31") in read_rates(page.values[VAT_RATES])
    assert page.focused() is page.table


def test_a_rate_is_added_by_keys_alone(page: Page) -> None:
    page.tab_to(button_saying(page.view, ENGLISH.t("book_settings.rate_add")))
    page.keys(Qt.Key.Key_Space)
    assert isinstance(page.focused(), QComboBox)
    page.keys(Qt.Key.Key_Down, Qt.Key.Key_Tab)
    page.type("4")
    page.keys(Qt.Key.Key_Return)
    assert VatRate(VatClass.ESSENTIAL, 4, "2026-11-22") in read_rates(page.values[VAT_RATES])
    assert page.focused() is button_saying(page.view, ENGLISH.t("book_settings.rate_add"))


def test_a_rate_that_leaves_a_gap_says_so_and_cannot_be_saved(page: Page) -> None:
    page.table.choose((VatClass.STANDARD, "2009-01-01"))
    page.table.setFocus(Qt.FocusReason.TabFocusReason)
    page.keys(Qt.Key.Key_Return)
    page.press("book_settings.rate_ends")
    assert page.sheet is not None
    assert ENGLISH.t("book_settings.wrong.gap") in words_of(page.sheet)
    assert not button_saying(page.sheet, ENGLISH.t("common.save")).isEnabled()
    page.keys(Qt.Key.Key_Escape)
    assert page.sheet is None
    assert VAT_RATES not in page.values


def test_the_books_are_closed_by_keys_alone_after_being_told_what_it_means(page: Page) -> None:
    page.tab_to(button_saying(page.view, ENGLISH.t("book_settings.close")))
    page.keys(Qt.Key.Key_Space)
    assert page.sheet is not None
    assert ENGLISH.t("book_settings.close_means", day="2026-10-31") in words_of(page.sheet)
    page.keys(Qt.Key.Key_Return)
    assert page.values[CLOSED_THROUGH] == "2026-10-31"
    assert ENGLISH.t("book_settings.closed_through", day="2026-10-31") in words_of(page.view)
    assert page.focused() is button_saying(page.view, ENGLISH.t("book_settings.close"))


def test_another_day_can_be_typed(page: Page) -> None:
    page.press("book_settings.close")
    page.type("15")
    assert page.sheet is not None
    page.press("book_settings.close_yes", day="2026-10-15")
    assert page.values[CLOSED_THROUGH] == "2026-10-15"


def test_esc_leaves_the_books_as_they_are(page: Page) -> None:
    page.press("book_settings.close")
    page.keys(Qt.Key.Key_Escape)
    assert page.sheet is None
    assert page.values[CLOSED_THROUGH] == "2026-09-30"
    assert page.counter.work.commands == 0


def test_reopening_wants_a_reason_first(page: Page) -> None:
    page.press("book_settings.reopen")
    assert page.sheet is not None
    yes = button_saying(page.sheet, ENGLISH.t("book_settings.reopen_yes"))
    assert not yes.isEnabled()
    page.type("Bill missing")
    assert yes.isEnabled()
    page.press("book_settings.reopen_all")
    assert ENGLISH.t("book_settings.reopen_all_means", standing="2026-09-30") in words_of(page.sheet)
    yes.click()
    settle()
    assert page.values[CLOSED_THROUGH] == ""
    assert ENGLISH.t("book_settings.nothing_closed") in words_of(page.view)
    assert not button_saying(page.view, ENGLISH.t("book_settings.reopen")).isEnabled()


def test_a_refused_closing_stays_open_and_says_why(page: Page) -> None:
    page.press("book_settings.close")
    page.counter.clock.pass_ms(-60 * 24 * 3_600_000)
    page.press("book_settings.close_yes", day="2026-10-31")
    assert page.sheet is not None
    assert ENGLISH.t("error.PERIOD_NOT_OVER.title") in words_of(page.sheet)
    assert page.values[CLOSED_THROUGH] == "2026-09-30"
