"""The counter in both languages: everything fits, keys and fingers reach it, and less money never looks paid."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QRadioButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from domain.changes import Changes, Topic
from domain.contract_terms import ContractTerms
from domain.errors import ErrorCode, FailureCode
from domain.holder_ports import HolderRow
from domain.holders import Holder, holder_id
from domain.ids import Instant, PaymentId, UserId
from domain.money import Language
from domain.payments import PaymentException, PaymentStatus
from domain.rails import Method, Provider
from tests.fakes.counter import Counter, a_charge
from tests.fakes.recording_view import FixedSync
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
from tests.fakes.small_shop import MERCHANT, NOON
from ui.amount_entry import Key
from ui.dress import apply_theme
from ui.formatting import time_text
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import Stage
from ui.presenters.recent import RecentPresenter
from ui.texts import Texts
from ui.theme import FontSize, Space, TextScale, Theme, ThemeName, current_theme
from ui.views.charge import ChargeView
from ui.views.charge_waiting import ChargeWaitingPanel
from ui.views.panels import Emblem
from ui.views.recent import RecentList
from ui.widgets.badge import Badge, BadgeLook
from ui.widgets.keypad import PadKey
from ui.widgets.method_tile import MethodTile
from ui.widgets.qr_view import QrView
from ui.widgets.table import DataTable
from ui.widgets.tick_panel import TickPanel
from ui.widgets.tones import Tone

VI = Texts(Language.VI)
MOST = "499999999"
LOWEST = (960, 431)
"""What a screen of 960x560 leaves between the bars when its text is at its largest."""

_CELL_PX = 11


@dataclass
class Till:
    """The counter's screen with what stands behind it."""

    language: Language = Language.VI
    counter: Counter = field(default_factory=Counter)
    presenter: ChargePresenter = field(init=False)
    recent: RecentPresenter = field(init=False)
    view: ChargeView = field(init=False)
    opened: list[PaymentId] = field(default_factory=list)

    def show(self, qtbot: QtBot, size: tuple[int, int] = LARGE) -> ChargeView:
        self.presenter = a_charge(self.counter)
        self.recent = RecentPresenter(self.counter.desk, self.presenter.resume, self.opened.append)
        self.recent.opened()
        self.view = ChargeView(self.presenter, self.recent, Texts(self.language), self.counter.clock)
        show_view(qtbot, self.view, size)
        self.view.setFocus()
        return self.view

    def type(self, digits: str) -> None:
        for digit in digits:
            self.presenter.press(Key(digit))

    def wait_for(self, digits: str = "200000", method: Method = Method.VIETQR) -> PaymentId:
        self.presenter.choose(method)
        self.presenter.pick(1)  # where there are several options
        self.type(digits)
        self.presenter.charge()
        assert self.presenter.state.payment is not None
        return self.presenter.state.payment.id

    def hear(self, payment_id: PaymentId, **news: object) -> None:
        self.presenter.on_changes(self.counter.shop.hear(payment_id, **news))

    def hear_paid(self, payment_id: PaymentId, received: int | None = None) -> None:
        self.presenter.on_changes(self.counter.shop.hear_paid(payment_id, received))


def entry(till: Till) -> None:
    till.type(MOST)


def adding(till: Till) -> None:
    till.type("45000")
    till.presenter.press(Key.PLUS)
    till.type("12000")


def cash(till: Till) -> None:
    till.presenter.choose(Method.CASH)
    till.type("1234000")


def tender(till: Till) -> None:
    cash(till)
    till.presenter.type_tender()
    till.type("1500000")


def stored(till: Till, amount: int = 400_000) -> None:
    holder = Holder(holder_id(MERCHANT, "0903111218"), MERCHANT, "Nguyễn Thị Hoà", "0903111218", UserId("u-mai"), NOON)
    till.counter.shop.holders[holder.id] = holder
    rows = till.counter.work.queries.holders.rows
    rows[holder.id] = HolderRow(holder.id, holder.name, holder.phone, amount)
    till.counter.desk.sync = FixedSync(last_pulled_at=NOON)
    till.presenter.on_changes(Changes({Topic.HOLDERS: frozenset({holder.id})}))
    till.presenter.choose(Method.STORED_VALUE)
    till.type("300000")
    till.presenter.set_customer("0903111218")


def stored_short(till: Till) -> None:
    stored(till, 100_000)


def stored_unknown(till: Till) -> None:
    stored(till)
    till.presenter.set_customer("0999999999")


def refused(till: Till) -> None:
    till.counter.desk.sync = FixedSync("offline")
    till.presenter.on_sync()
    till.presenter.choose(Method.VNPAY_QR)


def waiting(till: Till) -> None:
    till.wait_for(MOST)


def blind(till: Till) -> None:
    till.wait_for(MOST)
    till.counter.desk.sync = FixedSync("offline")
    till.presenter.on_sync()


def asking(till: Till) -> None:
    till.wait_for(MOST)
    till.presenter.escape()


def paid(till: Till) -> None:
    till.hear_paid(till.wait_for(MOST))


def change(till: Till) -> None:
    cash(till)
    till.presenter.hand_over(1_500_000)


def short(till: Till) -> None:
    till.hear_paid(till.wait_for(MOST), 200)


def rest(till: Till) -> None:
    short(till)
    till.presenter.code_for_rest()


def stopping(till: Till) -> None:
    short(till)
    till.presenter.escape()


def over(till: Till) -> None:
    till.hear_paid(till.wait_for("200000"), 499_999_999)


def late(till: Till) -> None:
    payment_id = till.wait_for()
    exception = PaymentException.PAID_LATE
    till.hear(payment_id, status=PaymentStatus.PAID, exception=exception, received_minor=200_000)


def failed(till: Till) -> None:
    till.hear(till.wait_for(), status=PaymentStatus.FAILED, failure=FailureCode.PROVIDER_UNAVAILABLE)


def expired(till: Till) -> None:
    till.hear(till.wait_for(), status=PaymentStatus.EXPIRED)


def splitting(till: Till) -> None:
    till.type(MOST)
    till.presenter.split()
    till.type("200000")


def part_in(till: Till) -> None:
    """A part came in cash, with change; the rest is to come."""
    splitting(till)
    till.presenter.hand_over(500_000)


def part_of_rest(till: Till) -> None:
    part_in(till)
    till.presenter.choose(Method.CASH)
    till.type("150000")


def too_much(till: Till) -> None:
    part_in(till)
    till.type("999999999")


def waiting_for_rest(till: Till) -> None:
    part_in(till)
    till.presenter.charge()


def paid_in_parts(till: Till) -> None:
    waiting_for_rest(till)
    assert till.presenter.state.payment is not None
    till.hear_paid(till.presenter.state.payment.id)


def set_aside(till: Till) -> None:
    part_in(till)
    till.presenter.set_aside()
    till.presenter.refresh()


def by_hand(till: Till) -> None:
    waiting(till)
    confirmed = int(MOST)
    payment = till.presenter.state.payment
    assert payment is not None
    exception = PaymentException.CONFIRMED_BY_HAND
    news = {"exception": exception, "received_minor": confirmed, "confirmed_minor": confirmed}
    till.hear(payment.id, status=PaymentStatus.PAID, **news)


def connected(till: Till, provider: Provider) -> None:
    till.counter.shop.connected |= {provider}
    till.presenter.on_changes(Changes({Topic.SETTINGS: frozenset({"payment.connected"})}))


def at_terminal(till: Till) -> None:
    """The provider has told the terminal how much to take."""
    connected(till, Provider.VNPAY_SPOS)
    till.hear(till.wait_for(MOST, Method.CARD_TERMINAL), status=PaymentStatus.PENDING)


def choosing(till: Till) -> None:
    connected(till, Provider.VNPAY_SPOS)
    till.type(MOST)
    till.presenter.choose(Method.CARD_TERMINAL)


def option_chosen(till: Till) -> None:
    choosing(till)
    till.presenter.pick(2)


def over_the_limit(till: Till) -> None:
    till.counter.shop.contracts = (ContractTerms(Provider.VNPAY_SPOS, "2026-01-01", limit_day_minor=500_000_000),)
    till.counter.shop.taken = {Provider.VNPAY_SPOS: 10_000_000}
    choosing(till)


def on_its_way(till: Till) -> None:
    connected(till, Provider.VNPAY_SPOS)
    till.wait_for(MOST, Method.CARD_TERMINAL)


def with_link(till: Till) -> None:
    connected(till, Provider.STRIPE)
    link = "https://pay.example/c/BANA01A0000017"
    till.hear(till.wait_for(MOST, Method.CARD), status=PaymentStatus.PENDING, qr_text=link)


def at_vnpay(till: Till) -> None:
    """VNPAY's own code is the merchant's at VNPAY; the till cannot make another one for the rest."""
    code = "00020101021226280010A000000775011001065311235204581253037045802VN63041234"
    till.hear(till.wait_for(MOST, Method.VNPAY_QR), status=PaymentStatus.PENDING, qr_text=code)


SCENES = (
    stored,
    stored_short,
    stored_unknown,
    choosing,
    option_chosen,
    over_the_limit,
    at_terminal,
    on_its_way,
    with_link,
    splitting,
    part_in,
    part_of_rest,
    too_much,
    waiting_for_rest,
    paid_in_parts,
    set_aside,
    by_hand,
    entry,
    adding,
    cash,
    tender,
    refused,
    waiting,
    blind,
    asking,
    paid,
    change,
    short,
    rest,
    stopping,
    over,
    late,
    failed,
    expired,
)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_cut_off_too_small_or_nameless(
    qtbot: QtBot, scene: Callable[[Till], None], language: Language, size: tuple[int, int]
) -> None:
    till = Till(language)
    view = till.show(qtbot, size)
    scene(till)
    settle()
    assert cut_off(view) == []
    assert too_small_or_nameless(view) == []
    assert (view.width(), view.height()) == size, "the screen asked for more room than it was given"


@pytest.mark.parametrize("scene", [entry, cash, short, stopping])
def test_the_largest_text_is_whole_in_the_lowest_window(
    qapp: QApplication, qtbot: QtBot, till: Till, scene: Callable[[Till], None]
) -> None:
    apply_theme(qapp, Theme(scale=TextScale.LARGEST, reduced_motion=True))
    till.counter.shop.by_hand = frozenset({Method.CHEQUE, Method.MANUAL})
    view = till.show(qtbot, LOWEST)
    scene(till)
    settle()
    assert cut_off(view) == []
    assert too_small_or_nameless(view) == []
    rows = sorted({(key.y(), key.geometry().bottom()) for key in view.findChildren(PadKey) if key.isVisible()})
    assert all(bottom < top for (_, bottom), (top, _) in itertools.pairwise(rows)), "keys lie over each other"


@pytest.mark.parametrize("scene", [entry, cash, waiting, short, failed])
def test_all_that_can_be_pressed_is_reached_by_tab_but_the_pads_own_keys(
    qtbot: QtBot, till: Till, scene: Callable[[Till], None]
) -> None:
    view = till.show(qtbot)
    scene(till)
    settle()
    pad = {key.accessibleName() for key in view.findChildren(PadKey)}
    assert [name for name in out_of_reach(view) if name not in pad] == []


@pytest.mark.parametrize("name", list(ThemeName))
def test_large_text_fits_a_large_screen_in_every_palette(
    qapp: QApplication, qtbot: QtBot, till: Till, name: ThemeName
) -> None:
    apply_theme(qapp, Theme(name, TextScale.LARGE, reduced_motion=True))
    view = till.show(qtbot)
    waiting(till)
    settle()
    assert cut_off(view) == []


FEW = frozenset({Provider.SEPAY, Provider.VNPAY_QR_MMS, Provider.STRIPE, Provider.VNPAY_SPOS})


@pytest.mark.parametrize("size", [(936, 470), SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("by_hand", [frozenset(), frozenset({Method.CHEQUE, Method.MANUAL})])
@pytest.mark.parametrize("link", ["online", "offline"])
def test_every_tile_has_room_for_its_words_and_the_day_for_its_amounts(
    qtbot: QtBot, language: Language, size: tuple[int, int], by_hand: frozenset[Method], link: str
) -> None:
    till = Till(language)
    till.counter.shop.connected = FEW
    till.counter.shop.by_hand = by_hand
    till.counter.desk.sync = FixedSync(link)
    view = till.show(qtbot, size)
    till.presenter.on_sync()
    settle()
    tiles = [tile for tile in view.findChildren(MethodTile) if tile.isVisibleTo(view)]
    assert len(tiles) == 5 + len(by_hand)
    assert [(tile.text(), tile.width(), tile.least_width) for tile in tiles if tile.width() < tile.least_width] == []
    assert too_small_or_nameless(view) == []
    assert (view.width(), view.height()) == size
    table = view.findChild(RecentList)
    assert table is not None
    assert size != LARGE or table.width() >= 420, "the day's amounts are cut off"


@pytest.mark.parametrize("language", Language)
def test_the_longest_status_of_the_day_is_written_out_beside_the_largest_amount(
    qtbot: QtBot, language: Language
) -> None:
    till = Till(language)
    view = till.show(qtbot)
    till.hear_paid(till.wait_for(MOST))
    till.recent.refresh()
    settle()
    assert till.recent.state.rows
    table = view.findChild(DataTable)
    assert table is not None
    texts = Texts(language)
    room = {column: table.columnWidth(column) for column in (0, 2, 3)}
    longest = Badge(BadgeLook(Tone.NEUTRAL, texts.t("status.partially_refunded"), "undo-2"))
    amount = QFontMetricsF(current_theme().font(FontSize.BODY, QFont.Weight.Bold)).horizontalAdvance("499.999.999")
    assert room[3] >= longest.sizeHint().width() + 2 * Space.M
    assert room[2] >= amount + 2 * _CELL_PX, room
    time = max(
        QFontMetricsF(current_theme().font(FontSize.BODY)).horizontalAdvance(f"{n:02}:{n:02}") for n in range(24)
    )
    assert room[0] >= time + 2 * _CELL_PX, (time, room)


def test_the_tiles_keep_their_places_when_the_network_goes(qtbot: QtBot, till: Till) -> None:
    till.counter.shop.connected = FEW
    view = till.show(qtbot, SMALL)
    settle()
    tiles = view.findChildren(MethodTile)
    before = [tile.geometry() for tile in tiles]
    till.counter.desk.sync = FixedSync("offline")
    till.presenter.on_sync()
    settle()
    assert [tile.geometry() for tile in tiles] == before


def test_tab_goes_from_the_tiles_to_the_charge_button(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.type("5000")
    settle()
    order: list[str] = []
    for _ in range(8):
        QTest.keyClick(view.window(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            order.append(focused.text())
    assert order.index("VietQR") < order.index("Thu 5.000\u00a0₫")


def test_enter_on_a_tile_charges_and_does_not_press_the_tile_again(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.type("5000")
    tile = next(tile for tile in view.findChildren(QRadioButton) if tile.text() == "VietQR")
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Return)
    assert till.presenter.state.stage is Stage.WAITING


def test_a_tile_that_needs_the_network_is_grey_and_says_why(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.counter.desk.sync = FixedSync("offline")
    till.presenter.on_sync()
    settle()
    tile = next(tile for tile in view.findChildren(QRadioButton) if tile.text() == "VNPAY‑QR")
    assert not tile.isEnabled()
    assert "cần mạng" in tile.accessibleName() + tile.toolTip().lower()
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert till.presenter.state.method is Method.VIETQR
    assert till.presenter.state.problem is not None
    assert till.presenter.state.problem.code is ErrorCode.METHOD_NEEDS_NETWORK


@pytest.mark.parametrize("language", list(Language))
def test_a_tile_whose_provider_does_not_answer_says_so_and_can_be_pressed(qtbot: QtBot, language: Language) -> None:
    till = Till(language)
    till.counter.shop.connected = frozenset({Provider.VNPAY_QR_MMS})
    till.counter.shop.troubled = {Provider.VNPAY_QR_MMS: Instant(till.counter.clock() - 60_000)}
    view = till.show(qtbot, SMALL)
    texts = Texts(language)
    tile = next(each for each in view.findChildren(MethodTile) if each.text() == texts.t("method.vnpay_qr"))
    words, since = texts.t("method.trouble"), time_text(Instant(till.counter.clock() - 60_000))
    assert (tile.isEnabled(), tile.note) == (True, words)
    assert tile.accessibleName() == f"{tile.text()}, {words}"
    assert since in tile.toolTip()
    assert cut_off(view) == []
    tile.click()
    assert till.presenter.state.method is Method.VNPAY_QR
    assert tile.toolTip() in words_of(view), "a finger cannot hover: what is wrong is said while the way is chosen"


def test_a_double_press_on_charge_makes_one_payment(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.type("5000")
    button = button_saying(view, "Thu 5.000\u00a0₫")
    till.counter.work.held = True
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.keyClick(view, Qt.Key.Key_Return)
    till.counter.work.release()
    assert len(till.counter.shop.payments) == 1


def test_an_offered_note_charges_by_one_press(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.presenter.choose(Method.CASH)
    till.type("125000")
    settle()
    QTest.mouseClick(button_saying(view, "200.000"), Qt.MouseButton.LeftButton)
    settle()
    panel = view.findChild(TickPanel)
    assert panel is not None
    assert panel.isVisible()
    assert "75.000\u00a0₫" in words_of(view)


def test_a_code_is_shown_with_its_amount_and_reference(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.wait_for("125000")
    settle()
    code = next(each for each in view.findChildren(QrView) if each.isVisibleTo(view))
    assert code.module_pixels >= 3
    assert "125.000" in code.accessibleName()
    said = words_of(view)
    assert "BANA 01A 000001" in said
    assert "Đang chờ" in said
    assert "Đưa màn hình cho khách quét" in said


@pytest.mark.parametrize(
    ("scene", "said", "unsaid"),
    [
        (with_link, ("pending.how.link",), ("pending.scan", "pending.how.terminal")),
        (at_terminal, ("pending.how.terminal",), ("pending.scan", "pending.asking_terminal")),
        (on_its_way, ("pending.asking_terminal",), ("pending.scan", "pending.how.terminal")),
        (waiting, ("pending.scan",), ("pending.how.link", "pending.how.terminal")),
    ],
)
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_waiting_payment_says_what_the_customer_does_now(
    qtbot: QtBot, till: Till, scene: Callable[[Till], None], said: tuple[str], unsaid: tuple[str], size: tuple[int, int]
) -> None:
    view = till.show(qtbot, size)
    scene(till)
    settle()
    words = words_of(view)
    assert [key for key in said if VI.t(key) not in words] == []
    assert [key for key in unsaid if VI.t(key) in words] == []


def at_a_terminal_that_is_silent(till: Till) -> None:
    at_terminal(till)
    till.counter.desk.sync = FixedSync("offline")
    till.presenter.on_sync()


@pytest.mark.parametrize("scene", [at_terminal, with_link, at_a_terminal_that_is_silent])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
def test_what_the_customer_does_is_told_on_the_lowest_screen_too(
    qapp: QApplication, qtbot: QtBot, scene: Callable[[Till], None], language: Language, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(reduced_motion=True, scale=scale))
    till = Till(language)
    size = (936, 440) if scale is TextScale.NORMAL else SMALL
    view = till.show(qtbot, size)
    scene(till)
    settle()
    how = "pending.how.link" if scene is with_link else "pending.how.terminal"
    assert Texts(language).t(how) in words_of(view)
    assert cut_off(view) == []
    assert (view.width(), view.height()) == size


def test_a_terminals_payment_shows_the_terminal_where_a_code_would_stand(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    at_terminal(till)
    settle()
    panel = view.findChild(ChargeWaitingPanel)
    assert panel is not None
    assert len([each for each in panel.findChildren(Emblem) if each.isVisibleTo(view)]) == 1
    assert [each for each in panel.findChildren(QrView) if each.isVisibleTo(view)] == []


def test_the_code_of_a_small_screen_is_as_large_as_the_screen_allows(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot, SMALL)
    till.wait_for("125000")
    settle()
    code = next(each for each in view.findChildren(QrView) if each.isVisibleTo(view))
    assert code.height() >= 300
    assert code.mapTo(view, QPoint(0, 0)).y() >= 0


def test_a_waiting_payment_without_a_network_warns_and_says_that_it_is_not_sent(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    blind(till)
    settle()
    said = words_of(view)
    assert VI.t("unknown.text") in said
    assert VI.t("pending.unsent") in said
    assert VI.t("unknown.title") in said


@pytest.mark.parametrize("received", [200, 199_999])
def test_less_money_is_shown_as_less_beside_what_is_due(qtbot: QtBot, till: Till, received: int) -> None:
    view = till.show(qtbot)
    payment_id = till.wait_for("200000")
    till.hear_paid(payment_id, received)
    settle()
    said = words_of(view)
    for part in ("THIẾU TIỀN", "Cần thu", "200.000\u00a0₫", "Đã nhận", VI.money(received), "Chưa giao hàng"):
        assert part in said
    tick = view.findChild(TickPanel)
    assert tick is None or not tick.isVisible()


def test_the_rest_of_a_short_payment_is_asked_for_by_one_press(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    short(till)
    settle()
    QTest.mouseClick(button_saying(view, "Thu thêm 499.999.799\u00a0₫"), Qt.MouseButton.LeftButton)
    settle()
    shown = [each for each in view.findChildren(QrView) if each.isVisibleTo(view)]
    assert len(shown) == 1
    assert "499.999.799" in shown[0].accessibleName()


@pytest.mark.parametrize("scene", [at_vnpay, with_link])
def test_a_rest_that_no_code_can_ask_for_is_not_offered_as_one(
    qtbot: QtBot, till: Till, scene: Callable[[Till], None]
) -> None:
    view = till.show(qtbot)
    scene(till)
    assert till.presenter.state.payment is not None
    till.hear_paid(till.presenter.state.payment.id, 200)
    settle()
    assert till.presenter.state.stage is Stage.SHORT
    till.presenter.code_for_rest()
    assert till.presenter.state.problem is None
    missing = till.presenter.state.payment.missing_minor
    assert VI.t("short.collect_rest", amount=missing) not in words_of(view)


def test_the_first_choice_of_an_outcome_has_the_keys(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    failed(till)
    settle()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QAbstractButton)
    assert focused.text() == VI.t("common.retry")
    QTest.keyClick(focused, Qt.Key.Key_Return)
    assert till.presenter.state.stage is Stage.WAITING
    assert view.isVisible()


def test_a_cancel_is_asked_in_place_and_the_safe_answer_has_the_keys(qtbot: QtBot, till: Till) -> None:
    till.show(qtbot)
    till.wait_for()
    QTest.keyClick(till.view, Qt.Key.Key_Escape)
    settle()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QAbstractButton)
    assert focused.text() == VI.t("pending.cancel_no")


def test_the_day_stands_beside_the_counter_or_behind_a_tab(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot, SMALL)
    tabs = view.findChild(QTabBar)
    assert tabs is not None
    assert tabs.isVisible()
    tabs.setCurrentIndex(1)
    settle()
    assert VI.t("payments.empty_today") in words_of(view)
    till.wait_for()
    settle()
    assert tabs.currentIndex() == 0
    view.resize(*LARGE)
    settle()
    assert not tabs.isVisible()
    assert VI.t("charge.recent") in words_of(view)


def test_digits_go_to_the_amount_while_the_list_has_the_focus(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    till.wait_for("1000")
    till.presenter.leave()
    till.recent.refresh()
    settle()
    table = view.findChild(QWidget, "qt_scrollarea_viewport")
    listed = next(part for part in view.findChildren(QWidget) if type(part).__name__ == "_RecentTable")
    listed.setFocus()
    QTest.keyClick(listed, "7")
    assert table is not None
    assert till.presenter.state.amount_minor == 7


def test_enter_on_a_waiting_row_brings_it_back(qtbot: QtBot, till: Till) -> None:
    view = till.show(qtbot)
    payment_id = till.wait_for("1000")
    till.presenter.leave()
    till.recent.refresh()
    settle()
    listed = next(part for part in view.findChildren(QWidget) if type(part).__name__ == "_RecentTable")
    listed.choose(payment_id)
    listed.setFocus()
    QTest.keyClick(listed, Qt.Key.Key_Return)
    assert till.presenter.state.stage is Stage.WAITING
