"""Settings take effect at once and are kept; the demo shop is wiped only after two answers and nothing unsent."""

from dataclasses import dataclass, field

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from domain.policy import Actor
from domain.rows import QueueState
from tests.fakes.audit_trail import a_trail
from tests.fakes.counter import Counter
from tests.fakes.fixed_keys import no_keys
from tests.fakes.plain_pins import PlainPins
from tests.fakes.small_shop import CASHIER, OWNER
from ui.presenters.connections import ConnectionsPresenter
from ui.presenters.people import PeoplePresenter
from ui.presenters.preferences import Preferences, ThemeChoice
from ui.presenters.settings import SettingsPresenter, WipeStage
from ui.sound import Sound, SoundState


@dataclass
class FakeStore:
    saved: list[Preferences] = field(default_factory=list)
    broken: bool = False

    def load(self) -> Preferences:
        return Preferences()

    def save(self, preferences: Preferences) -> None:
        if self.broken:
            raise StorageUnavailable(ErrorCode.DISK_FULL)
        self.saved.append(preferences)


@pytest.fixture
def counter() -> Counter:
    return Counter(actor=OWNER)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def applied() -> list[Preferences]:
    return []


@pytest.fixture
def wiped() -> list[Actor]:
    return []


@pytest.fixture
def settings(counter: Counter, store: FakeStore, applied: list[Preferences], wiped: list[Actor]) -> SettingsPresenter:
    desk = counter.desk
    made = SettingsPresenter(
        desk,
        store,
        Preferences(),
        "0.1.0",
        applied.append,
        wiped.append,
        a_trail(desk),
        PeoplePresenter(desk, PlainPins()),
        ConnectionsPresenter(desk, None, lambda _text: None),
        no_keys(desk),
    )
    made.opened()
    return made


def test_a_setting_is_applied_and_kept_at_once(
    settings: SettingsPresenter, store: FakeStore, applied: list[Preferences]
) -> None:
    settings.set_language(Language.EN)
    settings.set_theme(ThemeChoice.DARK)
    assert applied[-1] == store.saved[-1] == Preferences(language=Language.EN, theme=ThemeChoice.DARK)


def test_the_same_setting_again_changes_nothing(settings: SettingsPresenter, applied: list[Preferences]) -> None:
    settings.set_language(Language.VI)
    assert applied == []


def test_a_setting_that_cannot_be_kept_still_takes_effect_and_says_so(
    settings: SettingsPresenter, store: FakeStore, applied: list[Preferences]
) -> None:
    store.broken = True
    settings.set_sound(False)
    assert len(applied) == 1
    assert settings.state.problem is not None


def test_the_paid_sound_can_be_tried(counter: Counter, settings: SettingsPresenter) -> None:
    settings.try_sound()
    assert counter.sounds.played == [Sound.PAID]
    settings.sound_changed(SoundState.NO_DEVICE)
    assert settings.state.sound_state is SoundState.NO_DEVICE


def test_the_demo_shop_is_wiped_after_two_answers(settings: SettingsPresenter, wiped: list[Actor]) -> None:
    settings.confirm_wipe()
    settings.ask_wipe()
    assert settings.state.wipe is WipeStage.FIRST
    settings.confirm_wipe()
    assert wiped == []
    settings.confirm_wipe()
    assert wiped == [OWNER]
    settings.confirm_wipe()
    assert wiped == [OWNER]


def test_nothing_is_wiped_while_something_is_unsent(
    counter: Counter, settings: SettingsPresenter, wiped: list[Actor]
) -> None:
    counter.work.queries.queue_state = QueueState(2, 1, None, None, None)
    settings.ask_wipe()
    assert settings.state.wipe is WipeStage.REFUSED
    assert settings.state.unsent == 3
    settings.confirm_wipe()
    assert wiped == []


def test_only_the_owner_may_wipe(counter: Counter, settings: SettingsPresenter) -> None:
    settings.closed()
    counter.desk.actor = CASHIER
    settings.opened()
    assert not settings.state.can_wipe
    settings.ask_wipe()
    assert settings.state.wipe is WipeStage.IDLE
