"""Turns a payment text into the dark and light squares of a QR code; without Qt."""

from functools import lru_cache

import segno

Matrix = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=32)
def qr_matrix(text: str) -> Matrix:
    """Return the modules of `text` row by row, True for dark, without the quiet zone (ISO/IEC 18004, level M)."""
    code = segno.make_qr(text, error="m")
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)
