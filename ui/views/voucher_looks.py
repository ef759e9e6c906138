"""How vouchers look: the pill of a mark, the words of a source and of an account, the cloud of what is unsent."""

from typing import Final

from domain.accounts import Regime
from domain.book_rows import VoucherItem, VoucherLine, VoucherMark
from domain.books import ChartAccount, ChartCategory
from domain.display import account_name, memo_text, source_key, voucher_text
from ui.presenters.voucher_list import VoucherRow
from ui.texts import Texts
from ui.widgets.badge import BadgeLook, SyncMark
from ui.widgets.tones import Tone

_MARKS: Final = {
    VoucherMark.VOIDED: (Tone.ERR, "ban"),
    VoucherMark.REVERSAL: (Tone.NEUTRAL, "undo-2"),
    VoucherMark.MOVED: (Tone.WARN, "calendar"),
}
_SYNC_WORDS: Final = {
    SyncMark.REVIEW: "sync.mark.review",
    SyncMark.PENDING: "sync.mark.waiting",
    SyncMark.NONE: "sync.mark.synced",
}


def mark_look(texts: Texts, mark: VoucherMark) -> BadgeLook | None:
    """The pill of a mark; none for a voucher of which nothing is to be known."""
    if mark not in _MARKS:
        return None
    tone, icon_name = _MARKS[mark]
    return BadgeLook(tone, texts.t(f"vouchers.mark.{mark.value}"), icon_name)


def row_look(texts: Texts, row: VoucherRow) -> BadgeLook | None:
    """The pill of a row of the list."""
    if row.item is None:
        return BadgeLook(Tone.INFO, texts.t("vouchers.draft"), "pencil")
    return mark_look(texts, row.item.mark)


def sync_mark(row: VoucherRow) -> SyncMark:
    """What a row shows of its way to the hub: nothing once it is there, and for a draft, which never goes."""
    if row.item is None:
        return SyncMark.NONE
    if row.item.refused:
        return SyncMark.REVIEW
    return SyncMark.PENDING if row.item.unsent else SyncMark.NONE


def sync_said(texts: Texts, row: VoucherRow) -> str:
    """What a screen reader and a tool tip say about a voucher's way to the hub."""
    return "" if row.item is None else texts.t(_SYNC_WORDS[sync_mark(row)])


def source_words(texts: Texts, kind: str) -> str:
    """Where a voucher came from."""
    return texts.t(source_key(kind))


def memo_words(memo: str) -> str:
    """A memo as people read it: a payment's reference in groups."""
    return memo_text(memo)


def said(texts: Texts, item: VoucherItem) -> str:
    """What a voucher was for, in one line: where it came from, and its memo; a person's own words stand alone."""
    return voucher_text(item.source_kind, item.memo, texts.t)


def line_words(texts: Texts, line: VoucherLine, regime: Regime) -> str:
    """A line's account: its code, except in a household's books, and its name."""
    return _coded(line.code, account_name(line.control, line.name, texts.language), regime)


def account_words(texts: Texts, account: ChartAccount, regime: Regime) -> str:
    """An account to choose: its code, except in a household's books, and its name."""
    return _coded(account.code, account_name(account.control, account.name, texts.language), regime)


def category_words(texts: Texts, category: ChartCategory) -> str:
    """A category with what it hangs below."""
    return category.path(texts.language)


def _coded(code: str, name: str, regime: Regime) -> str:
    return name if regime is Regime.TT152 else f"{code} {name}"
