"""A cashier reaches no owner's figure by any page, key, menu, link or call: planted balances are looked for."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from domain.book_rows import VoucherFilter
from domain.categories import category_id
from domain.drafts import Draft
from domain.errors import ErrorCode, NotPermitted
from domain.holder_ports import HolderReads
from domain.holders import holder_id
from domain.ids import DeviceId, DraftId, Instant, MessageId, PaymentId, VoucherId
from domain.payment_rows import PaymentFilter
from domain.payments import Cause, PaymentStatus
from domain.policy import Actor
from domain.ports import BookReads, Queries
from domain.posting_rules import Places
from domain.services.drafts import issue_draft, save_draft
from domain.services.holders import save_holder, top_up
from domain.services.payment_changes import add_heard
from domain.services.vouchers import post_event
from domain.settlement import ReceiptKind
from domain.trail import AuditFilter, AuditReads
from domain.vouchers import SourceEvent, Voucher, VoucherType
from storage.gate import TillFiles
from storage.hub_tills import add_device
from storage.queries import TillQueries
from storage.session import Session, Sql
from storage.till import TillUnits
from tests.builders import BANK, CASH, CASHIER, MERCHANT, NOON, OWNER, QR, a_payment, an_id, sell
from tests.domain.approval_samples import TODAY, add_people
from tests.fakes.attached_window import Seat
from tests.fakes.till_work import TillWork
from ui.presenters.shell import Page
from ui.till import Till

PLANTED: Final = {CASH: 70_010_203, BANK: 80_040_506, QR: 90_070_809}
"""What the owner books into each wallet by hand; balances follow from it."""

ELSEWHERE: Final = 31_234_567
STORED: Final = 52_636_465
"""What a customer has left with the shop."""

NOBODYS: Final = 60_717_273
"""Money that came and names no payment."""
OWN: Final = 45_000
OTHER_TILL: Final = DeviceId(an_id("till 02"))


@dataclass
class PlantedTill:
    """A till with balances that no other number resembles, and what an owner alone may read of it."""

    units: TillUnits
    vouchers: tuple[Voucher, ...]
    needles: frozenset[int]


def _receipt(units: TillUnits, wallet: Any, amount: int) -> Voucher:
    draft = Draft(
        DraftId(an_id(f"planted {wallet}")),
        VoucherType.RECEIPT,
        TODAY,
        NOON,
        NOON,
        OWNER.user_id,
        wallet_id=wallet,
        category_id=category_id(MERCHANT, "other_income"),
        amount_minor=amount,
        memo="Góp vốn",
    )
    units.run(lambda uow: save_draft(uow, OWNER, draft))
    return units.run(lambda uow: issue_draft(uow, OWNER, draft.id, NOON))


def _taken_elsewhere(uow: Any) -> None:
    add_device(uow.session, MERCHANT, OTHER_TILL, "02", "A")
    paid = a_payment(
        id=PaymentId(an_id("elsewhere")),
        device_id=OTHER_TILL,
        reference="BANA02A0000017",
        amount_minor=ELSEWHERE,
        received_minor=ELSEWHERE,
        status=PaymentStatus.PAID,
        paid_at=NOON,
    )
    add_heard(uow, paid, Cause.HUB, NOON)


def _came_without_a_payment(uow: Any) -> None:
    source = SourceEvent("prov:sepay", "nobody's")
    post_event(uow, source, ReceiptKind.UNMATCHED, Places(BANK), NOON, {"amount": NOBODYS}, memo="Chuyen tien")


def _left_by_a_customer(uow: Any) -> None:
    customer = save_holder(uow, OWNER, "0903111218", "Chị Hoà", MessageId(an_id("customer")), NOON)
    top_up(uow, OWNER, an_id("left"), customer.id, STORED, NOON)


@pytest.fixture
def planted(till_units: TillUnits) -> PlantedTill:
    add_people(till_units)
    vouchers = tuple(_receipt(till_units, wallet, amount) for wallet, amount in PLANTED.items())
    till_units.run(lambda uow: sell(uow, "own", amount_minor=OWN))
    till_units.run(_taken_elsewhere)
    till_units.run(_came_without_a_payment)
    till_units.run(_left_by_a_customer)
    balances = till_units.read(
        lambda session: session.all(Sql("SELECT balance_minor FROM accounts WHERE balance_minor <> 0"), {})
    )
    figures = {abs(int(row[0])) for row in balances} | set(PLANTED.values()) | {ELSEWHERE + OWN, NOBODYS, STORED}
    return PlantedTill(till_units, vouchers, frozenset(figures - {OWN}))


def found_in(text: str, needles: frozenset[int]) -> set[int]:
    """Return the planted figures that a text tells, however their digits are grouped."""
    plain = "".join(char for char in text if char not in " .,\u00a0\u202f_'")
    return {needle for needle in needles if str(needle) in plain}


# The window -----------------------------------------------------------------------------------------------------------


def texts_of(widget: QWidget) -> Iterator[str]:
    """Yield all that a widget says or could say: to the eye, to a screen reader, on a tool tip, seen or hidden."""
    yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(), widget.whatsThis())
    yield from (widget.statusTip(), widget.windowTitle())
    if isinstance(widget, (QLabel, QAbstractButton, QLineEdit)):
        yield widget.text()
    if isinstance(widget, (QTextEdit, QPlainTextEdit)):
        yield widget.toPlainText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(place) for place in range(widget.count()))
    if isinstance(widget, QAbstractItemView):
        model = widget.model()
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        for row in range(model.rowCount() if model else 0):
            for column in range(model.columnCount()):
                yield from (str(model.index(row, column).data(role) or "") for role in roles)


class Walk:
    """Somebody at the till's window who tries every way through it."""

    def __init__(self, qtbot: QtBot, planted: PlantedTill) -> None:
        self.planted = planted
        self.seat = Seat(qtbot)
        work = TillWork(planted.units)
        seat = self.seat
        seat.window.attach(
            Till(
                shop=work.queries.shop(),
                work=work,
                bridge=seat.bridge,
                control=seat.control,
                pins=_AnyPin(),
                sounds=seat.sounds,
                store=seat.store,
                new_id=lambda: an_id("walked"),
                version="0.1.0",
                wipe_demo=lambda actor: None,
                write_report=lambda report, path, form, language: None,
                write_audit=lambda path, since, until: 0,
                sync=seat.screens.desk.sync if seat.window.screens else _no_sync(),
            )
        )
        seat.settle()
        self.told: set[int] = set()
        self.ways: list[str] = []
        self.where: list[str] = []

    def sign_in(self, actor: Actor) -> None:
        screens = self.seat.screens
        screens.desk.actor = actor
        screens.shell.signed_in(actor)
        self.look("signed in")

    def look(self, way: str, *, behind: bool = True) -> None:
        """Read all there is, sheets included, then close them; what is `behind` the lock is read unless told not to."""
        self.seat.settle()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as a turn of the program's own events does
        self.ways.append(way)
        window = self.seat.window
        for widget in (window, *window.findChildren(QWidget), *QApplication.topLevelWidgets()):
            if not (behind or widget.isVisible()):
                continue
            for text in texts_of(widget):
                for figure in found_in(text, self.planted.needles):
                    self.told.add(figure)
                    self.where.append(f"{way}: {figure} in {type(widget).__name__}")
        for action in window.findChildren(QAction):
            self.told |= found_in(f"{action.text()} {action.toolTip()}", self.planted.needles)
        for sheet in window.findChildren(QDialog):
            sheet.reject()
        self.seat.settle()

    def walk(self) -> None:
        """Go every way."""
        shell = self.seat.screens.shell
        for page in Page:
            shell.go(page)
            self.look(f"page {page.value}")
            self._open_rows(page)
        for number in range(1, 10):
            self.seat.press(Qt.Key(Qt.Key.Key_0 + number), modifier=Qt.KeyboardModifier.ControlModifier)
            self.look(f"Ctrl+{number}")
        for place in range(len(self._shortcuts())):
            shortcut = self._shortcuts()[place]
            keys = shortcut.key().toString()
            if keys != "Ctrl+L":  # locks the till: nobody is signed in any more
                shortcut.activated.emit()
                self.look(f"shortcut {keys}")
        for action in self.seat.window.findChildren(QAction):
            action.trigger()
            self.look(f"action {action.text()}")
        for voucher in self.planted.vouchers:
            shell.open_voucher(VoucherId(voucher.id))
            self.look("a link to a voucher")
        shell.go(Page.PAYMENTS)
        self.seat.screens.payments.show_matters()
        self.look("what needs a look")
        self._open_rows(Page.PAYMENTS)
        shell.go(Page.PAYMENTS)
        self.seat.screens.payments.show_group(None)
        for amount in PLANTED.values():
            self.seat.screens.payments.find(str(amount))
            self.seat.settle()
            assert self.seat.screens.payments.state.rows == () or amount == ELSEWHERE

    def _shortcuts(self) -> list[QShortcut]:
        return self.seat.window.findChildren(QShortcut)

    def _open_rows(self, page: Page) -> None:
        for view in self.seat.page.findChildren(QAbstractItemView):
            if not view.isVisible() or view.model() is None:
                continue
            for row in range(min(view.model().rowCount(), 5)):
                view.setCurrentIndex(view.model().index(row, 0))
                view.activated.emit(view.model().index(row, 0))
                self.look(f"row {row} of {page.value}")


class _AnyPin:
    def hash(self, pin: str) -> str:
        return pin

    def matches(self, pin_hash: str, pin: str) -> bool:
        return True


def _no_sync() -> Any:
    from ui.presenters.desk import NoSync

    return NoSync()


def test_a_cashier_walks_through_the_whole_window_and_meets_no_planted_figure(
    qtbot: QtBot, planted: PlantedTill
) -> None:
    walk = Walk(qtbot, planted)
    walk.sign_in(CASHIER)
    walk.walk()
    assert walk.where == []
    assert {f"page {page.value}" for page in Page} <= set(walk.ways)
    assert len([way for way in walk.ways if way.startswith("shortcut")]) >= 10


def test_the_same_walk_meets_the_figures_as_the_owner_so_it_does_look(qtbot: QtBot, planted: PlantedTill) -> None:
    walk = Walk(qtbot, planted)
    walk.sign_in(OWNER)
    walk.walk()
    assert set(PLANTED.values()) <= walk.told
    assert {ELSEWHERE + OWN, NOBODYS, STORED} <= walk.told


def test_what_the_owner_saw_is_gone_when_a_cashier_takes_over(qtbot: QtBot, planted: PlantedTill) -> None:
    walk = Walk(qtbot, planted)
    walk.sign_in(OWNER)
    walk.walk()
    walk.seat.screens.shell.lock()
    walk.seat.settle()
    walk.where.clear()
    walk.look("locked", behind=False)
    walk.sign_in(CASHIER)
    walk.walk()
    assert walk.where == []


# The reads ------------------------------------------------------------------------------------------------------------

Read = Callable[[TillQueries, Actor], object]
READS: Final[dict[str, Read]] = {
    "shop": lambda queries, actor: queries.shop(),
    "methods": lambda queries, actor: queries.methods(),
    "holding": lambda queries, actor: queries.holding(),
    "users": lambda queries, actor: queries.users(),
    "everybody": lambda queries, actor: queries.everybody(),
    "user": lambda queries, actor: queries.user(OWNER.user_id),
    "payments": lambda queries, actor: queries.payments(PaymentFilter(), 100, None),
    "payment": lambda queries, actor: [queries.payment(row.id) for row in queries.payments(PaymentFilter(), 9, None)],
    "sale": lambda queries, actor: [queries.sale(row.bill_id) for row in queries.payments(PaymentFilter(), 9, None)],
    "unfinished": lambda queries, actor: queries.unfinished(Instant(0)),
    "matters": lambda queries, actor: queries.matters(actor, 100, at=NOON),
    "day_total": lambda queries, actor: queries.day_total(actor, Instant(0)),
    "wallets": lambda queries, actor: queries.wallets(actor, with_controls=True),
    "statement": lambda queries, actor: queries.statement(actor, CASH, 10, None),
    "queue": lambda queries, actor: queries.queue(),
    "unsent": lambda queries, actor: queries.unsent(),
    "refused": lambda queries, actor: queries.refused(),
    "audit": lambda queries, actor: queries.audit(actor, AuditFilter(), 100, None),
    "sees_all": lambda queries, actor: queries.books.sees_all(actor),
    "vouchers": lambda queries, actor: queries.books.vouchers(actor, VoucherFilter(), 100, None),
    "voucher": lambda queries, actor: queries.books.voucher(actor, VoucherId(an_id("any"))),
    "drafts": lambda queries, actor: queries.books.drafts(actor),
    "accounts": lambda queries, actor: queries.books.accounts(actor),
    "account": lambda queries, actor: queries.books.account(actor, CASH),
    "statement_until": lambda queries, actor: queries.books.statement_until(actor, CASH, TODAY, 10),
    "categories": lambda queries, actor: queries.books.categories(actor),
    "turnovers": lambda queries, actor: queries.books.turnovers(actor, TODAY, TODAY),
    "category_turnovers": lambda queries, actor: queries.books.category_turnovers(actor, TODAY, TODAY),
    "entries": lambda queries, actor: queries.books.entries(actor, TODAY, TODAY, None, 10),
    "rules": lambda queries, actor: queries.books.rules(),
    "method_wallets": lambda queries, actor: queries.books.method_wallets(),
    "provider_wallets": lambda queries, actor: queries.books.provider_wallets(),
    "troubles": lambda queries, actor: queries.troubles(),
    "find": lambda queries, actor: [queries.holders.find(actor, text, 9) for text in ("", "0903", "hoa", "0999999999")],
    "get": lambda queries, actor: queries.holders.get(actor, holder_id(MERCHANT, "0999999999")),
    "moves": lambda queries, actor: queries.holders.moves(actor, holder_id(MERCHANT, "0999999999"), 9),
    "total": lambda queries, actor: queries.holders.total(actor),
    "grants": lambda queries, actor: queries.books.grants(actor),
    "own_voucher": lambda queries, actor: [
        queries.books.own_voucher(actor, VoucherId(id)) for id in _voucher_ids(queries)
    ],
    "taken_since": lambda queries, actor: queries.taken_since(Instant(0)),
}
OPEN_TO_A_CASHIER: Final = frozenset(
    {"shop", "users", "everybody", "user", "payments", "payment", "day_total", "sale", "unfinished", "matters"}
    | {"queue", "unsent", "refused", "rules", "methods", "holding", "method_wallets", "provider_wallets", "troubles"}
    | {"find", "get", "moves", "own_voucher", "taken_since"}
)


def _voucher_ids(queries: TillQueries) -> list[str]:
    return [row.id for row in queries.books.vouchers(OWNER, VoucherFilter(), 100, None)]


@pytest.fixture
def queries(planted: PlantedTill, till_file: TillFiles) -> Iterator[TillQueries]:
    with closing(till_file.connect_reader()) as connection:
        yield TillQueries(Session(connection.cursor(), "sqlite"))


def test_every_read_of_a_screen_has_a_row_here() -> None:
    ports = (Queries, BookReads, AuditReads, HolderReads)
    reads = {name for port in ports for name, _ in inspect.getmembers(port, inspect.isfunction) if name[0] != "_"}
    assert reads - {"moment"} == READS.keys()


@pytest.mark.parametrize("name", READS)
def test_a_read_tells_a_cashier_no_planted_figure(name: str, queries: TillQueries, planted: PlantedTill) -> None:
    if name in OPEN_TO_A_CASHIER:
        assert found_in(repr(READS[name](queries, CASHIER)), planted.needles) == set()
        return
    with pytest.raises(NotPermitted) as refused:
        READS[name](queries, CASHIER)
    assert refused.value.code is ErrorCode.NOT_PERMITTED
    assert found_in(repr(refused.value.facts), planted.needles) == set()


def test_the_owner_is_told_the_figures_by_the_same_reads(queries: TillQueries, planted: PlantedTill) -> None:
    told = set()
    for read in READS.values():
        told |= found_in(repr(read(queries, OWNER)), planted.needles)
    assert set(PLANTED.values()) <= told


def test_the_days_total_is_the_tills_own_for_a_cashier_and_the_shops_for_the_others(queries: TillQueries) -> None:
    assert queries.day_total(CASHIER, Instant(0)).amount_minor == OWN
    assert queries.day_total(OWNER, Instant(0)).amount_minor == OWN + ELSEWHERE
    assert queries.day_total(replace(OWNER, role=OWNER.role), Instant(NOON + 1)).amount_minor == 0
