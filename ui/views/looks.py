"""How values look on every screen: the tone, icon and words of a status, a method, a sync mark, a presenter's text."""

from typing import Final

from domain.accounts import AccountType
from domain.display import CounterStatus, counter_status
from domain.payment_rows import Matter, PaymentRow
from domain.payments import CASHIER, ORIGINS, PaymentException, PaymentStatus
from domain.rails import Method
from domain.refundable import GivenBack
from domain.refunds import RefundWay, Word
from ui.presenters.presenter import Mood, Words
from ui.presenters.timeline import MOODS, REFUND_MOODS
from ui.texts import Texts
from ui.widgets.badge import BadgeLook, SyncMark
from ui.widgets.tones import Tone

METHOD_ICONS: Final = {
    Method.CASH: "banknote",
    Method.VIETQR: "qr-code",
    Method.VNPAY_QR: "smartphone",
    Method.CARD: "credit-card",
    Method.CARD_TERMINAL: "calculator",
    Method.PAYPAL: "wallet",
    Method.OPEN_BANKING: "landmark",
    Method.CHEQUE: "file-text",
    Method.MANUAL: "arrow-down-left",
    Method.STORED_VALUE: "user",
}

ACCOUNT_ICONS: Final = {
    AccountType.CASH: "banknote",
    AccountType.BANK: "landmark",
    AccountType.QR: "qr-code",
    AccountType.MOBILE_POS: "smartphone",
    AccountType.CONTROL: "scale",
}

STATUS_ICONS: Final = {
    CounterStatus.PREPARING: "hourglass",
    CounterStatus.PENDING: "clock",
    CounterStatus.UNKNOWN: "circle-question-mark",
    CounterStatus.NOTED: "inbox",
    CounterStatus.HELD: "lock",
    CounterStatus.BY_HAND: "eye",
    CounterStatus.LATE: "history",
    CounterStatus.FAILED: "circle-x",
    CounterStatus.EXPIRED: "hourglass",
    CounterStatus.CANCELLED: "ban",
    CounterStatus.VOIDED: "undo-2",
}


REFUND_ICONS: Final = {
    Word.NOT_SENT: "cloud-upload",
    Word.SENT: "clock",
    Word.OVERDUE: "hourglass",
    Word.DONE: "undo-2",
    Word.FAILED: "circle-x",
    Word.CANCELLED: "ban",
    Word.RETURNED: "history",
}

MATTER_ICONS: Final = {
    Matter.SHORT: "triangle-alert",
    Matter.TWICE: "copy",
    Matter.OVER: "plus",
    Matter.BY_HAND: "eye",
    Matter.LATE: "history",
    Matter.OVERDUE: "calendar",
    Matter.HELD: "lock",
    Matter.UNMATCHED: "circle-question-mark",
    Matter.LOST: "undo-2",
    Matter.FOREIGN: "banknote",
}


def tone_of(mood: Mood) -> Tone:
    """The colours and icon of a mood."""
    return Tone(mood.value)


def written(texts: Texts, words: Words) -> str:
    """Write a presenter's text in the language of `texts`."""
    return texts.t(words.key, **words.facts)


def counter_look(texts: Texts, status: CounterStatus) -> BadgeLook:
    """The pill of one of the counter's words."""
    return BadgeLook(tone_of(MOODS[status]), texts.t(f"counter.{status.value}"), STATUS_ICONS.get(status, ""))


def status_look(
    texts: Texts,
    status: PaymentStatus,
    exception: PaymentException,
    voided: bool = False,
    *,
    method: Method | None = None,
) -> BadgeLook:
    """The pill of a payment's status."""
    return counter_look(texts, counter_status(status, exception, voided, method=method))


_GIVEN_BACK: Final = {
    GivenBack.PART: (Tone.NEUTRAL, "undo-2"),
    GivenBack.ALL: (Tone.NEUTRAL, "undo-2"),
    GivenBack.CHARGED_BACK: (Tone.ERR, "landmark"),
}


_STAYS: Final = {RefundWay.WRITE_OFF: "refund.word.written_off", RefundWay.CREDIT: "refund.word.kept"}


def refund_look(texts: Texts, word: Word, way: RefundWay) -> BadgeLook:
    """The pill of where a refund stands; what was written off or is kept as credit left nobody's hands."""
    stays = word is Word.DONE and way in _STAYS
    words = texts.t(_STAYS[way] if stays else f"refund.word.{word.value}")
    return BadgeLook(tone_of(REFUND_MOODS[word]), words, REFUND_ICONS[word])


def row_look(texts: Texts, row: PaymentRow) -> BadgeLook:
    """The pill of a payment's status; one that was given back, or paid a part of its sale, says so."""
    if row.given_back is not GivenBack.NOTHING and not row.voided:
        tone, icon_name = _GIVEN_BACK[row.given_back]
        return BadgeLook(tone, texts.t(f"status.{row.given_back.value}"), icon_name)
    look = status_look(texts, row.status, row.exception, row.voided, method=row.method)
    is_part = row.amount_minor < row.due_minor and look.text == texts.t(f"counter.{CounterStatus.PAID.value}")
    return BadgeLook(look.tone, texts.t("counter.part"), "split") if is_part else look


def sync_mark(row: PaymentRow) -> SyncMark:
    """What a payment's row shows of its way to the hub: nothing once it is there."""
    if row.refused:
        return SyncMark.REVIEW
    return SyncMark.PENDING if row.unsent else SyncMark.NONE


def sync_said(texts: Texts, row: PaymentRow) -> str:
    """What a screen reader and a tool tip say about a payment's way to the hub."""
    return texts.t(
        {
            SyncMark.REVIEW: "sync.mark.review",
            SyncMark.PENDING: "sync.mark.waiting",
            SyncMark.NONE: "sync.mark.synced",
        }[sync_mark(row)]
    )


def origin_text(texts: Texts, origin: str) -> str:
    """Return which system wanted a payment; empty for a cashier, and for one that a newer hub may know."""
    return texts.t(f"origin.{origin}") if origin in ORIGINS and origin != CASHIER else ""
