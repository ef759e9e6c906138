"""Customers who left money with the shop: found by phone or name, their movements, a new one, and a top-up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.accounts import AccountType
from domain.changes import Topic
from domain.errors import DomainError, RuleBroken
from domain.holder_ports import HolderMove, HolderRow
from domain.holders import MAX_HOLDER_NAME, Holder, holder_id, normal_phone
from domain.ids import AccountId, HolderId, Instant, MessageId, VoucherId
from domain.money import parse_amount
from domain.policy import Action, Actor
from domain.ports import Queries, UnitOfWork
from domain.rails import Method
from domain.services.holders import save_holder, top_up
from domain.vouchers import Voucher
from ui.presenters.desk import Desk
from ui.presenters.own_print import OwnPaper, OwnPrints
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading

MOST_FOUND: Final = 200
MOST_MOVES: Final = 200


class Step(StrEnum):
    """What of customers is in front; Esc goes from one to the one before it."""

    LIST = "list"
    CUSTOMER = "customer"
    FORM = "form"
    TOP_UP = "top_up"


@dataclass(frozen=True, slots=True)
class Place:
    """Where money that is left goes: the cash drawer for no wallet, or a wallet by its name."""

    wallet_id: AccountId | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class CustomersState:
    """What is known of customers; amounts in minor units.

    `sees_all` says that the person may see everybody and whole phone numbers; others find one customer by the whole
    number. `total` is how many customers there are and what all of them have, None for who may not see it. `phone`,
    `name` and `amount` are what was typed. `renames` is whose name the form changes, None for a new customer. `online`
    and `heard_at` tell how fresh this till is: what a balance comes to is decided at the hub. `printable` is the
    voucher of what was just done, which who did it may print; `paper` is then what goes to the printer.
    """

    step: Step = Step.LIST
    sees_all: bool = False
    can_change: bool = False
    can_open_voucher: bool = False
    text: str = ""
    searched: bool = False
    rows: tuple[HolderRow, ...] = ()
    total: tuple[int, int] | None = None
    customer: HolderRow | None = None
    moves: tuple[HolderMove, ...] = ()
    renames: HolderId | None = None
    phone: str = ""
    name: str = ""
    amount: str = ""
    amount_minor: int = 0
    places: tuple[Place, ...] = (Place(),)
    place: Place = Place()
    saving: bool = False
    online: bool = False
    heard_at: Instant | None = None
    told: Words | None = None
    printable: VoucherId | None = None
    paper: OwnPaper | None = None
    problem: DomainError | None = None

    @property
    def can_save(self) -> bool:
        """Whether the step in front has all that it needs to be kept."""
        if self.saving:
            return False
        if self.step is Step.FORM:
            return _phone(self.phone) != "" and 0 < len(self.name.strip()) <= MAX_HOLDER_NAME
        return self.step is Step.TOP_UP and self.amount_minor > 0

    @property
    def phone_wrong(self) -> bool:
        """Whether what was typed is no phone number."""
        return _phone(self.phone) == ""

    @property
    def amount_wrong(self) -> bool:
        """Whether what was typed is no amount."""
        return bool(self.amount.strip()) and not self.amount_minor


@dataclass(frozen=True, slots=True)
class _Found:
    text: str
    rows: tuple[HolderRow, ...]
    total: tuple[int, int] | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    row: HolderRow | None
    moves: tuple[HolderMove, ...]


class CustomersPresenter(Presenter[CustomersState]):
    """One step is in front at a time; each opened top-up has one id, so that pressing twice takes money once."""

    watches = frozenset({Topic.HOLDERS, Topic.VOUCHERS, Topic.PAYMENTS, Topic.OUTBOX})

    def __init__(self, desk: Desk, open_voucher: Callable[[VoucherId], None], closed: Callable[[], None]) -> None:
        """`open_voucher` shows a movement's voucher among the vouchers; `closed` takes this sheet away."""
        self._actor = desk.signed_in
        super().__init__(
            CustomersState(
                sees_all=desk.may(Action.SEE_BALANCES),
                can_change=desk.may(Action.TAKE_PAYMENT),
                can_open_voucher=desk.may(Action.SEE_BOOKS),
                online=desk.online,
                heard_at=desk.sync.last_pulled_at,
            )
        )
        self._desk = desk
        self._open_voucher = open_voucher
        self._closed = closed
        self._top_up_id = ""
        self._opens = False
        self._prints = OwnPrints(desk, lambda paper: self._change(paper=paper), self._refused)
        self._found = Reading[_Found](desk.work, self._show_found, self._refused)
        self._page = Reading[_Page](desk.work, self._show_page, self._refused)
        self.refresh()
        self._stale = False

    def on_sync(self) -> None:
        """Say anew how fresh this till is."""
        self._change(online=self._desk.online, heard_at=self._desk.sync.last_pulled_at)

    def refresh(self) -> None:
        """Read the list and the customer in front again."""
        actor, text = self._actor, self.state.text
        self._found.ask(lambda queries: _find(queries, actor, text))
        if self.state.customer is not None:
            self._read_page(self.state.customer.id)

    # Finding

    def search(self, text: str) -> None:
        """Look for a part of a name or phone, or for a whole phone number where no more may be seen."""
        self._opens = False
        self._change(text=text, searched=False, problem=None, told=None)
        self.refresh()

    def open(self, holder: HolderId) -> None:
        """Show one customer's page."""
        row = next((row for row in self.state.rows if row.id == holder), None)
        if row is not None:
            self._change(step=Step.CUSTOMER, customer=row, moves=(), told=None, problem=None)
            self._read_page(holder)

    def open_only(self) -> None:
        """Enter after a search: show the one who was found; of several, one is chosen first."""
        self._opens = not self.state.searched  # an answer to an earlier search is not who was meant
        if not self._opens and len(self.state.rows) == 1:
            self.open(self.state.rows[0].id)

    def open_move(self, move: HolderMove) -> None:
        """Show the voucher of a movement to those who see books; others may print what they made."""
        if self.state.can_open_voucher:
            self._closed()
            self._open_voucher(move.voucher_id)
        elif self._prints.may:
            self._prints.ask(move.voucher_id)

    def print_done(self) -> None:
        """Have the voucher of what was just done printed."""
        if self.state.printable is not None:
            self._prints.ask(self.state.printable)

    def back(self) -> None:
        """Esc: one step back, and from the list out."""
        step = self.state.step
        if step is Step.LIST:
            self._closed()
        elif step is Step.CUSTOMER or self.state.customer is None:
            self._change(step=Step.LIST, customer=None, moves=(), told=None, printable=None, problem=None)
        else:
            self._change(step=Step.CUSTOMER, told=None, problem=None)

    # A new customer, or a new name

    def write_down(self) -> None:
        """Open the form of a new customer, with the phone number that was looked for."""
        if self.state.can_change:
            phone = "" if not self.state.text or _phone(self.state.text) == "" else self.state.text
            self._change(step=Step.FORM, renames=None, phone=phone, name="", told=None, problem=None)

    def rename(self) -> None:
        """Open the form with the name of the customer in front; the number stays, it is who they are."""
        row = self.state.customer
        if self.state.can_change and row is not None:
            self._change(step=Step.FORM, renames=row.id, phone=row.phone, name=row.name, told=None, problem=None)

    def set_phone(self, phone: str) -> None:
        """Type the phone number."""
        self._change(phone=phone, problem=None)

    def set_name(self, name: str) -> None:
        """Type the name."""
        self._change(name=name, problem=None)

    # A top-up

    def begin_top_up(self) -> None:
        """Open the step that takes money of the customer in front."""
        if self.state.can_change and self.state.customer is not None:
            self._top_up_id = self._desk.new_id()
            self._change(
                step=Step.TOP_UP, amount="", amount_minor=0, place=self.state.places[0], told=None, problem=None
            )

    def set_amount(self, text: str) -> None:
        """Type what is left, as people write amounts."""
        try:
            amount = parse_amount(text, self._desk.shop.currency)
        except RuleBroken:
            amount = 0
        self._change(amount=text, amount_minor=amount, problem=None)

    def choose_place(self, place: Place) -> None:
        """Choose where the money goes."""
        self._change(place=place, problem=None)

    def save(self) -> None:
        """Keep what the step in front is about; a press while it is being kept does nothing."""
        state = self.state
        if not state.can_save:
            return
        self._change(saving=True, problem=None)
        if state.step is Step.FORM:
            self._desk.work.command(self._keep(state), self._kept, self._refused)
        else:
            self._desk.work.command(self._take(state), self._taken, self._refused)

    def _keep(self, state: CustomersState) -> Callable[[UnitOfWork], tuple[Holder, bool]]:
        actor, at, message_id = self._actor, self._desk.now(), MessageId(self._desk.new_id())

        def op(uow: UnitOfWork) -> tuple[Holder, bool]:
            standing = uow.holders.get(holder_id(uow.shop.merchant_id, normal_phone(state.phone)))
            if standing is not None and state.renames is None:
                return standing, True
            return save_holder(uow, actor, state.phone, state.name, message_id, at), False

        return op

    def _take(self, state: CustomersState) -> Callable[[UnitOfWork], Voucher]:
        actor, at, top_up_id, row = self._actor, self._desk.now(), self._top_up_id, state.customer
        assert row is not None, "money is left by a customer"
        return lambda uow: top_up(
            uow, actor, top_up_id, row.id, state.amount_minor, at, wallet_id=state.place.wallet_id
        )

    def _kept(self, kept: tuple[Holder, bool]) -> None:
        """Show the customer; one who was known by that number before keeps their name."""
        holder, was_known = kept
        told = Words.of("customers.known" if was_known else "customers.saved", name=holder.name)
        self._desk.notices.announce(told)
        row = self.state.customer
        if row is None or row.id != holder.id:
            row = HolderRow(holder.id, holder.name, holder.phone, 0)
        self._change(step=Step.CUSTOMER, customer=replace(row, name=holder.name), moves=(), saving=False, told=told)
        self.refresh()

    def _taken(self, voucher: Voucher) -> None:
        """Back to the customer's page, which says what was taken and shows the new balance."""
        told = Words.of("customers.topped_up", amount=voucher.total_minor, number=voucher.number)
        self._desk.notices.toast(Mood.OK, told)
        printable = voucher.id if self._prints.may else None
        self._change(step=Step.CUSTOMER, saving=False, told=told, printable=printable)
        self.refresh()

    def _refused(self, error: DomainError) -> None:
        """Show a refusal; what was typed stays."""
        self._change(saving=False, problem=error)

    def _read_page(self, holder: HolderId) -> None:
        actor = self._actor
        self._page.ask(
            lambda queries: _Page(
                queries.holders.get(actor, holder), tuple(queries.holders.moves(actor, holder, MOST_MOVES))
            )
        )

    def _show_found(self, found: _Found) -> None:
        if found.text == self.state.text:
            self._change(rows=found.rows, total=found.total, places=found.places, searched=True)
            if self._opens and self.state.step is Step.LIST:
                self.open_only()

    def _show_page(self, page: _Page) -> None:
        customer = self.state.customer
        if page.row is not None and customer is not None and page.row.id == customer.id:
            self._change(customer=page.row, moves=page.moves)


def _phone(text: str) -> str:
    """Return a typed number as digits, empty for what is none."""
    try:
        return normal_phone(text)
    except RuleBroken:
        return ""


def _find(queries: Queries, actor: Actor, text: str) -> _Found:
    rows = tuple(queries.holders.find(actor, text, MOST_FOUND))
    if not actor.may(Action.SEE_BALANCES):
        return _Found(text, rows, None, (Place(),))
    return _Found(text, rows, queries.holders.total(actor), _places(queries, actor))


def _places(queries: Queries, actor: Actor) -> tuple[Place, ...]:
    """Return the cash drawer, then the other wallets that the person may see."""
    wallets = queries.wallets(actor, False)
    cash = (row.id for row in wallets if row.type is AccountType.CASH)
    drawer = queries.books.method_wallets().get(Method.CASH) or next(cash, None)
    return (Place(), *(Place(row.id, row.name) for row in wallets if row.id != drawer))
