"""The codes on the counter: the picture of the one that waits, and another one for the rest of a short payment."""

from dataclasses import replace

from domain.errors import DomainError
from ui.presenters.charge_state import Pattern, Rest, ShownPayment, Stage
from ui.presenters.charge_typing import ChargeTyping
from ui.presenters.codes import RestCode, code_pattern, rest_code
from ui.presenters.desk import Desk


class ChargeCodes(ChargeTyping):
    """Has codes computed beside the screen, each once."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._drawing = ""

    def wait_for_rest(self) -> None:
        """Wait for what is missing of a short payment."""
        self._choose_rest(Rest.WAIT)

    def code_for_rest(self) -> None:
        """Show a code for what is missing; it carries the same reference, so it settles the same payment."""
        payment = self.state.payment
        if payment is None or self.state.stage is not Stage.SHORT or not payment.code_for_rest:
            return
        self._choose_rest(Rest.CODE)
        self._desk.work.compute(
            lambda: rest_code(payment.qr_text, payment.reference, payment.missing_minor),
            lambda code: self._show_rest_code(payment, code),
            self._show_problem,
        )

    def _draw_code(self, payment: ShownPayment) -> None:
        """Have the code's picture computed unless it stands or is under way."""
        wanted = payment.qr_text
        if not wanted or payment.pattern is not None or wanted == self._drawing or self.state.stage is Stage.PAID:
            return
        self._drawing = wanted
        self._desk.work.compute(
            lambda: code_pattern(wanted), lambda pattern: self._show_code(wanted, pattern), self._code_refused
        )

    def _show_code(self, text: str, pattern: Pattern) -> None:
        self._drawing = ""
        if self.state.payment is not None and self.state.payment.qr_text == text:
            self._change(payment=replace(self.state.payment, pattern=pattern))

    def _code_refused(self, error: DomainError) -> None:
        self._drawing = ""
        self._show_problem(error)

    def _choose_rest(self, rest: Rest) -> None:
        if self.state.payment is not None and self.state.stage is Stage.SHORT:
            self._change(payment=replace(self.state.payment, rest=rest), asking_cancel=False)

    def _show_rest_code(self, asked: ShownPayment, code: RestCode) -> None:
        payment = self.state.payment
        if payment is not None and (payment.id, payment.received_minor) == (asked.id, asked.received_minor):
            self._change(payment=replace(payment, rest_pattern=code.pattern))

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error)
