"""What is typed at the counter before a payment: an amount, a way to pay, a part of a sale, the customer."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any, Final

from domain.calendar import business_date
from domain.changes import Changes, Topic
from domain.errors import ErrorCode, RuleBroken
from domain.holder_ports import HolderRow
from domain.holders import holder_id
from domain.ids import PaymentId
from domain.rails import BY_HAND, Method, needs_network
from domain.routing import Choice
from ui.amount_entry import Key
from ui.presenters.charge_entry import ChargeEntry
from ui.presenters.charge_state import ChargeState, Stage, StoredFunds, Tile
from ui.presenters.charge_ways import Ways
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading

_USUAL_DIGITS: Final = 10
"""As many digits a Vietnamese phone number has."""

_Known = tuple[str, HolderRow | None]
"""A phone number, and the customer who is known by it."""


class ChargeTyping(Presenter[ChargeState]):
    """The entry of the counter; every key returns the next one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(ChargeState(desk.shop.currency))
        self._desk = desk
        self._entry = ChargeEntry.empty(desk.shop.currency)
        self._asked_with = self._entry
        self._attempt: tuple[PaymentId, Method, int, str] | None = None
        self._rest_method = Method.VIETQR
        self._ways = Ways(desk.shop.currency)
        self._option = ""
        self._charges_then = False
        self._phone = ""
        self._holder: HolderRow | None = None
        self._looked = False
        self._holders = Reading[_Known](desk.work, self._know_holder, desk.notices.problem)
        self._reading = Reading[Ways](desk.work, self._offer, desk.notices.problem)
        self._read_ways()

    def _is_free(self) -> bool:
        """Whether the counter may show another sale; what is typed now is remembered, to see whether that stays so."""
        self._asked_with = self._entry
        return self.state.stage is Stage.ENTRY and not self._entry.in_parts and not self._entry.due_minor

    def _is_free_still(self) -> bool:
        """Whether nothing was typed since `_is_free`; what was typed stays, and it is said."""
        is_free = self.state.stage is Stage.ENTRY and self._entry == self._asked_with
        if not is_free and self.state.stage is Stage.ENTRY and self._entry.amount.total_minor:
            self._desk.notices.toast(Mood.WARN, Words.of("sale.typed"))
        return is_free

    @abstractmethod
    def finish(self) -> None:
        """Go on to the next customer."""

    def press(self, key: Key) -> None:
        """A key of the number pad; after a paid payment it starts the next entry."""
        if self.state.stage is Stage.PAID:
            self.finish()
        if self._is_typing:
            self._typed(self._entry.press(key))

    def paste(self, text: str) -> None:
        """Take an amount from the clipboard, or say that it cannot be read."""
        if self.state.stage is Stage.PAID:
            self.finish()
        if not self._is_typing:
            return
        try:
            self._typed(self._entry.paste(text))
        except RuleBroken:
            self._desk.notices.toast(Mood.WARN, Words.of("charge.clipboard_refused"))

    def choose(self, method: Method) -> None:
        """Press a method's tile: it is refused without the hub it needs, and asks which of its options is meant."""
        if self.state.stage is Stage.PAID:
            self.finish()
        if self.state.stage is not Stage.ENTRY:
            return
        if method not in self._ways.offered:
            self._change(problem=RuleBroken(ErrorCode.METHOD_UNAVAILABLE, method=method.value))
            return
        if self._needs_network(method):
            self._change(problem=RuleBroken(ErrorCode.METHOD_NEEDS_NETWORK, method=method.value))
            return
        self._option, self._charges_then = "", False
        self._change(method=method, asking=False)
        self._typed(replace(self._entry, tender=None))
        self._ask_option()

    def choose_tile(self, number: int) -> None:
        """Alt and a digit: press the tile of that number, counted from one among those that are shown."""
        if number <= len(self.state.tiles):
            self.choose(self.state.tiles[number - 1].method)

    def ask_option(self) -> None:
        """Ask again which payment option of the chosen method is meant."""
        if self._is_typing:
            self._ask_option()

    def _ask_option(self, *, charges_then: bool = False) -> None:
        """Ask unless there is only one, or a limit stands against them all."""
        self._charges_then = charges_then
        options = self.state.options
        self._change(asking=bool(options) and self._ways.bound(options) is None)

    def pick(self, number: int) -> None:
        """Choose the payment option of that number, counted from one; Charge goes on if it was pressed before."""
        if not self.state.asking or not 0 < number <= len(self.state.options):
            return
        chosen = self.state.options[number - 1]
        if chosen.bound is not None:
            return
        self._option = chosen.option
        self._change(asking=False)
        self._typed(self._entry)
        if self._charges_then:
            self._charges_then = False
            self.charge()

    def stop_asking(self) -> None:
        """Choose no payment option, and go back to what was typed."""
        self._charges_then = False
        self._change(asking=False)

    @abstractmethod
    def charge(self) -> None:
        """Start one payment of what was typed."""

    @property
    def _is_typing(self) -> bool:
        """Whether an amount may be typed: nothing is under way, and nothing is asked."""
        return self.state.stage is Stage.ENTRY and not self.state.asking

    def set_customer(self, text: str) -> None:
        """Note the customer's name or phone for the next payment."""
        self._entry = replace(self._entry, customer=text)
        if self.state.method is Method.STORED_VALUE:  # what was wrong with the number is over
            self._change(problem=None)
        self._draw_entry()

    def set_slip(self, name: str, text: str) -> None:
        """Type what is written on a cheque, or who pays elsewhere; `name` is a field of the slip."""
        if self.state.stage is Stage.ENTRY:
            self._typed(replace(self._entry, slip=replace(self._entry.slip, **{name: text})))

    def split(self) -> None:
        """F6: take a part of the sale first, in cash unless another tile is pressed; or the whole again after all.

        Where stored value does not reach, the part is what it lacks, and the stored value pays the rest.
        """
        entry = self._entry
        if not self._is_typing or not (self.state.can_split or entry.in_parts):
            return
        if not entry.in_parts:
            self._rest_method = self.state.method if self.state.method is not Method.CASH else Method.VIETQR
            stored = self.state.stored
            part = stored.missing_minor if stored is not None and stored.missing_minor < entry.due_minor else 0
            self._change(method=Method.CASH)
            self._typed(entry.split(part))
        elif not self._goes_on:
            self._change(method=self._rest_method)
            self._typed(entry.whole())

    def type_tender(self) -> None:
        """Type the cash that the customer hands over instead of taking one of the offers."""
        if self.state.stage is Stage.ENTRY and self.state.offers:
            self._typed(replace(self._entry, tender=replace(self._entry.amount, summands=(), digits="")))

    def toggle_hold(self) -> None:
        """Have the next payment's money only held, to be taken later, or not after all."""
        if self._is_typing and self.state.can_hold:
            self._typed(replace(self._entry, hold=not self._entry.hold))

    def _holds(self, method: Method) -> bool:
        """Whether the next payment's money is only to be held."""
        return self._entry.hold and method in self._ways.holding

    def _typed(self, entry: ChargeEntry) -> None:
        """Take an edited entry: what went wrong before is over, and the next press is a new intent."""
        self._entry = entry
        self._attempt = None
        self._change(problem=None)
        self._draw_entry()

    @property
    def _goes_on(self) -> bool:
        """Whether the sale that is paid in parts has some money already, or a cheque for some of it."""
        sale = self._entry.sale
        return sale is not None and (sale.received_minor > 0 or bool(sale.awaited))

    @property
    def _is_noted(self) -> bool:
        """Whether the payment on screen itself waits to be settled by hand, not only another one of its sale."""
        return self.state.payment is not None and self.state.payment.method in BY_HAND

    # What follows from the entry

    def _look_at_methods(self, changes: Changes) -> None:
        """See which methods the shop offers after its settings or wallets changed, and what a customer has by now."""
        if changes.meets(frozenset({Topic.HOLDERS, Topic.VOUCHERS, Topic.OUTBOX, Topic.PAYMENTS})):
            self._ask_for_holder()
        counts = changes.meets(frozenset({Topic.PAYMENTS})) and self._ways.rules.contracts
        if counts or changes.meets(frozenset({Topic.SETTINGS, Topic.ACCOUNTS, Topic.HOLDERS})):
            self._read_ways()

    def _read_ways(self) -> None:
        currency, day, zone = self.state.currency, self._today, self._desk.shop.zone
        self._reading.ask(lambda queries: Ways.read(queries, currency, day, zone))

    def _offer(self, read: Ways) -> None:
        """Take which methods the shop offers; a chosen one that is gone gives way to one that always works."""
        self._ways = read
        methods = self._ways.offered
        if self.state.stage is Stage.ENTRY and self.state.method not in methods:
            self._change(method=Method.VIETQR if Method.VIETQR in methods else Method.CASH)
        self._draw_entry()

    def _look_for_holder(self, phone: str) -> None:
        """Look for the customer whose stored value is to pay, once for each number."""
        if phone != self._phone:
            self._phone, self._holder, self._looked = phone, None, False
            self._ask_for_holder()

    def _ask_for_holder(self) -> None:
        phone, actor = self._phone, self._desk.actor
        if phone and actor is not None:
            key = holder_id(self._desk.shop.merchant_id, phone)
            self._holders.ask(lambda queries: (phone, queries.holders.get(actor, key)))

    def _know_holder(self, known: _Known) -> None:
        phone, row = known
        if phone == self._phone:
            self._holder, self._looked = row, True
            self._draw_entry()

    def _stored(self) -> StoredFunds | None:
        """What is known of the customer whose stored value is to pay."""
        if not self._phone or not self._looked:
            return None
        row, heard_at = self._holder, self._desk.sync.last_pulled_at
        if row is None:
            if len(self._phone) < _USUAL_DIGITS:  # most likely it is still being typed
                return None
            return StoredFunds("", self._phone, 0, 0, heard_at)
        missing = max(self._entry.due_minor - row.available_minor, 0)
        return StoredFunds(row.name, row.phone, row.available_minor, missing, heard_at)

    @property
    def _today(self) -> str:
        return business_date(self._desk.now(), self._desk.shop.zone)

    def _needs_network(self, method: Method) -> bool:
        return not self._desk.online and needs_network(method)

    def _tile(self, method: Method) -> Tile:
        ways = self._ways
        tile = Tile(method, method is self.state.method, self._needs_network(method), ways.troubles.get(method))
        if not ways.rules.contracts:
            return tile
        options = self._options(method)
        return replace(tile, bound=ways.bound(options), barred=not options)

    def _options(self, method: Method) -> tuple[Choice, ...]:
        """The payment options of a method for what is typed; none for what nobody needs to be asked about."""
        return self._ways.options(method, self._entry.due_minor, holds=self._holds(method))

    def _chosen_option(self, method: Method) -> dict[str, Any]:
        """See which payment options the chosen method has now; one that is gone is chosen no more."""
        options = self._options(method)
        several = options if len(options) > 1 else ()
        chosen = next((each for each in several if each.option == self._option), None)
        self._option = "" if chosen is None else chosen.option
        bound = self._ways.bound(options) if chosen is None else chosen.bound
        asking = self.state.asking and bool(several)
        barred = bool(self._ways.rules.contracts) and not options
        return {"options": several, "option": self._option, "asking": asking, "bound": bound, "barred": barred}

    def _option_of(self, method: Method) -> str:
        """Which payment option a payment is started with: the chosen one, or the only one there is."""
        options = self._options(method)
        return options[0].option if len(options) == 1 else self._option

    def _draw_entry(self) -> None:
        method = self.state.method
        if self._ways.rules.contracts and self._ways.day != self._today:
            self._read_ways()
        tiles = tuple(self._tile(each) for each in Method if each in self._ways.offered)
        if self.state.stage is not Stage.ENTRY:
            self._change(tiles=tiles, stored=None)
            return
        entry = self._entry
        options = self._chosen_option(method)
        takes = not (options["bound"] or options["barred"] or self._needs_network(method))
        self._look_for_holder(entry.stored_phone(method))
        parts = entry.amount.parts
        self._change(
            tiles=tiles,
            amount_minor=entry.due_minor,
            parts=parts if entry.amount.summands else (),
            tender_minor=entry.tender_minor,
            offers=entry.offers(method),
            can_charge=entry.due_minor > 0 and not entry.too_much and takes,
            customer=entry.customer,
            sale=entry.sale if entry.in_parts else None,
            can_split=entry.due_minor > 0 and not entry.in_parts and entry.tender is None,
            too_much=entry.too_much,
            can_hold=method in self._ways.holding,
            hold=self._holds(method),
            can_confirm=False,
            slip=replace(entry.slip, date=entry.slip.date or self._today) if method in BY_HAND else None,
            stored=self._stored(),
            **options,
        )
