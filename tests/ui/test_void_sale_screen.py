"""A cashier takes a sale back from Payments: why, a manager's PIN on the spot, and the cash to hand back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from domain.display import CounterStatus, TrackingGroup
from domain.ids import Instant, PaymentId
from domain.money import Language
from domain.policy import Actor, Role
from domain.rails import Method
from domain.services.payments import void_sale
from storage.till import TillUnits
from tests.builders import CASHIER, MANAGER, NOON, OWNER, sell
from tests.domain.approval_samples import add_people
from tests.domain.till_facts import ask
from tests.fakes.counter import a_payments
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
from ui.presenters.desk import Desk
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.timeline import timeline
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.approval import ApprovalSheet
from ui.views.payments import PaymentsView

DAY_MS = 24 * 3600 * 1000


@dataclass
class Stage:
    """The screen of payments over a till's real books."""

    units: TillUnits
    desk: Desk
    presenter: PaymentsPresenter
    sale: PaymentId

    def begin(self, reason: str = "gõ nhầm") -> None:
        """Open the sale and say why it is taken back."""
        self.presenter.choose(self.sale)
        self.presenter.ask_void()
        self.presenter.set_reason(reason)
        self.presenter.confirm_void()

    def approve(self, name: str = MANAGER.name, pin: str = "1234") -> None:
        """Let somebody enter their PIN."""
        approval = self.presenter.approval
        approval.choose(next(user for user in approval.state.approvers or () if user.name == name))
        approval.submit(pin)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


def a_stage(units: TillUnits, actor: Actor = CASHIER) -> Stage:
    desk = till_desk(units, actor)
    presenter = a_payments(desk)
    return Stage(units, desk, presenter, units.run(lambda uow: sell(uow, "sold")).id)


@pytest.fixture
def stage(till_units: TillUnits) -> Stage:
    add_people(till_units)
    made = a_stage(till_units)
    made.presenter.opened()
    return made


def test_a_cashier_asks_a_manager_on_the_spot_and_the_sale_is_taken_back(stage: Stage) -> None:
    stage.begin()
    asked = stage.presenter.approval.state
    assert asked.asked is not None
    assert (asked.asked.amount_minor, asked.requester, asked.reason) == (45_000, CASHIER.name, "gõ nhầm")
    assert CASHIER.name not in {user.name for user in asked.approvers or ()}
    stage.approve(pin="0000")
    assert stage.presenter.approval.state.tries_left
    stage.approve()
    state = stage.presenter.state
    assert state.detail is not None
    assert state.detail.row.voided
    assert (state.can_void, state.asking_void, state.reason) == (False, False, "")
    assert ask(stage.units, "SELECT requester_id, approver_id FROM approvals") == [(CASHIER.user_id, MANAGER.user_id)]
    assert CounterStatus.VOIDED in {step.status for step in timeline(state.detail)}
    assert state.rows[0].voided


def test_without_the_managers_pin_nothing_happens_and_what_was_typed_stands(stage: Stage) -> None:
    stage.begin()
    stage.presenter.approval.cancel()
    state = stage.presenter.state
    assert (state.asking_void, state.voiding, state.reason, state.problem) == (True, False, "gõ nhầm", None)
    assert ask(stage.units, "SELECT id FROM vouchers WHERE reverses IS NOT NULL") == []
    stage.presenter.ask_void()
    assert not stage.presenter.state.asking_void


def test_nobody_is_asked_once_the_screen_was_left(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slow: list[tuple[Any, ...]] = []
    with monkeypatch.context() as busy:
        busy.setattr(stage.desk.work, "command", lambda *wish: slow.append(wish))
        stage.begin()
    stage.presenter.closed()
    stage.desk.actor = None
    stage.desk.work.command(*slow[0])
    assert (stage.presenter.approval.state.asked, stage.presenter.state.voiding) == (None, False)
    stage.desk.actor = CASHIER
    stage.presenter.opened()
    assert stage.presenter.state.problem is None


def test_the_owner_takes_a_sale_back_without_anybody(till_units: TillUnits) -> None:
    add_people(till_units)
    stage = a_stage(till_units, OWNER)
    stage.presenter.opened()
    stage.begin()
    assert stage.presenter.approval.state.asked is None
    assert stage.presenter.state.rows[0].voided


def test_only_what_the_service_would_take_back_is_offered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.presenter.choose(stage.sale)
    assert stage.presenter.state.can_void
    code = stage.units.run(lambda uow: sell(uow, "code", method=Method.VIETQR))
    stage.presenter.choose(code.id)
    assert not stage.presenter.state.can_void
    stage.presenter.choose(stage.sale)
    monkeypatch.setattr(stage.desk, "now", lambda: Instant(NOON + DAY_MS))
    stage.presenter.refresh()
    assert not stage.presenter.state.can_void, "tomorrow it is no sale of today"


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.AUDITOR])
def test_who_never_voids_is_not_offered_it(role: Role, till_units: TillUnits) -> None:
    add_people(till_units)
    stage = a_stage(till_units, replace(OWNER, role=role))
    stage.presenter.opened()
    stage.presenter.choose(stage.sale)
    stage.presenter.ask_void()
    assert not stage.presenter.state.can_void
    assert not stage.presenter.state.asking_void


def test_a_sale_taken_back_counts_as_not_passed(stage: Stage) -> None:
    stands = stage.units.run(lambda uow: sell(uow, "stands", amount_minor=99_000))
    stage.units.run(lambda uow: void_sale(uow, OWNER, stage.sale, NOON, reason="x"))
    stage.presenter.show_group(TrackingGroup.MOVED)
    assert [row.id for row in stage.presenter.state.rows] == [stands.id]
    stage.presenter.show_group(TrackingGroup.NOT_PASSED)
    assert [row.id for row in stage.presenter.state.rows] == [stage.sale]


def test_another_person_at_the_till_finds_no_question_of_the_last_one(stage: Stage) -> None:
    stage.begin()
    stage.presenter.closed()
    stage.desk.actor = replace(OWNER, role=Role.AUDITOR)
    stage.presenter.opened()
    state = stage.presenter.state
    assert stage.presenter.approval.state.asked is None
    assert (state.can_void, state.asking_void, state.reason) == (False, False, "")


def show(qtbot: QtBot, stage: Stage, size: tuple[int, int] = LARGE, language: Language = Language.EN) -> PaymentsView:
    view = PaymentsView(stage.presenter, Texts(language), stage.desk.now)
    show_view(qtbot, view, size)
    return view


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def press(*keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(focused(), key)
    settle()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("scene", ["offered", "asked", "voided"])
def test_nothing_is_cut_off_too_small_or_nameless(
    qtbot: QtBot, stage: Stage, scene: str, language: Language, size: tuple[int, int]
) -> None:
    view = show(qtbot, stage, size, language)
    stage.presenter.choose(stage.sale)
    if scene == "asked":
        stage.presenter.ask_void()
    if scene == "voided":
        stage.units.run(lambda uow: void_sale(uow, OWNER, stage.sale, NOON, reason="gõ nhầm"))
        stage.presenter.refresh()
    settle()
    assert cut_off(view) == []
    assert too_small_or_nameless(view) == []
    assert out_of_reach(view) == []


def test_the_largest_text_fits(qtbot: QtBot, qapp: QApplication, stage: Stage) -> None:
    apply_theme(qapp, Theme(scale=TextScale.LARGEST, reduced_motion=True))
    view = show(qtbot, stage, SMALL, Language.VI)
    stage.presenter.choose(stage.sale)
    stage.presenter.ask_void()
    settle()
    assert cut_off(view) == []


def test_by_keys_alone_a_sale_is_taken_back(qtbot: QtBot, stage: Stage) -> None:
    view, t = show(qtbot, stage), Texts(Language.EN).t
    stage.presenter.choose(stage.sale)
    settle()
    button_saying(view, t("payment.void")).setFocus()
    press(Qt.Key.Key_Space)
    QTest.keyClicks(focused(), "wrong item")
    press(Qt.Key.Key_Return)
    (sheet,) = [each for each in view.findChildren(ApprovalSheet) if each.isVisible()]
    assert "45,000" in words_of(sheet)
    stage.approve()
    settle()
    assert not [each for each in view.findChildren(ApprovalSheet) if each.isVisible()]
    assert t("counter.voided") in words_of(view)
    keys_at = view.window().focusWidget()
    assert keys_at is not None
    assert view.isAncestorOf(keys_at)
    assert keys_at.isVisible()
