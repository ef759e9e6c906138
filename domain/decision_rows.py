"""What screens read of a decision about money, or of what its provider did with it."""

from dataclasses import dataclass

from domain.payments import Cause
from domain.resolutions import Resolution
from domain.stamps import Stamp, stamp_of


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What became of money, with the names of who decided and who approved (empty where nobody did).

    `number` is the money's voucher, `reference` the payment that a match names, or that was seen.
    """

    resolution: Resolution
    by: str
    approver: str
    number: str
    reference: str

    @property
    def stamp(self) -> Stamp:
        """How it came about: by a person, with another's word, or by a provider alone."""
        told = self.resolution
        cause = Cause.PERSON if told.provider is None else Cause.PROVIDER
        return stamp_of(cause, approved=told.approved_by is not None)
