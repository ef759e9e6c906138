"""The picture of a payment code as plain values, and the code that asks for the rest of a short payment."""

from dataclasses import dataclass

from domain.qr import VietQr, decode, encode_vietqr
from ui.presenters.charge_state import Pattern
from ui.work import Work


def code_pattern(text: str) -> Pattern:
    """Return the modules of a QR code that carries `text`, row by row.

    Takes 10 to 20 ms, so it is computed off the GUI thread; the encoder is loaded with the first code, not at start.
    """
    from ui.qr_matrix import qr_matrix

    return qr_matrix(text)


def warm_codes(work: Work) -> None:
    """Load the encoder beside whatever goes on, so that the first customer's code is as quick as the next one's."""
    work.compute(lambda: code_pattern("BANA"), lambda _pattern: None, lambda _error: None)


@dataclass(frozen=True, slots=True)
class RestCode:
    """The code that asks for what is missing, under the same reference, so that it settles the same payment."""

    text: str
    pattern: Pattern


def rest_code(qr_text: str, reference: str, missing_minor: int) -> RestCode:
    """Return the VietQR code for the missing part (minor units, VND) of the payment that `qr_text` asked for.

    Raises RuleBroken(QR_INVALID) if the payment's own code is no VietQR.
    """
    asked = decode(qr_text)
    text = encode_vietqr(VietQr(asked.bin or "", asked.account_or_card or "", missing_minor, reference))
    return RestCode(text, code_pattern(text))
