"""What is too high for its room, scrolled: without a frame, and never sideways."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class ScrollArea(QScrollArea):
    """Shows as much of its contents as there is room for.

    One with a name stands in the Tab order, so that the arrow keys scroll it; one whose contents take the keys
    themselves has none.
    """

    def __init__(self, contents: QWidget | None = None, name: str = "") -> None:
        """`name` is what a screen reader calls it."""
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        if not name:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if contents is not None:
            self.setWidget(contents)

    def setWidget(self, widget: QWidget) -> None:
        """Show other contents, on the ground that is around them."""
        widget.setObjectName("content")
        super().setWidget(widget)
