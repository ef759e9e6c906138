"""The Sync screen in both languages: connection, queue and refusals in plain words, and what can be done."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, MessageId
from domain.money import Language
from domain.policy import Action, Actor, require
from domain.rows import QueueState, RefusedRow
from tests.fakes.attached_window import PlainPins
from tests.fakes.counter import Counter
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
from tests.fakes.small_shop import CASHIER, NOON, OWNER
from ui.dress import apply_theme
from ui.presenters.desk import NoBackups, NoRestore
from ui.presenters.restore import RestorePresenter
from ui.presenters.sync import BACKUP_OLD_MS, SyncPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.sync import SyncScreen
from ui.work import Link

VI = Texts(Language.VI)
NOTHING_WAITS = QueueState(0, 0, None, None, None)
EARLIER = Instant(NOON - 3_600_000)
REFUSED = (
    RefusedRow(MessageId("m1"), "p1", "payment", ErrorCode.MESSAGE_MALFORMED, 12, NOON),
    RefusedRow(MessageId("m2"), "v1", "voucher", ErrorCode.SERIES_BROKEN, 1, EARLIER),
    RefusedRow(MessageId("m3"), "a1", "account", ErrorCode.ACCOUNT_NAME_TAKEN, 1, EARLIER),
)


@dataclass
class FakeControl:
    woken: int = 0
    retried: int = 0

    def wake(self) -> None:
        self.woken += 1

    def retry_refused(self, actor: Actor) -> None:
        require(actor, Action.RETRY_REFUSED)
        self.retried += 1


@dataclass
class Till:
    """The screen with what stands behind it."""

    sync: FixedSync = field(default_factory=FixedSync)
    queue: QueueState = NOTHING_WAITS
    refused: tuple[RefusedRow, ...] = ()
    language: Language = Language.VI
    counter: Counter = field(default_factory=lambda: Counter(actor=OWNER))
    control: FakeControl = field(default_factory=FakeControl)
    backups: NoBackups = field(default_factory=NoBackups)
    presenter: SyncPresenter = field(init=False)
    view: SyncScreen = field(init=False)

    def show(self, qtbot: QtBot, size: tuple[int, int] = LARGE) -> SyncScreen:
        desk = self.counter.desk
        desk.sync = self.sync
        desk.backups = self.backups
        self.counter.work.queries.queue_state = self.queue
        self.counter.work.queries.refused_rows = self.refused
        self.presenter = SyncPresenter(desk, self.control, RestorePresenter(desk, PlainPins(), NoRestore()))
        self.view = SyncScreen(self.presenter, Texts(self.language))
        self.presenter.opened()
        show_view(qtbot, self.view, size)
        return self.view


def a_till_in_trouble(language: Language = Language.VI) -> Till:
    sync = FixedSync("offline", NOON, 12_345, 3, EARLIER, EARLIER, ErrorCode.NET_UNREACHABLE)
    full, gone = DomainError(ErrorCode.DISK_FULL), DomainError(ErrorCode.FILE_NOT_WRITTEN)
    backups = NoBackups(Instant(NOON - 2 * BACKUP_OLD_MS), full, "/media/usb-stick/backups-of-the-shop", gone)
    queue = QueueState(12_345, 3, EARLIER, EARLIER, EARLIER)
    return Till(sync, queue, REFUSED, language, backups=backups)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("trouble", [True, False])
def test_the_screen_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, trouble: bool, language: Language, size: tuple[int, int]
) -> None:
    till = a_till_in_trouble(language) if trouble else Till(language=language)
    view = till.show(qtbot, size)
    assert (view.width(), view.height()) == size
    assert too_small_or_nameless(view) == []
    assert cut_off(view) == []
    assert out_of_reach(view) == []


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("scale", TextScale)
def test_large_text_is_not_cut_off_in_any_palette(
    qtbot: QtBot, qapp: QApplication, theme: ThemeName, scale: TextScale
) -> None:
    apply_theme(qapp, Theme(theme, scale, reduced_motion=True))
    assert cut_off(a_till_in_trouble().show(qtbot, SMALL)) == []


@pytest.mark.parametrize("link", Link)
def test_each_state_of_the_connection_has_its_word(qtbot: QtBot, link: Link) -> None:
    view = Till(FixedSync(link.value, NOON)).show(qtbot)
    said = words_of(view)
    assert VI.t(f"link.{link.value}") in said
    assert VI.t("sync.since", at=NOON) in said


def test_a_till_that_never_synced_says_so(qtbot: QtBot) -> None:
    said = words_of(Till(FixedSync("offline")).show(qtbot))
    assert said.count(VI.t("sync.never")) == 2


def test_what_waits_is_counted_with_the_oldest_and_the_problem_in_plain_words(qtbot: QtBot) -> None:
    said = words_of(a_till_in_trouble().show(qtbot))
    assert "12345" in said.replace(".", "")
    assert VI.t("sync.waiting_since", at=EARLIER) in said
    assert VI.t("error.NET_UNREACHABLE.what") in said
    assert VI.t("error.NET_UNREACHABLE.money") in said


def test_the_backups_are_told_with_what_went_wrong_here_and_elsewhere(qtbot: QtBot) -> None:
    said = words_of(a_till_in_trouble().show(qtbot))
    assert VI.t("backup.old") in said
    assert VI.t("error.DISK_FULL.what") in said
    assert "/media/usb-stick/backups-of-the-shop" in said
    assert VI.t("backup.never") in words_of(Till().show(qtbot))


def test_an_empty_queue_says_that_all_is_sent(qtbot: QtBot) -> None:
    said = words_of(Till().show(qtbot))
    assert VI.t("sync.empty") in said
    assert VI.t("sync.rejected") not in said


def test_sync_now_asks_once_until_the_engine_answers(qtbot: QtBot) -> None:
    till = Till()
    button = button_saying(till.show(qtbot), VI.t("sync.now"))
    button.click()
    button.click()
    assert till.control.woken == 1
    assert not button.isEnabled()
    till.presenter.on_sync()
    assert button.isEnabled()
    assert button.text() == VI.t("sync.now")


def test_every_refusal_tells_its_reason_and_one_press_offers_all_again(qtbot: QtBot) -> None:
    till = a_till_in_trouble()
    said = words_of(till.show(qtbot))
    for row in REFUSED:
        assert VI.t(f"error.{row.code}.title") in said
        assert VI.t(f"error.{row.code}.next") in said
    button_saying(till.view, VI.t("sync.resend_all")).click()
    assert till.control.retried == 1


def test_a_refusal_that_is_left_steps_back_and_the_others_stay(qtbot: QtBot) -> None:
    till = a_till_in_trouble()
    till.show(qtbot)
    till.presenter.keep(REFUSED[0].message_id)
    settle()
    said = words_of(till.view)
    assert VI.t("sync.kept") in said
    assert VI.t("error.MESSAGE_MALFORMED.next") not in said
    assert VI.t("error.SERIES_BROKEN.next") in said


def test_the_button_beside_a_refusal_leaves_it(qtbot: QtBot) -> None:
    till = Till(refused=REFUSED[:1], queue=QueueState(0, 1, None, None, None))
    button_saying(till.show(qtbot), VI.t("sync.keep")).click()
    assert till.presenter.state.kept == {REFUSED[0].message_id}


def test_a_cashier_is_told_who_may_offer_refusals_again(qtbot: QtBot) -> None:
    till = a_till_in_trouble()
    till.counter.desk.actor = CASHIER
    button = button_saying(till.show(qtbot), VI.t("sync.resend_all"))
    assert not button.isEnabled()
    assert button.toolTip() == VI.t("sync.resend_not_allowed")
