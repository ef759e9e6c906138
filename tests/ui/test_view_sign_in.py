"""The lock in both languages: tiles for people, a pad for the PIN, and plain words for what went wrong."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from domain.ids import UserId
from domain.money import Language
from domain.people import User
from domain.policy import Actor, Role
from tests.fakes.attached_window import PlainPins
from tests.fakes.counter import Counter
from tests.fakes.shown_view import (
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.small_shop import MERCHANT, SHOP_ROW, SmallShop
from ui.dress import apply_theme
from ui.presenters.sign_in import SignInPresenter
from ui.texts import Texts
from ui.theme import Theme
from ui.views.sign_in import SignInView, UserTile

NAMES = ("Nguyễn Thị Minh Khai", "Lan", "Hùng", "Trần Đại Nghĩa", "Mai", "Phạm Hồng Thái")
SMALL, LARGE = (1024, 600), (1366, 768)


def a_shop(names: tuple[str, ...]) -> SmallShop:
    users = [User(UserId(f"u-{name}"), MERCHANT, name, Role.CASHIER, "hashed:1234") for name in names]
    return SmallShop(users={user.id: user for user in users})


@dataclass
class Till:
    """The lock with what stands behind it."""

    language: Language = Language.VI
    names: tuple[str, ...] = NAMES
    opened: list[Actor] = field(default_factory=list)
    counter: Counter = field(init=False)
    presenter: SignInPresenter = field(init=False)
    view: SignInView = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = LARGE) -> SignInView:
        self.counter = Counter(shop=a_shop(self.names), actor=None)
        self.presenter = SignInPresenter(self.counter.desk, PlainPins(), self.opened.append)
        self.view = SignInView(self.presenter, SHOP_ROW, Texts(self.language))
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        self.view.take_focus()
        return self.view


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scene", ["people", "pin", "wrong", "closed"])
def test_nothing_is_cut_off_too_small_or_nameless(
    qtbot: QtBot, scene: str, language: Language, size: tuple[int, int]
) -> None:
    till = Till(language)
    view = till.show(qtbot, size)
    if scene != "people":
        till.presenter.choose(till.presenter.state.users[0])
    for _ in range({"wrong": 1, "closed": 5}.get(scene, 0)):
        till.presenter.submit("0000")
    settle()
    assert cut_off(view) == []
    assert too_small_or_nameless(view) == []
    assert (view.width(), view.height()) == size


def test_people_are_reached_by_tab(qtbot: QtBot) -> None:
    assert out_of_reach(Till().show(qtbot)) == []


def test_a_tile_and_a_pin_open_the_till_by_touch(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    lan = next(tile for tile in view.findChildren(UserTile) if tile.text() == "Lan")
    QTest.mouseClick(lan, Qt.MouseButton.LeftButton)
    settle()
    for digit in "1234":
        QTest.mouseClick(button_saying(view, digit), Qt.MouseButton.LeftButton)
    confirm = next(b for b in view.findChildren(type(button_saying(view, "1"))) if b.accessibleName() == "Xác nhận")
    QTest.mouseClick(confirm, Qt.MouseButton.LeftButton)
    assert [actor.name for actor in till.opened] == ["Lan"]


def test_a_wrong_pin_says_how_many_tries_are_left(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    till.presenter.choose(till.presenter.state.users[0])
    settle()
    pad = QApplication.focusWidget()
    QTest.keyClicks(pad, "0000")
    QTest.keyClick(pad, Qt.Key.Key_Return)
    settle()
    assert "Còn 4 lần thử" in words_of(view)
    assert till.opened == []


def test_a_closed_lock_counts_down_and_takes_no_digit(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    till.presenter.choose(till.presenter.state.users[0])
    for _ in range(5):
        till.presenter.submit("0000")
    settle()
    assert "01:00" in words_of(view)
    till.counter.clock.pass_ms(15_000)
    till.presenter.tick()
    settle()
    assert "00:45" in words_of(view)
    assert not button_saying(view, "1").isEnabled()


def test_a_shop_of_one_person_asks_for_the_pin_at_once(qtbot: QtBot) -> None:
    till = Till(names=("Mai",))
    view = till.show(qtbot)
    assert "Chào Mai" in words_of(view)
    assert "Đổi người" not in words_of(view)


def test_escape_goes_back_to_the_choice_of_people(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    till.presenter.choose(till.presenter.state.users[0])
    settle()
    focused = view.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Escape)
    settle()
    assert len([tile for tile in view.findChildren(UserTile) if tile.isVisibleTo(view)]) == len(NAMES)
    assert isinstance(view.focusWidget(), UserTile)


def test_another_person_may_be_chosen(qtbot: QtBot) -> None:
    till = Till()
    view = till.show(qtbot)
    till.presenter.choose(till.presenter.state.users[0])
    settle()
    QTest.mouseClick(button_saying(view, "Đổi người"), Qt.MouseButton.LeftButton)
    settle()
    assert len([tile for tile in view.findChildren(UserTile) if tile.isVisibleTo(view)]) == len(NAMES)
