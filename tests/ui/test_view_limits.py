"""The limits on the screen in both languages: all fits, is in reach of the keys, and is grey for who only reads."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from domain.money import Language
from domain.policy import Role
from domain.shop_settings import LIMITS
from tests.fakes.kept_books import BooksCounter
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
from tests.fakes.small_shop import OWNER
from ui.dress import apply_theme
from ui.presenters.limits import SHOWN, LimitsPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.limits import LimitsView
from ui.widgets.fields import NumberField


class Page:
    """The limits as a window shows them."""

    def __init__(
        self, qtbot: QtBot, size: tuple[int, int] = LARGE, language: Language = Language.EN, role: Role = Role.OWNER
    ) -> None:
        self.texts = Texts(language)
        self.counter = BooksCounter(actor=replace(OWNER, role=role))
        self.presenter = LimitsPresenter(self.counter.desk)
        self.presenter.opened()
        self.view = LimitsView(self.presenter, self.texts)
        show_view(qtbot, self.view, size)

    def field(self, name: str) -> QLineEdit:
        wanted = self.texts.t(f"limits.{name}")
        return next(each for each in self.view.findChildren(QLineEdit) if each.accessibleName() == wanted)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def open_page(qtbot: QtBot) -> Callable[..., Page]:
    def open_it(*args: object, **facts: object) -> Page:
        return Page(qtbot, *args, **facts)  # type: ignore[arg-type]  # passed on as they came

    return open_it


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_all_fits_and_is_named_and_in_reach(
    open_page: Callable[..., Page], size: tuple[int, int], language: Language, role: Role
) -> None:
    page = open_page(size, language, role)
    assert cut_off(page.view) == []
    assert too_small_or_nameless(page.view) == []
    if role is Role.OWNER:
        page.presenter.type("void", "1")
        settle()
        assert out_of_reach(page.view) == []


def test_with_large_text_nothing_is_cut_off(open_page: Callable[..., Page], qapp: QApplication) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT, TextScale.LARGEST, reduced_motion=True))
    assert cut_off(open_page(SMALL, Language.VI).view) == []


def test_each_limit_stands_with_the_sentence_of_what_it_does(open_page: Callable[..., Page]) -> None:
    page = open_page()
    said = words_of(page.view)
    for shown in SHOWN:
        assert page.texts.t(f"limits.{shown.name}") in said
        assert page.texts.t(f"limits.{shown.name}.does") in said


def test_a_limit_is_typed_and_saved_by_keys_alone(open_page: Callable[..., Page]) -> None:
    page = open_page()
    field = page.field("void")
    page.field("exposure_bill_minor").setFocus()
    assert field.text() == "5,000,000"
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "300k")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle()
    assert page.counter.books.values[LIMITS]["void"] == 300_000
    assert not button_saying(page.view, page.texts.t("common.save")).isEnabled()


def test_what_cannot_be_a_limit_is_said_beside_it_and_takes_the_keys(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.presenter.type("exposure_till_minor", "1")
    settle()
    assert page.texts.t("limits.too_low") in words_of(page.view)
    button_saying(page.view, page.texts.t("common.save")).click()
    settle()
    assert QApplication.focusWidget() is page.field("exposure_till_minor")
    assert page.counter.books.values == {}


def test_days_and_minutes_are_changed_by_the_arrow_keys(open_page: Callable[..., Page]) -> None:
    page = open_page()
    days, minutes = page.view.findChildren(NumberField)
    assert (days.text(), minutes.text()) == ("7 days", "5 minutes")
    QTest.keyClick(days, Qt.Key.Key_Up)
    QTest.keyClick(minutes, Qt.Key.Key_Down)
    page.presenter.save()
    kept = page.counter.books.values[LIMITS]
    assert (kept["back_date"], kept["qr_lifetime_ms"]) == (8, 240_000)


def test_who_only_reads_finds_the_fields_grey_and_the_reason(open_page: Callable[..., Page]) -> None:
    page = open_page(role=Role.AUDITOR)
    assert page.field("void").text() == "5,000,000"
    assert not any(each.isEnabled() for each in page.view.findChildren(QLineEdit))
    reason = page.texts.t("limits.owner_only")
    assert [each.isVisible() for each in page.view.findChildren(QLabel) if each.text() == reason] == [True]
    assert page.texts.t("common.save") not in words_of(page.view)
