"""A sale that is paid in several ways, above the next of its payments: what it comes to, what came, what is missing."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_sale import Part, Sale
from ui.presenters.charge_state import ChargeState
from ui.texts import Texts
from ui.theme import FontSize, Space
from ui.views.looks import METHOD_ICONS
from ui.views.panels import TonedPanel, centred
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge, BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone


class SaleStrip(QWidget):
    """Draws the sale of a ChargeState; hidden while the sale is not paid in parts.

    Change that is still to be handed back stands in the first place.
    """

    def __init__(self, presenter: ChargePresenter, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._drawn: tuple[object, ...] = ()
        self._ground = TonedPanel(Tone.INFO, margin=Space.M)
        self._ground.body.setSpacing(Space.S)
        self._figures = {
            name: _Figure(texts.t(f"sale.{name}"), tone)
            for name, tone in (("due", ""), ("change", "warn"), ("received", ""), ("missing", ""))
        }
        self._row = figures = QHBoxLayout()
        figures.setSpacing(Space.S)
        for figure in self._figures.values():
            figures.addWidget(figure, 1)
        self._parts = QWidget()
        self._flow = FlowLayout(self._parts, Space.XS)
        self._aside = Button(texts.t("sale.leave"), Kind.SECONDARY)
        self._aside.setProperty("tight", "true")
        self._aside.clicked.connect(lambda _checked=False: presenter.set_aside())
        self._below = QHBoxLayout()
        self._below.setSpacing(Space.S)
        self._below.addWidget(self._parts, 1)
        self._ground.body.addLayout(figures)
        self._ground.body.addLayout(self._below)
        self.set_tall(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._ground)

    def set_tall(self, tall: bool) -> None:
        """There is height for a button below the figures, or it stands beside them."""
        if tall:
            self._below.addWidget(self._aside, 0, Qt.AlignmentFlag.AlignBottom)
        else:
            self._row.addWidget(self._aside, 0, Qt.AlignmentFlag.AlignVCenter)
        margin = Space.M if tall else Space.S
        self._ground.body.setContentsMargins(margin, margin, margin, margin)
        self._ground.body.setSpacing(Space.S if tall else Space.XS)

    def show_state(self, state: ChargeState) -> None:
        """Draw the sale."""
        sale = state.sale
        self.setVisible(sale is not None)
        if sale is None or (sale, state.change_minor) == self._drawn:
            return
        self._drawn = (sale, state.change_minor)
        for name, amount in (
            ("due", sale.due_minor),
            ("change", state.change_minor),
            ("received", sale.received_minor),
            ("missing", sale.open_minor or sale.missing_minor),
        ):
            self._figures[name].show_amount(self._texts.money(amount))
        self._figures["due"].setVisible(not state.change_minor)
        self._figures["change"].setVisible(state.change_minor > 0)
        self._ground.set_tone(Tone.WARN if state.change_minor else Tone.INFO)
        self._aside.setText(self._texts.t("sale.leave" if sale.received_minor or sale.awaited else "sale.unsplit"))
        self._draw_parts(sale)

    def _draw_parts(self, sale: Sale) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        shown = (*sale.with_money, *sale.awaited)
        for part in shown:
            badge = Badge(self._look(part))
            self._flow.addWidget(badge)
            badge.show()
        self._parts.setVisible(bool(shown))
        self._parts.updateGeometry()

    def _look(self, part: Part) -> BadgeLook:
        texts = self._texts
        if part.awaited_minor:
            noted = texts.t("sale.part", method=part.method.value, amount=part.awaited_minor)
            return BadgeLook(Tone.WARN, f"{noted} · {texts.t('counter.noted')}", METHOD_ICONS[part.method])
        words = texts.t("sale.part", method=part.method.value, amount=part.received_minor)
        if part.confirmed_minor:
            return BadgeLook(Tone.WARN, f"{words} · {texts.t('counter.by_hand')}", "eye")
        return BadgeLook(Tone.OK, words, METHOD_ICONS[part.method])


class _Figure(QWidget):
    """An amount below its name."""

    def __init__(self, title: str, tone: str = "") -> None:
        super().__init__()
        self._title = title
        self._amount = AmountDisplay(FontSize.HEADING, centred=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        name = centred(label(title, "small"))
        name.setProperty("tone", tone)
        column.addWidget(name)
        column.addWidget(self._amount)

    def show_amount(self, words: str) -> None:
        """Show an amount."""
        self._amount.show_amount(words, name=f"{self._title} {words}")


def parts_text(texts: Texts, sale: Sale) -> str:
    """Return in one line how a sale was paid."""
    return " + ".join(
        texts.t("sale.part", method=part.method.value, amount=part.received_minor) for part in sale.with_money
    )
