"""From a voucher of the books, or a draft of one, to the sheet that is printed: pure, without Qt."""

from collections.abc import Sequence
from typing import Final

from domain.accounts import Regime
from domain.book_rows import VoucherDetail, VoucherLine, VoucherMark
from domain.display import account_name
from domain.drafts import Draft
from domain.money import Language
from domain.shop_settings import BookRules
from domain.vouchers import Side, VoucherType, series_of
from ui.prints.voucher_sheet import CodeAmount, Mark, SheetLine, Signers, VoucherSheet
from ui.texts import Texts

FORMS: Final = {VoucherType.RECEIPT: "01-TT", VoucherType.PAYMENT: "02-TT"}
"""The state's forms; transfers and adjustments are printed on the shop's own (UX 1.11)."""


def voucher_sheet(
    detail: VoucherDetail, shop_name: str, rules: BookRules, texts: Texts, *, is_copy: bool = False
) -> VoucherSheet:
    """Return the sheet of an issued voucher; a voided one says by which voucher, `is_copy` marks all but the first."""
    item = detail.item
    series = series_of(item.number)
    return _sheet(
        kind=item.type,
        date=item.business_date,
        amount_minor=item.total_minor,
        currency=item.currency,
        lines=detail.lines,
        shop_name=shop_name,
        rules=rules,
        texts=texts,
        maker=detail.actor,
        number=item.number,
        book_no=series[0] if series else "",
        party_name=detail.party.name,
        party_address=detail.party.address,
        reason=item.memo,
        attachments=detail.attachments or None,
        marks=_marks(item.mark, is_copy),
        reversal_number="" if detail.reversed_by is None else detail.reversed_by.number,
    )


def draft_sheet(
    draft: Draft,
    lines: Sequence[VoucherLine],
    shop_name: str,
    currency: str,
    rules: BookRules,
    texts: Texts,
    *,
    maker: str = "",
) -> VoucherSheet:
    """Return the sheet of a draft that lacks nothing: without a number, marked as a draft; `lines` are what it books.

    `currency` is the shop's (ISO 4217), amounts are its minor units.
    """
    return _sheet(
        kind=draft.type,
        date=draft.business_date,
        amount_minor=sum(line.amount_minor for line in lines if line.side is Side.DEBIT),
        currency=currency,
        lines=lines,
        shop_name=shop_name,
        rules=rules,
        texts=texts,
        maker=maker,
        party_name=draft.party.name,
        party_address=draft.party.address,
        reason=draft.memo,
        attachments=draft.attachments or None,
        marks=(Mark.DRAFT,),
    )


def _sheet(
    *,
    kind: VoucherType,
    date: str,
    amount_minor: int,
    currency: str,
    lines: Sequence[VoucherLine],
    shop_name: str,
    rules: BookRules,
    texts: Texts,
    maker: str,
    number: str = "",
    book_no: str = "",
    party_name: str,
    party_address: str,
    reason: str,
    attachments: int | None,
    marks: tuple[Mark, ...],
    reversal_number: str = "",
) -> VoucherSheet:
    profile = rules.profile or {}
    household = rules.regime is Regime.TT152
    is_form = kind in FORMS
    return VoucherSheet(
        kind=kind,
        shop_name=shop_name,
        shop_address=profile.get("address", ""),
        tax_code=profile.get("tax_code", ""),
        date=date,
        number=number,
        amount_minor=amount_minor,
        currency=currency,
        form_no=FORMS.get(kind, ""),
        caption=texts.t(f"vouchers.caption.{rules.regime.value}") if is_form else "",
        book_no=book_no if is_form else "",
        household=household,
        debits=_by_code(lines, Side.DEBIT) if is_form and not household else (),
        credits=_by_code(lines, Side.CREDIT) if is_form and not household else (),
        party_name=party_name,
        party_address=party_address,
        reason=reason,
        attachments=attachments,
        lines=() if is_form else tuple(_line(line, household, texts.language) for line in lines),
        marks=marks,
        reversal_number=reversal_number,
        signers=Signers(
            director=profile.get("director", ""),
            chief_accountant=profile.get("chief_accountant", ""),
            cashier=profile.get("treasurer", ""),
            maker=maker,
        ),
    )


def _marks(mark: VoucherMark, is_copy: bool) -> tuple[Mark, ...]:
    voided = (Mark.VOIDED,) if mark is VoucherMark.VOIDED else ()
    return (Mark.COPY, *voided) if is_copy else voided


def _by_code(lines: Sequence[VoucherLine], side: Side) -> tuple[CodeAmount, ...]:
    """Return what one side books under each code, in the order of the lines."""
    sums: dict[str, int] = {}
    for line in lines:
        if line.side is side:
            sums[line.code] = sums.get(line.code, 0) + line.amount_minor
    return tuple(CodeAmount(code, amount) for code, amount in sums.items())


def _line(line: VoucherLine, household: bool, language: Language) -> SheetLine:
    """Return a line of the shop's own form; a household has no chart, so its codes are shown to nobody."""
    debit = line.amount_minor if line.side is Side.DEBIT else 0
    code = "" if household else line.code
    return SheetLine(code, account_name(line.control, line.name, language), debit, line.amount_minor - debit)
