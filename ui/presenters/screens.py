"""All presenters of an open till, made once; views come and go with the language."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.ids import AccountId, BillId, PaymentId, VoucherId
from domain.people_ports import PinCheck
from domain.policy import Actor
from ui.key_work import KeyControl, LeavingControl
from ui.presenters.approval import ApprovalPresenter
from ui.presenters.audit import AuditPresenter, WriteAudit
from ui.presenters.categories import CategoriesPresenter
from ui.presenters.charge import ChargePresenter
from ui.presenters.closing import ClosingPresenter
from ui.presenters.connections import ConnectionsPresenter
from ui.presenters.customers import CustomersPresenter
from ui.presenters.desk import Desk
from ui.presenters.hand_confirm import HandConfirmPresenter
from ui.presenters.hub_desk import HubDesk
from ui.presenters.keys import KeysPresenter
from ui.presenters.open_wallet import OpenWalletPresenter
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.people import PeoplePresenter
from ui.presenters.preferences import Preferences, PreferenceStore
from ui.presenters.presenter import Presenter
from ui.presenters.recent import RecentPresenter
from ui.presenters.reports import ReportsPresenter, WriteReport
from ui.presenters.restore import RestorePresenter
from ui.presenters.settings import SettingsPresenter
from ui.presenters.shell import Page, ShellPresenter
from ui.presenters.sign_in import SignInPresenter
from ui.presenters.sync import SyncPresenter
from ui.presenters.vouchers import VouchersPresenter
from ui.presenters.wallets import WalletsPresenter
from ui.work import RestoreControl, SyncControl


@dataclass(frozen=True, slots=True)
class Screens:
    """The presenters by screen, and the desk they share."""

    desk: Desk
    charge: ChargePresenter
    hand: HandConfirmPresenter
    recent: RecentPresenter
    payments: PaymentsPresenter
    wallets: WalletsPresenter
    vouchers: VouchersPresenter
    categories: CategoriesPresenter
    reports: ReportsPresenter
    sync: SyncPresenter
    settings: SettingsPresenter
    sign_in: SignInPresenter
    shell: ShellPresenter
    closing: ClosingPresenter

    def detach(self) -> None:
        """Forget every view, before the widgets are taken down."""
        every: tuple[Presenter[Any], ...] = (
            self.charge,
            self.hand,
            self.recent,
            self.payments,
            self.wallets,
            self.vouchers,
            self.categories,
            self.reports,
            self.sync,
            self.settings,
            self.sign_in,
            self.closing,
        )
        for presenter in every:
            presenter.detach()

    def open_wallet_form(self, closed: Callable[[AccountId | None], None]) -> OpenWalletPresenter:
        """Return the presenter of one form that opens a wallet."""
        return OpenWalletPresenter(self.desk, closed)

    def customers(self, closed: Callable[[], None]) -> CustomersPresenter:
        """Return the presenter of one sheet of customers; `closed` takes the sheet away."""
        return CustomersPresenter(self.desk, self.shell.open_voucher, closed)


def make_screens(
    desk: Desk,
    *,
    control: SyncControl,
    pins: PinCheck,
    store: PreferenceStore,
    preferences: Preferences,
    version: str,
    copy: Callable[[str], None],
    copy_secret: Callable[[str], None],
    apply: Callable[[Preferences], None],
    wipe_demo: Callable[[Actor], None],
    write_report: WriteReport,
    write_audit: WriteAudit,
    restoring: RestoreControl,
    hub: HubDesk | None,
    keys: KeyControl,
    leaving: LeavingControl,
) -> Screens:
    """Make the presenters and introduce to each other the few that must meet."""

    def open_till(actor: Actor) -> None:
        shell.signed_in(actor)

    def open_payment(payment_id: PaymentId) -> None:
        shell.open_payment(payment_id)

    def go_on(bill_id: BillId) -> None:
        shell.go_on_with(bill_id)

    def open_voucher(voucher_id: VoucherId) -> None:
        shell.open_voucher(voucher_id)

    hand = HandConfirmPresenter(desk, ApprovalPresenter(desk, pins))
    charge = ChargePresenter(desk, hand)
    payments = PaymentsPresenter(desk, copy, ApprovalPresenter(desk, pins), hand, go_on, open_voucher)
    wallets = WalletsPresenter(desk, open_voucher)
    sync = SyncPresenter(desk, control, RestorePresenter(desk, pins, restoring))
    vouchers = VouchersPresenter(desk, open_payment, ApprovalPresenter(desk, pins))
    categories = CategoriesPresenter(desk)
    reports = ReportsPresenter(desk, write_report, open_voucher)
    audit = AuditPresenter(desk, write_audit, open_voucher, open_payment)
    people, connections = PeoplePresenter(desk, pins), ConnectionsPresenter(desk, hub, copy_secret)
    own_keys = KeysPresenter(desk, pins, keys, leaving, control)
    settings = SettingsPresenter(
        desk, store, preferences, version, apply, wipe_demo, audit, people, connections, own_keys
    )
    sign_in = SignInPresenter(desk, pins, open_till)
    recent = RecentPresenter(desk, charge.resume, open_payment)
    pages: dict[Page, Presenter[Any]] = {
        Page.CHARGE: charge,
        Page.PAYMENTS: payments,
        Page.WALLETS: wallets,
        Page.VOUCHERS: vouchers,
        Page.CATEGORIES: categories,
        Page.REPORTS: reports,
        Page.SYNC: sync,
        Page.SETTINGS: settings,
    }
    shell = ShellPresenter(desk, pages, recent, sign_in, lambda: settings.state.preferences.lock_minutes)
    return Screens(
        desk=desk,
        charge=charge,
        hand=hand,
        recent=recent,
        payments=payments,
        wallets=wallets,
        vouchers=vouchers,
        categories=categories,
        reports=reports,
        sync=sync,
        settings=settings,
        sign_in=sign_in,
        shell=shell,
        closing=ClosingPresenter(desk, control),
    )
