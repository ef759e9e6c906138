"""The owner's connections at every size, in both languages and every palette: nothing is cut off or out of reach."""

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
)
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode
from domain.money import Language
from tests.fakes.shown_view import (
    cut_off,
    out_of_reach,
    settle,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.small_hub_desk import PIN
from tests.ui.connections_seat import LARGE, LEAST, SMALL, SOUND, Stage, faults
from ui.dress import apply_theme
from ui.presenters.connections import Section
from ui.theme import TextScale, Theme, ThemeName


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("section", Section)
def test_every_list_fits_and_can_be_worked(
    qtbot: QtBot, language: Language, section: Section, size: tuple[int, int]
) -> None:
    stage = Stage(qtbot, language).show(size, section)
    assert faults(stage.view) == SOUND
    stage.hub.shown.unlock()
    stage.hub.shown.proofs.submit(PIN)
    stage.come_back()
    assert faults(stage.view) == SOUND
    stage.hub.hear("offline")
    settle()
    assert faults(stage.view) == SOUND
    kept_here = section in (Section.ROUTES, Section.TERMS)  # they need no hub
    assert (stage.t("connections.offline.title") in words_of(stage.view)) is not kept_here


@pytest.mark.parametrize("size", [SMALL, LEAST, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("provider", ["sepay", "vnpay_qr_mms"])
def test_the_forms_fit_and_can_be_worked(
    qtbot: QtBot, language: Language, provider: str, size: tuple[int, int]
) -> None:
    stage = Stage(qtbot, language).unlocked(size)
    stage.hub.shown.providers.open_form(provider)
    settle()
    assert faults(stage.view) == SOUND
    stage.hub.shown.providers.save({})
    stage.hub.shown.providers.test()
    settle()
    assert faults(stage.view) == SOUND


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize(
    ("scale", "size"), [(TextScale.LARGE, SMALL), (TextScale.LARGEST, LEAST), (TextScale.LARGEST, LARGE)]
)
@pytest.mark.parametrize("language", Language)
def test_large_text_is_not_cut_off_in_any_palette(
    qtbot: QtBot, qapp: QApplication, theme: ThemeName, scale: TextScale, size: tuple[int, int], language: Language
) -> None:
    apply_theme(qapp, Theme(theme, scale, reduced_motion=True))
    stage = Stage(qtbot, language).unlocked(size)
    for section in Section:
        stage.hub.shown.show_section(section)
        settle()
        assert cut_off(stage.view) == []
    stage.hub.shown.show_section(Section.PROVIDERS)
    for provider in ("sepay", "vnpay_qr_mms"):
        stage.hub.shown.providers.open_form(provider)
        stage.hub.shown.providers.save({})
        settle()
        assert cut_off(stage.view) == []
        stage.hub.shown.providers.back()


@pytest.mark.parametrize("scale", [TextScale.NORMAL, TextScale.LARGEST])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("which", ["pin", "wrong", "code", "name", "key", "disconnect", "open", "shut", "revoke"])
def test_the_sheets_fit_into_the_smallest_window(
    qtbot: QtBot, qapp: QApplication, language: Language, which: str, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    stage = Stage(qtbot, language)
    stage.hub.hub.open_payments = 3 if which == "open" else 0
    open_sheet(stage, which)
    sheet = stage.front
    assert isinstance(sheet, QDialog)
    assert too_small_or_nameless(sheet) == []
    assert cut_off(sheet) == []
    if which not in ("pin", "wrong"):  # the keys of a pad take no keys of the keyboard: digits are typed
        assert out_of_reach(sheet) == []
    card = sheet.findChild(QFrame, "card")
    assert isinstance(card, QFrame)
    assert card.height() <= 560


def open_sheet(stage: Stage, which: str) -> None:
    size = (960, 560)
    shown = stage.hub.shown
    if which in ("pin", "wrong"):
        stage.show(size)
        shown.unlock()
        if which == "wrong":
            stage.hub.hub.refuse("prove", ErrorCode.NET_UNREACHABLE)
            shown.proofs.submit(PIN)
    elif which in ("disconnect", "open"):
        stage.unlocked(size)
        shown.providers.open_form("sepay")
        shown.providers.ask_disconnect()
        if which == "open":
            shown.providers.confirm()
    elif which in ("code", "shut"):
        stage.unlocked(size, Section.TILLS)
        if which == "code":
            shown.tills.invite()
        else:
            shown.tills.choose(shown.tills.state.rows[1].device_id)
            shown.tills.ask_shut_out()
    else:
        stage.unlocked(size, Section.KEYS)
        if which == "revoke":
            shown.keys.choose("k-1")
            shown.keys.ask_revoke()
        else:
            shown.keys.begin()
            if which == "key":
                shown.keys.set_name("Web")
                shown.keys.make()
    settle()
