"""VNPAY SmartPOS: what the owner fills in, the two generations of the interface, and how each signs.

VNPAY publishes no contract under the names SmartPOS or PhonePOS; this is the one that retailers' public programs speak.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.rails.base import CredentialField

GATEWAY: Final = "gateway"
"""The older generation, a payment gateway that was Teko's."""

SPOS3: Final = "spos3"
"""The newer generation, VNPAY's own SPOS 3."""

GENERATION: Final = CredentialField(
    "generation", ("Phiên bản kết nối", "Generation of the interface"), default=SPOS3, choices=(SPOS3, GATEWAY)
)
MERCHANT_CODE: Final = CredentialField("merchant_code", ("Mã đơn vị (merchantCode)", "Merchant code"))
IPN_SECRET: Final = CredentialField(
    "ipn_secret", ("Khóa bí mật thông báo (IPN)", "Secret for notifications (IPN)"), secret=True
)
FIELDS: Final = (
    GENERATION,
    CredentialField(
        "base_url",
        ("Địa chỉ máy chủ VNPAY (trống: máy chủ thử)", "VNPAY server address (empty: test server)"),
        required=False,
    ),
    MERCHANT_CODE,
    CredentialField("terminal_code", ("Mã máy (terminalCode)", "Terminal code")),
    CredentialField("user_id", ("Mã thu ngân (userId)", "Cashier's id (userId)"), default="POS001"),
    CredentialField(
        "card_method_code", ("Mã hình thức thẻ (merchantMethodCode)", "Method code for cards"), required=False
    ),
    CredentialField("qr_method_code", ("Mã hình thức QR (merchantMethodCode)", "Method code for QR"), required=False),
    CredentialField("init_secret", ("Khóa bí mật khởi tạo", "Secret for new payments"), secret=True),
    CredentialField("query_secret", ("Khóa bí mật truy vấn", "Secret for queries"), secret=True),
    IPN_SECRET,
    CredentialField(
        "return_url",
        ("Trang sau khi trả tiền", "Page after paying"),
        required=False,
        default="https://vnpay.vn",
    ),
)
"""Three secrets: none works in another's place. A cancellation is signed with that for new payments."""

INIT: Final = (
    "orderCode",
    "userId",
    "terminalCode",
    "merchantCode",
    "totalPaymentAmount",
    "successUrl",
    "cancelUrl",
    "clientTransactionCode",
    "merchantMethodCode",
    "methodCode",
    "amount",
)
QUERY: Final = ("terminalCode", "merchantCode", "paymentRequestId", "orderCode")
IPN: Final = ("merchantMethodCode", "orderCode", "amount", "transactionCode", "responseCode")
CANCEL: Final = ("orderCode", "terminalCode", "merchantCode", "reason")
"""The order of signed fields. That of a cancellation stands in no public program: it is inferred, and so are its field
names; should VNPAY refuse it, the order stays payable at the terminal and `withdraw` says so."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation: its test host, paths (an empty one does not exist), the tails of its method codes, its digest."""

    test_host: str
    init_path: str
    query_path: str
    cancel_path: str
    card_tail: str
    qr_tail: str
    digest: Callable[[str, str], str]


def _sha256(text: str, secret: str) -> str:
    return hashlib.sha256((secret + text).encode()).hexdigest()


def _hmac_base64(text: str, secret: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), (secret + text).encode(), "sha256")).decode()


GENERATIONS: Final[Mapping[str, Generation]] = {
    GATEWAY: Generation(
        test_host="https://payment-gateway.vnpaytest.vn",
        init_path="/api/v2/payment/init/multi-v2",
        query_path="/api/v2/payment/payment-requests",
        cancel_path="",
        card_tail="_SPOS_CARD",
        qr_tail="_QRCODE",
        digest=_sha256,
    ),
    SPOS3: Generation(
        test_host="https://spos-api.vnpaytest.vn",
        init_path="/external/merchantorder",
        query_path="/external/getorderdetail",
        cancel_path="/external/cancelorder",
        card_tail="",
        qr_tail="",
        digest=_hmac_base64,
    ),
}
"""Production hosts are https://payment-gateway.tekoapis.com and https://spos-api.vnpay.vn."""


def checksum(generation: Generation, names: Sequence[str], fields: Mapping[str, str], secret: str) -> str:
    """Return a generation's checksum; the secret stands before the fields, a missing field counts as empty."""
    return generation.digest("|".join(fields.get(name, "") for name in names), secret)


def verified(generation: Generation, names: Sequence[str], fields: Mapping[str, str], secret: str, given: str) -> bool:
    """Tell in constant time whether a checksum is right; never so with an empty secret or a separator in a field."""
    if not secret or any("|" in fields.get(name, "") for name in names):
        return False
    return hmac.compare_digest(
        checksum(generation, names, fields, secret).encode(), given.encode("utf-8", "surrogatepass")
    )


def receipt_key(merchant_code: str, transaction_code: str, declined: bool = False) -> str:
    """Return the dedupe key of a transaction; a refused attempt has one of its own and never hides money."""
    return ":".join(("vnpay_spos", merchant_code, transaction_code, *(["declined"] if declined else [])))
