"""Shows every widget in every palette and language and saves pictures: python scripts/gallery.py FOLDER."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.money import Language
from ui.dress import apply_theme
from ui.formatting import short_money
from ui.key_map import KEY_MAP
from ui.qr_matrix import qr_matrix
from ui.quick_cash import quick_cash
from ui.texts import Texts, problem_text
from ui.theme import Space, TextScale, Theme, ThemeName
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge, BadgeLook, SyncMark
from ui.widgets.buttons import Button, Chip, IconButton, Kind
from ui.widgets.countdown import Countdown
from ui.widgets.dialogs import ChooseDialog, ConfirmDialog, HelpOverlay, KeyHelp, Option
from ui.widgets.fields import DayField, NumberField, TextField
from ui.widgets.keypad import Keypad
from ui.widgets.method_tile import MethodTile
from ui.widgets.notice_bar import Action, Figure, NoticeBar
from ui.widgets.pin_pad import PinPad
from ui.widgets.qr_view import QrView
from ui.widgets.quick_cash_bar import CashOffer, QuickCashBar
from ui.widgets.search_field import SearchField
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column, money_column, sync_column
from ui.widgets.tick_panel import TickPanel
from ui.widgets.toast import Toast
from ui.widgets.tones import Tone

NOW = Instant(1_795_228_260_000)
CODE = (
    "00020101021238570010A00000072701270006970436011301234567890120208QRIBFTTA"
    "53037045406125000580 2VN62190815BANA T1 0001246304ABCD"
)


@dataclass(frozen=True, slots=True)
class Sale:
    """A row of the sample list."""

    number: int
    time: str
    method: str
    amount_minor: int
    status: str
    sync: SyncMark = SyncMark.NONE


TONES = {
    "pending": (Tone.WARN, "clock"),
    "paid": (Tone.OK, "circle-check"),
    "expired": (Tone.NEUTRAL, "hourglass"),
    "failed": (Tone.ERR, "circle-x"),
    "refunded": (Tone.INFO, "undo-2"),
    "cancelled": (Tone.NEUTRAL, "ban"),
}
SALES = (
    Sale(1, "09:44", "vietqr", 125_000, "pending", SyncMark.PENDING),
    Sale(2, "09:41", "vietqr", 125_000, "paid"),
    Sale(3, "09:38", "cash", 45_000, "paid"),
    Sale(4, "09:33", "vnpay_qr", 1_250_000, "expired"),
    Sale(5, "09:30", "cash", 380_000, "paid", SyncMark.PENDING),
    Sale(6, "09:22", "vnpay_qr", 2_150_000, "failed", SyncMark.PENDING),
    Sale(7, "09:15", "cash", 12_000, "paid"),
    Sale(8, "09:07", "vietqr", 68_000, "refunded", SyncMark.REVIEW),
    Sale(9, "08:58", "cash", 230_000, "paid"),
    Sale(10, "08:51", "vietqr", 96_000, "paid"),
)


def look_of(status: str, texts: Texts) -> BadgeLook:
    """The pill of a status."""
    tone, icon_name = TONES[status]
    return BadgeLook(tone, texts.t(f"status.{status}"), icon_name)


def top_bar(texts: Texts) -> QWidget:
    """The bar over the screen."""
    bar = Card(margin=0)
    bar.setObjectName("bar")
    row = QHBoxLayout()
    row.setContentsMargins(Space.XL, Space.XS, Space.M, Space.XS)
    row.setSpacing(Space.S)
    row.addWidget(label(texts.t("app.name"), "title"))
    row.addSpacing(Space.S)
    row.addWidget(label("Cửa hàng Hoa Mai · Lan", "muted"), 1)
    row.addWidget(Chip(texts.t("chip.offline", count=3, at=NOW), Tone.WARN, "cloud-off"))
    for icon_name, key in (("volume-2", "sound.on"), ("circle-question-mark", "help.hint"), ("lock", "lock.lock_hint")):
        row.addWidget(IconButton(icon_name, texts.t(key)))
    bar.body.addLayout(row)
    return bar


def recent_card(texts: Texts, narrow: bool) -> Card:
    """The list of recent payments."""
    card = Card(texts.t("charge.recent"))
    card.add_to_head(label(texts.t("charge.today_total", amount=2_108_000), "muted"))
    card.body.addWidget(SearchField(texts, texts.t("payments.search_name"), texts.t("payments.search")))
    columns: list[Column[Sale]] = [
        Column(texts.t("payments.column.time"), lambda sale: sale.time, width=66),
        Column(texts.t("payments.column.method"), lambda sale: texts.t(f"method.{sale.method}")),
        money_column(
            texts.t("payments.column.amount"),
            lambda sale: sale.amount_minor,
            lambda amount: texts.money(amount, symbol=False),
            width=104,
        ),
        badge_column(
            texts.t("payments.column.status"),
            lambda sale: look_of(sale.status, texts),
            width=152,
        ),
        sync_column("", lambda sale: sale.sync, lambda sale: texts.t("sync.mark.pending", count=2), width=36),
    ]
    model: TableModel[Sale] = TableModel(columns, key=lambda sale: sale.number)
    model.set_rows(SALES)
    table: DataTable[Sale] = DataTable(model, texts.t("charge.recent"))
    model.setParent(table)
    table.choose(2)
    card.body.addWidget(table, 1)
    return card


def amount_card(texts: Texts, amount: int) -> Card:
    """The amount, the pad and the quick cash."""
    card = Card(texts.t("charge.amount_due"))
    display = AmountDisplay()
    display.show_amount(
        texts.money(amount),
        " + ".join((texts.money(45_000, False), texts.money(80_000, False))) if amount == 125_000 else "",
        empty=amount == 0,
    )
    pad = Keypad(texts)
    bar = QuickCashBar()
    offers = [CashOffer(amount, texts.t("quick.exact"), texts.t("quick.exact"), texts.t("quick.exact"), exact=True)]
    for offered in quick_cash(amount):
        full = texts.money(offered, symbol=False)
        short = short_money(offered, "VND", texts.language)
        offers.append(CashOffer(offered, full, short, texts.t("quick.name", amount=texts.money(offered))))
    bar.show_offers(offers)
    row = QHBoxLayout()
    row.addWidget(IconButton("plus", texts.t("keypad.plus")), 0, Qt.AlignmentFlag.AlignBottom)
    row.addWidget(display, 1)
    card.body.addLayout(row)
    card.body.addWidget(pad, 1)
    card.body.addWidget(bar)
    return card


def tiles(texts: Texts) -> QWidget:
    """The ways to pay."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.S)
    looks = (("banknote", "cash"), ("qr-code", "vietqr"), ("smartphone", "vnpay_qr"))
    for icon_name, method in looks:
        tile = MethodTile(icon_name, texts.t(f"method.{method}"))
        tile.setChecked(method == "vietqr")
        if method == "vnpay_qr":
            tile.show_available(False, texts.t("common.needs_network"), texts.t("common.needs_network"))
        row.addWidget(tile)
    return holder


def pending_part(texts: Texts) -> QWidget:
    """The code a customer scans."""
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.M)
    view = QrView()
    view.show_code(qr_matrix(CODE), texts.t("pending.qr_name", amount=125_000, code="BANA T1 000124"))
    column.addWidget(view, 1)
    row = QHBoxLayout()
    row.setSpacing(Space.L)
    count = Countdown(texts, lambda: NOW)
    count.start(Instant(NOW - 60_000), Instant(NOW + 240_000))
    count.stop()
    row.addStretch(1)
    row.addWidget(Badge(look_of("pending", texts)))
    row.addWidget(count)
    row.addWidget(label(texts.t("pending.code", code="BANA T1 000124"), "muted"))
    row.addStretch(1)
    column.addLayout(row)
    return part


def paid_part(texts: Texts, change: bool) -> QWidget:
    """The tick."""
    panel = TickPanel()
    at = texts.t("paid.by", method=texts.t("method.vietqr"), at=NOW)
    panel.show_paid(
        texts.t("paid.title"),
        texts.money(125_000),
        at,
        texts.t("paid.change") if change else "",
        texts.money(75_000) if change else "",
    )
    return panel


def short_part(texts: Texts) -> QWidget:
    """The alarm of an under-payment."""
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    bar = NoticeBar(texts.t("notice.dismiss"))
    bar.show_notice(
        Tone.ERR,
        texts.t("short.title"),
        texts.t("short.text"),
        actions=(
            Action("rest", texts.t("short.collect_rest", amount=199_800), Kind.PRIMARY),
            Action("back", texts.t("short.give_back")),
        ),
        figures=(
            Figure(texts.t("short.expected"), texts.money(200_000)),
            Figure(texts.t("short.received"), texts.money(200), Tone.ERR),
        ),
    )
    column.addWidget(bar)
    column.addStretch(1)
    return part


def charge_screen(texts: Texts, middle: Callable[[Texts], QWidget], narrow: bool, amount: int = 125_000) -> QWidget:
    """A payment screen put together from the widgets."""
    screen = QWidget()
    screen.setObjectName("screen")
    column = QVBoxLayout(screen)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(top_bar(texts))
    row = QHBoxLayout()
    row.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
    row.setSpacing(Space.L)
    method = Card(texts.t("charge.method"))
    method.body.addWidget(tiles(texts))
    method.body.addWidget(middle(texts), 1)
    buttons = QHBoxLayout()
    buttons.setSpacing(Space.S)
    buttons.addWidget(Button(texts.t("charge.cancel"), large=True))
    charge = Button(texts.t("charge.submit_amount", amount=amount), Kind.PRIMARY, large=True)
    buttons.addWidget(charge, 1)
    method.body.addLayout(buttons)
    row.addWidget(amount_card(texts, amount), 5 if narrow else 4)
    row.addWidget(method, 6 if narrow else 5)
    if not narrow:
        row.addWidget(recent_card(texts, narrow), 6)
    column.addLayout(row, 1)
    return screen


def button_card(texts: Texts) -> Card:
    """Buttons, chips and badges."""
    buttons = Card(texts.t("settings.look"))
    row = QHBoxLayout()
    for kind in (Kind.PRIMARY, Kind.SECONDARY, Kind.SOFT, Kind.QUIET, Kind.DANGER):
        row.addWidget(Button(texts.t("common.save"), kind, "check" if kind is Kind.PRIMARY else ""))
    disabled = Button(texts.t("common.print"), Kind.PRIMARY, "printer")
    disabled.setEnabled(False)
    row.addWidget(disabled)
    row.addWidget(IconButton("printer", texts.t("common.print")))
    row.addStretch(1)
    buttons.body.addLayout(row)
    chips = QHBoxLayout()
    badges = QHBoxLayout()
    chips.addWidget(Chip(texts.t("chip.online"), Tone.NEUTRAL, "cloud-check"))
    chips.addWidget(Chip(texts.t("chip.offline_short", count=3), Tone.WARN, "cloud-off"))
    chips.addWidget(Chip(texts.t("chip.review", count=1), Tone.ERR, "cloud-alert"))
    for status in TONES:
        badges.addWidget(Badge(look_of(status, texts)))
    for line in (chips, badges):
        line.addStretch(1)
        buttons.body.addLayout(line)
    buttons.body.addStretch(1)
    return buttons


def field_card(texts: Texts) -> Card:
    """Fields of every kind."""
    fields = Card(texts.t("settings.shop"))
    name = TextField(texts.t("settings.shop_name"), text="Cửa hàng Hoa Mai")
    bad = TextField(texts.t("common.amount"), text="abc")
    bad.show_invalid(True)
    combo = QComboBox()
    combo.addItems([texts.t("settings.theme.light"), texts.t("settings.theme.dark")])
    spin = NumberField(1, 60, texts.t("settings.look"))
    spin.setValue(5)
    day = DayField(date(2026, 11, 21), texts.t("common.date"))
    check = QCheckBox(texts.t("settings.reduced_motion"))
    check.setChecked(True)
    radio = QRadioButton(texts.t("settings.keypad_order.computer"))
    radio.setChecked(True)
    for widget in (name, bad, combo, spin, day, check, radio):
        fields.body.addWidget(widget)
    fields.body.addStretch(1)
    return fields


def empty_card(texts: Texts) -> Card:
    """Nothing to show."""
    empty = Card()
    state = EmptyState("receipt-text")
    state.show_words(
        texts.t("payments.empty_search", query="0903"),
        texts.t("payments.empty_search_hint"),
        texts.t("payments.clear_filters"),
    )
    empty.body.addWidget(state)
    return empty


def notice_card(texts: Texts) -> Card:
    """Notices in three tones."""
    notices = Card()
    warn = NoticeBar(texts.t("notice.dismiss"))
    warn.show_notice(Tone.WARN, texts.t("backup.old"), "", (Action("now", texts.t("backup.now")),), closable=True)
    info = NoticeBar(texts.t("notice.dismiss"))
    info.show_notice(Tone.INFO, texts.t("demo.banner"), closable=True)
    problem = NoticeBar(texts.t("notice.dismiss"))
    problem.show_problem(problem_text(RuleBroken(ErrorCode.NET_TIMEOUT), texts))
    for bar in (info, warn, problem):
        notices.body.addWidget(bar)
    notices.body.addStretch(1)
    return notices


def parts_screen(texts: Texts) -> QWidget:
    """Buttons, fields, badges, notices, an empty state."""
    screen = QWidget()
    screen.setObjectName("screen")
    grid = QGridLayout(screen)
    grid.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
    grid.setSpacing(Space.L)
    grid.addWidget(button_card(texts), 0, 0, 1, 2)
    grid.addWidget(field_card(texts), 1, 0)
    grid.addWidget(notice_card(texts), 1, 1)
    grid.addWidget(empty_card(texts), 0, 2, 2, 1)
    grid.setColumnStretch(0, 3)
    grid.setColumnStretch(1, 4)
    grid.setColumnStretch(2, 3)
    Toast(screen).say(texts.t("late.toast", amount=125_000, code="BANA T1 000119"), texts.t("common.details"))
    return screen


def pin_screen(texts: Texts) -> QWidget:
    """The locked till."""
    screen = QWidget()
    screen.setObjectName("screen")
    column = QVBoxLayout(screen)
    card = Card(margin=Space.XL)
    title = label(texts.t("lock.hello", name="Lan"), "heading")
    title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    pad = PinPad(texts)
    for digit in "1234":
        pad._typed(digit)
    card.body.addWidget(title)
    card.body.addWidget(pad, 1)
    card.setFixedWidth(400)
    column.addWidget(card, 1, Qt.AlignmentFlag.AlignHCenter)
    return screen


def shot(app: QApplication, screen: QWidget, size: tuple[int, int], file: Path) -> None:
    """Show `screen` at `size` and save what is seen."""
    screen.resize(*size)
    screen.show()
    app.processEvents()
    app.processEvents()
    screen.grab().save(str(file))
    shiboken6.delete(screen)
    print(file)


def dialogs(app: QApplication, texts: Texts, size: tuple[int, int], folder: Path, tag: str) -> None:
    """Save each dialog over a payment screen."""
    under = charge_screen(texts, pending_part, narrow=size[0] < 1200)
    under.resize(*size)
    under.show()
    app.processEvents()
    confirm = ConfirmDialog(
        under,
        texts.t("pending.cancel_title"),
        texts.t("pending.cancel_text"),
        texts.t("pending.cancel_yes"),
        texts.t("pending.cancel_no"),
        danger=True,
        icon_name="triangle-alert",
    )
    options = [Option(key, texts.t(f"refund.reason.{key}")) for key in ("returned", "mistake", "quality", "other")]
    choose = ChooseDialog(under, texts.t("refund.reason"), options, texts.t("common.cancel"))
    groups = [KeyHelp(texts.t(title), tuple((caps, texts.t(key)) for caps, key in keys)) for title, keys in KEY_MAP]
    overlay = HelpOverlay(under, texts.t("help.title"), texts.t("help.close"), groups)
    for name, sheet in (("confirm", confirm), ("choose", choose), ("help", overlay)):
        sheet.open()
        app.processEvents()
        app.processEvents()
        sheet.grab().save(str(folder / f"{name}-{tag}.png"))
        shiboken6.delete(sheet)
    shiboken6.delete(under)


def main() -> None:
    """Save every board into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    wide, small = (1366, 768), (1024, 600)
    still = Theme(reduced_motion=True)
    for theme_name in ThemeName:
        for language in Language:
            apply_theme(app, replace(still, name=theme_name))
            texts = Texts(language)
            tag = f"{theme_name}-{language}"
            shot(app, charge_screen(texts, pending_part, narrow=False), wide, folder / f"pending-{tag}.png")
            shot(
                app, charge_screen(texts, lambda t: paid_part(t, False), narrow=False), wide, folder / f"paid-{tag}.png"
            )
            shot(app, parts_screen(texts), wide, folder / f"parts-{tag}.png")
            shot(app, pin_screen(texts), small, folder / f"pin-{tag}.png")
            dialogs(app, texts, wide, folder, tag)
            for name, middle in (
                ("pending", pending_part),
                ("change", lambda t: paid_part(t, True)),
                ("short", short_part),
            ):
                file = folder / f"{name}-small-{tag}.png"
                shot(app, charge_screen(texts, middle, narrow=True), small, file)
    texts = Texts(Language.VI)
    for scale in (TextScale.LARGE, TextScale.LARGEST):
        apply_theme(app, replace(still, scale=scale))
        file = folder / f"pending-{scale.value}.png"
        shot(app, charge_screen(texts, pending_part, narrow=False, amount=1_234_567_890), (1920, 1080), file)
        shot(app, parts_screen(texts), (1920, 1080), folder / f"parts-{scale.value}.png")


if __name__ == "__main__":
    main()
