"""The frame with its screens: built for one language, each in a quiet moment or at its first visit."""

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, runtime_checkable

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QWidget
from shiboken6 import isValid

from domain.ids import AccountId, Instant
from domain.policy import Action
from ui.key_map import KEY_MAP
from ui.presenters.charge_state import TILE_KEYS
from ui.presenters.edit_wallet import EditWalletPresenter
from ui.presenters.presenter import Mood, Words
from ui.presenters.screens import Screens
from ui.presenters.shell import Page, ShellState
from ui.texts import Problem, Texts
from ui.views.ahead import WorkAhead
from ui.views.approval import ApprovalDoor
from ui.views.charge import ChargeView
from ui.views.hand_confirm import HandConfirmDoor
from ui.views.nav import NavBar
from ui.views.panels import CurrentStack
from ui.views.top_bar import TopBar
from ui.widgets.dialogs import HelpOverlay, KeyHelp
from ui.widgets.focus_ring import NONE
from ui.widgets.notice_bar import NoticeBar

RAIL_FROM_PX: Final = 1280
"""From this width on the way between screens is a rail at the left (UX 1.2)."""


@runtime_checkable
class Searched(Protocol):
    """A screen that is searched."""

    def focus_search(self) -> None:
        """Give the keys to the search field."""


@runtime_checkable
class Resumed(Protocol):
    """A searched screen on which more than the search may stand when it comes back to the front."""

    def resume_focus(self) -> None:
        """Give the keys to what stands open, or to the search field."""


class ShellView(QWidget):
    """Draws the frame; keys that work everywhere are bound here."""

    def __init__(
        self,
        screens: Screens,
        texts: Texts,
        now: Callable[[], Instant],
        full_screen: Callable[[], None],
        flush_keys: Callable[[], None],
        simulator: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`full_screen` turns it on or off, `flush_keys` gives back what the scanner's watch holds.

        `simulator` is the page on which a person plays the customer of a demo shop; empty if there is none.
        """
        super().__init__(parent)
        self.setObjectName("screen")
        self._screens, self._texts, self._now = screens, texts, now
        self._full_screen, self._flush_keys = full_screen, flush_keys
        self._simulator = simulator
        self._built: dict[Page, QWidget] = {}
        self._page: Page | None = None
        self._top = TopBar(texts, plays_customer=bool(simulator))
        self._rail, self._bar = NavBar(texts, rail=True), NavBar(texts, rail=False)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._pages = CurrentStack()
        self._pages.setMinimumSize(1, 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self._top, 0, 0, 1, 2)
        grid.addWidget(self._rail, 1, 0, 2, 1)
        grid.addWidget(self._notice, 1, 1)
        grid.addWidget(self._pages, 2, 1)
        grid.addWidget(self._bar, 3, 0, 1, 2)
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)
        self._hand = HandConfirmDoor(self, screens.hand, texts)
        self._hand_approval = ApprovalDoor(self, screens.hand.approval, texts)
        self._connect()
        self.show_state(screens.shell.state)
        parts = [partial(self._view, page) for page in Page]
        self.ahead = WorkAhead(parts, lambda: screens.shell.quiet and self.isVisible(), self)

    def _connect(self) -> None:
        shell = self._screens.shell
        self._rail.chosen.connect(shell.go)
        self._bar.chosen.connect(shell.go)
        self._top.sync_wanted.connect(lambda: shell.go(Page.SYNC))
        self._top.sound_toggled.connect(self._screens.settings.toggle_sound)
        self._top.lock_wanted.connect(shell.lock)
        self._top.help_wanted.connect(self.show_help)
        self._top.customer_wanted.connect(lambda: QDesktopServices.openUrl(QUrl(self._simulator)))
        charge = self._screens.charge
        for keys, act in (
            ("F1", self.show_help),
            ("F2", self._new_payment),
            ("F3", self._find),
            ("Ctrl+F", self._find),
            ("F4", self._customer),
            ("F5", self._sync_now),
            ("F6", partial(self._at_counter, charge.split)),
            ("F9", self._charge),
            ("F11", self._full_screen),
            ("Ctrl+L", shell.lock),
            ("Ctrl+U", self._show_customers),
        ):
            self._bind(keys, act)
        for number, page in enumerate(Page, 1):
            self._bind(f"Ctrl+{number}", partial(shell.go, page))
        for number in range(1, TILE_KEYS + 1):
            self._bind(f"Alt+{number}", partial(self._at_counter, partial(charge.choose_tile, number)))

    def _bind(self, keys: str, act: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(lambda: self._act(act))

    def _act(self, act: Callable[[], object]) -> None:
        """What was typed before a function key counts before it."""
        self._flush_keys()
        act()

    def show_state(self, state: ShellState) -> None:
        """Draw the frame and bring the screen in front, building it at its first visit."""
        self._top.show_state(state)
        if state.page is self._page:
            return
        self._page = state.page
        view = self._view(state.page)
        self._pages.setCurrentWidget(view)
        self._rail.show_page(state.page)
        self._bar.show_page(state.page)
        self.take_focus()

    def take_focus(self) -> None:
        """Give the keys to the screen in front."""
        view = self._pages.currentWidget()
        if isinstance(view, ChargeView):
            view.setFocus(Qt.FocusReason.OtherFocusReason)
        elif isinstance(view, Resumed):
            view.resume_focus()
        elif isinstance(view, Searched):
            view.focus_search()
        elif view is not None:
            view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problem(self, problem: Problem) -> None:
        """Show a refusal that belongs to no screen."""
        self._notice.show_problem(problem)

    def show_help(self) -> None:
        """F1: the keys that work here."""
        texts = self._texts
        groups = [
            KeyHelp(texts.t(title), tuple((_caps(caps), texts.t(does)) for caps, does in rows))
            for title, rows in KEY_MAP
        ]
        HelpOverlay(self, texts.t("help.title"), texts.t("help.close"), groups).open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= RAIL_FROM_PX
        self._rail.setVisible(wide)
        self._bar.setVisible(not wide)

    def _view(self, page: Page) -> QWidget:
        if page not in self._built:
            self._built[page] = self._build(page)
            self._built[page].setProperty("ring_radius", NONE)  # a whole screen shows its focus by what is on it
            self._pages.addWidget(self._built[page])
        return self._built[page]

    def _build(self, page: Page) -> QWidget:
        screens, texts = self._screens, self._texts
        make: dict[Page, Callable[[], QWidget]] = {
            Page.CHARGE: lambda: ChargeView(
                screens.charge, screens.recent, texts, self._now, screens.settings.state.preferences.phone_order
            ),
            Page.PAYMENTS: self._build_payments,
            Page.WALLETS: self._build_wallets,
            Page.VOUCHERS: self._build_vouchers,
            Page.CATEGORIES: self._build_categories,
            Page.REPORTS: self._build_reports,
            Page.SYNC: self._build_sync,
            Page.SETTINGS: self._build_settings,
        }
        return make[page]()

    # A screen's view is loaded when it is built: whoever signs in waits for the counter alone.

    def _build_payments(self) -> QWidget:
        from ui.views.payments import PaymentsView

        return PaymentsView(self._screens.payments, self._texts, self._now, self._pages)

    def _build_vouchers(self) -> QWidget:
        from ui.views.vouchers import VouchersView

        return VouchersView(self._screens.vouchers, self._texts, self._now, self._pages)

    def _build_categories(self) -> QWidget:
        from ui.views.categories import CategoriesView

        return CategoriesView(self._screens.categories, self._texts, self._pages)

    def _build_reports(self) -> QWidget:
        from ui.views.reports import ReportsView

        return ReportsView(self._screens.reports, self._texts, self._pages)

    def _build_sync(self) -> QWidget:
        from ui.views.sync import SyncScreen

        return SyncScreen(self._screens.sync, self._texts, self._pages)

    def _build_settings(self) -> QWidget:
        from ui.views.settings import SettingsView

        return SettingsView(self._screens.settings, self._texts, self._now, self._pages)

    def _build_wallets(self) -> QWidget:
        from ui.views.wallets import WalletsView

        wallets = WalletsView(self._screens.wallets, self._texts, self._now, self._pages)
        wallets.new.clicked.connect(lambda _checked=False: self._open_wallet())
        wallets.edit.clicked.connect(lambda _checked=False: self._edit_wallet())
        wallets.customers.clicked.connect(lambda _checked=False: self._show_customers())
        return wallets

    def _open_wallet(self) -> None:
        from ui.views.open_wallet import OpenWalletSheet

        def closed(account_id: AccountId | None) -> None:
            if account_id is not None:
                sheet.accept()
                self._screens.wallets.refresh()
                self._screens.wallets.choose(account_id)

        if self._screens.desk.may(Action.OPEN_WALLET):
            sheet = OpenWalletSheet(self, self._screens.open_wallet_form(closed), self._texts)
            sheet.open()

    def _edit_wallet(self) -> None:
        from ui.views.edit_wallet import EditWalletSheet

        screens, account_id = self._screens, self._screens.wallets.state.chosen

        def closed(saved: bool) -> None:
            if saved:
                sheet.accept()
                screens.wallets.refresh()

        if account_id is not None and screens.desk.may(Action.CHANGE_WALLET):
            sheet = EditWalletSheet(self, EditWalletPresenter(screens.desk, account_id, closed), self._texts)
            sheet.open()

    def _show_customers(self) -> None:
        from ui.views.customers import CustomersSheet

        screens = self._screens
        if not screens.desk.may(Action.SEE_PAYMENTS):
            return
        came_from = self.window().focusWidget()

        def give_keys_back() -> None:
            if came_from is not None and isValid(came_from) and came_from.isVisible():
                came_from.setFocus(Qt.FocusReason.OtherFocusReason)

        def closed() -> None:
            sheet.reject()

        presenter = screens.customers(closed)
        sheet = CustomersSheet(self, presenter, self._texts, self._now)
        sheet.finished.connect(lambda _result: screens.shell.leave(presenter))
        sheet.finished.connect(give_keys_back)
        sheet.open()
        screens.shell.follow(presenter)

    def _at_counter(self, act: Callable[[], object]) -> None:
        if self._page is Page.CHARGE:
            act()

    def _charge(self) -> None:
        self._at_counter(self._screens.charge.charge)

    def _new_payment(self) -> None:
        if self._page is Page.CHARGE:
            self._screens.charge.leave()
        else:
            self._screens.shell.go(Page.CHARGE)

    def _find(self) -> None:
        if self._page is not Page.VOUCHERS:
            self._screens.shell.go(Page.PAYMENTS)
        view = self._pages.currentWidget()
        if isinstance(view, Searched):
            view.focus_search()

    def _customer(self) -> None:
        view = self._pages.currentWidget()
        if isinstance(view, ChargeView):
            view.focus_customer()

    def _sync_now(self) -> None:
        self._screens.sync.sync_now()
        if self._page is not Page.SYNC:
            self._screens.desk.notices.toast(Mood.INFO, Words.of("sync.asking"))


def _caps(caps: str) -> str:
    """The key caps as they are on this till: as many screens as there are."""
    return {"Ctrl+1 … 9": f"Ctrl+1 … {len(Page)}"}.get(caps, caps)
