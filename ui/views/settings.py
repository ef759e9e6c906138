"""Settings: those of this till take effect at once; the shop's, its people and the trail are parts of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from domain.ids import Instant
from domain.money import Language
from ui.presenters.preferences import TextSize, ThemeChoice
from ui.presenters.settings import Part, SettingsPresenter, SettingsState, WipeStage
from ui.sound import SoundState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.audit import AuditView
from ui.views.book_settings import BookSettingsView
from ui.views.choices import ChoiceRow
from ui.views.connections import ConnectionsView
from ui.views.limits import LimitsView
from ui.views.panels import CurrentStack
from ui.views.people import PeopleView, open_form
from ui.widgets.buttons import Button, Kind
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.tones import Tone

if TYPE_CHECKING:
    # Loaded when an owner turns to it.
    from ui.views.keys import KeysView

_PAIRS_PX: Final = 920
_LOCK_MINUTES: Final = (5, 15, 30, 0)
_VOLUME_STEP: Final = 10


class SettingsView(QWidget):
    """Draws SettingsState."""

    def __init__(
        self,
        presenter: SettingsPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts, self._now = presenter, texts, now
        self._wipe_drawn: tuple[object, ...] = ()
        t = texts.t
        languages = [(each, t(f"language.{each.value}")) for each in Language]
        self._language = ChoiceRow(t("settings.language"), languages)
        self._language.chosen.connect(presenter.set_language)
        themes = [(each, t(f"settings.theme.{each.value}")) for each in ThemeChoice]
        self._theme = ChoiceRow(t("settings.theme"), themes)
        self._theme.chosen.connect(presenter.set_theme)
        self._size = ChoiceRow(t("settings.text_scale"), [(each, f"{each.value} %") for each in TextSize])
        self._size.chosen.connect(presenter.set_text_size)
        orders = [(False, t("settings.keypad_order.computer_short")), (True, t("settings.keypad_order.phone_short"))]
        self._order = ChoiceRow(t("settings.keypad_order"), orders)
        self._order.chosen.connect(presenter.set_phone_order)
        locks = [(each, t("settings.minutes", count=each) if each else t("settings.never")) for each in _LOCK_MINUTES]
        self._lock = ChoiceRow(t("settings.auto_lock_after"), locks)
        self._lock.chosen.connect(presenter.set_lock_minutes)
        self._motion = QCheckBox(t("settings.reduced_motion"))
        self._motion.clicked.connect(presenter.set_reduced_motion)
        self._sound = QCheckBox(t("settings.sound_on"))
        self._sound.clicked.connect(presenter.set_sound)
        self._volume = QSlider(Qt.Orientation.Horizontal)
        self._volume.setRange(_VOLUME_STEP, 100)
        self._volume.setSingleStep(_VOLUME_STEP)
        self._volume.setPageStep(2 * _VOLUME_STEP)
        self._volume.setMinimumHeight(48)
        self._volume.setAccessibleName(t("settings.volume"))
        self._volume.valueChanged.connect(presenter.set_volume)
        self._try = Button(t("settings.try_sound"), Kind.SECONDARY, "volume-2")
        self._try.clicked.connect(presenter.try_sound)
        self._own_pin = Button(t("people.own_pin"), Kind.SECONDARY, "key-round")
        self._own_pin.clicked.connect(lambda _checked=False: open_form(self, presenter.people.own_pin_form, texts))
        self._device = label("", "small", wrap=True)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._wipe = Button(t("demo.wipe"), Kind.SECONDARY, "trash-2")
        self._wipe.clicked.connect(presenter.ask_wipe)
        self._wipe_notice = NoticeBar(t("notice.dismiss"))
        self._wipe_notice.chosen.connect(
            lambda key: presenter.confirm_wipe() if key == "yes" else presenter.keep_shop()
        )
        self._about = label("", "", wrap=True)
        self._about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._stack = CurrentStack(self)
        self._books: BookSettingsView | None = None
        self._people: PeopleView | None = None
        self._connections: ConnectionsView | None = None
        self._audit: AuditView | None = None
        self._build_head()
        self._lay_out()
        presenter.attach(self)

    def _build_head(self) -> None:
        t = self._texts.t
        self._keys: KeysView | None = None
        self._limits: LimitsView | None = None
        self._part = ChoiceRow(
            t("book_settings.part"), [(each, t(f"book_settings.part.{each.value}")) for each in Part]
        )
        self._part.chosen.connect(self._presenter.show_part)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(Space.M, Space.M, Space.M, 0)
        head.addWidget(self._part)
        head.addStretch(1)

    def _lay_out(self) -> None:
        t = self._texts.t
        look = Card(t("settings.look"), margin=Space.L)
        look.body.addLayout(_line(t("settings.language"), self._language))
        look.body.addLayout(_line(t("settings.theme"), self._theme))
        look.body.addLayout(_line(t("settings.text_scale"), self._size))
        look.body.addWidget(self._motion)
        look.body.addStretch(1)
        counter = Card(t("settings.counter"), margin=Space.L)
        counter.body.addLayout(_line(t("settings.keypad_order"), self._order))
        counter.body.addLayout(_line(t("settings.auto_lock_after"), self._lock))
        counter.body.addWidget(self._own_pin, 0, Qt.AlignmentFlag.AlignLeft)
        sound = Card(t("settings.sound"), margin=Space.L)
        sound.body.addWidget(self._sound)
        volume = QHBoxLayout()
        volume.setSpacing(Space.L)
        volume.addWidget(label(t("settings.volume")))
        volume.addWidget(self._volume, 1)
        volume.addWidget(self._try)
        sound.body.addLayout(volume)
        sound.body.addWidget(self._device)
        about = Card(t("settings.about"), margin=Space.L)
        about.body.addWidget(self._about)
        self._demo = QWidget()
        demo = QVBoxLayout(self._demo)
        demo.setContentsMargins(0, 0, 0, 0)
        demo.setSpacing(Space.S)
        demo.addWidget(label(t("demo.banner"), "muted", wrap=True))
        demo.addWidget(self._wipe, 0, Qt.AlignmentFlag.AlignLeft)
        demo.addWidget(self._wipe_notice)
        about.body.addWidget(self._demo)
        contents = QWidget()
        self._till = area = ScrollArea(contents)
        self._grid = grid = QGridLayout(contents)
        grid.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        grid.setSpacing(Space.M)
        grid.setRowStretch(5, 1)
        self._cards = (look, counter, sound, about)
        self._place_cards(in_pairs=True)
        self._stack.addWidget(area)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._head)
        outer.addWidget(self._stack, 1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with the first choice that is offered."""
        super().focusInEvent(event)
        if self._presenter.state.part is Part.AUDIT:
            self._audit_view().take_focus()
        elif self._presenter.state.part is Part.PEOPLE:
            self._people_view().take_focus()
        elif self._presenter.state.part is Part.CONNECTIONS:
            self._connections_view().take_focus()
        elif self._presenter.state.part is Part.KEYS:
            self._keys_view().take_focus()
        else:
            (self._part if len(self._presenter.state.parts) > 1 else self._language).take_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_cards(in_pairs=self.width() >= current_theme().px(_PAIRS_PX))
        self._fit_head()

    def _fit_head(self) -> None:
        """Where the parts do not stand beside each other with all the room around their words, give them less."""
        self._part.set_narrow(False)
        self._part.set_narrow(self._head.minimumSizeHint().width() > self.width())

    def _place_cards(self, in_pairs: bool) -> None:
        """Stand two and two where there is room for the longest row of choices, else one below the other."""
        look, counter, sound, about = self._cards
        across = 2 if in_pairs else 1
        self._grid.addWidget(self._notice, 0, 0, 1, across)
        self._grid.addWidget(look, 1, 0, across, 1)
        self._grid.addWidget(counter, 1 if in_pairs else 2, across - 1)
        self._grid.addWidget(sound, 2 if in_pairs else 3, across - 1)
        self._grid.addWidget(about, 3 if in_pairs else 4, 0, 1, across)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column < across else 0)

    def show_state(self, state: SettingsState) -> None:
        """Draw the settings in force."""
        texts, wishes, shop = self._texts, state.preferences, state.shop
        self._head.setVisible(len(state.parts) > 1)
        for each in Part:
            self._part.offer(each, each in state.parts)
        self._fit_head()
        self._part.show_value(state.part)
        self._stack.setCurrentWidget(self._view_of(state.part))
        self._language.show_value(wishes.language)
        self._theme.show_value(wishes.theme)
        self._size.show_value(wishes.text_size)
        self._order.show_value(wishes.phone_order)
        self._lock.show_value(wishes.lock_minutes)
        self._motion.setChecked(wishes.reduced_motion)
        self._sound.setChecked(wishes.sound)
        self._volume.blockSignals(True)
        self._volume.setValue(wishes.volume)
        self._volume.blockSignals(False)
        for part in (self._volume, self._try):
            part.setEnabled(wishes.sound)
        no_device = state.sound_state is SoundState.NO_DEVICE
        self._device.setText(texts.t("sound.no_device" if no_device else "sound.rule"))
        self._about.setText(
            texts.t("settings.about_text", shop=shop.name, till=shop.till_code, version=state.version, zone=shop.zone)
        )
        self._demo.setVisible(shop.is_demo)
        self._wipe.setVisible(state.can_wipe and state.wipe is WipeStage.IDLE)
        if (state.wipe, state.unsent) != self._wipe_drawn:
            self._wipe_drawn = (state.wipe, state.unsent)
            self._draw_wipe(state)
        self._notice.show_refusal(state.problem, texts)

    def _view_of(self, part: Part) -> QWidget:
        if part is Part.AUDIT:
            return self._audit_view()
        if part is Part.PEOPLE:
            return self._people_view()
        if part is Part.LIMITS:
            return self._limits_view()
        if part is Part.CONNECTIONS:
            return self._connections_view()
        if part is Part.KEYS:
            return self._keys_view()
        return self._books_view() if part is Part.BOOKS else self._till

    def _limits_view(self) -> LimitsView:
        """The limits, built when they are first turned to."""
        if self._limits is None:
            self._limits = LimitsView(self._presenter.limits, self._texts, self._stack)
            self._stack.addWidget(self._limits)
        return self._limits

    def _people_view(self) -> PeopleView:
        """The third part, built when it is first turned to."""
        if self._people is None:
            self._people = PeopleView(self._presenter.people, self._texts, self._stack)
            self._stack.addWidget(self._people)
        return self._people

    def _keys_view(self) -> KeysView:
        """The keys and the end of the till, loaded and built when they are first turned to."""
        if self._keys is None:
            from ui.views.keys import KeysView

            self._keys = KeysView(self._presenter.keys, self._presenter.state.shop, self._texts, self._stack)
            self._stack.addWidget(self._keys)
        return self._keys

    def _connections_view(self) -> ConnectionsView:
        """The part that lives at the hub, built when it is first turned to."""
        if self._connections is None:
            self._connections = ConnectionsView(self._presenter.connections, self._texts, self._now, self._stack)
            self._stack.addWidget(self._connections)
        return self._connections

    def _audit_view(self) -> AuditView:
        """The fourth part, built when it is first turned to."""
        if self._audit is None:
            self._audit = AuditView(self._presenter.audit, self._texts, self._now, self._stack)
            self._stack.addWidget(self._audit)
        return self._audit

    def _books_view(self) -> BookSettingsView:
        """The second part, built when it is first turned to."""
        if self._books is None:
            self._books = BookSettingsView(self._presenter.books, self._texts, self._stack)
            self._stack.addWidget(self._books)
        return self._books

    def _draw_wipe(self, state: SettingsState) -> None:
        t = self._texts.t
        no = Action("no", t("demo.keep"), Kind.PRIMARY)
        if state.wipe is WipeStage.FIRST:
            yes = Action("yes", t("demo.wipe"), Kind.SECONDARY)
            self._wipe_notice.show_notice(Tone.WARN, t("demo.wipe_title"), t("demo.wipe_text"), (no, yes))
        elif state.wipe is WipeStage.SECOND:
            yes = Action("yes", t("demo.wipe_sure"), Kind.DANGER)
            self._wipe_notice.show_notice(Tone.ERR, t("demo.wipe_again_title"), t("demo.wipe_again_text"), (no, yes))
        elif state.wipe is WipeStage.REFUSED:
            text = t("demo.unsent", count=state.unsent)
            self._wipe_notice.show_notice(Tone.INFO, t("demo.wipe_refused"), text, (no,))
        elif state.wipe is WipeStage.WIPING:
            self._wipe_notice.show_notice(Tone.INFO, t("demo.wiping"))
        else:
            self._wipe_notice.clear_notice()


def _line(name: str, choice: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(Space.XS)
    column.addWidget(label(name, "muted"))
    row = QHBoxLayout()
    row.addWidget(choice)
    row.addStretch(1)
    column.addLayout(row)
    return column
