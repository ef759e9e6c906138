"""Routes and contract terms in a window: everything fits, is worked by keys, and says in words what it means."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from domain.contract_terms import CONTRACTS
from domain.money import Language
from domain.rails import Method, Provider
from domain.routing import CONNECTED, PLAN
from tests.fakes.shown_view import button_saying, settle, words_of
from tests.ui.connections_seat import LARGE, LEAST, SMALL, SOUND, Stage, faults
from ui.dress import apply_theme
from ui.presenters.connections import Section
from ui.presenters.routes import RouteLine
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.contract_terms import TermsSheet, allowed_words, fee_words
from ui.views.routes import RouteSheet, option_title, rule_words
from ui.widgets.table import DataTable

PLANNED = {
    "exact": [{"method": "card", "option": "visa", "currency": "USD", "provider": "stripe"}],
    "methods": {"vietqr": "payos"},
    "otherwise": [],
}
AGREED = [
    {"provider": "stripe", "since": "2020-01-01", "fee_bps": 290, "fee_minor": 8_000, "options": ["card/visa"]},
    {"provider": "square", "since": "2099-01-01"},
]


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


def shown(qtbot: QtBot, section: Section, language: Language = Language.EN, size: tuple[int, int] = SMALL) -> Stage:
    stage = Stage(qtbot, language)
    stage.hub.counter.books.values.update({CONNECTED: ["stripe", "payos"], PLAN: PLANNED, CONTRACTS: AGREED})
    stage.show(size, section)
    stage.view.take_focus()
    settle()
    return stage


@pytest.mark.parametrize(
    ("scale", "size"),
    [(TextScale.NORMAL, SMALL), (TextScale.NORMAL, LEAST), (TextScale.NORMAL, LARGE), (TextScale.LARGEST, LARGE)],
)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("section", [Section.ROUTES, Section.TERMS])
def test_lists_and_forms_fit_and_can_be_worked(
    qtbot: QtBot, qapp: QApplication, section: Section, language: Language, scale: TextScale, size: tuple[int, int]
) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT, scale, reduced_motion=True))
    stage = shown(qtbot, section, language, size)
    assert faults(stage.view) == SOUND
    stage.press("routes.add" if section is Section.ROUTES else "terms.add")
    stage.come_back()
    sheet = stage.front
    assert isinstance(sheet, RouteSheet | TermsSheet)
    assert faults(sheet) == SOUND
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    settle()
    assert stage.sheets() == []


def test_faulty_terms_fit_in_large_letters_and_their_options_come_before_the_buttons(
    qtbot: QtBot, qapp: QApplication
) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT, TextScale.LARGEST, reduced_motion=True))
    stage = shown(qtbot, Section.TERMS, Language.VI, (960, 520))
    stage.press("terms.add")
    stage.come_back()
    sheet = stage.front
    stage.field(stage.t("terms.limit_day_minor")).setFocus()
    stage.type("x")
    assert stage.t("terms.wrong.number") in words_of(sheet)
    stage.keys(Qt.Key.Key_Tab)
    assert isinstance(stage.focused, QCheckBox)
    stage.keys(Qt.Key.Key_Tab)
    assert stage.focused is button_saying(sheet, stage.t("common.cancel"))
    assert faults(sheet) == SOUND


def test_a_rule_says_what_it_means() -> None:
    texts = Texts(Language.EN)
    assert rule_words(RouteLine(Method.CARD, "visa", "USD", Provider.STRIPE), texts) == "Card, VISA, USD → Stripe"
    assert rule_words(RouteLine(Method.VIETQR, None, "", Provider.PAYOS), texts) == "VietQR, every option → payOS"


def test_an_option_that_stands_alone_begins_with_a_capital_unless_it_is_a_name() -> None:
    told = {
        language: [option_title(option, Texts(language)) for option in ("card", "qr", "mada", "")]
        for language in Language
    }
    assert told[Language.EN] == ["Any card", "QR code", "mada", "No option named"]
    assert told[Language.VI] == ["Thẻ bất kỳ", "Mã QR", "mada", "Không nêu lựa chọn"]


def test_terms_say_what_is_kept_and_what_may_be_taken(qtbot: QtBot) -> None:
    stage = shown(qtbot, Section.TERMS)
    planned, running = stage.hub.shown.terms.state.terms
    texts = Texts(Language.EN)
    assert fee_words(running, texts) == "2.9 % + 8,000\u00a0₫"
    assert fee_words(planned, texts) == "–"
    assert (allowed_words(running, texts), allowed_words(planned, texts)) == ("Card: VISA", "everything")


def test_a_rule_is_made_and_taken_out_by_keys_alone(qtbot: QtBot) -> None:
    stage = shown(qtbot, Section.ROUTES)
    routes = stage.hub.shown.routes
    assert isinstance(stage.focused, DataTable)
    stage.keys(Qt.Key.Key_Delete)
    assert [line.provider for line in routes.state.lines] == [Provider.PAYOS]
    button_saying(stage.view, stage.t("routes.add")).setFocus()
    stage.keys(Qt.Key.Key_Space)
    stage.come_back()
    assert "→" in words_of(stage.front)
    stage.keys(Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert stage.sheets() == []
    assert len(routes.state.lines) == 2
    assert stage.focused is button_saying(stage.view, stage.t("routes.add"))


def test_a_provider_is_moved_by_keys_and_stays_chosen(qtbot: QtBot) -> None:
    stage = shown(qtbot, Section.ROUTES)
    order = next(
        each for each in stage.view.findChildren(DataTable) if each.accessibleName() == stage.t("routes.order")
    )
    order.setFocus()
    order.go_to(1)
    second = stage.hub.shown.routes.state.order[1]
    QTest.keyClick(order, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    settle()
    assert stage.hub.shown.routes.state.order[0] is second
    assert order.chosen_rows[0].provider is second
    assert not button_saying(stage.view, stage.t("routes.up")).isEnabled()


def test_running_terms_are_ended_by_enter_and_planned_ones_removed(qtbot: QtBot) -> None:
    stage = shown(qtbot, Section.TERMS)
    terms = stage.hub.shown.terms
    assert button_saying(stage.view, stage.t("terms.remove")).isEnabled()
    stage.keys(Qt.Key.Key_Down)
    assert not button_saying(stage.view, stage.t("terms.remove")).isEnabled()
    stage.keys(Qt.Key.Key_Return)
    stage.come_back()
    assert faults(stage.front) == SOUND
    stage.press("common.save")
    assert [each.until for each in terms.state.terms] == ["", terms.state.today]
    table = stage.focused
    assert isinstance(table, DataTable)
    table.go_to(0)
    stage.press("terms.remove")
    assert [each.provider for each in terms.state.terms] == [Provider.STRIPE]
