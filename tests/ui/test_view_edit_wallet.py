"""The sheet that changes a wallet, over a real till: worked by keys, told in words why something cannot be."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from domain.ids import AccountId, UserId
from domain.money import Language
from domain.people import User
from domain.policy import Role
from storage.till import TillUnits
from tests.builders import BANK, MERCHANT, OWNER, QR, an_id, sell
from tests.domain.till_facts import ask
from tests.fakes.shown_view import (
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
from ui.presenters.edit_wallet import EditWalletPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.bank_field import BankField
from ui.views.edit_wallet import EditWalletSheet

VI = Texts(Language.VI)
LAST = ("wallets.archive_wish", "common.cancel", "common.save")


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@dataclass
class Form:
    """The sheet over a window, with what stands behind it."""

    units: TillUnits
    account_id: AccountId = BANK
    language: Language = Language.VI
    closed: list[bool] = field(default_factory=list)
    window: QWidget = field(init=False)
    presenter: EditWalletPresenter = field(init=False)
    sheet: EditWalletSheet = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = (1024, 600)) -> EditWalletSheet:
        self.units.run(lambda uow: uow.people.add(User(UserId(an_id("lan")), MERCHANT, "Lan", Role.MANAGER, "hash")))
        self.window = QWidget()
        show_view(qtbot, self.window, size)
        self.presenter = EditWalletPresenter(till_desk(self.units, OWNER), self.account_id, self.closed.append)
        self.sheet = EditWalletSheet(self.window, self.presenter, Texts(self.language))
        with qtbot.waitActive(self.sheet):
            self.sheet.open()
        settle()
        return self.sheet


@pytest.mark.parametrize("size", [(960, 560), (1366, 768)])
@pytest.mark.parametrize("language", Language)
def test_the_form_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, till_units: TillUnits, language: Language, size: tuple[int, int]
) -> None:
    form = Form(till_units, language=language)
    sheet = form.show(qtbot, size)
    assert (sheet.width(), sheet.height()) == size
    assert too_small_or_nameless(sheet) == []
    assert cut_off(sheet) == []
    assert out_of_reach(sheet) == []


def test_large_text_is_not_cut_off(qtbot: QtBot, qapp: QApplication, till_units: TillUnits) -> None:
    apply_theme(qapp, Theme(ThemeName.DARK, max(TextScale), reduced_motion=True))
    form = Form(till_units, language=Language.EN)
    assert cut_off(form.show(qtbot, (1024, 600))) == []


def test_tab_walks_the_form_from_top_to_bottom(qtbot: QtBot, till_units: TillUnits) -> None:
    form = Form(till_units)
    sheet = form.show(qtbot)
    walked = []
    for _ in range(20):
        here = QApplication.focusWidget()
        assert here is not None
        walked.append(here.text() if isinstance(here, QAbstractButton) else here.accessibleName())
        if walked[-1] == VI.t("common.save"):
            break
        QTest.keyClick(sheet, Qt.Key.Key_Tab)
    fields = ["wallets.name", "wallets.bank", "wallets.bank_account", "method.vietqr"]
    assert walked[:4] == [VI.t(key) for key in fields]
    assert walked[-5:] == [VI.t("wallets.default_wish"), "Lan · Quản lý", *map(VI.t, LAST)]


def test_a_wallet_is_changed_by_keyboard_alone(qtbot: QtBot, till_units: TillUnits) -> None:
    form = Form(till_units)
    form.show(qtbot)
    name = QApplication.focusWidget()
    assert isinstance(name, QLineEdit)
    assert name.text() == "Vietcombank"
    QTest.keyClick(name, Qt.Key.Key_End)
    QTest.keyClicks(name, " 2")
    ticked = []
    for _ in range(12):
        QTest.keyClick(form.sheet, Qt.Key.Key_Tab)
        box = QApplication.focusWidget()
        if isinstance(box, QCheckBox) and box.text().startswith(("VietQR", "Lan")):
            QTest.keyClick(box, Qt.Key.Key_Space)
            ticked.append(box.text())
        if len(ticked) == 2:
            break
    assert len(ticked) == 2
    QTest.keyClick(form.sheet, Qt.Key.Key_Return)
    assert form.closed == [True]
    assert ask(till_units, f"SELECT name FROM accounts WHERE id = '{BANK}'") == [("Vietcombank 2",)]
    assert ask(till_units, "SELECT account_id FROM account_grants") == [(BANK,)]
    assert [row[0] for row in ask(till_units, "SELECT key FROM shop_settings WHERE key LIKE 'wallet.%'")] == [
        "wallet.method.vietqr"
    ]


def test_the_bank_stands_with_its_account_and_can_be_exchanged(qtbot: QtBot, till_units: TillUnits) -> None:
    form = Form(till_units)
    sheet = form.show(qtbot)
    bank = sheet.findChildren(BankField)[0]
    assert bank.currentText().startswith("Vietcombank")
    bank.setCurrentIndex(0)
    button_saying(sheet, VI.t("common.save")).click()
    rows = ask(till_units, f"SELECT bank_bin, bank_account FROM accounts WHERE id = '{BANK}'")
    assert rows == [(form.presenter.state.banks[0].bin, "0123456789")]


def test_why_a_wallet_cannot_be_archived_stands_below_the_tick(qtbot: QtBot, till_units: TillUnits) -> None:
    form = Form(till_units, QR)
    sheet = form.show(qtbot)
    archive = button_saying(sheet, VI.t("wallets.archive_wish"))
    assert archive.isEnabled()
    button_saying(sheet, VI.t("method.vnpay_qr")).click()
    assert not archive.isEnabled()
    assert VI.t("wallets.kept_method", method="vnpay_qr") in words_of(sheet)
    button_saying(sheet, VI.t("method.vnpay_qr")).click()
    archive.click()
    button_saying(sheet, VI.t("common.save")).click()
    assert ask(till_units, f"SELECT archived_at IS NULL FROM accounts WHERE id = '{QR}'") == [(0,)]


def test_money_in_a_wallet_keeps_it_in_use(qtbot: QtBot, till_units: TillUnits) -> None:
    till_units.run(lambda uow: sell(uow, amount_minor=45_000))
    cash = AccountId(ask(till_units, "SELECT id FROM accounts WHERE balance_minor = 45000 AND type = 'CASH'")[0][0])
    form = Form(till_units, cash)
    sheet = form.show(qtbot)
    assert VI.t("wallets.kept_balance", amount=45_000) in words_of(sheet)
    assert not button_saying(sheet, VI.t("wallets.archive_wish")).isEnabled()


def test_a_refused_name_is_told_in_words_and_nothing_typed_is_lost(qtbot: QtBot, till_units: TillUnits) -> None:
    form = Form(till_units)
    sheet = form.show(qtbot)
    name = QApplication.focusWidget()
    assert isinstance(name, QLineEdit)
    name.selectAll()
    QTest.keyClicks(name, "VNPAY QR")
    button_saying(sheet, VI.t("common.save")).click()
    settle()
    assert VI.t("error.ACCOUNT_NAME_TAKEN.exact", name="VNPAY QR") in words_of(sheet)
    assert name.text() == "VNPAY QR"
    assert form.closed == []
    assert cut_off(sheet) == []


def test_esc_leaves_the_wallet_as_it_is(qtbot: QtBot, till_units: TillUnits) -> None:
    form = Form(till_units)
    form.show(qtbot)
    QTest.keyClick(form.sheet, Qt.Key.Key_Escape)
    assert form.closed == [False]
