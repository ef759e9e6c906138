"""Settings in both languages: everything fits, is in reach of the keys, and takes effect at once when pressed."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QSlider
from pytestqt.qtbot import QtBot

from domain.money import Language
from domain.policy import Actor
from domain.rows import QueueState
from tests.fakes.audit_trail import a_trail
from tests.fakes.counter import Counter
from tests.fakes.fixed_keys import no_keys
from tests.fakes.plain_pins import PlainPins
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
from tests.fakes.small_shop import CASHIER, OWNER
from ui.dress import apply_theme
from ui.presenters.connections import ConnectionsPresenter
from ui.presenters.people import PeoplePresenter
from ui.presenters.preferences import Preferences, TextSize, ThemeChoice
from ui.presenters.settings import SettingsPresenter, WipeStage
from ui.sound import Sound, SoundState
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.settings import SettingsView


@dataclass
class FakeStore:
    saved: list[Preferences] = field(default_factory=list)

    def load(self) -> Preferences:
        return Preferences()

    def save(self, preferences: Preferences) -> None:
        self.saved.append(preferences)


@dataclass
class Till:
    """The screen with what stands behind it."""

    counter: Counter = field(default_factory=lambda: Counter(actor=OWNER))
    store: FakeStore = field(default_factory=FakeStore)
    applied: list[Preferences] = field(default_factory=list)
    wiped: list[Actor] = field(default_factory=list)
    language: Language = Language.VI
    presenter: SettingsPresenter = field(init=False)
    view: SettingsView = field(init=False)

    def build(self) -> SettingsView:
        self.presenter = SettingsPresenter(
            self.counter.desk,
            self.store,
            Preferences(language=self.language),
            "0.1.0",
            self.applied.append,
            self.wiped.append,
            a_trail(self.counter.desk),
            PeoplePresenter(self.counter.desk, PlainPins()),
            ConnectionsPresenter(self.counter.desk, None, lambda _text: None),
            no_keys(self.counter.desk),
        )
        self.view = SettingsView(self.presenter, Texts(self.language), self.counter.clock)
        self.presenter.opened()
        return self.view

    def press(self, key: str, **facts: object) -> None:
        button_saying(self.view, Texts(self.language).t(key, **facts)).click()
        settle()


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def till(qtbot: QtBot) -> Till:
    made = Till()
    show_view(qtbot, made.build(), LARGE)
    return made


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
def test_the_screen_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, language: Language, size: tuple[int, int]
) -> None:
    till = Till(language=language)
    show_view(qtbot, till.build(), size)
    assert (till.view.width(), till.view.height()) == size
    assert too_small_or_nameless(till.view) == []
    assert cut_off(till.view) == []
    assert out_of_reach(till.view) == []


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize(
    ("scale", "size"), [(TextScale.NORMAL, SMALL), (TextScale.LARGE, SMALL), (TextScale.LARGEST, LARGE)]
)
def test_large_text_is_not_cut_off_in_any_palette(
    qtbot: QtBot, qapp: QApplication, theme: ThemeName, scale: TextScale, size: tuple[int, int]
) -> None:
    apply_theme(qapp, Theme(theme, scale, reduced_motion=True))
    till = Till()
    show_view(qtbot, till.build(), size)
    assert cut_off(till.view) == []


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("language.en", Preferences(language=Language.EN)),
        ("settings.theme.dark", Preferences(theme=ThemeChoice.DARK)),
        ("settings.theme.contrast", Preferences(theme=ThemeChoice.CONTRAST)),
        ("settings.keypad_order.phone_short", Preferences(phone_order=True)),
        ("settings.reduced_motion", Preferences(reduced_motion=True)),
        ("settings.sound_on", Preferences(sound=False)),
    ],
)
def test_a_press_takes_effect_and_is_kept(till: Till, key: str, changed: Preferences) -> None:
    till.press(key)
    assert till.applied == [changed]
    assert till.store.saved == [changed]


def test_the_chosen_text_size_is_the_checked_one(till: Till) -> None:
    button_saying(till.view, "125 %").click()
    assert till.applied[-1].text_size is TextSize.LARGE
    sizes = {each.text(): each.isChecked() for each in till.view.findChildren(QAbstractButton) if "%" in each.text()}
    assert sizes == {"100 %": False, "125 %": True, "150 %": False}


def test_arrow_keys_choose_within_a_row(till: Till) -> None:
    button_saying(till.view, "Tiếng Việt").setFocus(Qt.FocusReason.TabFocusReason)
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Right)
    assert till.applied == [Preferences(language=Language.EN)]


def test_space_turns_sound_off(till: Till) -> None:
    box = next(
        each for each in till.view.findChildren(QCheckBox) if each.text() == Texts(Language.VI).t("settings.sound_on")
    )
    box.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert till.applied == [Preferences(sound=False)]
    assert not till.view.findChildren(QSlider)[0].isEnabled()


def test_the_volume_is_set_by_keyboard_and_heard_by_a_press(till: Till) -> None:
    slider = till.view.findChildren(QSlider)[0]
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert 0 < till.applied[-1].volume < Preferences().volume
    till.press("settings.try_sound")
    assert till.counter.sounds.played == [Sound.PAID]


def test_a_machine_without_a_speaker_says_so(till: Till) -> None:
    words = Texts(Language.VI).t("sound.no_device")
    assert words not in words_of(till.view)
    till.presenter.sound_changed(SoundState.NO_DEVICE)
    assert words in words_of(till.view)


def test_the_shop_the_till_and_the_version_are_told(till: Till) -> None:
    said = words_of(till.view)
    for fact in (till.counter.desk.shop.name, till.counter.desk.shop.till_code, "0.1.0"):
        assert fact in said


def test_wiping_asks_twice(till: Till) -> None:
    stages = []
    for _ in range(2):
        till.press("demo.wipe")
        stages.append(till.presenter.state.wipe)
    assert stages == [WipeStage.FIRST, WipeStage.SECOND]
    assert till.wiped == []
    till.press("demo.wipe_sure")
    assert till.wiped == [OWNER]


@pytest.mark.parametrize("before", [0, 1])
def test_the_demo_shop_is_kept_by_one_press(till: Till, before: int) -> None:
    till.press("demo.wipe")
    for _ in range(before):
        till.press("demo.wipe")
    till.press("demo.keep")
    assert till.presenter.state.wipe is WipeStage.IDLE
    assert till.wiped == []


def test_what_is_unsent_is_told_instead_of_wiping(till: Till) -> None:
    till.counter.work.queries.queue_state = QueueState(2, 1, None, None, None)
    till.press("demo.wipe")
    assert Texts(Language.VI).t("demo.unsent", count=3) in words_of(till.view)
    assert till.wiped == []


def test_a_cashier_is_not_offered_wiping(qtbot: QtBot) -> None:
    till = Till(Counter(actor=CASHIER))
    show_view(qtbot, till.build(), LARGE)
    assert Texts(Language.VI).t("demo.wipe") not in words_of(till.view)
