"""The owner's acts of the scene: every screen, a voucher written and taken back, and the reports that follow."""

from collections.abc import Callable, Generator
from typing import Final

from domain.book_rows import VoucherMark
from domain.categories import category_id
from domain.refundable import GivenBack
from domain.refunds import Word
from domain.vouchers import VoucherType
from ui.presenters.reports import ReportKind
from ui.presenters.shell import Page
from wiring.scene_player import Player, Steps

_LOOK_MS: Final = 400
_RENT_MINOR: Final = 250_000
_PAID_MINOR: Final = 77_000
_GIVEN_MINOR: Final = 7_000


def look_around(player: Player) -> Steps:
    """Open every screen by its key."""
    for number, page in enumerate(Page, start=1):
        player.key(f"Ctrl+{number}")
        yield player.for_ms(_LOOK_MS)
        player.picture(page.value)
    balances = yield from _balances(player)
    player.tell("wallets", text=" · ".join(f"{name} {balance:,}" for name, balance in balances.items()))


def give_back(player: Player) -> Steps:
    """Give a part of a payment back by the provider that took it, and see it done."""
    screen = player.screens.payments
    player.screens.shell.go(Page.PAYMENTS)
    screen.find(str(_PAID_MINOR))
    yield lambda: {row.amount_minor for row in screen.state.rows} == {_PAID_MINOR}
    screen.choose(screen.state.rows[0].id)
    yield lambda: screen.state.can_refund
    screen.ask_refund()
    screen.refund.set_amount(str(_GIVEN_MINOR))
    screen.refund.set_reason("Khách trả hàng")
    yield player.for_ms(_LOOK_MS)
    player.picture("refund")
    screen.refund.submit()
    yield lambda: screen.refund.state.word is Word.DONE
    yield player.for_ms(_LOOK_MS)
    player.picture("refund-done")
    yield lambda: screen.state.detail is not None and screen.state.detail.row.given_back is GivenBack.PART
    player.tell("given_back", amount=_GIVEN_MINOR, paid=_PAID_MINOR)
    screen.refund.cancel()
    yield player.for_ms(_LOOK_MS)
    player.picture("payment-given-back")
    screen.close_detail()
    screen.clear_filters()


def keep_books(player: Player) -> Steps:
    """Write and issue a payment of the rent, take it back, and find both in the cash book."""
    screen = player.screens.vouchers
    before = yield from _balances(player)
    player.screens.shell.go(Page.VOUCHERS)
    yield lambda: screen.state.loaded
    issued = yield from _pay_rent(player)
    paid = yield from _balances(player)
    player.check(sum(before.values()) - sum(paid.values()) == _RENT_MINOR, "the rent left a wallet")
    yield lambda: screen.state.detail is not None
    yield player.for_ms(_LOOK_MS)
    player.picture("voucher-issued")
    screen.ask_void()
    screen.set_reason("Gõ nhầm số tiền")
    screen.confirm_void()
    yield lambda: screen.state.detail is not None and screen.state.detail.item.mark is VoucherMark.VOIDED
    player.tell("voided", number=issued)
    yield player.for_ms(_LOOK_MS)
    player.picture("voucher-voided")
    after = yield from _balances(player)
    player.check(after == before, "a voided voucher leaves the balances as they were")
    yield from _read_reports(player)


def _pay_rent(player: Player) -> Generator[Callable[[], bool], None, str]:
    screen, form = player.screens.vouchers, player.screens.vouchers.form
    screen.write(VoucherType.PAYMENT)
    yield lambda: form.state.draft is not None and bool(form.state.chart.accounts)
    form.set_wallet(form.state.chart.wallets[0].id)
    form.set_category(category_id(player.screens.desk.shop.merchant_id, "rent_utilities"))
    form.set_amount(f"{_RENT_MINOR}")
    form.set_party("Bà Tư cho thuê nhà")
    form.set_memo("Tiền điện tháng 11")
    yield player.for_ms(_LOOK_MS)
    player.picture("voucher-draft")
    form.issue()
    yield lambda: form.state.draft is None and screen.state.detail is not None
    assert screen.state.detail is not None
    number = screen.state.detail.item.number
    player.tell("issued", number=number, amount=_RENT_MINOR)
    return number


def _read_reports(player: Player) -> Steps:
    reports = player.screens.reports
    player.screens.shell.go(Page.REPORTS)
    for kind in ReportKind:
        reports.show_kind(kind)
        yield lambda: reports.state.report is not None and not reports.state.busy
        yield player.for_ms(_LOOK_MS // 2)
        player.picture(f"report-{kind.value}")
    player.tell("reports", count=len(ReportKind))


def _balances(player: Player) -> Generator[Callable[[], bool], None, dict[str, int]]:
    actor = player.screens.desk.signed_in
    return (
        yield from player.read(
            lambda queries: {row.name: row.balance_minor for row in queries.wallets(actor, with_controls=False)}
        )
    )
