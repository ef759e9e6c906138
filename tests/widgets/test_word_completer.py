"""An item of a list is found by a part of its words, with or without their marks."""

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from ui.widgets.word_completer import WordCompleter

WORDS = ("Bán hàng", "Điện nước", "Tiền thuê › Mặt bằng", "VCB · Ngân hàng Ngoại thương")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ban h", ["Bán hàng"]),
        ("BÁN H", ["Bán hàng"]),
        ("dien", ["Điện nước"]),
        ("điện n", ["Điện nước"]),
        ("mat bang", ["Tiền thuê › Mặt bằng"]),
        ("ngan hang", ["VCB · Ngân hàng Ngoại thương"]),
        ("hang", ["Bán hàng", "VCB · Ngân hàng Ngoại thương"]),
        ("xe", []),
    ],
)
def test_words_are_found_with_and_without_their_marks(qtbot: QtBot, typed: str, found: list[str]) -> None:
    box = QComboBox()
    qtbot.addWidget(box)
    box.setEditable(True)
    box.addItems(WORDS)
    completer = WordCompleter(box)
    box.setCompleter(completer)
    completer.setCompletionPrefix(completer.splitPath(typed)[0])
    offered = completer.completionModel()
    words = [offered.index(row, 0).data() for row in range(offered.rowCount())]
    assert words == found
    for row, each in enumerate(found):
        index = offered.index(row, 0)
        assert completer.pathFromIndex(index) == each
        completer.activated[type(index)].emit(index)
        assert box.currentText() == each
