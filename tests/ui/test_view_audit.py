"""The audit trail in both languages: everything fits and is in reach of the keys, and what is told is told in words."""

import ast
import re
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from domain import shop_settings
from domain.ids import VoucherId
from domain.money import Language
from domain.payments import Cause
from domain.people import User
from domain.policy import Role
from domain.trail import AuditRow, Fact
from tests.architecture.source_tree import files, tree
from tests.fakes.audit_trail import Opened, a_trail, an_entry
from tests.fakes.counter import Counter
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
from tests.fakes.small_shop import CASHIER, MERCHANT, OWNER
from ui.dress import apply_theme
from ui.presenters.audit import AuditPresenter, Period
from ui.texts import Texts, catalogue
from ui.theme import Theme
from ui.views.audit import AuditView
from ui.views.audit_words import act_words, actor_words, fact_words, record_words
from ui.widgets.table import DataTable

VI, EN = Texts(Language.VI), Texts(Language.EN)
LONG = "Hoá đơn tháng chín đến muộn, kế toán xin mở lại sổ để ghi thêm một phiếu chi của chi nhánh"


@dataclass
class Trail:
    """The screen with what stands behind it."""

    language: Language = Language.VI
    around: Opened = field(default_factory=Opened)
    counter: Counter = field(default_factory=lambda: Counter(actor=OWNER))
    presenter: AuditPresenter = field(init=False)
    view: AuditView = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = LARGE) -> AuditView:
        self.counter.shop.users = {
            actor.user_id: User(actor.user_id, MERCHANT, actor.name, actor.role, "") for actor in (OWNER, CASHIER)
        }
        self.counter.work.queries.trail.rows = [
            an_entry(9, "books.reopened", subject_id="books.closed_through", record="", facts=(Fact("reason", LONG),)),
            an_entry(8, "voucher.voided", record="PT01A-26-000012", voucher_id=VoucherId("v-1")),
            *(an_entry(seq) for seq in range(7, 0, -1)),
        ]
        self.presenter = a_trail(self.counter.desk, self.around)
        self.view = AuditView(self.presenter, Texts(self.language), self.counter.clock)
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        return self.view

    @property
    def table(self) -> DataTable[AuditRow]:
        found: DataTable[AuditRow] = self.view.findChildren(DataTable)[0]
        return found


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def trail() -> Trail:
    return Trail()


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scene", ["list", "chosen", "days", "nothing"])
def test_nothing_is_cut_off_too_small_or_nameless(
    qtbot: QtBot, scene: str, language: Language, size: tuple[int, int]
) -> None:
    trail = Trail(language)
    view = trail.show(qtbot, size)
    if scene == "chosen":
        trail.presenter.choose(trail.presenter.state.rows[1])
    if scene == "days":
        trail.presenter.show_period(Period.DAYS)
    if scene == "nothing":
        trail.presenter.find("no such thing")
    settle()
    assert cut_off(view) == []
    assert too_small_or_nameless(view) == []
    assert (view.width(), view.height()) == size, "the screen asked for more room than it was given"


def test_all_that_can_be_pressed_is_reached_by_tab(qtbot: QtBot, trail: Trail) -> None:
    view = trail.show(qtbot)
    trail.presenter.show_period(Period.DAYS)
    trail.presenter.choose(trail.presenter.state.rows[1])
    settle()
    assert out_of_reach(view) == []


def test_the_entry_under_the_cursor_is_told_in_full_and_enter_opens_its_record(qtbot: QtBot, trail: Trail) -> None:
    view = trail.show(qtbot)
    trail.table.setFocus()
    trail.table.selectRow(0)
    settle()
    assert LONG in words_of(view)
    QTest.keyClick(trail.table, Qt.Key.Key_Down)
    QTest.keyClick(trail.table, Qt.Key.Key_Return)
    assert trail.around.vouchers == [VoucherId("v-1")]


def test_a_search_that_finds_nothing_offers_the_way_back(qtbot: QtBot, trail: Trail) -> None:
    view = trail.show(qtbot)
    trail.presenter.find("no such thing")
    settle()
    assert VI.t("audit.empty") in words_of(view)
    QTest.mouseClick(button_saying(view, VI.t("payments.clear_filters")), Qt.MouseButton.LeftButton)
    assert len(trail.presenter.state.rows) == 9


def test_a_person_is_chosen_from_those_of_the_shop(qtbot: QtBot, trail: Trail) -> None:
    view = trail.show(qtbot)
    [people] = view.findChildren(QComboBox)
    assert people.itemText(0) == VI.t("audit.everybody")
    people.setCurrentIndex(people.findText(CASHIER.name))
    people.activated.emit(people.currentIndex())
    assert trail.presenter.state.wanted.person == CASHIER.user_id
    assert trail.presenter.state.rows == ()


def test_a_change_is_told_from_what_it_was_to_what_it_is() -> None:
    row = an_entry(1, facts=(Fact("amount", 45_000), Fact("status", "paid", "pending", is_change=True)))
    assert fact_words(row, EN) == "status: Waiting → Paid · amount: 45,000\u00a0₫"
    emptied = an_entry(1, facts=(Fact("value", "", "2026-10-31", is_change=True),))
    assert fact_words(emptied, EN) == "31/10/2026 → (nothing)"


def test_what_no_person_did_is_told_by_what_it_answers() -> None:
    row = an_entry(1, actor="", actor_id=None, cause=Cause.CLOCK)
    assert (actor_words(row, VI), actor_words(row, EN)) == ("Đồng hồ", "Clock")


def test_a_hidden_wallet_is_said_to_be_one() -> None:
    assert record_words(an_entry(1, record="", hidden=True), EN) == "A wallet you may not see"


def acts_in_source() -> set[str]:
    """Return every action that the program writes into a trail.

    An action that is worked out before it is written is one of the module's words that look like one.
    """
    found: set[str] = set()
    for path in files("domain", "server", "storage", "wiring"):
        if not re.search(r"audit\b|Audit\(", path.read_text(encoding="utf-8")):
            continue
        module = tree(path)
        for node in ast.walk(module):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add"):
                continue
            if not _is_trail(node.func.value):
                continue
            said = _words(node.args[0])
            found |= said or {word for word in _words(module) if re.fullmatch(r"[a-z_]+\.[a-z_]+", word)}
    return found


def _is_trail(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "SqlAudit"
    return isinstance(node, ast.Attribute) and node.attr == "audit"


def _words(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def test_every_act_that_is_written_has_its_words_and_no_words_are_left_over() -> None:
    acts = acts_in_source()
    assert len(acts) > 40
    assert {"signed_in", "pin.wrong", "books.closed", "till.let_in", "wallet.archived"} <= acts
    worded = {key.removeprefix("audit.act.") for key in catalogue(Language.VI) if key.startswith("audit.act.")}
    assert worded == acts
    assert all(act_words(an_entry(1, act), VI) != act for act in acts)


def test_every_setting_has_its_name_in_the_trail() -> None:
    words = {value for name, value in vars(shop_settings).items() if name.isupper() and isinstance(value, str)}
    keys = {word for word in words if "." in word.strip(".")} | shop_settings.WALLET_KEYS
    assert len(keys) > 8
    for key in keys - {"wallet.method.", "wallet.provider."}:
        named = record_words(an_entry(1, "setting.changed", subject_id=key, record=""), EN)
        assert named
        assert named != key


def test_every_cause_and_every_role_has_its_word() -> None:
    for cause in Cause:
        assert actor_words(an_entry(1, actor="", actor_id=None, cause=cause), EN)
    for role in Role:
        assert EN.t(f"role.{role.value}") in fact_words(an_entry(1, facts=(Fact("role", role.value),)), EN)
