"""Which cash amounts a customer is likely to hand over for a bill; without Qt."""

from typing import Final

from domain.money import EXPONENTS

MOST: Final = 4
_STEPS_VND: Final = (10_000, 50_000, 100_000, 200_000, 500_000)
_STEPS_CENTS: Final = (500, 1_000, 2_000, 5_000, 10_000)
_SMALL_STEP: Final = 200_000


def quick_cash(amount_minor: int, currency: str = "VND") -> tuple[int, ...]:
    """Return up to four amounts above `amount_minor` (minor units), rising: it rounded up to likely notes (UX 1.5).

    45.000 gives 50, 100, 200 and 500 thousand; the 200.000 note counts for bills below it only. The exact amount is
    not among them: it has a button of its own. Nothing is offered for an amount of zero or less.
    """
    if amount_minor <= 0:
        return ()
    steps = _STEPS_CENTS if EXPONENTS[currency] else _STEPS_VND
    offers: list[int] = []
    for step in steps:
        if step == _SMALL_STEP and amount_minor >= _SMALL_STEP:
            continue
        rounded = -(-amount_minor // step) * step
        if rounded > amount_minor and rounded not in offers:
            offers.append(rounded)
    return tuple(sorted(offers)[:MOST])
