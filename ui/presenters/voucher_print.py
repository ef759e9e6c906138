"""One voucher on its way to paper or to a PDF: on which paper, and whether it is a copy."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import DomainError, ErrorCode, RuleBroken
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words


@dataclass(frozen=True, slots=True)
class PrintState:
    """`two_up` prints twice, below each other on A4; `is_copy` marks it as a copy; `busy` while it is being written."""

    two_up: bool = False
    is_copy: bool = False
    busy: bool = False
    done: bool = False
    problem: DomainError | None = None


class PrintPresenter(Presenter[PrintState]):
    """Lets a person choose and has the work done beside the screen; what was printed before begins as a copy."""

    def __init__(self, desk: Desk, subject_id: str) -> None:
        super().__init__(PrintState(is_copy=subject_id in desk.printed))
        self._desk = desk
        self._subject_id = subject_id

    def set_two_up(self, two_up: bool) -> None:
        """Choose A4 with two of them, or A5."""
        self._change(two_up=two_up)

    def set_copy(self, is_copy: bool) -> None:
        """Mark it as a copy, or not."""
        self._change(is_copy=is_copy)

    def to_file(self, op: Callable[[], None], path: str) -> None:
        """Run `op`, which writes the file and raises OSError if it cannot."""
        refusal = RuleBroken(ErrorCode.FILE_NOT_WRITTEN, path=path)
        self._write(op, Words.of("vouchers.pdf_saved", path=path), refusal)

    def to_printer(self, op: Callable[[], None]) -> None:
        """Run `op`, which feeds the printer and raises OSError if it takes no pages."""
        self._write(op, Words.of("vouchers.printed"), RuleBroken(ErrorCode.PRINT_FAILED))

    def _write(self, op: Callable[[], None], done: Words, refusal: DomainError) -> None:
        if self.state.busy:
            return
        self._change(busy=True, problem=None)

        def written(success: bool) -> None:
            if success:
                self._desk.printed.add(self._subject_id)
                self._desk.notices.toast(Mood.OK, done)
            self._change(busy=False, done=success, problem=None if success else refusal)

        self._desk.work.compute(lambda: _tried(op), written, self._refused)

    def _refused(self, error: DomainError) -> None:
        self._change(busy=False, problem=error)


def _tried(op: Callable[[], None]) -> bool:
    try:
        op()
    except OSError:
        return False
    return True
