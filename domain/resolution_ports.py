"""What the use cases of resolutions need from a database."""

from collections.abc import Sequence
from typing import Protocol

from domain.ids import ResolutionId, VoucherId
from domain.resolutions import Resolution, UnmatchedMoney


class Resolutions(Protocol):
    """What people decided about money that needs an eye."""

    def add(self, resolution: Resolution) -> None:
        """Keep a new resolution."""

    def settle(self, resolution: Resolution) -> None:
        """Keep how a resolution was settled; the database refuses a move that is not in the table."""

    def get(self, resolution_id: ResolutionId) -> Resolution | None:
        """Return a resolution."""

    def of_subject(self, subject_id: str) -> Sequence[Resolution]:
        """Return what was decided about a voucher's money or a payment, the first first."""

    def decision(self, voucher_id: VoucherId) -> Resolution | None:
        """Return what was decided about a voucher's money and done, whatever its provider did with it."""

    def money(self, voucher_id: VoucherId) -> UnmatchedMoney | None:
        """Return a provider's money that waits in suspense, None once a payment took it or something was done."""
