"""Vouchers on paper: a PDF file or a printer, each sheet on A5 landscape, or two below each other on A4."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtGui import QPagedPaintDevice, QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter

from domain.words import PLAIN, WordStyle
from ui.prints.paper import Canvas, Pages, dress_printer, page_layout, write_pdf
from ui.prints.voucher_form import paint_part, parts_of
from ui.prints.voucher_sheet import VoucherSheet
from ui.texts import Texts

WIDTH: Final = 210.0
HEIGHT: Final = 148.0
"""A5 on its long side, in millimetres; two of them below each other are an A4 page."""


class VoucherPaper(StrEnum):
    """What vouchers are printed on; a sheet is as large on one as on the other."""

    A5 = "A5"
    A4_TWO_UP = "A4_TWO_UP"


_LAYOUTS: Final = {
    VoucherPaper.A5: (QPageSize.PageSizeId.A5, QPageLayout.Orientation.Landscape, 1),
    VoucherPaper.A4_TWO_UP: (QPageSize.PageSizeId.A4, QPageLayout.Orientation.Portrait, 2),
}


def write_voucher_pdf(
    path: Path,
    sheets: Sequence[VoucherSheet],
    texts: Texts,
    paper: VoucherPaper = VoucherPaper.A5,
    style: WordStyle = PLAIN,
) -> None:
    """Write sheets to a PDF file, whole or not at all; for two copies of one on an A4 page, give it twice.

    Raises ValueError without a sheet, OSError if the file cannot be written.
    """
    write_pdf(path, _layout(paper), _title(sheets, texts), partial(_paint, sheets, texts, paper, style))


def print_voucher(
    printer: QPrinter,
    sheets: Sequence[VoucherSheet],
    texts: Texts,
    paper: VoucherPaper = VoucherPaper.A5,
    style: WordStyle = PLAIN,
) -> None:
    """Print sheets; a printer without such paper gets them fitted to its own.

    Raises ValueError without a sheet, PaperRefused (an OSError) if the printer takes no pages.
    """
    dress_printer(printer, _layout(paper), _title(sheets, texts))
    _paint(sheets, texts, paper, style, printer)


def _layout(paper: VoucherPaper) -> QPageLayout:
    size, orientation, _ = _LAYOUTS[paper]
    return page_layout(size, orientation)


def _title(sheets: Sequence[VoucherSheet], texts: Texts) -> str:
    if not sheets:
        raise ValueError("there is no voucher to print")
    return f"{texts.t(f'voucher_type.{sheets[0].kind}')} {sheets[0].number}".strip()


def _paint(
    sheets: Sequence[VoucherSheet], texts: Texts, paper: VoucherPaper, style: WordStyle, device: QPagedPaintDevice
) -> None:
    slots = _LAYOUTS[paper][2]
    with Pages(device) as pages:
        page = pages.sample()
        scale = min(page.width / WIDTH, page.height / (HEIGHT * slots))
        slot = Canvas(page.unit * scale, WIDTH, HEIGHT)
        parts = [(sheet, part) for sheet in sheets for part in parts_of(slot, sheet, texts, style)]
        for index, (sheet, part) in enumerate(parts):
            if index % slots == 0:
                page = pages.next()
                pages.painter.resetTransform()
                if slots > 1:
                    page.rule(0, page.height / slots, page.width, page.height / slots, dotted=True)
            else:
                pages.painter.translate(0, page.height / slots * page.unit)
            paint_part(slot.on(pages.painter), sheet, texts, part, style)
