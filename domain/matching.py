"""Payment references: short codes that survive a bank's transfer text, and finding one in it."""

import re
import unicodedata
from typing import Final

from domain.errors import ErrorCode, RuleBroken

PREFIX: Final = "BANA"
REFUND_PREFIX: Final = "BANR"
LAST_NUMBER: Final = 999_999
# Looked for at every place: the first letter of a reference may stand where the end of a cut one was.
_PATTERN: Final = re.compile(rf"(?={PREFIX}(\d\d[A-Z])(\d{{6}})([0-9A-Z]))")


def payment_reference(till_code: str, incarnation: str, seq: int) -> str:
    """Return a till's payment reference: `BANA`, till code, incarnation, six digits and a check character (14 long).

    It fits VNPAY's txnId (15) and VietQR's purpose (25), and holds letters and digits alone.
    Raises RuleBroken(SERIES_BROKEN) after LAST_NUMBER: a longer reference could be read as another payment's.
    """
    if seq > LAST_NUMBER:
        raise RuleBroken(ErrorCode.SERIES_BROKEN, number=seq)
    body = f"{till_code}{incarnation}{seq:06d}"
    return f"{PREFIX}{body}{_check_character(body)}"


def refund_reference(till_code: str, incarnation: str, seq: int) -> str:
    """Return a till's reference of a refund: like a payment's, but `BANR`, so that neither is taken for the other.

    The number is drawn from the same counter. Raises RuleBroken(SERIES_BROKEN) after LAST_NUMBER.
    """
    return REFUND_PREFIX + payment_reference(till_code, incarnation, seq).removeprefix(PREFIX)


def shown_reference(reference: str) -> str:
    """Write a reference as people read it: `BANA 01A 000124 7`."""
    return f"{reference[:4]} {reference[4:7]} {reference[7:13]} {reference[13:]}"


def find_reference(text: str) -> str | None:
    """Find the one payment reference in a transfer text, or None if there is none or if there are several.

    Banks put words around the text, insert or drop blanks and punctuation, fold case and cut the end
    (facts: section 11.7 of the bank-notification protocols); a cut or mistyped reference fails its check.
    """
    folded = unicodedata.normalize("NFKD", text).upper()
    letters = re.sub(r"[^A-Z0-9]", "", folded)
    found = {
        f"{PREFIX}{match[1]}{match[2]}{match[3]}"
        for match in _PATTERN.finditer(letters)
        if _check_character(match[1] + match[2]) == match[3]
    }
    return found.pop() if len(found) == 1 else None


def _check_character(body: str) -> str:
    """Return the check character of ISO 7064 MOD 37,36: one wrong character is noticed, and 99 % of swapped pairs."""
    product = 36
    for char in body:
        product = ((product + int(char, 36)) % 36 or 36) * 2 % 37
    return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(37 - product) % 36]
