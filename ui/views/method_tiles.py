"""The tiles of the ways to pay that a shop offers: in as few rows as have room for their words."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from domain.rails import Method, needs_network
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import TILE_KEYS, ChargeState, Tile
from ui.texts import Texts
from ui.theme import Space
from ui.views.charge_options import limit_words
from ui.views.hub_words import provider_name
from ui.views.looks import METHOD_ICONS
from ui.widgets.method_tile import MethodTile

_IN_A_ROW: Final = 5
_ROWS: Final = (1, 2, 3)


class MethodTiles(QWidget):
    """Draws the tiles of a ChargeState; a tile of what is not offered is hidden."""

    def __init__(self, presenter: ChargePresenter, texts: Texts) -> None:
        super().__init__()
        self._presenter, self._texts = presenter, texts
        self._shown: list[Method] = []
        self._placed: tuple[list[Method], int, bool] = ([], 0, False)
        self._tall = False
        self._room = 0
        self._tiles = {method: self._tile(method) for method in Method}
        self._rows = QGridLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(Space.S)
        for tile in self._tiles.values():
            self._rows.addWidget(tile, 0, 0)
            tile.hide()  # until the state says which are offered

    def show_state(self, state: ChargeState) -> None:
        """Draw which are offered, which is chosen, and which cannot be used now."""
        self._place([tile.method for tile in state.tiles])
        for tile in state.tiles:
            widget = self._tiles[tile.method]
            widget.setChecked(tile.chosen)
            note, hint = self._said(tile)
            widget.show_available(tile.available, note, hint, _mark(tile))

    def _said(self, tile: Tile) -> tuple[str, str]:
        """The short note on a tile, and what its tool tip says."""
        t = self._texts.t
        if tile.needs_network:
            return t("common.needs_network"), t("method.needs_network_hint")
        if tile.bound is not None:
            return t("limit.note"), limit_words(tile.bound, self._texts)
        if tile.barred:
            return t("limit.barred_note"), t("limit.barred")
        if tile.trouble is None:
            return "", t(f"method.hint.{tile.method.value}")
        facts = {"provider": provider_name(tile.trouble.provider.value, self._texts), "at": tile.trouble.since}
        return t("method.trouble", **facts), t("method.trouble_hint", **facts)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press on a tile that cannot be used now, which takes no press itself, is answered by why not."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            for method, tile in self._tiles.items():
                if tile is watched and not tile.isEnabled():
                    self._choose(method)
        return super().eventFilter(watched, event)

    def warning(self, state: ChargeState) -> str:
        """What is to be known of the chosen way before it is tried, empty as long as nothing is wrong with it."""
        troubled = (tile for tile in state.tiles if tile.chosen and tile.trouble and tile.available)
        return next((self._said(tile)[1] for tile in troubled), "")

    def set_tall(self, tall: bool) -> None:
        """There is height for two rows of whole tiles, or there is not."""
        self._tall = tall
        self._place(self._shown)

    def minimumSizeHint(self) -> QSize:
        """Two rows must fit; tiles in one row take nobody else's place."""
        least = super().minimumSizeHint()
        across = -(-len(self._shown) // 2)
        tile = max((each.minimumSizeHint().width() for each in self._tiles.values()), default=0)
        return QSize(min(least.width(), across * (tile + Space.S)), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._room = self.width()
        self._place(self._shown)

    def _across(self, shown: list[Method]) -> tuple[int, bool]:
        """Return how many tiles stand beside each other, and whether they stand flat, so that no word is cut off."""
        across, flat = len(shown), False
        if not self._room:  # nothing is laid out yet; tiles ask for no more height than they will need
            return (across, False) if across <= _IN_A_ROW else (-(-across // 2), True)
        for rows in _ROWS:
            across, flat = -(-len(shown) // rows), rows > 1 and not self._tall
            if rows > 1 and flat and rows == _ROWS[-1]:
                return -(-len(shown) // 2), flat  # there is no height for a third row
            widest = max((self._width(method, flat=flat) for method in shown), default=0)
            if across <= _IN_A_ROW and across * (widest + Space.S) - Space.S <= self._room:
                break
        return across, flat

    def _width(self, method: Method, *, flat: bool) -> int:
        tile = self._tiles[method]
        return tile.flat_width if flat else tile.tall_width

    def _place(self, shown: list[Method]) -> None:
        self._shown = shown
        across, flat = self._across(shown)
        if (shown, across, flat) == self._placed:
            return
        self._placed = (shown, across, flat)
        for method, widget in self._tiles.items():
            widget.setVisible(method in shown)
            widget.set_flat(flat)
        for place, method in enumerate(shown):
            self._rows.addWidget(self._tiles[method], *divmod(place, across))
            self._tiles[method].setAccessibleDescription(f"Alt+{place + 1}" if place < TILE_KEYS else "")
        for column in range(self._rows.columnCount()):
            self._rows.setColumnStretch(column, 1 if column < across else 0)

    def _tile(self, method: Method) -> MethodTile:
        tile = MethodTile(METHOD_ICONS[method], self._texts.t(f"method.{method.value}"))
        tile.setAutoExclusive(False)
        tile.keep_room_for(self._texts.t("common.needs_network") if needs_network(method) else "")
        tile.clicked.connect(lambda _checked=False: self._choose(method))
        tile.installEventFilter(self)
        return tile

    def _choose(self, method: Method) -> None:
        """The state decides which tile is chosen; a press that is refused leaves the tiles as they were."""
        self._presenter.choose(method)
        for tile in self._presenter.state.tiles:
            self._tiles[tile.method].setChecked(tile.chosen)


def _mark(tile: Tile) -> str:
    """Return the icon that stands with a tile's note, also where there is no room for its words."""
    if tile.needs_network:
        return "cloud-off"
    if not tile.available:
        return "ban"
    return "hourglass" if tile.trouble else ""
