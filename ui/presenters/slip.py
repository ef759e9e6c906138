"""What is typed of money that comes later: what is written on a cheque, or who pays elsewhere."""

from dataclasses import dataclass

from domain.cheques import Cheque
from domain.rails import Method


@dataclass(frozen=True, slots=True)
class Slip:
    """The fields of a cheque as they were typed, its date as `YYYY-MM-DD`, or a note of who pays elsewhere and how.

    An empty date is today's.
    """

    number: str = ""
    bank: str = ""
    drawer: str = ""
    date: str = ""
    note: str = ""

    def paper(self, method: Method, today: str) -> tuple[Cheque | None, str]:
        """Return the cheque and the note of a payment by `method`.

        Raises RuleBroken (BY_HAND_INCOMPLETE, CHEQUE_DATE) for a cheque that cannot be read.
        """
        if method is Method.CHEQUE:
            return Cheque(self.number.strip(), self.bank.strip(), self.drawer.strip(), self.date or today), ""
        return None, self.note.strip() if method is Method.MANUAL else ""


BLANK = Slip()
"""Nothing typed yet."""
