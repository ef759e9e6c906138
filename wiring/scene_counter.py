"""The cashier's acts of the scene: every way in which a customer pays, offline and live."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import httpx

from domain.display import CounterStatus, counter_status
from domain.ids import PaymentId
from domain.money import Language
from domain.payment_rows import PaymentDetail
from domain.rails import Method
from ui.presenters.charge_state import Stage
from ui.presenters.preferences import ThemeChoice
from wiring.scene_player import Player, SceneFailed, Steps

if TYPE_CHECKING:
    from ui.presenters.charge_state import ShownPayment


class CounterActs:
    """What happens at the counter while the player plays the cashier."""

    def __init__(self, player: Player) -> None:
        self._player = player

    def play(self) -> Steps:
        """Take money in every way there is."""
        yield from self._pay_offline()
        yield from self._come_online()
        yield from self._pay_too_little()
        yield from self._pay_live()
        yield from self._pay_at_terminal()
        yield from self._pay_by_card()
        yield from self._pay_late()
        yield from self._pay_cash()
        yield from self._pay_in_parts()

    def _pay_offline(self) -> Steps:
        pressed = self._charge(Method.VIETQR, 125_000)
        yield lambda: self._stage is Stage.WAITING and self._shown.pattern is not None
        shown_ms = round((time.monotonic() - pressed) * 1000)
        self._player.tell("offline", ms=shown_ms, reference=self._shown.reference)
        self._player.check(self._shown.unsent, "an offline payment says that it waits")
        yield self._player.for_ms(300)
        self._player.picture("charge-pending-offline")

    def _come_online(self) -> Steps:
        payment = self._shown
        self._player.shop.start_children()
        yield lambda: self._player.screens.desk.online
        self._player.tell("online")
        yield lambda: not self._player.screens.desk.sync.waiting
        self._player.tell("sent")
        self._customer_pays(payment.qr_text)
        yield lambda: self._stage in (Stage.PAID, Stage.LATE)
        self._player.tell("paid", amount=125_000, status=self._shown.status.value)
        self._player.picture("charge-paid")
        detail = yield from self._detail(payment.id)
        self._player.check(len(detail.vouchers) == 1, "one receipt voucher books the payment")
        self._player.tell("voucher", number=detail.vouchers[0].number, book_no=detail.vouchers[0].book_no or 0)
        yield from self._next_customer()

    def _pay_too_little(self) -> Steps:
        self._charge(Method.VIETQR, 200_000)
        yield lambda: self._stage is Stage.WAITING and not self._shown.unsent
        self._player.picture("charge-pending")
        self._customer_pays(self._shown.qr_text, 200)
        yield lambda: self._stage is Stage.SHORT
        self._player.check(self._shown.received_minor == 200, "both amounts are shown")
        self._player.tell("short", received=200, expected=200_000)
        yield self._player.for_ms(200)
        self._player.picture("charge-short")
        self._customer_pays(self._shown.qr_text, 199_800)
        yield lambda: self._stage in (Stage.PAID, Stage.LATE)
        self._player.tell("rest")
        yield from self._next_customer()

    def _pay_live(self) -> Steps:
        self._charge(Method.VNPAY_QR, 77_000)
        yield lambda: self._stage is Stage.WAITING and self._shown.pattern is not None
        self._player.tell("vnpay_code")
        self._player.picture("charge-vnpay")
        self._customer_pays(self._shown.qr_text)
        yield lambda: self._stage is Stage.PAID
        self._player.tell("paid", amount=77_000, status=self._shown.status.value)
        yield from self._next_customer()

    def _pay_at_terminal(self) -> Steps:
        yield from self._until_offered(Method.CARD_TERMINAL)
        self._charge(Method.CARD_TERMINAL, 340_000)
        yield lambda: self._stage is Stage.WAITING and not self._shown.unsent
        reference = self._shown.reference
        yield lambda: bool(self._at_provider(reference)) and self._shown.status is CounterStatus.PENDING
        self._player.picture("charge-terminal")
        self._customer_does("pay", offer=self._at_provider(reference))
        yield lambda: self._stage in (Stage.PAID, Stage.LATE)
        self._player.tell("terminal", amount=340_000, status=self._shown.status.value)
        yield from self._next_customer()

    def _pay_by_card(self) -> Steps:
        self._charge(Method.CARD, 560_000)
        yield lambda: self._stage is Stage.WAITING and self._shown.pattern is not None
        self._player.picture("charge-card")
        self._customer_does("pay", qr_text=self._shown.qr_text)
        yield lambda: self._stage in (Stage.PAID, Stage.LATE)
        self._player.tell("card", amount=560_000, status=self._shown.status.value)
        yield from self._next_customer()

    def _pay_late(self) -> Steps:
        self._charge(Method.VIETQR, 60_000)
        yield lambda: self._stage is Stage.WAITING
        payment = self._shown
        yield lambda: self._stage is Stage.EXPIRED
        self._player.tell("expired")
        self._player.picture("charge-expired")
        yield from self._next_customer()
        self._customer_pays(payment.qr_text)
        yield from self._until_status(payment.id, CounterStatus.LATE)
        self._player.tell("late")
        yield self._player.for_ms(300)
        self._player.picture("charge-late")

    def _pay_cash(self) -> Steps:
        self._choose(Method.CASH)
        self._player.type("45000")
        yield lambda: bool(self._player.screens.charge.state.offers)
        self._player.picture("charge-cash")
        self._player.screens.charge.hand_over(50_000)
        yield lambda: self._stage is Stage.PAID
        self._player.check(self._shown.change_minor == 5_000, "the change is right")
        self._player.tell("cash", change=5_000)
        self._player.picture("charge-change")
        yield from self._next_customer()

    def _pay_in_parts(self) -> Steps:
        self._choose(Method.VIETQR)
        self._player.type("500000")
        self._player.key("F6")
        self._player.type("200000\r")
        yield lambda: self._stage is Stage.ENTRY and self._player.screens.charge.state.amount_minor == 300_000
        yield self._player.for_ms(100)
        self._player.picture("charge-part")
        self._player.type("\r")
        yield lambda: self._stage is Stage.WAITING and not self._shown.unsent
        self._customer_pays(self._shown.qr_text)
        yield lambda: self._stage in (Stage.PAID, Stage.LATE)
        self._player.check(self._shown.sale.received_minor == 500_000, "both parts pay the one sale")
        self._player.tell("parts", cash=200_000, rest=300_000)
        self._player.picture("charge-parts-paid")
        yield from self._next_customer()

    def change_looks(self) -> Steps:
        """Show a pending payment in the counter's other looks."""
        other = Language.EN if self._player.language is Language.VI else Language.VI
        self._player.key("Ctrl+1")
        self._charge(Method.VIETQR, 88_000)
        yield lambda: self._stage is Stage.WAITING and self._shown.pattern is not None
        for size, theme, language in (
            ((1024, 600), ThemeChoice.LIGHT, self._player.language),
            ((1024, 600), ThemeChoice.DARK, other),
            ((1366, 768), ThemeChoice.DARK, self._player.language),
        ):
            self._player.window.resize(*size)
            settings = self._player.screens.settings
            settings.set_theme(theme)
            settings.set_language(language)
            yield self._player.for_ms(300)
            self._player.picture(f"charge-{size[0]}-{theme.value}-{language.value}")
        if self._stage is Stage.WAITING:
            self._player.screens.charge.escape()
            self._player.screens.charge.confirm_cancel()
        yield lambda: self._stage in (Stage.ENTRY, Stage.EXPIRED)
        yield from self._next_customer()  # on a slow machine the code runs out while its pictures are taken
        yield lambda: not self._player.screens.desk.sync.waiting

    # What the cashier's hands do

    def _charge(self, method: Method, amount: int) -> float:
        self._choose(method)
        self._player.type(str(amount))
        self._player.check(
            self._player.screens.charge.state.amount_minor == amount, "the typed amount stands on the display"
        )
        pressed = time.monotonic()
        self._player.type("\r")
        return pressed

    def _choose(self, method: Method) -> None:
        shown = [tile.method for tile in self._player.screens.charge.state.tiles]
        self._player.key(f"Alt+{shown.index(method) + 1}")
        self._player.check(self._player.screens.charge.state.method is method, f"{method.value} can be chosen")
        if self._player.screens.charge.state.asking:
            self._player.type("1")

    def _next_customer(self) -> Steps:
        self._player.screens.charge.finish()
        yield lambda: self._stage is Stage.ENTRY

    def _until_offered(self, method: Method) -> Steps:
        """Wait until the till knows from the hub that the shop is connected for a method."""
        yield lambda: method in [tile.method for tile in self._player.screens.charge.state.tiles]

    def _customer_pays(self, qr_text: str, amount: int | None = None) -> None:
        self._customer_does("pay", qr_text=qr_text, late=True, **({"amount": amount} if amount else {}))

    def _customer_does(self, act: str, **order: object) -> None:
        wanted = {**order, "wait_s": 0}
        answer = httpx.post(f"{self._player.shop.simulator_page}control/{act}", json=wanted, timeout=10)
        self._player.check(answer.status_code == 200, f"the provider takes the order ({answer.text[:200]})")

    def _at_provider(self, reference: str) -> str:
        """Return the offer that a provider made for a reference of ours, empty while there is none."""
        state = httpx.get(f"{self._player.shop.simulator_page}control/state", timeout=10).json()
        return next((str(offer["offer"]) for offer in state["offers"] if reference in offer["offer"]), "")

    # What is seen

    @property
    def _stage(self) -> Stage:
        return self._player.screens.charge.state.stage

    @property
    def _shown(self) -> ShownPayment:
        payment = self._player.screens.charge.state.payment
        if payment is None:
            raise SceneFailed("no payment is on screen")
        return payment

    def _detail(self, payment_id: PaymentId) -> Generator[Callable[[], bool], None, PaymentDetail]:
        detail = yield from self._player.read(lambda queries: queries.payment(payment_id))
        if detail is None:
            raise SceneFailed("the payment is gone")
        return detail

    def _until_status(self, payment_id: PaymentId, wanted: CounterStatus) -> Steps:
        while True:
            detail = yield from self._detail(payment_id)
            if counter_status(detail.row.status, detail.row.exception) is wanted:
                return
            yield self._player.for_ms(50)
