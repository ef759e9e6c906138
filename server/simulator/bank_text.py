"""What Vietnamese banks make of the text a customer types into a transfer.

The shapes follow public samples of bank lines (VCB, MB, ACB, BIDV, Techcombank); names and numbers are invented.
No style loses a letter or digit of the text itself: after upper-casing and dropping blanks and punctuation the
code is still there. Only `cut_at` (a bank's length limit) may take it away.
"""

import unicodedata
from typing import Final

from server.simulator.chaos import BANK_TEXT_STYLES

LONGEST: Final = 140
PAYER_NAME: Final = "NGUYEN VAN A"
PAYER_ACCOUNT: Final = "0071000888888"
NOTHING_TYPED: Final = f"{PAYER_NAME} chuyen tien"


def style_for(number: int) -> str:
    """Return the style a bank line with this number gets when nobody chose one (all but `exact` in turn)."""
    usual = BANK_TEXT_STYLES[1:]
    return usual[number % len(usual)]


def bank_text(typed: str, style: str, number: int, account: str, cut_at: int | None) -> str:
    """Return the text of the bank line; `number` feeds the invented trace numbers."""
    plain = " ".join(_ascii(typed).split()) or NOTHING_TYPED
    trace = f"{number % 10**10:010d}"
    match style:
        case "exact":
            text = typed
        case "prefixed":
            text = f"MBVCB.{trace}.{plain}.CT tu {PAYER_ACCOUNT} {PAYER_NAME} toi {account}"
        case "spaced":
            # Core systems wrap long texts and join the pieces with a blank, wherever the wrap happened to fall.
            middle = (len(plain) + 1) // 2
            text = f"{plain[:middle]} {plain[middle:]} GD {trace[-6:]}"
        case "squeezed":
            text = f"IBFT.{''.join(letter for letter in plain if letter.isalnum()).upper()}"
        case "tailed":
            text = f"{plain}-{PAYER_NAME}-CHUYEN TIEN- Ma giao dich/ Trace {trace[-6:]}"
        case "relayed":
            text = f"REM TKThe :{PAYER_ACCOUNT}, tai VCB. {plain} -CTLNHIDI{trace}-1/1-CRE-002"
        case _:
            raise ValueError(f"unknown text style {style!r}")
    return text[: cut_at or LONGEST]


def _ascii(text: str) -> str:
    marked = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return marked.encode("ascii", "ignore").decode("ascii")
