"""The counter scene: the real till, hub and simulator played without a display; says what happens, saves pictures."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from domain.display import CounterStatus, counter_status
from domain.ids import PaymentId
from domain.money import Language
from domain.policy import Limits
from domain.rails import Method
from domain.rows import PaymentDetail
from ui.presenters.charge_state import METHODS, Stage
from ui.presenters.preferences import Preferences, ThemeChoice
from wiring.demo_shop import CASHIER_PIN, OWNER_PIN
from wiring.folders import Folder
from wiring.scene_texts import say
from wiring.verify import balances_agree, check_folder

if TYPE_CHECKING:
    # Qt is loaded once the platform has been chosen.
    from PySide6.QtWidgets import QWidget

    from ui.presenters.charge_state import ShownPayment
    from ui.presenters.screens import Screens
    from wiring.window import Program

PATIENCE_S: Final = 30.0
LIFETIME_MS: Final = 6_000
STEP_MS: Final = 15

Steps = Generator[Callable[[], bool], None, None]
"""A scene yields what it waits for; it goes on when that is true."""


class SceneFailed(AssertionError):
    """The scene did not go as it must."""


def run_scene(folder: Folder | None, shots: Path, language: str) -> int:
    """Play the scene in a folder of its own (or in `folder`, which must be empty); exit 0 if all went as it must."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with ExitStack() as stack:
        if folder is None:
            folder = Folder(Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))).make()
        return _play(folder, shots, Language(language))


def _play(folder: Folder, shots: Path, language: Language) -> int:
    from PySide6.QtWidgets import QApplication

    from wiring.preferences import PreferenceFile
    from wiring.window import Program

    shots.mkdir(parents=True, exist_ok=True)
    looks = Preferences(language=language, theme=ThemeChoice.LIGHT, reduced_motion=True)
    PreferenceFile(folder.root / "preferences.json").save(looks)
    app = QApplication([sys.argv[0]])
    program = Program(folder, Limits(qr_lifetime_ms=LIFETIME_MS), alone=True)
    program.window.resize(1366, 768)
    scene = Scene(program, shots, language, app.exit)
    program.opened.connect(scene.begin)
    program.refused.connect(lambda: app.exit(1))
    program.start()
    try:
        code = app.exec()
    finally:
        program.close()
        program.window.deleteLater()
        app.processEvents()
    return code or _reckon(folder, language)


def _reckon(folder: Folder, language: Language) -> int:
    reports, problems = check_folder(folder)
    broken = [line.text(language) for report in reports for line in report.lines if not line.ok]
    broken += [error.code.value for _, error in problems]
    broken += [] if balances_agree(folder) else [say(language, "differ")]
    for line in broken:
        _write(f"  ✕ {line}")
    if not broken:
        _write(f"  ✓ {say(language, 'agree')}")
    _write(say(language, "verified" if not broken else "not_verified", count=sum(len(r.lines) for r in reports)))
    return 1 if broken else 0


class Scene:
    """Plays the steps on the GUI thread, a little at a time, as a person would: by keys, with patience."""

    def __init__(self, program: Program, shots: Path, language: Language, leave: Callable[[int], None]) -> None:
        from PySide6.QtCore import QTimer

        self._program, self._shots, self._language, self._leave = program, shots, language, leave
        self._window = program.window
        self._steps: Iterator[Callable[[], bool]] = iter(())
        self._wanted: Callable[[], bool] = lambda: True
        self._since = 0.0
        self._pictures = 0
        self._timer = QTimer()
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._go_on)

    def begin(self) -> None:
        """Start playing."""
        self._steps = self._acts()
        self._since = time.monotonic()
        self._timer.start()

    def _go_on(self) -> None:
        try:
            if not self._wanted():
                self._check(time.monotonic() - self._since < PATIENCE_S, "what is waited for comes in time")
                return
            self._wanted = next(self._steps)
            self._since = time.monotonic()
        except StopIteration:
            self._end(0)
        except Exception:
            self._picture("failed")
            self._end(1)
            raise

    def _end(self, code: int) -> None:
        self._timer.stop()
        self._leave(code)

    def _acts(self) -> Steps:
        yield from self._sign_in("Lan", CASHIER_PIN)
        yield from self._pay_offline()
        yield from self._come_online()
        yield from self._pay_too_little()
        yield from self._pay_live()
        yield from self._pay_late()
        yield from self._pay_cash()
        yield from self._look_around()

    # The acts

    def _pay_offline(self) -> Steps:
        pressed = self._charge(Method.VIETQR, 125_000)
        yield lambda: self._stage is Stage.WAITING and self._shown.pattern is not None
        shown_ms = round((time.monotonic() - pressed) * 1000)
        self._tell("offline", ms=shown_ms, reference=self._shown.reference)
        self._check(self._shown.unsent, "an offline payment says that it waits")
        yield self._for_ms(300)
        self._picture("charge-pending-offline")

    def _come_online(self) -> Steps:
        payment = self._shown
        shop = self._program.shop
        assert shop is not None, "the scene plays in an open shop"
        shop.start_children()
        yield lambda: self._screens.desk.online
        self._tell("online")
        yield lambda: not self._screens.desk.sync.waiting
        self._tell("sent")
        self._customer_pays(payment.qr_text)
        yield lambda: self._stage in (Stage.PAID, Stage.LATE)
        self._tell("paid", amount=125_000, status=self._shown.status.value)
        self._picture("charge-paid")
        detail = yield from self._detail(payment.id)
        self._check(len(detail.vouchers) == 1, "one receipt voucher books the payment")
        self._tell("voucher", number=detail.vouchers[0].number, book_no=detail.vouchers[0].book_no or 0)
        yield from self._next_customer()

    def _pay_too_little(self) -> Steps:
        self._charge(Method.VIETQR, 200_000)
        yield lambda: self._stage is Stage.WAITING and not self._shown.unsent
        self._picture("charge-pending")
        self._customer_pays(self._shown.qr_text, 200)
        yield lambda: self._stage is Stage.SHORT
        self._check(self._shown.received_minor == 200, "both amounts are shown")
        self._tell("short", received=200, expected=200_000)
        yield self._for_ms(200)
        self._picture("charge-short")
        self._customer_pays(self._shown.qr_text, 199_800)
        yield lambda: self._stage in (Stage.PAID, Stage.LATE)
        self._tell("rest")
        yield from self._next_customer()

    def _pay_live(self) -> Steps:
        self._charge(Method.VNPAY_QR, 77_000)
        yield lambda: self._stage is Stage.WAITING and self._shown.pattern is not None
        self._tell("vnpay_code")
        self._picture("charge-vnpay")
        self._customer_pays(self._shown.qr_text)
        yield lambda: self._stage is Stage.PAID
        self._tell("paid", amount=77_000, status=self._shown.status.value)
        yield from self._next_customer()

    def _pay_late(self) -> Steps:
        self._charge(Method.VIETQR, 60_000)
        yield lambda: self._stage is Stage.WAITING
        payment = self._shown
        yield lambda: self._stage is Stage.EXPIRED
        self._tell("expired")
        self._picture("charge-expired")
        yield from self._next_customer()
        self._customer_pays(payment.qr_text)
        yield from self._until_status(payment.id, CounterStatus.LATE)
        self._tell("late")
        yield self._for_ms(300)
        self._picture("charge-late")

    def _pay_cash(self) -> Steps:
        self._choose(Method.CASH)
        self._type("45000")
        yield lambda: bool(self._screens.charge.state.offers)
        self._picture("charge-cash")
        self._screens.charge.hand_over(50_000)
        yield lambda: self._stage is Stage.PAID
        self._check(self._shown.change_minor == 5_000, "the change is right")
        self._tell("cash", change=5_000)
        self._picture("charge-change")
        yield from self._next_customer()

    def _look_around(self) -> Steps:
        """Every screen as the owner sees it, and the counter in its other looks."""
        self._screens.shell.lock()
        yield self._for_ms(100)
        self._picture("lock")
        yield from self._sign_in("Cô Mai", OWNER_PIN)
        for number, name in enumerate(("charge", "payments", "wallets", "sync", "settings"), start=1):
            self._key(f"Ctrl+{number}")
            yield self._for_ms(400)
            self._picture(name)
        wallets = yield from self._wallets()
        self._tell("wallets", text=" · ".join(f"{name} {balance:,}" for name, balance in wallets))
        other = Language.EN if self._language is Language.VI else Language.VI
        self._key("Ctrl+1")
        self._charge(Method.VIETQR, 88_000)
        yield lambda: self._stage is Stage.WAITING and self._shown.pattern is not None
        for size, theme, language in (
            ((1024, 600), ThemeChoice.LIGHT, self._language),
            ((1024, 600), ThemeChoice.DARK, other),
            ((1366, 768), ThemeChoice.DARK, self._language),
        ):
            self._window.resize(*size)
            settings = self._screens.settings
            settings.set_theme(theme)
            settings.set_language(language)
            yield self._for_ms(300)
            self._picture(f"charge-{size[0]}-{theme.value}-{language.value}")
        self._screens.charge.escape()
        self._screens.charge.confirm_cancel()
        yield lambda: self._stage is Stage.ENTRY
        yield lambda: not self._screens.desk.sync.waiting

    # What the cashier's hands do

    def _sign_in(self, name: str, pin: str) -> Steps:
        yield lambda: any(user.name == name for user in self._screens.sign_in.state.users)
        user = next(user for user in self._screens.sign_in.state.users if user.name == name)
        self._screens.sign_in.choose(user)
        yield self._for_ms(50)
        self._type(f"{pin}\r")
        yield lambda: not self._screens.shell.state.locked
        self._tell("signed_in", name=name)
        yield self._for_ms(200)

    def _charge(self, method: Method, amount: int) -> float:
        self._choose(method)
        self._type(str(amount))
        self._check(self._screens.charge.state.amount_minor == amount, "the typed amount stands on the display")
        pressed = time.monotonic()
        self._type("\r")
        return pressed

    def _choose(self, method: Method) -> None:
        self._key(f"Alt+{METHODS.index(method) + 1}")
        self._check(self._screens.charge.state.method is method, f"{method.value} can be chosen")

    def _type(self, text: str) -> None:
        from PySide6.QtTest import QTest

        for letter in text:
            if letter == "\r":
                self._key("Return")
            else:
                QTest.keyClicks(self._focused(), letter)

    def _key(self, keys: str) -> None:
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest

        pressed = QKeySequence.fromString(keys)[0]  # type: ignore[index]  # the binding's stubs leave indexing out
        QTest.keyClick(self._focused(), pressed.key(), pressed.keyboardModifiers())

    def _focused(self) -> QWidget:
        """Return who gets the keys; offscreen no window is ever the active one."""
        return self._window.focusWidget() or self._window

    def _next_customer(self) -> Steps:
        self._screens.charge.finish()
        yield lambda: self._stage is Stage.ENTRY

    def _customer_pays(self, qr_text: str, amount: int | None = None) -> None:
        shop = self._program.shop
        assert shop is not None, "the scene plays in an open shop"
        order = {"qr_text": qr_text, "wait_s": 0, "late": True, **({"amount": amount} if amount else {})}
        answer = httpx.post(f"{shop.simulator_page}control/pay", json=order, timeout=10)
        self._check(answer.status_code == 200, f"the bank takes the order ({answer.text[:200]})")

    # What is seen

    @property
    def _screens(self) -> Screens:
        screens = self._window.screens
        assert screens is not None, "the shop is open"
        return screens

    @property
    def _stage(self) -> Stage:
        return self._screens.charge.state.stage

    @property
    def _shown(self) -> ShownPayment:
        payment = self._screens.charge.state.payment
        if payment is None:
            raise SceneFailed("no payment is on screen")
        return payment

    def _detail(self, payment_id: PaymentId) -> Generator[Callable[[], bool], None, PaymentDetail]:
        found: list[PaymentDetail | None] = []
        self._screens.desk.work.query(lambda queries: queries.payment(payment_id), found.append)
        yield lambda: bool(found)
        if found[0] is None:
            raise SceneFailed("the payment is gone")
        return found[0]

    def _wallets(self) -> Generator[Callable[[], bool], None, list[tuple[str, int]]]:
        found: list[list[tuple[str, int]]] = []
        actor = self._screens.desk.signed_in
        self._screens.desk.work.query(
            lambda queries: [(row.name, row.balance_minor) for row in queries.wallets(actor, False)], found.append
        )
        yield lambda: bool(found)
        return found[0]

    def _until_status(self, payment_id: PaymentId, wanted: CounterStatus) -> Steps:
        while True:
            detail = yield from self._detail(payment_id)
            if counter_status(detail.row.status, detail.row.exception) is wanted:
                return
            yield self._for_ms(50)

    def _for_ms(self, ms: int) -> Callable[[], bool]:
        until = time.monotonic() + ms / 1000
        return lambda: time.monotonic() >= until

    def _picture(self, name: str) -> None:
        self._pictures += 1
        self._window.grab().save(str(self._shots / f"{self._pictures:02d}-{name}.png"))

    def _check(self, holds: bool, what: str) -> None:
        if not holds:
            raise SceneFailed(what)

    def _tell(self, key: str, **facts: object) -> None:
        _write(f"  ✓ {say(self._language, key, **facts)}")


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
