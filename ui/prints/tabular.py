"""Figures of one width for columns of amounts, in a font whose digits a PDF still knows as digits."""

from functools import cache
from struct import pack, unpack_from
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase, QRawFont, QTextLayout

from ui.theme import FAMILY, RESOURCES

DIGITS: Final = "0123456789"
MARKS: Final = "-.,"
_FILES: Final = {False: "Inter_400Regular.ttf", True: "Inter_600SemiBold.ttf"}


def tabular(font: QFont, bold: bool) -> QFont:
    """Return `font` with digits of one width, for amounts that stand below each other.

    Qt names a PDF's glyphs by asking the font which letters it draws with them. Inter's tabular digits are drawn for no
    letter of their own, they only stand in for others, so a text set with them is lost in the PDF. The font is
    therefore loaded once more under another name, with a table of letters in which the digits are the tabular ones.
    """
    figures = QFont(font)
    figures.setFamilies([_family(bold), FAMILY])
    figures.setWeight(QFont.Weight.Normal)  # each weight is a family of its own, so none is to be thickened
    figures.setKerning(False)
    return figures


@cache
def _family(bold: bool) -> str:
    """Load the figures of a weight into Qt, once; return their family. Raises FileNotFoundError if it takes none."""
    file = RESOURCES / "fonts" / _FILES[bold]
    family = f"Figures {'600' if bold else '400'}"
    plain = QFont(FAMILY)
    plain.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    plain.setFeature(QFont.Tag("calt"), 0)
    drawn = QFont(plain)
    drawn.setFeature(QFont.Tag("tnum"), 1)
    glyphs = dict(zip(DIGITS, _shaped(drawn, DIGITS), strict=True))
    glyphs |= dict(zip(MARKS, QRawFont.fromFont(plain).glyphIndexesForString(MARKS), strict=True))
    tables = {b"cmap": _letters(glyphs), b"name": _names(family)}
    if QFontDatabase.addApplicationFontFromData(_with_tables(file.read_bytes(), tables)) < 0:
        raise FileNotFoundError(file)
    return family


def _shaped(font: QFont, text: str) -> list[int]:
    """Return the glyphs that a font draws for a text with all its features."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return [glyph for run in layout.glyphRuns() for glyph in run.glyphIndexes()]


def _with_tables(font: bytes, tables: dict[bytes, bytes]) -> bytes:
    """Return a font file (OpenType) with some of its tables replaced; the new ones lie at its end."""
    directory, body = bytearray(font), b""
    count = unpack_from(">H", font, 4)[0]
    start = -(-len(font) // 4) * 4
    for at in range(12, 12 + 16 * count, 16):
        table = tables.get(font[at : at + 4])
        if table is not None:
            words = table.ljust(-(-len(table) // 4) * 4, b"\0")
            checksum = sum(unpack_from(f">{len(words) // 4}L", words)) & 0xFFFFFFFF
            directory[at + 4 : at + 16] = pack(">LLL", checksum, start + len(body), len(table))
            body += words
    return bytes(directory).ljust(start, b"\0") + body


def _letters(glyphs: dict[str, int]) -> bytes:
    """Return a `cmap` of one subtable of format 4 for Unicode, with a segment for every letter."""
    codes = sorted(map(ord, glyphs))
    segments = len(codes) + 1
    selector = segments.bit_length() - 1
    reach = 2 << selector
    ends = pack(f">{segments}H", *codes, 0xFFFF)
    deltas = pack(f">{segments}H", *((glyphs[chr(code)] - code) & 0xFFFF for code in codes), 1)
    body = ends + b"\0\0" + ends + deltas + bytes(2 * segments)
    head = pack(">7H", 4, 14 + len(body), 0, 2 * segments, reach, selector, 2 * segments - reach)
    return pack(">HHHHL", 0, 1, 3, 1, 12) + head + body


def _names(family: str) -> bytes:
    """Return a `name` table with family, style, full and PostScript name for Windows' English, as Qt reads it."""
    texts = {1: family, 2: "Regular", 4: family, 6: family.replace(" ", "-")}
    records, storage = b"", b""
    for name, text in texts.items():
        encoded = text.encode("utf-16-be")
        records += pack(">6H", 3, 1, 0x409, name, len(encoded), len(storage))
        storage += encoded
    return pack(">HHH", 0, len(texts), 6 + len(records)) + records + storage
