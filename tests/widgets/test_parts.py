"""Each widget shows, says and sends what it should."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.money import Language
from ui.dress import apply_theme
from ui.texts import Texts, problem_text
from ui.theme import TARGET, FontSize, Theme, current_theme
from ui.widgets import announce as announcing
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge, BadgeLook
from ui.widgets.buttons import Chip
from ui.widgets.countdown import Countdown
from ui.widgets.dialogs import ChooseDialog, ConfirmDialog, HelpOverlay, KeyHelp, Option, Sheet
from ui.widgets.fields import DayField, NumberField, TextField
from ui.widgets.notice_bar import Action, Figure, NoticeBar
from ui.widgets.quick_cash_bar import CashOffer, QuickCashBar
from ui.widgets.search_field import SearchField
from ui.widgets.surfaces import EmptyState
from ui.widgets.tick_panel import TickPanel
from ui.widgets.toast import Toast
from ui.widgets.tones import Tone

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What screen readers were told."""
    told: list[str] = []
    for module in ("notice_bar", "toast", "tick_panel", "pin_pad"):
        monkeypatch.setattr(f"ui.widgets.{module}.announce", lambda _widget, text: told.append(text))
    return told


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.setObjectName("screen")
    made.resize(1024, 600)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def test_a_long_amount_shrinks_and_asks_for_no_more_width(qtbot: QtBot) -> None:
    display = AmountDisplay()
    qtbot.addWidget(display)
    display.resize(300, 80)
    display.show_amount("125.000\u00a0₫")
    assert display.drawn_size == FontSize.DISPLAY
    display.show_amount("1.234.567.890\u00a0₫")
    assert 20 <= display.drawn_size < FontSize.DISPLAY
    assert display.minimumSizeHint().width() <= 80


def test_an_amount_is_said_by_its_name(qtbot: QtBot) -> None:
    display = AmountDisplay()
    qtbot.addWidget(display)
    display.show_amount("125.000\u00a0₫", "45.000 + 80.000", name="Số tiền: 125.000 ₫")
    assert display.accessibleName() == "Số tiền: 125.000 ₫"


def _offers() -> list[CashOffer]:
    return [
        CashOffer(1_234_000, "Đủ", "Đủ", "Đủ tiền", exact=True),
        CashOffer(1_240_000, "1.240.000", "1,24tr", "Khách đưa 1.240.000 ₫"),
        CashOffer(1_300_000, "1.300.000", "1,3tr", "Khách đưa 1.300.000 ₫"),
    ]


def test_quick_cash_sends_the_amount_and_writes_it_short_where_there_is_no_room(qtbot: QtBot) -> None:
    bar = QuickCashBar()
    qtbot.addWidget(bar)
    bar.show_offers(_offers())
    bar.resize(500, 48)
    bar.show()
    buttons = bar.findChildren(QPushButton)
    assert [button.text() for button in buttons] == ["Đủ", "1.240.000", "1.300.000"]
    bar.resize(230, 48)
    assert [button.text() for button in buttons] == ["Đủ", "1,24tr", "1,3tr"]
    with qtbot.waitSignal(bar.chosen) as chosen:
        QTest.mouseClick(buttons[1], _LEFT)
    assert chosen.args == [1_240_000]


def test_the_same_offers_keep_their_buttons(qtbot: QtBot) -> None:
    bar = QuickCashBar()
    qtbot.addWidget(bar)
    bar.show_offers(_offers())
    before = bar.findChildren(QPushButton)
    bar.show_offers(_offers())
    assert bar.findChildren(QPushButton) == before


def test_a_countdown_counts_to_its_end_once(qtbot: QtBot, texts: Texts) -> None:
    now = [Instant(0)]
    countdown = Countdown(texts, lambda: now[0])
    qtbot.addWidget(countdown)
    ended: list[None] = []
    countdown.finished.connect(lambda: ended.append(None))
    countdown.start(Instant(0), Instant(300_000))
    assert countdown.text() == "05:00"
    assert countdown.accessibleName() == "Còn lại 05:00"
    now[0] = Instant(299_500)
    countdown.refresh()
    assert (countdown.text(), ended) == ("00:01", [])
    now[0] = Instant(300_000)
    countdown.refresh()
    countdown.refresh()
    assert (countdown.text(), len(ended)) == ("00:00", 1)


def test_a_stopped_countdown_does_not_end(qtbot: QtBot, texts: Texts) -> None:
    now = [Instant(0)]
    countdown = Countdown(texts, lambda: now[0])
    qtbot.addWidget(countdown)
    countdown.start(Instant(0), Instant(1_000))
    countdown.stop()
    now[0] = Instant(2_000)
    with qtbot.assertNotEmitted(countdown.finished):
        countdown.refresh()


def test_a_badge_says_its_word_and_fits_it(qtbot: QtBot) -> None:
    badge = Badge(BadgeLook(Tone.OK, "Đã thanh toán"))
    qtbot.addWidget(badge)
    wide = badge.sizeHint().width()
    badge.show_look(BadgeLook(Tone.ERR, "Lỗi"))
    assert badge.accessibleName() == "Lỗi"
    assert badge.sizeHint().width() < wide


def test_a_chip_tells_its_state_and_can_be_pressed(qtbot: QtBot) -> None:
    chip = Chip("Trực tuyến", Tone.NEUTRAL, "cloud-check")
    qtbot.addWidget(chip)
    chip.show_state(Tone.WARN, "Ngoại tuyến · 3", "cloud-off", "Mở mục Đồng bộ")
    chip.resize(chip.sizeHint())
    chip.show()
    assert chip.tone is Tone.WARN
    assert chip.accessibleName() == "Ngoại tuyến · 3"
    with qtbot.waitSignal(chip.clicked):
        QTest.mouseClick(chip, _LEFT)


def test_the_tick_moves_unless_motion_is_reduced(qtbot: QtBot, qapp: QApplication, said: list[str]) -> None:
    panel = TickPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_paid("Đã thanh toán", "125.000\u00a0₫")
    assert not panel.is_moving
    apply_theme(qapp, Theme(reduced_motion=False))
    panel.show_paid("Đã thanh toán", "125.000\u00a0₫", said="Đã nhận 125.000 ₫")
    assert panel.is_moving
    assert said[-1] == "Đã nhận 125.000 ₫"


def test_the_change_is_said_with_the_payment(qtbot: QtBot, said: list[str]) -> None:
    panel = TickPanel()
    qtbot.addWidget(panel)
    panel.show_paid("Đã thanh toán", "125.000\u00a0₫", "", "Trả lại", "75.000\u00a0₫")
    assert said == ["Đã thanh toán 125.000\u00a0₫. Trả lại 75.000\u00a0₫"]


def test_an_underpayment_shows_both_amounts_and_waits_for_a_choice(qtbot: QtBot, texts: Texts, said: list[str]) -> None:
    bar = NoticeBar(texts.t("notice.dismiss"))
    qtbot.addWidget(bar)
    bar.show_notice(
        Tone.ERR,
        texts.t("short.title"),
        actions=(Action("rest", "Thu thêm"), Action("back", "Hoàn lại")),
        figures=(Figure("Cần thu", "200.000 ₫"), Figure("Đã nhận", "200 ₫", Tone.ERR)),
    )
    assert said == ["THIẾU TIỀN. Cần thu 200.000 ₫. Đã nhận 200 ₫"]
    with qtbot.waitSignal(bar.chosen) as chosen:
        QTest.mouseClick(bar.buttons()[1], _LEFT)
    assert chosen.args == ["back"]
    assert bar.isVisible()


def test_a_notice_takes_the_place_of_the_one_before(qtbot: QtBot, texts: Texts, said: list[str]) -> None:
    bar = NoticeBar(texts.t("notice.dismiss"))
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.show_notice(Tone.WARN, "Một", actions=(Action("a", "A"), Action("b", "B")))
    bar.show_notice(Tone.INFO, "Hai", actions=(Action("c", "C"),))
    assert [button.text() for button in bar.buttons()] == ["C"]
    assert (bar.tone, bar.accessibleName()) == (Tone.INFO, "Hai")
    assert said == ["Một"]
    bar.clear_notice()
    assert bar.isHidden()


def test_a_problem_shows_its_four_parts(qtbot: QtBot, texts: Texts, said: list[str]) -> None:
    bar = NoticeBar(texts.t("notice.dismiss"))
    qtbot.addWidget(bar)
    problem = problem_text(RuleBroken(ErrorCode.DISK_FULL), texts)
    bar.show_problem(problem)
    for part in (problem.title, problem.what, problem.money, problem.next, problem.code):
        assert part in bar.accessibleName()
    assert said == [bar.accessibleName()]


def test_a_refusal_is_said_once_and_goes_with_the_state_that_held_it(
    qtbot: QtBot, texts: Texts, said: list[str]
) -> None:
    bar = NoticeBar(texts.t("notice.dismiss"))
    qtbot.addWidget(bar)
    full, locked = RuleBroken(ErrorCode.DISK_FULL), RuleBroken(ErrorCode.PIN_LOCKED)
    assert [bar.show_refusal(error, texts) for error in (None, full, full, locked)] == [False, True, False, True]
    assert len(said) == 2
    assert ErrorCode.PIN_LOCKED.value in bar.accessibleName()
    assert not bar.show_refusal(None, texts)
    assert bar.isHidden()


def test_a_notice_is_wide_enough_for_its_words(qtbot: QtBot, texts: Texts, window: QWidget, said: list[str]) -> None:
    column = QVBoxLayout(window)
    bar = NoticeBar(texts.t("notice.dismiss"))
    column.addWidget(bar)
    column.addStretch(1)
    bar.show_notice(Tone.INFO, texts.t("demo.banner"), closable=True)
    qtbot.waitUntil(lambda: bar.width() > 900)
    assert bar.height() <= 64


def test_a_toast_goes_by_itself_unless_it_offers_something(qtbot: QtBot, window: QWidget, said: list[str]) -> None:
    toast = Toast(window)
    toast.say("Đã lưu", stays_ms=30)
    assert toast.isVisible()
    qtbot.waitUntil(toast.isHidden)
    toast.say("Tiền về muộn", action="Chi tiết", stays_ms=30)
    with qtbot.waitSignal(toast.chosen):
        QTest.mouseClick(toast.findChildren(QPushButton)[0], _LEFT)
    assert toast.isHidden()
    assert said == ["Đã lưu", "Tiền về muộn"]


def test_a_toast_stays_inside_a_window_that_shrinks(qapp: QApplication, window: QWidget, said: list[str]) -> None:
    toast = Toast(window)
    toast.say("Tiền về muộn: 125.000 ₫, mã BANA T1 000119. Cần xử lý.", action="Chi tiết")
    window.resize(500, 400)
    qapp.processEvents()
    assert window.rect().contains(toast.geometry())


def test_a_search_is_told_when_typing_pauses_and_when_it_is_cleared(qtbot: QtBot, texts: Texts) -> None:
    field = SearchField(texts, "Tìm giao dịch", "Số tiền")
    qtbot.addWidget(field)
    field.show()
    told: list[str] = []
    field.searched.connect(told.append)
    QTest.keyClicks(field, "0903")
    qtbot.waitUntil(lambda: told == ["0903"])
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told == ["0903"]
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert told == ["0903", ""]
    assert field.text() == ""


def test_an_empty_state_offers_the_next_step(qtbot: QtBot, texts: Texts) -> None:
    state = EmptyState("receipt-text")
    qtbot.addWidget(state)
    state.show_words(texts.t("payments.empty_today"), action=texts.t("charge.submit"))
    state.show()
    assert state.accessibleName() == "Chưa có giao dịch nào hôm nay."
    with qtbot.waitSignal(state.chosen):
        QTest.mouseClick(state.findChildren(QPushButton)[0], _LEFT)


def test_a_dangerous_question_has_its_focus_on_the_safe_answer(qtbot: QtBot, window: QWidget) -> None:
    dialog = ConfirmDialog(window, "Huỷ?", "Khách có thể đã quét mã.", "Huỷ khoản này", "Chờ tiếp", danger=True)
    dialog.open()
    qtbot.waitUntil(dialog.no.hasFocus)
    with qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog.no, Qt.Key.Key_Return)


def test_enter_presses_the_answer_that_has_the_keys(qtbot: QtBot, window: QWidget) -> None:
    dialog = ConfirmDialog(window, "Ghi sổ?", "Không sửa được nữa.", "Ghi sổ", "Huỷ")
    dialog.open()
    qtbot.waitUntil(dialog.yes.hasFocus)
    dialog.no.setFocus()
    with qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog.no, Qt.Key.Key_Return)


def test_escape_says_no_and_yes_says_yes(qtbot: QtBot, window: QWidget) -> None:
    for press, signal in ((Qt.Key.Key_Escape, "rejected"), (Qt.Key.Key_Return, "accepted")):
        dialog = ConfirmDialog(window, "Ghi sổ?", "Không sửa được nữa.", "Ghi sổ", "Huỷ")
        dialog.open()
        qtbot.waitUntil(dialog.yes.hasFocus)
        with qtbot.waitSignal(getattr(dialog, signal)):
            QTest.keyClick(dialog.yes, press)


def test_a_sheet_covers_its_window_and_shows_all_of_its_words(qtbot: QtBot, window: QWidget, texts: Texts) -> None:
    dialog = ConfirmDialog(
        window, texts.t("pending.cancel_title"), texts.t("pending.cancel_text") * 3, "Có", "Không", icon_name="info"
    )
    dialog.open()
    qtbot.waitUntil(dialog.no.isVisible)
    assert dialog.size() == window.size()
    card = dialog.findChildren(QWidget, "card")[0]
    assert card.height() >= card.layout().totalHeightForWidth(card.width())  # type: ignore[union-attr]  # it has one
    dialog.reject()


def test_the_days_of_a_calendar_have_room_for_a_finger(qtbot: QtBot) -> None:
    field = DayField(date(2026, 11, 21), "Ngày")
    qtbot.addWidget(field)
    field.show()
    calendar = field.calendarWidget()
    calendar.ensurePolished()
    assert calendar.minimumWidth() >= 8 * TARGET, "seven days and the number of the week"
    assert calendar.minimumHeight() >= 8 * TARGET, "six weeks, the names of the days and the month"


def test_one_press_one_digit_or_enter_chooses(qtbot: QtBot, window: QWidget) -> None:
    options = [Option("returned", "Khách trả hàng"), Option("mistake", "Thu nhầm", "Sai số tiền")]
    for act in ("press", "digit", "enter"):
        dialog = ChooseDialog(window, "Lý do", options, "Huỷ")
        dialog.open()
        with qtbot.waitSignal(dialog.chosen) as chosen:
            if act == "press":
                QTest.mouseClick(dialog.buttons[1], _LEFT)
            elif act == "enter":
                QTest.keyClick(dialog.buttons[1], Qt.Key.Key_Return)
            else:
                QTest.keyClick(dialog, Qt.Key.Key_2)
        assert chosen.args == ["mistake"]


def test_the_help_overlay_closes_with_the_key_that_opened_it(qtbot: QtBot, window: QWidget) -> None:
    overlay = HelpOverlay(window, "Phím tắt", "Đóng", [KeyHelp("Thu tiền", (("F9", "Thu tiền"),))])
    overlay.open()
    with qtbot.waitSignal(overlay.rejected):
        QTest.keyClick(overlay, Qt.Key.Key_F1)


def test_an_announcement_is_assertive(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[tuple[str, QAccessible.AnnouncementPoliteness]] = []

    class _Told:
        AnnouncementPoliteness = QAccessible.AnnouncementPoliteness

        @staticmethod
        def updateAccessibility(event: QAccessibleAnnouncementEvent) -> None:
            events.append((event.message(), event.politeness()))

    monkeypatch.setattr(announcing, "QAccessible", _Told)
    widget = QWidget()
    qtbot.addWidget(widget)
    announcing.announce(widget, "Đã nhận 125.000 ₫")
    assert events == [("Đã nhận 125.000 ₫", QAccessible.AnnouncementPoliteness.Assertive)]


def test_a_countdown_speaks_another_language_at_once(qtbot: QtBot, texts: Texts) -> None:
    countdown = Countdown(texts, lambda: Instant(0))
    qtbot.addWidget(countdown)
    countdown.start(Instant(0), Instant(60_000))
    countdown.stop()
    countdown.set_texts(Texts(Language.EN))
    assert countdown.accessibleName() == "01:00 left"


def test_a_field_shows_that_its_contents_cannot_stay(qtbot: QtBot) -> None:
    field = TextField("Số tiền", "125.000")
    qtbot.addWidget(field)
    field.resize(200, 48)
    field.show()
    edge = current_theme().colours.field_line, current_theme().colours.err
    assert field.grab().toImage().pixelColor(100, 0).name() == edge[0]
    field.show_invalid(True)
    assert field.grab().toImage().pixelColor(100, 0).name() == edge[1]
    field.show_invalid(False)
    assert field.grab().toImage().pixelColor(100, 0).name() == edge[0]


def test_a_day_is_written_day_first(qtbot: QtBot) -> None:
    field = DayField(date(2026, 3, 5), "Ngày")
    qtbot.addWidget(field)
    field.set_language("vi")
    assert field.text() == "05/03/2026"
    assert field.day == date(2026, 3, 5)


def test_a_number_stays_between_its_ends(qtbot: QtBot) -> None:
    field = NumberField(1, 60, "Tự khoá", "phút")
    qtbot.addWidget(field)
    field.setValue(99)
    assert (field.value(), field.text()) == (60, "60 phút")


def test_a_sheet_follows_its_window_when_it_shrinks_and_grows(window: QWidget) -> None:
    window.resize(1366, 768)
    sheet = Sheet(window, "Ghép tiền", width=1200)
    sheet.open()
    for size in ((1024, 600), (960, 560), (1366, 768)):
        window.resize(*size)
        for _ in range(3):
            QApplication.processEvents()
        assert sheet.geometry() == window.geometry()
        assert sheet.rect().contains(sheet._card.geometry())
        assert sheet._card.width() == min(1200, size[0] - 32)
    sheet.reject()
