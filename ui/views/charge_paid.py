"""The counter's middle when a payment is paid: the tick, the amount and the change."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import ChargeState
from ui.texts import Texts
from ui.theme import Space
from ui.views.charge_sale import parts_text
from ui.widgets.buttons import Button, Kind
from ui.widgets.tick_panel import TickPanel


class ChargePaidPanel(QWidget):
    """The tick with the amount, and the change to hand out larger than anything else."""

    def __init__(self, presenter: ChargePresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._shown: object = None
        self._tick = TickPanel()
        self._next = Button(texts.t("paid.next_hint"), Kind.PRIMARY, large=True)
        self._next.clicked.connect(presenter.finish)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(self._tick, 1)
        column.addWidget(self._next)

    def show_state(self, state: ChargeState) -> None:
        """Draw a paid payment; the tick is drawn once, the seconds until the return count on the button."""
        payment, texts = state.payment, self._texts
        if payment is None:
            return
        back = payment.returns_in_s
        words = texts.t("paid.next_hint") if back is None else texts.t("paid.next_in", seconds=back)
        self._next.setText(words)
        key = (payment.id, payment.received_minor)
        if key == self._shown:
            return
        self._shown = key
        method = texts.t(f"method.{payment.method.value}")
        at = payment.paid_at or payment.created_at
        sale = payment.sale
        in_parts = len(sale.with_money) > 1
        detail = parts_text(texts, sale) if in_parts else texts.t("paid.by", method=method, at=at)
        if payment.change_minor:
            tendered = texts.t("paid.tendered", amount=payment.tendered_minor)
            detail = f"{detail} · {tendered}"
        self._tick.show_paid(
            texts.t("paid.title"),
            texts.money(sale.due_minor),
            detail,
            texts.t("paid.change") if payment.change_minor else "",
            texts.money(payment.change_minor) if payment.change_minor else "",
            said=texts.t("paid.received", amount=sale.due_minor),
            aloud=False,
        )

    def forget(self) -> None:
        """Draw the next tick anew, even for the same payment."""
        self._shown = None
