"""What the cashier has typed before a payment starts: the amount due, then, if wished, the cash handed over."""

import re
from dataclasses import dataclass, replace
from typing import Final

from domain.bills import Bill
from domain.errors import RuleBroken
from domain.holders import holder_id
from domain.holders import normal_phone as holders_phone
from domain.ids import HolderId, MerchantId, PaymentId
from domain.rails import Method
from ui.amount_entry import AmountEntry, Key
from ui.formatting import normal_phone
from ui.presenters.charge_sale import Sale
from ui.presenters.slip import BLANK, Slip
from ui.quick_cash import quick_cash

_PHONE: Final = re.compile(r"\+?\d[\d .]{7,}\d")


@dataclass(frozen=True, slots=True)
class ChargeEntry:
    """An entry for one payment. `kept` marks an amount left from a payment that did not pass: a digit starts anew.

    With a `sale` the payment is one of its payments: of all that is missing, unless a part of it is typed. `hold` is
    the wish that the money is only held, where the method can do that. `slip` is what is typed of money that is settled
    by hand.
    """

    amount: AmountEntry
    tender: AmountEntry | None = None
    kept: bool = False
    customer: str = ""
    sale: Sale | None = None
    hold: bool = False
    slip: Slip = BLANK

    @classmethod
    def empty(cls, currency: str) -> "ChargeEntry":
        """Return the entry of the next customer."""
        return cls(AmountEntry(currency))

    @classmethod
    def after(cls, sale: Sale, amount_minor: int, currency: str) -> "ChargeEntry":
        """Return the entry after a payment of `amount_minor` (minor units) of a sale that did not pass.

        A sale without money that this payment was to pay alone stands as if it had just been typed.
        """
        if sale.received_minor or amount_minor != sale.due_minor:
            return cls.going_on(sale, currency)
        return cls(AmountEntry(currency, digits=str(amount_minor)), kept=True, customer=sale.customer, sale=sale)

    @classmethod
    def going_on(cls, sale: Sale, currency: str) -> "ChargeEntry":
        """Return the entry of what is missing of a sale."""
        return cls(AmountEntry(currency), customer=sale.customer, sale=sale)

    def split(self, part_minor: int = 0) -> "ChargeEntry":
        """Return the entry of a part of what was typed; with `part_minor` (minor units) that part is typed already."""
        bill_id = self.sale.bill_id if self.sale is not None else None
        sale = Sale(self.due_minor, bill_id, customer=self.customer)
        entry = ChargeEntry.going_on(sale, self.amount.currency)
        if not part_minor:
            return entry
        return replace(entry, amount=AmountEntry(self.amount.currency, digits=str(part_minor)))

    def whole(self) -> "ChargeEntry":
        """Return the entry of the sale undivided, as it was before it was split."""
        assert self.sale is not None, "only a sale in parts is put together again"
        if self.sale.bill_id is not None:
            return ChargeEntry.after(self.sale, self.sale.due_minor, self.amount.currency)
        amount = AmountEntry(self.amount.currency, digits=str(self.sale.due_minor))
        return ChargeEntry(amount, customer=self.customer)

    @property
    def in_parts(self) -> bool:
        """Whether a part of a sale is typed."""
        return self.sale is not None and not self.kept

    @property
    def due_minor(self) -> int:
        """The amount to charge, in minor units."""
        typed = self.amount.total_minor
        if self.sale is None or typed:
            return typed
        return self.sale.open_minor or self.sale.missing_minor

    @property
    def too_much(self) -> bool:
        """Whether more than is missing was typed."""
        return self.sale is not None and self.due_minor > self.sale.missing_minor

    @property
    def tender_minor(self) -> int | None:
        """The cash being typed, in minor units; None while the amount due is typed."""
        return None if self.tender is None else self.tender.total_minor

    def bill_for(self, payment_id: PaymentId) -> Bill | None:
        """Return the bill that the next payment pays; None if it is the sale."""
        return None if self.sale is None else self.sale.bill_for(payment_id)

    def press(self, key: Key) -> "ChargeEntry":
        """Return the entry after a key of the number pad."""
        if self.tender is not None:
            return replace(self, tender=self.tender.press(key))
        if not self.kept:
            return replace(self, amount=self.amount.press(key))
        amount = self.amount if key is Key.PLUS else AmountEntry(self.amount.currency)
        return replace(self, amount=amount.press(key), kept=False, sale=None)

    def paste(self, text: str) -> "ChargeEntry":
        """Return the entry with a pasted amount; raises RuleBroken(AMOUNT_INVALID)."""
        if self.tender is not None:
            return replace(self, tender=self.tender.paste(text))
        if not self.kept:
            return replace(self, amount=self.amount.paste(text))
        return replace(self, amount=AmountEntry(self.amount.currency).paste(text), kept=False, sale=None)

    def offers(self, method: Method) -> tuple[int, ...]:
        """Return the cash amounts to offer (minor units), the exact one first; none for other methods."""
        if method is not Method.CASH or self.due_minor <= 0 or self.too_much:
            return ()
        return (self.due_minor, *quick_cash(self.due_minor, self.amount.currency))

    def holder_for(self, method: Method, merchant_id: MerchantId) -> HolderId | None:
        """Return whose stored value is to pay, by the phone number that was typed of the customer; None for others.

        Raises RuleBroken(PHONE_INVALID) where stored value is to pay and no number was typed.
        """
        if method is not Method.STORED_VALUE:
            return None
        return holder_id(merchant_id, holders_phone(self.customer_facts()[1]))

    def stored_phone(self, method: Method) -> str:
        """Return the number of the customer whose stored value is to pay; empty for another method or no number."""
        try:
            return holders_phone(self.customer_facts()[1]) if method is Method.STORED_VALUE else ""
        except RuleBroken:
            return ""

    def customer_facts(self) -> tuple[str, str]:
        """Return the customer's name and phone as far as they were typed: a number is told apart from the name."""
        found = _PHONE.search(self.customer)
        if found is None:
            return self.customer, ""
        name = (self.customer[: found.start()] + " " + self.customer[found.end() :]).strip(" ,;-")
        return " ".join(name.split()), normal_phone(found[0])
