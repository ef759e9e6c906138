"""VNPAY QR MMS: what the owner fills in, and the facts that the code, the notification and the query share."""

from typing import Final

from server.rails.base import CredentialField

TEST_HOST: Final = "https://doitac-tran.vnpaytest.vn"
"""VNPAY's test host; production is https://qrcode.vnpay.vn."""

CURRENCY_CODE: Final = "704"
"""The dong (ISO 4217 numeric)."""

CREATE_SECRET: Final = CredentialField(
    "create_secret", ("Khóa bí mật tạo QR và thông báo", "Secret for codes and notifications"), secret=True
)
MERCHANT_CODE: Final = CredentialField("merchant_code", ("Mã đơn vị (merchantCode)", "Merchant code"))
TERMINAL_ID: Final = CredentialField("terminal_id", ("Mã điểm bán (terminalId)", "Terminal id"))
MASTER_MER_CODE: Final = CredentialField(
    "master_mer_code", ("Mã đơn vị chủ (masterMerCode)", "Master merchant code"), default="A000000775"
)

FIELDS: Final = (
    CredentialField("base_url", ("Địa chỉ máy chủ VNPAY", "VNPAY server address"), default=TEST_HOST),
    CredentialField("app_id", ("Mã ứng dụng (appId)", "Application id")),
    CredentialField("merchant_name", ("Tên đơn vị", "Merchant name")),
    MERCHANT_CODE,
    TERMINAL_ID,
    MASTER_MER_CODE,
    CredentialField("merchant_type", ("Mã ngành hàng (MCC)", "Merchant category code (MCC)"), default="9999"),
    CredentialField("service_code", ("Mã dịch vụ", "Service code"), default="03"),
    CREATE_SECRET,
    CredentialField("check_secret", ("Khóa bí mật truy vấn", "Secret for queries"), secret=True),
    CredentialField("refund_secret", ("Khóa bí mật hoàn tiền", "Secret for refunds"), secret=True, required=False),
)
"""Three secrets: VNPAY gives one per service and none works in another's place."""


def dedupe_key(merchant_code: str, qr_trace: str, declined: bool = False) -> str:
    """Return VNPAY's id of a movement; a refused attempt has one of its own and never hides money under its trace."""
    return ":".join(("vnpay_qr_mms", merchant_code, qr_trace, *(["declined"] if declined else [])))
