"""The paper of what a person did themselves: read for who made it, then printed like any other voucher."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.book_rows import VoucherDetail
from domain.errors import DomainError
from domain.ids import VoucherId
from domain.policy import Action
from domain.shop_settings import BookRules
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Words
from ui.presenters.voucher_print import PrintPresenter


@dataclass(frozen=True, slots=True, eq=False)
class OwnPaper:
    """A voucher on its way to the printer; asking again is another paper, so it equals no other."""

    detail: VoucherDetail
    shop_name: str
    rules: BookRules
    form: PrintPresenter


class OwnPrints:
    """Reads the vouchers that the person at the till may print because they made them; the books decide which."""

    def __init__(self, desk: Desk, ready: Callable[[OwnPaper], None], refused: Callable[[DomainError], None]) -> None:
        """`ready` is given what is to be printed, `refused` is told why nothing is."""
        self._desk, self._ready, self._refused = desk, ready, refused

    @property
    def may(self) -> bool:
        """Whether the person may print anything of their own."""
        return self._desk.may(Action.PRINT_OWN)

    def ask(self, voucher_id: VoucherId) -> None:
        """Have a voucher read to be printed; of one that another made it is only said that it cannot be."""
        actor = self._desk.signed_in
        self._desk.work.query(
            lambda queries: (queries.books.own_voucher(actor, voucher_id), queries.books.rules()),
            lambda found: self._found(*found),
            self._refused,
        )

    def _found(self, detail: VoucherDetail | None, rules: BookRules) -> None:
        if detail is None:
            self._desk.notices.toast(Mood.INFO, Words.of("common.print_own_only"))
            return
        form = PrintPresenter(self._desk, detail.item.id)
        self._ready(OwnPaper(detail, self._desk.shop.name, rules, form))
