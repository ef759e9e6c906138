"""Who works at the till may change while they work: a session ends with the right to it."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from domain.changes import Changes, Topic
from domain.errors import ErrorCode
from domain.ids import UserId
from domain.policy import Role
from tests.fakes.attached_window import Seat
from tests.fakes.small_shop import NOON
from ui.presenters.sign_in import PinStage
from ui.widgets.toast import Toast

MAI, LAN = UserId("u-mai"), UserId("u-lan")


@pytest.fixture
def seat(qtbot: QtBot) -> Seat:
    return Seat(qtbot).attach().sign_in("Mai")


def change(seat: Seat, user_id: UserId, **news: object) -> None:
    seat.shop.users[user_id] = replace(seat.shop.users[user_id], **news)  # type: ignore[arg-type]  # fields of User
    seat.screens.shell.on_changes(Changes({Topic.PEOPLE: frozenset({user_id})}))
    seat.settle()


def test_the_session_of_somebody_who_is_disabled_ends_at_that_change(seat: Seat) -> None:
    change(seat, MAI, disabled_at=NOON)
    assert seat.screens.shell.state.locked
    assert seat.screens.desk.actor is None
    assert [user.name for user in seat.screens.sign_in.state.users] == ["Lan"]


def test_somebody_who_is_disabled_cannot_sign_in_from_a_lock_that_still_shows_them(seat: Seat) -> None:
    row = next(user for user in seat.screens.sign_in.state.users if user.id == MAI)
    change(seat, MAI, disabled_at=NOON)
    seat.screens.sign_in.choose(row)
    seat.screens.sign_in.submit("1234")
    state = seat.screens.sign_in.state
    assert seat.screens.shell.state.locked
    assert state.stage is PinStage.ENTER
    assert state.problem is not None
    assert state.problem.code is ErrorCode.PERSON_DISABLED


def test_another_role_is_worked_in_only_after_signing_in_again(seat: Seat) -> None:
    change(seat, MAI, role=Role.CASHIER)
    assert seat.screens.shell.state.locked
    seat.sign_in("Mai")
    assert seat.screens.shell.state.role is Role.CASHIER


@pytest.mark.parametrize(
    ("news", "said"),
    [
        (
            {"disabled_at": NOON},
            "Nguyễn Thị Mai không còn được đăng nhập; máy đã khóa. Những gì đã bán vẫn được ghi.",
        ),
        ({"role": Role.CASHIER}, "Nguyễn Thị Mai vừa được đổi vai trò. Hãy đăng nhập lại."),
    ],
)
def test_whose_session_ended_is_told_why_on_the_locked_till(seat: Seat, news: dict[str, object], said: str) -> None:
    change(seat, MAI, **news)
    [toast] = seat.window.findChildren(Toast)
    assert toast.isVisible()
    assert [label.text() for label in toast.findChildren(QLabel) if label.text()] == [said]


def test_news_of_other_people_or_of_another_name_disturb_nobody(seat: Seat) -> None:
    change(seat, LAN, disabled_at=NOON)
    change(seat, MAI, name="Cô Mai", failures=2)
    assert not seat.screens.shell.state.locked
