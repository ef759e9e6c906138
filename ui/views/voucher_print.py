"""The last question before a voucher is printed or becomes a PDF: on which paper, and whether it is a copy."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from ui.presenters.own_print import OwnPaper
from ui.presenters.voucher_print import PrintPresenter, PrintState
from ui.prints.voucher_facts import voucher_sheet
from ui.prints.voucher_sheet import Mark, VoucherSheet
from ui.prints.vouchers import VoucherPaper, print_voucher, write_voucher_pdf
from ui.texts import Texts
from ui.theme import Space
from ui.views.choices import ChoiceRow
from ui.views.save_file import ask_where
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import label

_WIDTH: Final = 560


class Target(StrEnum):
    """Where a voucher goes."""

    PRINTER = "printer"
    FILE = "file"


def print_own(window: QWidget, paper: OwnPaper, texts: Texts) -> None:
    """Ask on which paper a person's own voucher is printed, over the window that is in front."""

    def make(is_copy: bool) -> VoucherSheet:
        return voucher_sheet(paper.detail, paper.shop_name, paper.rules, texts, is_copy=is_copy)

    VoucherPrintSheet(window, paper.form, texts, make, Target.PRINTER).open()


class VoucherPrintSheet(Sheet):
    """Draws PrintState; the work itself is done beside the screen, and the sheet closes once it went well."""

    def __init__(
        self,
        window: QWidget,
        presenter: PrintPresenter,
        texts: Texts,
        make: Callable[[bool], VoucherSheet],
        target: Target,
    ) -> None:
        """`make` returns what is printed, as a copy or not; it is asked again at the moment of printing."""
        super().__init__(
            window,
            texts.t(f"vouchers.print_title.{target.value}"),
            width=min(_WIDTH, window.window().width() - 2 * Space.XL),
        )
        self._presenter, self._texts, self._make = presenter, texts, make
        first = make(presenter.state.is_copy)
        self._name = first.number or texts.t("vouchers.draft")
        self._paper = ChoiceRow(
            texts.t("vouchers.paper"), ((False, texts.t("vouchers.paper.a5")), (True, texts.t("vouchers.paper.a4")))
        )
        self._paper.chosen.connect(presenter.set_two_up)
        self._copy = QCheckBox(texts.t("vouchers.as_copy"))
        self._copy.clicked.connect(presenter.set_copy)
        self._copy.setVisible(Mark.DRAFT not in first.marks)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        said = f"{texts.t(f'voucher_type.{first.kind}')} {self._name}"
        self.body.addWidget(label(said, "section", wrap=True))
        self.body.addWidget(self._paper)
        self.body.addWidget(self._copy)
        self.body.addWidget(self._notice)
        self.add_button(texts.t("common.cancel"), Kind.SECONDARY, self.reject)
        ask = self._ask_file if target is Target.FILE else self._ask_printer
        self._go = self.add_button(texts.t(f"vouchers.print_go.{target.value}"), Kind.PRIMARY, ask, default=True)
        presenter.attach(self)
        self.finished.connect(lambda _result: presenter.detach())

    def show_state(self, state: PrintState) -> None:
        """Draw the choices; close once it is done."""
        self._paper.show_value(state.two_up)
        self._copy.setChecked(state.is_copy)
        self._go.setEnabled(not state.busy)
        self._notice.show_refusal(state.problem, self._texts, closable=False)
        if state.done:
            self.accept()

    def _ask_file(self) -> None:
        ask_where(self, self._texts, f"{self._name}.pdf", self._write)

    def _ask_printer(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        dialog.accepted.connect(lambda: self._print(printer))
        dialog.finished.connect(dialog.deleteLater)
        QDialog.open(dialog)

    def _write(self, path: Path) -> None:
        sheets, paper, texts = *self._job(), self._texts
        self._presenter.to_file(lambda: write_voucher_pdf(path, sheets, texts, paper), str(path))

    def _print(self, printer: QPrinter) -> None:
        sheets, paper, texts = *self._job(), self._texts
        self._presenter.to_printer(lambda: print_voucher(printer, sheets, texts, paper))

    def _job(self) -> tuple[tuple[VoucherSheet, ...], VoucherPaper]:
        """What is printed and on what: two of them on A4, one to give away and one to keep."""
        state = self._presenter.state
        sheet = self._make(state.is_copy)
        return ((sheet, sheet), VoucherPaper.A4_TWO_UP) if state.two_up else ((sheet,), VoucherPaper.A5)
