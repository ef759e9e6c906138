"""The words of a check of the books, Vietnamese and English side by side; amounts are minor units."""

from typing import Final

from domain.money import Language

Pair = tuple[str, str]

INVARIANTS: Final[dict[str, Pair]] = {
    "PAGES": (
        "Mọi trang dữ liệu đọc được và khớp với chỉ mục",
        "Every page can be read and agrees with its indexes",
    ),
    "I1": (
        "Mọi chứng từ đều cân, có ít nhất hai dòng, một loại tiền, số tiền dương",
        "Every voucher is balanced, has two lines or more, one currency and amounts above zero",
    ),
    "I2": (
        "Số dư lưu bằng tổng các dòng, tính theo hai cách độc lập",
        "Stored balances equal the sum of their lines, computed in two independent ways",
    ),
    "I3": (
        "Mỗi sự kiện chỉ có một chứng từ, do đúng bên lập; chứng từ thứ hai được ghi ngược từng dòng",
        "Each source event has one voucher, posted by its owner; a second document is taken back line by line",
    ),
    "I4": (
        "Mọi khoản thanh toán chỉ đi theo các bước cho phép",
        "Every payment has moved along legal steps only, and its steps explain how it stands",
    ),
    "I5": (
        "Các chốt chặn sửa đổi còn nguyên trong cơ sở dữ liệu",
        "The guards against changing history stand in the database, word for word",
    ),
    "I6": (
        "Không hoàn quá số tiền đã nhận; mỗi lần hoàn chỉ đi theo các bước cho phép và được ghi sổ một lần",
        "No more is given back than came; every refund moved along legal steps and is booked once",
    ),
    "I7": (
        "Mỗi thay đổi đi cùng thông điệp của nó",
        "Every change has its message to the other side, with the same content",
    ),
    "I8": (
        "Số chứng từ và số sổ liên tục, không trùng",
        "Printed numbers and book numbers run from 1 without gap or duplicate",
    ),
    "I11": (
        "Số tiền và loại tiền ghi sổ khớp với khoản thanh toán",
        "Booked amounts and currencies equal the payment's, or the difference is an open exception",
    ),
    "I12": (
        "Mọi khoản tiền nhận được đều nằm trong sổ",
        "All money that providers proved is in the books, once",
    ),
    "I13": (
        "Mỗi chứng từ bị huỷ có đúng một bút toán đảo khớp từng dòng",
        "A voided voucher has one reversal, which mirrors every line",
    ),
    "I14": (
        "Chuỗi chứng từ và nhật ký còn nguyên, không mất đoạn cuối",
        "The chains of vouchers and of the audit trail are whole, and their ends are not behind their witness",
    ),
    "I15": (
        "Mỗi cửa hàng chỉ thấy và ghi được dòng của mình (row-level security đang bật)",
        "Each merchant sees and writes its own rows alone: row-level security is on, its policies word for word",
    ),
    "I18": (
        "Mỗi việc vượt quyền đều có một lượt duyệt của người khác, dùng một lần cho đúng việc ấy",
        "Every act beyond a person's limit has another person's approval, used once and for that act alone",
    ),
    "I21": (
        "Không gì trong lịch sử có thể bị xoá khỏi cơ sở dữ liệu",
        "Nothing of the history can be deleted from the database: guards and references stand, word for word",
    ),
    "I22": (
        "Đủ 14 hạng mục hệ thống và đúng một tài khoản mặc định",
        "The 14 system categories and one default account exist",
    ),
    "I24": (
        "Thư viện và thiết lập lưu trữ an toàn đang có hiệu lực",
        "The library is a fixed one and the settings that keep commits are in force",
    ),
}

FINDINGS: Final[dict[str, Pair]] = {
    "UNREADABLE": ("{subject}: không đọc được: {error}", "{subject}: cannot be read: {error}"),
    "PAGE_DAMAGED": ("{subject}: {told}", "{subject}: {told}"),
    "ROW_ORPHANED": (
        "Bảng {subject}: dòng {row} trỏ tới {parent} không tồn tại",
        "Table {subject}: row {row} points at {parent}, which does not exist",
    ),
    "SCHEMA_OTHER": (
        "Lược đồ phiên bản {held}, chương trình cần {wanted}",
        "The schema is version {held}, this program works with {wanted}",
    ),
    "VOUCHER_DRAFT": ("Chứng từ {subject} chưa được phát hành", "Voucher {subject} was never issued"),
    "VOUCHER_UNBALANCED": (
        "Chứng từ {subject}: Nợ {debit}, Có {credit}, ghi trên chứng từ {total}",
        "Voucher {subject}: debit {debit}, credit {credit}, its header says {total}",
    ),
    "VOUCHER_LINES": ("Chứng từ {subject} có {lines} dòng", "Voucher {subject} has {lines} lines"),
    "VOUCHER_WRONG": ("Chứng từ {subject}: giá trị không hợp lệ ({error})", "Voucher {subject} holds {error}"),
    "LINE_AMOUNT": (
        "Chứng từ {subject}, dòng {line}: số tiền {amount}",
        "Voucher {subject}, line {line}: amount {amount}",
    ),
    "LINE_CURRENCY": (
        "Chứng từ {subject}, dòng {line}: tài khoản dùng {account}, chứng từ dùng {voucher}",
        "Voucher {subject}, line {line}: its account is in {account}, the voucher in {voucher}",
    ),
    "LINE_NUMBER": (
        "Chứng từ {subject}: dòng {line} đứng ở chỗ dòng {wanted}",
        "Voucher {subject}: line {line} stands where line {wanted} belongs",
    ),
    "ENTRY_GAP": (
        "Tài khoản {subject}: bút toán {entry} đứng ở chỗ bút toán {wanted}",
        "Account {subject}: entry {entry} stands where entry {wanted} belongs",
    ),
    "ENTRY_BALANCE": (
        "Tài khoản {subject}, bút toán {entry}: số dư lưu {held}, tính lại {wanted}",
        "Account {subject}, entry {entry}: the balance after it is {held}, recomputed {wanted}",
    ),
    "BALANCE_FOLDED": (
        "Tài khoản {subject}: số dư lưu {held} sau {held_entries} bút toán, cộng dồn {wanted} sau {wanted_entries}",
        "Account {subject}: stored balance {held} after {held_entries} entries, folded {wanted} after {wanted_entries}",
    ),
    "BALANCE_SUMMED": (
        "Tài khoản {subject}: số dư lưu {held}, tổng các chứng từ đã phát hành {wanted}",
        "Account {subject}: stored balance {held}, the issued vouchers sum to {wanted}",
    ),
    "BALANCE_DAYS": (
        "Tài khoản {subject}: số dư lưu {held}, tổng các ngày {wanted}",
        "Account {subject}: stored balance {held}, its days sum to {wanted}",
    ),
    "DAY_TOTAL": (
        "Tài khoản {subject}, ngày {day}: tổng lưu không khớp, các dòng cho Nợ {wanted_debit}, Có {wanted_credit}",
        "Account {subject}, {day}: stored totals differ from its lines, debit {wanted_debit}, credit {wanted_credit}",
    ),
    "DAY_WITHOUT_LINES": (
        "Tài khoản {subject}, ngày {day}: có tổng lưu mà không có dòng nào",
        "Account {subject}, {day}: totals are stored, but no line counts on that day",
    ),
    "BOOKS_OPEN": (
        "Cửa hàng {subject}: tổng mọi số dư là {total}, phải bằng 0",
        "Merchant {subject}: all balances sum to {total} instead of 0",
    ),
    "SOURCE_ID": (
        "Chứng từ {subject}: mã không phải của sự kiện {source}",
        "Voucher {subject}: its id is not that of its source event {source}",
    ),
    "SOURCE_OWNER": (
        "Chứng từ {subject}: sự kiện {source} không phải do thiết bị {device} ghi",
        "Voucher {subject}: the event {source} is not device {device}'s to post",
    ),
    "SECOND_ALONE": (
        "Chứng từ {subject} ghi là bản thứ hai nhưng sự kiện không có bản thứ nhất",
        "Voucher {subject} is marked as a second document, but its event has no first",
    ),
    "SECOND_STANDS": (
        "Chứng từ {subject} là chứng từ thứ hai của một sự kiện mà chưa được ghi ngược",
        "Voucher {subject} is a second document of its source event and was not taken back",
    ),
    "PAYMENT_SILENT": ("Thanh toán {subject} không có bước nào", "Payment {subject} has no step"),
    "PAYMENT_STEP": (
        "Thanh toán {subject}, bước {revision}: {old} → {new} ({cause}) không được phép",
        "Payment {subject}, step {revision}: {old} → {new} by {cause} is not legal",
    ),
    "PAYMENT_REVISION": (
        "Thanh toán {subject}: bước {revision} đứng ở chỗ bước {wanted}",
        "Payment {subject}: step {revision} stands where step {wanted} belongs",
    ),
    "PAYMENT_RECEIVED_LESS": (
        "Thanh toán {subject}, bước {revision}: đã nhận giảm từ {before} xuống {after}",
        "Payment {subject}, step {revision}: received went down from {before} to {after}",
    ),
    "PAYMENT_STANDS": (
        "Thanh toán {subject}: đang ghi {held}, các bước dẫn tới {wanted}",
        "Payment {subject}: stands at {held}, its steps lead to {wanted}",
    ),
    "GUARD_MISSING": ("Thiếu chốt chặn {subject}", "The guard {subject} is missing"),
    "GUARD_CHANGED": ("Chốt chặn {subject} đã bị sửa", "The guard {subject} was changed"),
    "GUARD_OFF": ("Chốt chặn {subject} đang bị tắt", "The guard {subject} is switched off"),
    "WALL_MISSING": (
        "Bảng {subject} không có tường ngăn giữa các cửa hàng",
        "Table {subject} has no wall between merchants",
    ),
    "WALL_CHANGED": (
        "Tường ngăn giữa các cửa hàng ở bảng {subject} đã bị sửa",
        "The wall between merchants of table {subject} was changed",
    ),
    "INDEX_MISSING": ("Thiếu chỉ mục duy nhất {subject}", "The unique index {subject} is missing"),
    "INDEX_CHANGED": ("Chỉ mục duy nhất {subject} đã bị sửa", "The unique index {subject} was changed"),
    "REFERENCE_MISSING": (
        "Bảng {subject} không còn ràng buộc với bảng {parent}",
        "Table {subject} no longer needs the rows of {parent} that it names",
    ),
    "REFERENCE_ACTS": (
        "Xoá hay sửa trong bảng {parent} kéo theo dòng của bảng {subject}",
        "What is deleted or changed in {parent} takes rows of {subject} along",
    ),
    "TRIGGER_FOREIGN": (
        "Cơ sở dữ liệu có trình kích hoạt lạ {subject}",
        "The database has a trigger of unknown origin: {subject}",
    ),
    "MESSAGE_MISSING": ("{subject}: không có thông điệp {message}", "{subject}: its message {message} is missing"),
    "MESSAGE_OTHER": (
        "{subject}: thông điệp nói khác với sổ",
        "{subject}: its message says something else than the books",
    ),
    "MESSAGE_HASH": (
        "Thông điệp {subject}: nội dung không khớp dấu vân tay",
        "Message {subject}: its body does not fit its fingerprint",
    ),
    "FEED_GAP": (
        "Cửa hàng {subject}: dòng tin có {count} mục từ {first} đến {last}, bộ đếm {head}",
        "Merchant {subject}: the feed holds {count} facts from {first} to {last}, its counter says {head}",
    ),
    "NUMBER_GAP": (
        "Chứng từ {subject}: số thứ tự {seq}, phải là {wanted}",
        "Voucher {subject}: its number in the series is {seq}, {wanted} was due",
    ),
    "NUMBER_FORM": (
        "Chứng từ {subject}: số không đúng dạng của loại, quầy và năm",
        "Voucher {subject}: its number is not of its type, till and year",
    ),
    "SERIES_COUNTER": (
        "Dãy số {subject}: bộ đếm {held}, chứng từ cuối {wanted}",
        "Series {subject}: its counter says {held}, its last voucher {wanted}",
    ),
    "BOOK_GAP": (
        "Sổ {subject}: {count} số từ {first} đến {last}, bộ đếm {head}",
        "Book {subject}: {count} numbers from {first} to {last}, its counter says {head}",
    ),
    "BOOK_MISSING": ("Chứng từ {subject} không có số sổ", "Voucher {subject} has no book number"),
    "BOOK_OTHER": (
        "Chứng từ {subject}: số sổ {held} không khớp ({wanted})",
        "Voucher {subject}: its book number {held} does not agree with {wanted}",
    ),
    "BOOK_ORPHAN": (
        "Số sổ của chứng từ {subject} không có chứng từ",
        "There is a book number for voucher {subject}, which does not exist or is of another type or year",
    ),
    "CURRENCY_OTHER": (
        "{table} {subject}: dùng {held}, cửa hàng dùng {wanted}",
        "{table} {subject}: is in {held}, the shop's currency is {wanted}",
    ),
    "ATTEMPT_OTHER": (
        "Giao dịch {subject}: {held}, khoản thanh toán {wanted}",
        "Attempt {subject}: {held}, its payment {wanted}",
    ),
    "DIFFERENCE_SILENT": (
        "Thanh toán {subject} ({status}): phải thu {due}, đã nhận {received}, không có ngoại lệ nào được nêu",
        "Payment {subject} ({status}): due {due}, received {received}, and no exception says so",
    ),
    "SALE_OTHER": (
        "Thanh toán {subject} ({status}): doanh thu và thuế ghi sổ {held}, phải là {wanted}",
        "Payment {subject} ({status}): sales and tax booked {held}, due {wanted}",
    ),
    "HOLDERS_OPEN": (
        "Tiền của mọi khách cộng lại là {held}, sổ cái ghi {wanted}",
        "All customers' stored value comes to {held}, the books owe {wanted}",
    ),
    "HOLDER_BALANCE": (
        "Khách {subject}: số dư lưu là {held}, các dòng cho {wanted}",
        "Holder {subject}: {held} is stored, the lines come to {wanted}",
    ),
    "HOLDER_BELOW_ZERO": (
        "Khách {subject}: số dư dưới không, {held}",
        "Holder {subject}: below zero, {held}",
    ),
    "REFUND_BEYOND": (
        "Thanh toán {subject}: đã nhận {received}, hoàn {given}",
        "Payment {subject}: {received} was received, {given} is given back",
    ),
    "REFUND_SILENT": ("Lần hoàn {subject} không có bước nào", "Refund {subject} has no step"),
    "REFUND_STEP": (
        "Lần hoàn {subject}, bước {revision}: {old} → {new} ({cause}) không được phép",
        "Refund {subject}, step {revision}: {old} → {new} by {cause} is not legal",
    ),
    "REFUND_STANDS": (
        "Lần hoàn {subject}: đang ghi {held}, các bước dẫn tới {wanted}",
        "Refund {subject}: stands at {held}, its steps lead to {wanted}",
    ),
    "REFUND_UNBOOKED": (
        "Lần hoàn {subject}: {held} rời các ví, phải là {wanted}",
        "Refund {subject}: {held} left the wallets, {wanted} was given back",
    ),
    "REFUND_MISSING": (
        "Chứng từ {subject} ghi một lần hoàn không tồn tại hoặc chưa xong",
        "Voucher {subject} books a refund that does not exist or is not done",
    ),
    "RECEIPT_UNBOOKED": (
        "Tiền nhận {subject}: chứng từ {voucher} ghi vào ví {held}, đã nhận {wanted}",
        "Receipt {subject}: voucher {voucher} puts {held} into wallets, {wanted} was received",
    ),
    "RECEIPT_MISSING": (
        "Chứng từ {subject} ghi một khoản tiền mà không có biên nhận",
        "Voucher {subject} books a provider's money of which there is no receipt",
    ),
    "RESOLUTION_UNBOOKED": (
        "Quyết định {subject} về tiền chưa rõ của ai: ghi sổ {held}, phải là {wanted}",
        "Decision {subject} about money without a payment: {held} is booked, {wanted} was decided",
    ),
    "RESOLUTION_MISSING": (
        "Chứng từ {subject} ghi một quyết định không tồn tại",
        "Voucher {subject} books a decision that does not exist",
    ),
    "REVERSAL_OF_NOTHING": (
        "Chứng từ đảo {subject}: không có chứng từ gốc {original}",
        "Reversal {subject}: the original {original} does not exist",
    ),
    "REVERSAL_OF_REVERSAL": (
        "Chứng từ đảo {subject} lại đảo một chứng từ đảo {original}",
        "Reversal {subject} reverses a reversal, {original}",
    ),
    "REVERSAL_TWICE": ("Chứng từ {subject} bị đảo {count} lần", "Voucher {subject} is reversed {count} times"),
    "REVERSAL_UNLIKE": (
        "Chứng từ đảo {subject} không khớp từng dòng với {original}",
        "Reversal {subject} does not mirror {original} line by line",
    ),
    "CHAIN_GAP": (
        "{subject}: mắt xích {seq}, phải là {wanted}",
        "{subject}: link {seq} of its device's chain, {wanted} was due",
    ),
    "CHAIN_BROKEN": (
        "{subject}: không nối với mắt xích trước",
        "{subject}: does not join the link before it",
    ),
    "CHAIN_CHANGED": (
        "{subject}: nội dung đã bị sửa sau khi ghi",
        "{subject}: was changed after it was written",
    ),
    "HEAD_OTHER": (
        "Thiết bị {subject}: đầu chuỗi {chain} ghi {held}, mắt xích cuối {wanted}",
        "Device {subject}: the head of its {chain} chain says {held}, the last link is {wanted}",
    ),
    "DEVICE_UNKNOWN": (
        "{subject}: thiết bị {device} không có trong sổ",
        "{subject}: its device {device} is unknown here",
    ),
    "WITNESS_MISSING": (
        "Không có nhân chứng nào cho chuỗi đã có {held} mắt xích",
        "No witness speaks for a chain of {held} links",
    ),
    "TAIL_LOST": (
        "Chuỗi {subject} kết thúc ở {held}, nhân chứng đã thấy {wanted}: đoạn cuối đã mất",
        "The {subject} chain ends at {held}, its witness saw {wanted}: the tail is lost",
    ),
    "WITNESS_OTHER": (
        "Chuỗi {subject}: mắt xích {seq} không phải mắt xích nhân chứng đã thấy",
        "The {subject} chain: link {seq} is not the one its witness saw",
    ),
    "APPROVAL_MISSING": (
        "Chứng từ {subject} vượt hạn mức {limit} mà không có ai duyệt",
        "Voucher {subject} went beyond the limit of {limit} and nobody approved it",
    ),
    "APPROVAL_LOST": (
        "Lượt duyệt {subject} đã dùng nhưng không còn trong sổ",
        "The approval {subject} was used, but is no longer kept",
    ),
    "APPROVAL_IDLE": (
        "Lượt duyệt {subject} dành cho {act}, chứng từ này không tồn tại",
        "The approval {subject} allowed {act}, which does not exist",
    ),
    "APPROVAL_OTHER": (
        "Lượt duyệt {subject} không khớp với chứng từ {act} (người, việc, số tiền, ngày hoặc thời điểm)",
        "The approval {subject} does not fit voucher {act}: person, act, amount, day or moment",
    ),
    "APPROVAL_MESSAGE": (
        "Lượt duyệt {subject} nói khác với thông điệp của chứng từ {act}",
        "The approval {subject} says something else than the message of voucher {act}",
    ),
    "APPROVAL_CHANGED": (
        "Lượt duyệt {subject} không khớp với nhật ký lúc duyệt hoặc lúc dùng",
        "The approval {subject} is not the one that the trail tells of, when it was given or when it was used",
    ),
    "APPROVAL_UNTOLD": (
        "Lượt duyệt {subject} không có trong nhật ký",
        "The approval {subject} is not in the audit trail",
    ),
    "APPROVAL_WRONG": ("Lượt duyệt {subject}: giá trị không hợp lệ ({error})", "Approval {subject} holds {error}"),
    "CATEGORY_OTHER": (
        "Hạng mục hệ thống {subject} thiếu hoặc sai loại",
        "The system category {subject} is missing or of another kind",
    ),
    "DEFAULT_ACCOUNT": (
        "Cửa hàng {subject} có {count} tài khoản mặc định",
        "Merchant {subject} has {count} default accounts",
    ),
    "CONTROL_MISSING": (
        "Cửa hàng {subject} thiếu tài khoản {control}",
        "Merchant {subject} has no {control} account",
    ),
    "LIBRARY_UNSAFE": (
        "Thư viện SQLite {subject} có thể làm mất giao dịch",
        "The SQLite library {subject} can lose committed transactions",
    ),
    "SETTING_OTHER": (
        "Thiết lập {subject} là {held}, phải là {wanted}",
        "The setting {subject} is {held}, {wanted} is required",
    ),
}


def in_language(pair: Pair, language: Language) -> str:
    """Return the text of a pair in a language."""
    return pair[0] if language is Language.VI else pair[1]
