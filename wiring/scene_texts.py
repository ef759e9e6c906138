"""What the counter scene says while it plays, in both languages."""

from typing import Final

from domain.money import Language

_TEXTS: Final = {
    "signed_in": ("{name} đã đăng nhập bằng PIN", "{name} signed in with a PIN"),
    "offline": (
        "ngoại tuyến: mã VietQR {reference} hiện sau {ms} ms, đang chờ và chưa gửi",
        "offline: VietQR code {reference} shown after {ms} ms, pending and not sent yet",
    ),
    "online": ("máy chủ của cửa hàng đã trả lời", "the shop's hub answers"),
    "sent": ("mọi thứ đang chờ đã tự gửi đi", "everything that waited has been sent by itself"),
    "paid": ("khách trả {amount:,} ₫: màn hình tự chuyển ({status})", "the customer paid {amount:,} ₫: {status}"),
    "voucher": (
        "ghi sổ một lần: phiếu thu {number}, số sổ {book_no}",
        "booked once: receipt voucher {number}, register number {book_no}",
    ),
    "short": (
        "khách chuyển {received:,} ₫ trên {expected:,} ₫: báo THIẾU TIỀN, không báo đã trả",
        "{received:,} ₫ came of {expected:,} ₫: shown as too little, never as paid",
    ),
    "rest": ("phần còn lại về: đã đủ", "the rest came: paid in full"),
    "vnpay_code": ("VNPAY đã tạo mã QR", "VNPAY made its QR code"),
    "terminal": (
        "máy POS đã nhận khoản {amount:,} ₫, khách quẹt thẻ: {status}",
        "{amount:,} ₫ on the terminal: {status}",
    ),
    "card": ("khách mở trang thẻ bằng mã và trả {amount:,} ₫: {status}", "{amount:,} ₫ on the card page: {status}"),
    "expired": ("mã hết hạn", "a code expired"),
    "late": ("tiền về muộn: đã ghi sổ và báo về muộn", "money after expiry: booked and shown as late"),
    "cash": ("tiền mặt: trả lại {change:,} ₫", "cash: {change:,} ₫ change"),
    "parts": (
        "một khoản bán trả hai cách: {cash:,} ₫ tiền mặt và {rest:,} ₫ bằng mã",
        "one sale paid in two ways: {cash:,} ₫ in cash and {rest:,} ₫ by code",
    ),
    "given_back": (
        "VNPAY hoàn {amount:,} ₫ trên {paid:,} ₫ cho khách",
        "VNPAY gave {amount:,} ₫ of {paid:,} ₫ back to the customer",
    ),
    "wallets": ("số dư: {text}", "balances: {text}"),
    "issued": ("chủ cửa hàng ghi sổ {number}: chi {amount:,} ₫", "the owner issued {number}: {amount:,} ₫ paid"),
    "voided": (
        "đã huỷ {number} bằng một phiếu ngược lại: số dư trở lại như cũ",
        "{number} was voided by its reversal: the balances are what they were",
    ),
    "reports": ("{count} báo cáo đã lập xong", "{count} reports were made"),
    "agree": (
        "số dư và phiếu của máy bán và máy chủ giống hệt nhau",
        "till and hub hold equal balances and vouchers",
    ),
    "differ": ("số dư hoặc phiếu của máy bán và máy chủ khác nhau", "balances or vouchers of till and hub differ"),
    "verified": ("sổ sách của máy bán và máy chủ: {count} điều kiểm tra đều đúng", "till and hub: {count} checks hold"),
    "not_verified": ("kiểm tra sổ sách KHÔNG đạt", "the books did NOT verify"),
}


def say(language: Language, key: str, **facts: object) -> str:
    """Return a line of the scene in a language."""
    vi, en = _TEXTS[key]
    return (vi if language is Language.VI else en).format(**facts)
