"""A painted code can be read by a scanner, at every size, in every theme, and not once it has faded."""

from typing import Any

import pytest
import zxingcpp
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.dress import apply_theme
from ui.qr_matrix import qr_matrix
from ui.theme import Theme, ThemeName
from ui.widgets.qr_view import QUIET, QrView

TEXT = (
    "00020101021238570010A00000072701270006970436011301234567890120208QRIBFTTA"
    "530370454061250005802VN62190815BANA T1 000124630445C2"
)


@pytest.fixture
def view(qtbot: QtBot) -> QrView:
    made = QrView()
    qtbot.addWidget(made)
    made.resize(300, 300)
    made.show()
    return made


def _image(view: QrView) -> QImage:
    return view.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)


def _read(view: QrView) -> list[str]:
    image = _image(view)
    # The scanner takes rows of whole bytes; a grabbed picture may pad its rows.
    rows = bytes(image.constBits())
    stride, width, height = image.bytesPerLine(), image.width(), image.height()
    tight = b"".join(rows[y * stride : y * stride + width] for y in range(height))
    pixels: Any = memoryview(tight).cast("B", shape=[height, width])
    return [found.text for found in zxingcpp.read_barcodes(pixels)]


@pytest.mark.parametrize("size", [(180, 180), (212, 300), (333, 251), (512, 512)])
@pytest.mark.parametrize("theme_name", ThemeName)
def test_a_scanner_reads_the_painted_code(
    qapp: QApplication, view: QrView, size: tuple[int, int], theme_name: ThemeName
) -> None:
    apply_theme(qapp, Theme(theme_name))
    view.resize(*size)
    view.show_code(qr_matrix(TEXT), "QR")
    assert _read(view) == [TEXT]


def test_a_faded_code_cannot_be_scanned_and_a_new_one_can(view: QrView) -> None:
    view.show_code(qr_matrix(TEXT), "QR")
    view.set_faded(True)
    assert _read(view) == []
    view.show_code(qr_matrix(TEXT), "QR")
    assert _read(view) == [TEXT]


def test_modules_are_whole_pixels_in_pure_black_and_white(view: QrView) -> None:
    matrix = qr_matrix(TEXT)
    view.show_code(matrix, "QR")
    side = view.module_pixels
    assert side >= 3
    assert side == 300 // (len(matrix) + 2 * QUIET)
    image = _image(view)
    left = (300 - side * len(matrix)) // 2
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            expected = 0 if dark else 255
            corners = [(0, 0), (side - 1, 0), (0, side - 1), (side - 1, side - 1)]
            for dx, dy in corners:
                assert image.pixelColor(left + x * side + dx, left + y * side + dy).red() == expected


def test_a_quiet_zone_of_white_paper_lies_around_the_code_in_the_dark_theme(qapp: QApplication, view: QrView) -> None:
    apply_theme(qapp, Theme(ThemeName.DARK))
    matrix = qr_matrix(TEXT)
    view.show_code(matrix, "QR")
    side = view.module_pixels
    left = (300 - side * len(matrix)) // 2
    image = _image(view)
    for distance in range(1, QUIET * side):
        assert image.pixelColor(left - distance, 150).red() == 255
        assert image.pixelColor(150, left - distance).red() == 255


def test_the_code_has_a_name_and_none_when_there_is_no_code(view: QrView) -> None:
    view.show_code(qr_matrix(TEXT), "Mã QR thanh toán 125.000 ₫")
    assert view.accessibleName() == "Mã QR thanh toán 125.000 ₫"
    view.clear_code()
    assert view.accessibleName() == ""
    assert view.module_pixels == 0
    assert _read(view) == []
