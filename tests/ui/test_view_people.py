"""People in the settings, over a real till: worked by keys, in both languages, and everything fits."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from domain.money import Language
from domain.policy import Role
from storage.till import TillUnits
from tests.builders import CASHIER, OWNER
from tests.domain.approval_samples import add_people
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
from tests.fakes.till_work import till_desk
from ui.dress import apply_theme
from ui.presenters.people import PeoplePresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.people import PeopleView, open_form
from ui.views.person_form import PersonSheet
from ui.widgets.table import DataTable


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@dataclass
class Stage:
    """The part of the settings in a window."""

    units: TillUnits
    language: Language = Language.VI
    window: QWidget = field(init=False)
    presenter: PeoplePresenter = field(init=False)
    view: PeopleView = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = (1024, 600)) -> "Stage":
        add_people(self.units)
        self.presenter = PeoplePresenter(till_desk(self.units, OWNER), PlainPins())
        self.view = PeopleView(self.presenter, Texts(self.language))
        self.window = QWidget()
        QVBoxLayout(self.window).addWidget(self.view)
        show_view(qtbot, self.window, size)
        self.presenter.opened()
        settle()
        return self

    def press(self, key: str) -> None:
        button_saying(self.view, Texts(self.language).t(key)).click()
        settle()

    def choose(self, name: str) -> None:
        table = self.view.findChild(DataTable)
        assert isinstance(table, DataTable)
        for number in range(table.model().rowCount()):
            if table.model().index(number, 0).data() == name:
                table.selectRow(number)
        settle()
        assert self.presenter.state.person is not None

    def sheet(self) -> PersonSheet:
        found = [each for each in self.window.findChildren(PersonSheet) if each.isVisible()]
        assert len(found) == 1
        return found[0]

    def type(self, key: str, text: str) -> None:
        name = Texts(self.language).t(key)
        fields = [each for each in self.sheet().findChildren(QLineEdit) if each.accessibleName() == name]
        QTest.keyClicks(fields[0], text)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_everybody_is_shown_and_everything_fits(
    qtbot: QtBot, till_units: TillUnits, language: Language, size: tuple[int, int]
) -> None:
    stage = Stage(till_units, language).show(qtbot, size)
    stage.choose("Lan")
    assert (too_small_or_nameless(stage.view), cut_off(stage.view), out_of_reach(stage.view)) == ([], [], [])
    assert len(stage.presenter.state.rows) == 6


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("key", ["people.add", "people.reset"])
@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
def test_the_forms_fit_into_a_small_window(
    qtbot: QtBot, qapp: QApplication, till_units: TillUnits, language: Language, key: str, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    stage = Stage(till_units, language).show(qtbot, (960, 560))
    stage.choose("Lan")
    stage.press(key)
    sheet = stage.sheet()
    assert (too_small_or_nameless(sheet), cut_off(sheet), out_of_reach(sheet)) == ([], [], [])
    assert sheet._card.height() <= 560


def test_a_person_is_added_by_keys_alone_and_the_keys_return(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = Stage(till_units).show(qtbot)
    button = button_saying(stage.view, Texts(Language.VI).t("people.add"))
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    settle()
    stage.type("common.name", "Binh")
    stage.type("people.pin.new", "47a11")
    stage.type("people.pin.again", "4711")
    QTest.keyClick(stage.sheet(), Qt.Key.Key_Return)
    settle()
    assert not [each for each in stage.window.findChildren(PersonSheet) if each.isVisible()]
    assert stage.window.focusWidget() is button
    stage.presenter.refresh()
    assert "Binh" in [row.user.name for row in stage.presenter.state.rows]


def test_a_refused_pin_empties_its_fields_and_keeps_the_name(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = Stage(till_units, Language.EN).show(qtbot)
    stage.press("people.add")
    stage.type("common.name", "Binh")
    for field_key in ("people.pin.new", "people.pin.again"):
        stage.type(field_key, "1234")
    QTest.keyClick(stage.sheet(), Qt.Key.Key_Return)
    settle()
    texts = {each.accessibleName(): each.text() for each in stage.sheet().findChildren(QLineEdit)}
    assert (texts["Name"], texts["New PIN"], texts["New PIN again"]) == ("Binh", "", "")
    assert Texts(Language.EN).t("error.PIN_EASY.title") in words_of(stage.sheet())
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "New PIN"


def test_a_higher_role_shows_the_fields_of_a_pin(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = Stage(till_units).show(qtbot)
    stage.choose("Lan")
    stage.press("common.edit")
    pins = [each for each in stage.sheet().findChildren(QLineEdit) if each.echoMode() is QLineEdit.EchoMode.Password]
    assert not any(each.isVisible() for each in pins)
    roles = stage.sheet().findChild(QComboBox)
    assert isinstance(roles, QComboBox)
    roles.setCurrentIndex(roles.findData(Role.MANAGER.value))
    roles.activated.emit(roles.currentIndex())
    settle()
    assert sum(each.isVisible() for each in pins) == 2
    assert cut_off(stage.sheet()) == []


def test_who_is_disabled_says_so_and_is_let_in_again(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = Stage(till_units).show(qtbot)
    stage.choose("Lan")
    stage.press("people.disable")
    stage.presenter.refresh()
    settle()
    assert stage.presenter.state.chosen == CASHIER.user_id
    stage.press("people.enable")
    stage.presenter.refresh()
    assert not any(row.user.disabled for row in stage.presenter.state.rows)


def test_one_does_not_reset_ones_own_pin(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = Stage(till_units).show(qtbot)
    stage.choose(OWNER.name)
    assert not button_saying(stage.view, Texts(Language.VI).t("people.reset")).isEnabled()


def test_escape_leaves_the_form_of_ones_own_pin(qtbot: QtBot, till_units: TillUnits) -> None:
    stage = Stage(till_units).show(qtbot)
    open_form(stage.view, stage.presenter.own_pin_form, Texts(Language.VI))
    settle()
    sheet = stage.sheet()
    assert sum(each.isVisible() for each in sheet.findChildren(QLineEdit)) == 3
    assert (too_small_or_nameless(sheet), cut_off(sheet), out_of_reach(sheet)) == ([], [], [])
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    settle()
    assert not [each for each in stage.window.findChildren(PersonSheet) if each.isVisible()]
