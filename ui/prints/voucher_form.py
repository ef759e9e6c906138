"""Paints one voucher sheet on a page of A5 landscape, or on several where its table is too long for one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.money import format_minor
from domain.vouchers import VoucherType
from domain.words import PLAIN, WordStyle, amount_in_words
from ui.prints.ledger_table import LedgerTable
from ui.prints.paper import FAINT, Align, Canvas
from ui.prints.voucher_sheet import CodeAmount, Mark, VoucherSheet
from ui.texts import Texts

SIDE: Final = 12.0
EDGE: Final = 9.0
"""Distances from the edges of the paper, in millimetres; no printer needs more."""

BODY: Final = 10.5
SMALL: Final = 9.5
TINY: Final = 8.5
TITLE: Final = 17.0
"""Sizes of text in points."""

FORM_COLUMN: Final = 72.0
NUMBER_COLUMN: Final = 54.0
WIDEST_NUMBER_COLUMN: Final = 66.0
BODY_PITCH: Final = 6.3
SHORTEST_LINE: Final = 45.0
"""The least width in which it is worth beginning the amount in words beside the figures."""

SIGN_GAP: Final = 13.0
WIDEST_SIGN_GAP: Final = 20.0
SMALLEST_TABLE: Final = 0.75
"""A table that needs more shrinking than this goes on to further pages instead."""

MARK_COLOURS: Final = {Mark.COPY: "#dde1e5", Mark.DRAFT: "#dde1e5", Mark.VOIDED: "#f3c9c6"}


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a sheet: how far it is shrunk, and which rows of its table it holds."""

    scale: float
    start: int
    stop: int
    index: int = 1
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether the voucher begins on this page."""
        return self.index == 1

    @property
    def is_last(self) -> bool:
        """Whether the sum and the signatures stand on this page."""
        return self.index == self.count


def parts_of(canvas: Canvas, sheet: VoucherSheet, texts: Texts, style: WordStyle = PLAIN) -> list[Part]:
    """Return the pages that a sheet needs on paper like `canvas`: one, a little shrunk if need be; long tables more."""
    blank = canvas.on(None)
    whole = len(sheet.lines)
    scale = 1.0
    while sheet.is_cash_form or scale >= SMALLEST_TABLE:
        if VoucherForm(blank.shrunk(scale), sheet, texts, style).overflow(Part(scale, 0, whole)) <= 0:
            return [Part(scale, 0, whole)]
        scale *= 0.97
    return _divided(blank, sheet, texts, style)


def _divided(blank: Canvas, sheet: VoucherSheet, texts: Texts, style: WordStyle) -> list[Part]:
    """Return several pages, each as full as it can be, the last with at least one row beside sum and signatures."""
    scale, whole = 0.9, len(sheet.lines)
    form = VoucherForm(blank.shrunk(scale), sheet, texts, style)
    stops: list[int] = []
    while not stops or stops[-1] < whole:
        start, index = stops[-1] if stops else 0, len(stops) + 1
        if stops and form.overflow(Part(scale, start, whole, index, index)) <= 0:
            stops.append(whole)
            continue
        stop = start + 1
        while stop + 1 < whole and form.overflow(Part(scale, start, stop + 1, index, index + 1)) <= 0:
            stop += 1
        stops.append(stop)
    starts = [0, *stops[:-1]]
    return [
        Part(scale, start, stop, index, len(stops))
        for index, (start, stop) in enumerate(zip(starts, stops, strict=True), 1)
    ]


def paint_part(canvas: Canvas, sheet: VoucherSheet, texts: Texts, part: Part, style: WordStyle = PLAIN) -> None:
    """Paint one page of a sheet; `canvas` is as large as the one its parts were made for."""
    form = VoucherForm(canvas.shrunk(part.scale), sheet, texts, style)
    spare = -VoucherForm(canvas.on(None).shrunk(part.scale), sheet, texts, style).overflow(part)
    form.paint(part, min(WIDEST_SIGN_GAP, SIGN_GAP + max(0.0, spare)))


class VoucherForm:
    """A sheet on a canvas; `_y` walks down the page as things are painted."""

    def __init__(self, canvas: Canvas, sheet: VoucherSheet, texts: Texts, style: WordStyle) -> None:
        self._canvas = canvas
        self._sheet = sheet
        self._texts = texts
        self._style = style
        self._table = LedgerTable(canvas, sheet, texts, SIDE)
        self._right = canvas.width - SIDE
        self._y = EDGE

    def overflow(self, part: Part) -> float:
        """Return by how many millimetres a page would run over its end, below zero if there is room left."""
        return self.paint(part, SIGN_GAP) - (self._canvas.height - EDGE)

    def paint(self, part: Part, sign_gap: float) -> float:
        """Paint a page; return how far down it reaches, in millimetres."""
        self._y = EDGE
        self._marks()
        self._head()
        self._title(part)
        self._facts(part)
        if self._sheet.lines and not self._sheet.is_cash_form:
            self._y = self._table.paint(self._y + 1.5, part.start, part.stop, with_total=part.is_last) + 1.5
        if part.is_last:
            self._closing()
            self._signatures(sign_gap)
        return self._y

    def _marks(self) -> None:
        lines = []
        for mark in self._sheet.marks:
            lines.append((self._texts.t(f"sheet.mark.{mark}"), 60.0, MARK_COLOURS[mark]))
            if mark is Mark.VOIDED and self._sheet.reversal_number:
                voided = self._texts.t("sheet.voided_by", number=self._sheet.reversal_number)
                lines.append((voided, 17.0, MARK_COLOURS[mark]))
        self._canvas.diagonal(lines)

    def _head(self) -> None:
        """The shop on the left, the form's number and its circular on the right."""
        sheet, t = self._sheet, self._texts.t
        has_form = bool(sheet.form_no or sheet.caption)
        column = self._right - FORM_COLUMN
        left_end = column - 4 if has_form else self._right
        y = self._y
        shop = t("sheet.household" if sheet.household else "sheet.shop")
        for label, value, bold in (
            (shop, sheet.shop_name, True),
            (t("sheet.address"), sheet.shop_address, False),
            (t("sheet.tax_code"), sheet.tax_code, False),
        ):
            if value or label == shop:
                y = self._field(label, value, SIDE, y, left_end, SMALL, bold=bold, pitch=4.9)
        right_y = self._y
        if has_form:
            form = t("sheet.form_no", form=sheet.form_no) if sheet.form_no else ""
            for text, points, bold, colour in ((form, 10.0, True, None), (sheet.caption, TINY, False, FAINT)):
                lines = self._canvas.wrap(text, points, FORM_COLUMN, bold)
                right_y = self._canvas.lines(
                    column,
                    right_y,
                    lines,
                    points,
                    bold=bold,
                    colour=colour or "#000000",
                    width=FORM_COLUMN,
                    align=Align.CENTRE,
                )
        self._y = max(y, right_y) + 1.5

    def _title(self, part: Part) -> None:
        """The form's name and day in the middle, its number and accounts on the right."""
        canvas, sheet, t = self._canvas, self._sheet, self._texts.t
        numbers = list(self._numbers(part))
        column = self._number_column(numbers)
        middle = canvas.width - 2 * (SIDE + column + 3.0)
        y = self._y
        title = t(f"sheet.title.{sheet.kind}")
        points = min(TITLE, TITLE * middle / canvas.text_width(title, TITLE, bold=True))
        canvas.text(0, y, title, points, bold=True, width=canvas.width, align=Align.CENTRE)
        y += canvas.line_height(TITLE)
        canvas.text(0, y, _day(sheet.date, self._texts), BODY, width=canvas.width, align=Align.CENTRE)
        y += canvas.line_height(BODY)
        right_y = self._y
        for label, value, bold in numbers:
            x = self._right - column
            hang = self._begin(label, x, SMALL)
            right_y = self._field(label, value, x, right_y, self._right, SMALL, bold=bold, pitch=4.9, hang=hang)
        self._y = max(y, right_y) + 2.5

    def _number_column(self, numbers: list[tuple[str, str, bool]]) -> float:
        """Return the width in which no amount of several accounts is torn, within reason."""
        widest = max(
            (
                self._begin(label, 0, SMALL) + self._canvas.text_width(word, SMALL, bold)
                for label, value, bold in numbers
                for word in value.split(" ")
            ),
            default=0.0,
        )
        return min(WIDEST_NUMBER_COLUMN, max(NUMBER_COLUMN, widest + 0.5))

    def _numbers(self, part: Part) -> Iterator[tuple[str, str, bool]]:
        """Yield label, value and boldness of what stands beside the title."""
        sheet, t = self._sheet, self._texts.t
        if sheet.book_no or sheet.is_cash_form:
            yield t("sheet.book_no"), sheet.book_no, False
        yield t("sheet.number"), "" if Mark.DRAFT in sheet.marks else sheet.number, True
        if sheet.is_cash_form:
            for label, side in ((t("sheet.debit"), sheet.debits), (t("sheet.credit"), sheet.credits)):
                if side:
                    yield label, self._codes(side), False
        if part.count > 1:
            yield t("sheet.sheet"), t("sheet.part", part=part.index, parts=part.count), False

    def _codes(self, side: tuple[CodeAmount, ...]) -> str:
        """One account needs no amount, it is the voucher's; of several each says its own."""
        if len(side) == 1:
            return side[0].code
        return "; ".join(f"{entry.code}:\u00a0{self._money(entry.amount_minor, symbol=False)}" for entry in side)

    def _facts(self, part: Part) -> None:
        """Who and why; a further page of a table does not say it again."""
        sheet, t = self._sheet, self._texts.t
        if not part.is_first:
            return
        if sheet.is_cash_form:
            self._line(t("sheet.payer" if sheet.kind is VoucherType.RECEIPT else "sheet.payee"), sheet.party_name, True)
            self._line(t("sheet.address"), sheet.party_address)
        elif sheet.party_name:
            address = f", {sheet.party_address}" if sheet.party_address else ""
            self._line(t("sheet.partner"), sheet.party_name + address)
        self._line(t(f"sheet.reason.{sheet.kind}"), sheet.reason)

    def _closing(self) -> None:
        """The amount in figures and in words, and the papers that go with it."""
        sheet, t = self._sheet, self._texts.t
        self._amount()
        if sheet.is_cash_form or sheet.attachments is not None:
            count = sheet.attachments
            blank = t("sheet.attached_blank", count="\u2026" * 5)
            self._line(t("sheet.attached"), blank if count is None else t("sheet.attached_count", count=count), None)

    def _amount(self) -> None:
        canvas, sheet, t = self._canvas, self._sheet, self._texts.t
        figures = self._money(sheet.amount_minor)
        words = amount_in_words(sheet.amount_minor, sheet.currency, self._texts.language, self._style)
        x = SIDE
        for text, bold in ((f"{t('sheet.amount')}:", False), (figures, True)):
            canvas.text(x, self._y, text, BODY, bold=bold)
            x += canvas.text_width(text, BODY, bold) + 1.5
        label = t("sheet.in_words")
        x += 3
        if self._right - x - canvas.text_width(f"{label}:", BODY) < SHORTEST_LINE:
            x, self._y = SIDE, self._y + BODY_PITCH
        self._y = self._field(label, words, x, self._y, self._right, BODY, bold=True, pitch=BODY_PITCH, hang=SIDE)

    def _line(self, label: str, value: str, bold: bool | None = False) -> None:
        """One line of the form over its whole width; `bold` of None leaves out the dots after it."""
        dots = bold is not None
        self._y = self._field(
            label, value, SIDE, self._y, self._right, BODY, bold=bool(bold), pitch=BODY_PITCH, dots=dots
        )

    def _field(
        self,
        label: str,
        value: str,
        x: float,
        y: float,
        right: float,
        points: float,
        *,
        bold: bool,
        pitch: float,
        hang: float | None = None,
        dots: bool = True,
    ) -> float:
        """Write a label and its value, wrapped below the label (or from `hang` on); return where the next line begins.

        The rest of an unfilled line is dotted, as on a form that is filled in by hand.
        """
        canvas = self._canvas
        canvas.text(x, y, f"{label}:", points)
        begin = self._begin(label, x, points)
        left = x if hang is None else hang
        lines = canvas.wrap(value, points, right - left, bold, first=right - begin) or [""]
        for index, line in enumerate(lines):
            at = left if index else begin
            canvas.text(at, y, line, points, bold=bold)
            end = at + (canvas.text_width(line, points, bold) + 1.0 if line else 0.0)
            if dots and index == len(lines) - 1:
                base = y + canvas.line_height(points) * 0.78
                canvas.rule(end, base, right, base, dotted=True)
            y += pitch
        return y

    def _begin(self, label: str, x: float, points: float) -> float:
        """Return where the value of a label at `x` begins."""
        return x + self._canvas.text_width(f"{label}:", points) + 1.5

    def _signatures(self, gap: float) -> None:
        canvas, sheet, t = self._canvas, self._sheet, self._texts.t
        signers = self._signers()
        width = (self._right - SIDE) / len(signers)
        self._y += 0.5
        blank = _blank_day(self._texts)
        canvas.text(self._right - FORM_COLUMN, self._y, blank, SMALL, width=FORM_COLUMN, align=Align.CENTRE)
        top = self._y + canvas.line_height(SMALL) + 0.5
        below = top
        for index, (caption, hint, _) in enumerate(signers):
            x = SIDE + index * width
            y = canvas.lines(
                x,
                top,
                canvas.wrap(t(caption), SMALL, width - 2, bold=True),
                SMALL,
                bold=True,
                width=width,
                align=Align.CENTRE,
            )
            hints = canvas.wrap(t(hint), TINY, width - 2)
            below = max(below, canvas.lines(x, y, hints, TINY, colour=FAINT, width=width, align=Align.CENTRE))
        names = below + gap
        self._y = names + canvas.line_height(SMALL)
        for index, (_, _, name) in enumerate(signers):
            lines = canvas.wrap(name, SMALL, width - 3)
            y = canvas.lines(SIDE + index * width, names, lines, SMALL, width=width, align=Align.CENTRE)
            self._y = max(self._y, y)
        if sheet.is_cash_form:
            self._y += 1.0
            self._line(t("sheet.received"), "")

    def _signers(self) -> list[tuple[str, str, str]]:
        """Return caption, hint and printed name of everyone who signs, from left to right as the form has them."""
        names, kind, plain = self._sheet.signers, self._sheet.kind, "sheet.signs"
        head = "sheet.signer.household" if self._sheet.household else "sheet.signer.director"
        director = (head, "sheet.signs_and_seals", names.director)
        chief = ("sheet.signer.chief", plain, names.chief_accountant)
        maker = ("sheet.signer.maker", plain, names.maker)
        cashier = ("sheet.signer.cashier", plain, names.cashier)
        if kind is VoucherType.RECEIPT:
            signers = [director, chief, ("sheet.signer.payer", plain, ""), maker, cashier]
        elif kind is VoucherType.PAYMENT:
            signers = [director, chief, cashier, maker, ("sheet.signer.payee", plain, "")]
        else:
            signers = [director, chief, maker]
        return [signer for signer in signers if signer is not chief or not self._sheet.household]

    def _money(self, amount_minor: int, symbol: bool = True) -> str:
        return format_minor(amount_minor, self._sheet.currency, self._texts.language, symbol)


def _day(day: str, texts: Texts) -> str:
    moment = date.fromisoformat(day)
    return texts.t("sheet.day", day=f"{moment:%d}", month=f"{moment:%m}", year=f"{moment:%Y}")


def _blank_day(texts: Texts) -> str:
    return texts.t("sheet.day", day="\u2026\u2026", month="\u2026\u2026", year="\u2026\u2026\u2026")
