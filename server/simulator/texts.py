"""The words of the simulator's page in Vietnamese and English."""

from datetime import datetime
from typing import Final

from server.simulator.vntime import VIETNAM

VI: Final = "vi"
EN: Final = "en"
LANGUAGES: Final = (VI, EN)

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Khách hàng giả lập", "Play the customer"),
    "subtitle": (
        "Ngân hàng và các nhà cung cấp giả lập trên máy này. Không có tiền thật.",
        "A pretend bank and pretend providers on this computer. No real money moves.",
    ),
    "scan": ("Quét mã", "Scan a code"),
    "scan_hint": ("Dán hoặc quét nội dung mã QR trên màn hình thu ngân", "Paste or scan the QR text shown by the till"),
    "open_code": ("Mở mã", "Open"),
    "transfer": ("Chuyển khoản không quét mã", "Transfer without a code"),
    "transfer_hint": (
        "Tự gõ số tiền và nội dung, như khách quên quét mã",
        "Type amount and text, like a customer who forgot to scan",
    ),
    "amount": ("Số tiền (₫)", "Amount (₫)"),
    "content": ("Nội dung", "Transfer text"),
    "send_money": ("Chuyển tiền", "Send money"),
    "codes": ("Mã đang mở", "Open codes"),
    "no_codes": (
        "Chưa có mã nào. Mã VNPAY tự hiện ở đây khi máy thu ngân tạo; mã VietQR thì dán vào ô bên trên.",
        "No code yet. VNPAY codes appear here when the till makes one; paste a VietQR text above.",
    ),
    "done_codes": ("Mã đã xong", "Finished codes"),
    "pay": ("Trả {amount}", "Pay {amount}"),
    "pay_typed": ("Trả", "Pay"),
    "pay_less": ("Trả thiếu {amount}", "Too little: {amount}"),
    "pay_more": ("Trả thừa {amount}", "Too much: {amount}"),
    "pay_twice": ("Trả hai lần", "Pay twice"),
    "pay_late": ("Trả sau {seconds} giây", "Pay in {seconds} s"),
    "pay_expired": ("Vẫn trả (đã trễ)", "Pay all the same, late"),
    "pay_after_all": ("Đổi ý, trả tiền", "Pay after all"),
    "pay_again": ("Trả lần nữa", "Pay again"),
    "seconds": ("Sau (giây)", "After (s)"),
    "more": ("Cách trả khác, nội dung mã", "Other ways to pay, QR text"),
    "decline": ("Từ chối", "Decline"),
    "expire": ("Cho hết hạn", "Let expire"),
    "qr_text": ("Nội dung mã", "QR text"),
    "other_amount": ("Số tiền khác (₫)", "Another amount (₫)"),
    "expires": ("Còn", "Time left"),
    "payments_made": ("Đã trả {count} lần", "Paid {count}×"),
    "planned": ("Sẽ trả lúc {time}", "Will pay at {time}"),
    "any_amount": ("Khách tự nhập", "Typed by customer"),
    "no_title": ("Không có nội dung", "No transfer text"),
    "open_page": ("Mở trang thanh toán", "Open the payment page"),
    "decline_as": ("Từ chối: {outcome}", "Decline: {outcome}"),
    "ways_to_fail": ("Các cách không trả được", "Ways to fail"),
    "attempts_failed": ("Không trả được {count} lần: {codes}", "Failed {count}×: {codes}"),
    "hosted.title": ("Trang thanh toán giả lập", "Pretend payment page"),
    "hosted.hint": (
        "{brand} giả lập trên máy này. Không có tiền thật.",
        "A pretend {brand} on this computer. No real money moves.",
    ),
    "hosted.finished": ("Trang này không thanh toán được nữa.", "Nothing more can be paid on this page."),
    "hosted.back": ("Về trang của cửa hàng", "Back to the shop"),
    "status.held": ("Đã giữ tiền", "Held"),
    "status.open": ("Đang chờ", "Waiting"),
    "status.paid": ("Đã trả", "Paid"),
    "status.declined": ("Đã từ chối", "Declined"),
    "status.expired": ("Hết hạn", "Expired"),
    "log": ("Thông báo đã gửi", "Notifications sent"),
    "no_log": ("Chưa gửi thông báo nào.", "Nothing was sent yet."),
    "state.waiting": ("Đang gửi", "On its way"),
    "state.retrying": ("Sẽ gửi lại", "Will be retried"),
    "state.accepted": ("Đã nhận", "Accepted"),
    "state.refused": ("Bị từ chối", "Refused"),
    "state.failed": ("Không tới", "Gave up"),
    "state.lost": ("Bị thất lạc", "Lost"),
    "attempts": ("{count} lần gửi", "{count} attempts"),
    "attempt": ("1 lần gửi", "1 attempt"),
    "no_attempts": ("chưa gửi", "not sent yet"),
    "never_sent": ("không gửi", "never sent"),
    "no_answer": ("không trả lời", "no answer"),
    "by_hand": ("gửi tay", "by hand"),
    "message": ("Nội dung đã gửi", "What was sent"),
    "send_again": ("Gửi lại", "Send again"),
    "send_ten": ("Gửi lại 10 lần", "Send 10 times"),
    "chaos": ("Gây rối", "Chaos"),
    "chaos_hint": (
        "Có hiệu lực với các thông báo và lệnh gọi sau đó",
        "Applies to what is sent and called from now on",
    ),
    "reset": ("Tắt hết", "All off"),
    "chaos.only": ("Gây rối ở", "Who misbehaves"),
    "chaos.all": ("Tất cả", "All of them"),
    "chaos.seed": ("Số gieo ngẫu nhiên (để trống: luôn luôn)", "Seed of chance (empty: always)"),
    "chaos.odds": ("Xác suất khi có số gieo", "Odds with a seed"),
    "chaos.drop": ("Làm mất thông báo", "Lose notifications"),
    "chaos.delay_s": ("Gửi chậm (giây)", "Delay by (seconds)"),
    "chaos.delay": ("gửi chậm", "delayed"),
    "chaos.duplicate": ("Gửi thừa bản sao", "Extra copies"),
    "chaos.reorder": ("Đảo thứ tự", "Swap the order"),
    "chaos.bad_signature": ("Chữ ký sai", "Wrong signature"),
    "chaos.notify_before_create": ("Báo trước khi tạo mã xong", "Notify before the code is answered"),
    "chaos.doubt_first": ("Số lần tra cứu “nghi vấn”", "Queries answered “in doubt”"),
    "chaos.create_fails": ("Số lần tạo mã bị lỗi", "Code requests that fail"),
    "chaos.lose_create_answers": ("Số lần mất trả lời tạo mã", "Code answers that get lost"),
    "chaos.create_delay_s": ("Tạo mã chậm (giây)", "Answer code requests late (seconds)"),
    "chaos.amount_off": ("Khách trả lệch (số tiền nhỏ nhất)", "Customers pay this much more (smallest unit)"),
    "chaos.call_fails": ("Số lệnh gọi bị lỗi (cổng thẻ, ví)", "Calls that fail (cards, wallets)"),
    "chaos.lose_answers": ("Số lần mất trả lời (cổng thẻ, ví)", "Answers that get lost (cards, wallets)"),
    "chaos.cut_text_at": ("Cắt nội dung ngân hàng còn (ký tự)", "Cut the bank text to (letters)"),
    "said.sent": ("Đã gửi", "Sent"),
    "said.accepted": ("Bên nhận đã ghi nhận", "The receiver accepted it"),
    "said.refused": ("Bên nhận từ chối", "The receiver refused it"),
    "said.retrying": ("Bên nhận chưa trả lời, sẽ gửi lại", "No answer yet, it will be retried"),
    "said.lost": ("Thông báo đã bị làm mất", "The notification was lost on purpose"),
    "said.planned": ("Sẽ trả sau", "Will be paid later"),
    "said.opened": ("Đã đọc mã", "Code read"),
    "said.done": ("Xong", "Done"),
    "said.offline": ("Chương trình giả lập không trả lời", "The simulator does not answer"),
    "refused.unreadable": ("Ứng dụng không đọc được mã này", "The banking app cannot read this code"),
    "refused.unknown": ("VNPAY không biết mã này", "VNPAY does not know this code"),
    "refused.foreign_account": ("Mã này thuộc tài khoản khác", "This code belongs to another account"),
    "refused.expired": ("Mã đã hết hạn", "The code has expired"),
    "refused.outcome": ("Nhà cung cấp không có kết quả này", "The provider knows no such outcome"),
    "refused.not_now": ("Lúc này không thực hiện được", "That is not possible now"),
    "refused.paid": ("Mã đã được trả", "The code is already paid"),
    "refused.amount_missing": ("Hãy nhập số tiền", "Type an amount"),
    "refused.too_large": ("Chuyển nhanh phải dưới 500 triệu đồng", "A quick transfer must stay under 500 million VND"),
    "refused.other": ("Không thực hiện được", "That is not possible"),
}


def word(key: str, language: str, **values: object) -> str:
    """Return the text in the language (`vi` or `en`); raises KeyError for a text that does not exist."""
    return WORDS[key][LANGUAGES.index(language)].format(**values)


def dong(amount: int, language: str) -> str:
    """Return an amount of whole VND as people write it: 45.000 ₫ in Vietnamese, 45,000 ₫ in English."""
    grouped = f"{amount:,}"
    # A no-break space keeps the sign on the number's line.
    return f"{grouped if language == EN else grouped.replace(',', '.')}\u00a0₫"


DECIMALS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Decimals of the minor unit (ISO 4217) where there are not two."""


def money(minor: int, currency: str, language: str) -> str:
    """Return minor units of a currency as people write them: 45.000 ₫, 12,50 USD."""
    if currency == "VND":
        return dong(minor, language)
    places = DECIMALS.get(currency, 2)
    whole = f"{minor / 10**places:,.{places}f}"
    if language == VI:
        whole = whole.translate(str.maketrans(",.", ".,"))
    return f"{whole}\u00a0{currency}"


def clock(at_ms: int) -> str:
    """Return the time of day in Vietnam."""
    return datetime.fromtimestamp(at_ms / 1000, VIETNAM).strftime("%H:%M:%S")


def chosen_language(asked: str | None, accepted: str | None) -> str:
    """Return the language of the page: what the link asks for, else what the browser prefers, else Vietnamese."""
    if asked in LANGUAGES:
        return str(asked)
    first = (accepted or "").split(",")[0].split(";")[0].strip().lower()
    return EN if first.startswith("en") else VI
