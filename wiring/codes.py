"""`qr decode` and `qr make`: payment codes on the command line, as JSON."""

import json
import sys

from domain.errors import RuleBroken
from domain.qr import QrRefused, Service, VietQr, decode, describe, describe_refusal, encode_vietqr


def decode_code(text: str) -> int:
    """Print the fields of a payment code, or the precise reason for refusing it; exit 0 only for a good one."""
    try:
        return _print(describe(decode(text)), 0)
    except QrRefused as refusal:
        return _print(describe_refusal(refusal), 1)


def make_code(bank: str, account: str, amount: int | None, purpose: str, card: bool) -> int:
    """Print the text of a VietQR code for an amount in whole VND; exit 1 with the reason if it cannot be made."""
    wanted = VietQr(bank, account, amount, purpose, Service.CARD if card else Service.ACCOUNT)
    try:
        text = encode_vietqr(wanted)
    except RuleBroken as refusal:
        return _print({"accepted": False, **refusal.facts}, 1)
    return _print({"accepted": True, "text": text, **describe(decode(text))}, 0)


def _print(answer: dict[str, object], code: int) -> int:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    return code
