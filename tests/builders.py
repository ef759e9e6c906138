"""Facts that tests share: one shop with its till and hub, its people and wallets, and things with sane defaults."""

from dataclasses import replace
from typing import Any, Final

from domain.accounts import AccountType, Control, control_id
from domain.bills import Bill
from domain.changes import Topic
from domain.ids import AccountId, BillId, DeviceId, Instant, MerchantId, PaymentId, UserId, id_for
from domain.payments import PaymentIntent, PaymentStatus
from domain.policy import Actor, Limits, Role
from domain.ports import UnitOfWork
from domain.rails import Method, Provider
from domain.routing import CONNECTED
from domain.services.accounts import open_wallet
from domain.services.payments import start_payment
from domain.vouchers import Posting, Side, SourceEvent, Voucher, VoucherType
from storage.setup import TillSetup

NOON: Final = Instant(1_795_237_200_000)
"""2026-11-21 12:00 in Ho Chi Minh City."""
MINUTE: Final = 60_000

MERCHANT: Final = MerchantId("0199c0de-0000-7000-8000-000000000001")
TILL: Final = DeviceId("0199c0de-0000-7000-8000-0000000001a0")
HUB: Final = DeviceId("0199c0de-0000-7000-8000-000000000000")

OWNER: Final = Actor(UserId("0199c0de-0000-7000-8000-00000000a001"), "Chị Hoa", Role.OWNER, TILL)
MANAGER: Final = Actor(UserId("0199c0de-0000-7000-8000-00000000a002"), "Anh Minh", Role.MANAGER, TILL)
CASHIER: Final = Actor(UserId("0199c0de-0000-7000-8000-00000000a003"), "Lan", Role.CASHIER, TILL)

CASH: Final = AccountId("0199c0de-0000-7000-8000-00000000c001")
BANK: Final = AccountId("0199c0de-0000-7000-8000-00000000c002")
QR: Final = AccountId("0199c0de-0000-7000-8000-00000000c003")
SALES: Final = control_id(MERCHANT, Control.SALES)
BANK_BIN: Final = "970436"
BANK_ACCOUNT: Final = "0123456789"

KEY: Final = bytes(range(32))
WITNESS_KEY: Final = bytes(range(32, 64))

SETUP: Final = TillSetup(
    merchant_id=MERCHANT,
    shop_name="Tạp hoá Bà Na",
    currency="VND",
    zone="Asia/Ho_Chi_Minh",
    limits=Limits(),
    device_id=TILL,
    till_code="01",
    incarnation="A",
    hub_device_id=HUB,
    hub_url="http://127.0.0.1:8470",
)


def an_id(name: str) -> str:
    """Return an id that is always the same for a name."""
    return id_for("test", name)


def open_wallets(uow: UnitOfWork) -> None:
    """Open the shop's three empty wallets: the cash drawer (the default one), the bank account and the QR wallet."""
    open_wallet(uow, OWNER, CASH, AccountType.CASH, "Két tiền mặt", NOON)
    open_wallet(uow, OWNER, BANK, AccountType.BANK, "Vietcombank", NOON, bank_bin=BANK_BIN, bank_account=BANK_ACCOUNT)
    open_wallet(uow, OWNER, QR, AccountType.QR, "VNPAY QR", NOON)
    connect(uow, Provider.SEPAY, Provider.VNPAY_QR_MMS)


def connect(uow: UnitOfWork, *providers: Provider) -> None:
    """Let a till know which providers its shop is connected to, as the hub tells it."""
    uow.settings.put(CONNECTED, sorted(providers))
    uow.touch(Topic.SETTINGS, CONNECTED)


def sell(
    uow: UnitOfWork,
    name: str = "sale",
    *,
    method: Method = Method.CASH,
    amount_minor: int = 45_000,
    at: Instant = NOON,
    **facts: Any,
) -> PaymentIntent:
    """Start a payment as the cashier does; the same name is the same payment."""
    payment_id = PaymentId(an_id(name))
    return start_payment(uow, CASHIER, payment_id, method, amount_minor, at, online=True, **facts)


def a_payment(**changes: Any) -> PaymentIntent:
    """Return a pending VietQR payment of 45,000 ₫."""
    payment = PaymentIntent(
        id=PaymentId(an_id("payment")),
        merchant_id=MERCHANT,
        device_id=TILL,
        actor_id=CASHIER.user_id,
        reference="BANA01A0000017",
        method=Method.VIETQR,
        provider=Provider.SEPAY,
        amount_minor=45_000,
        currency="VND",
        created_at=NOON,
        expires_at=Instant(NOON + 5 * MINUTE),
        status=PaymentStatus.PENDING,
        updated_at=NOON,
    )
    if "bill" not in changes:
        paid_alone = {"id": payment.id, "amount_minor": payment.amount_minor, **changes}
        changes["bill"] = Bill(BillId(paid_alone["id"]), paid_alone["amount_minor"])
    return replace(payment, **changes)


def a_voucher(name: str = "voucher", *, amount_minor: int = 45_000, **changes: Any) -> Voucher:
    """Return an unissued receipt of cash for a sale; the same name is the same source event."""
    source = SourceEvent("cash", an_id(name))
    voucher = Voucher(
        id=source.voucher_id(MERCHANT, changes.get("device_id", TILL)),
        merchant_id=MERCHANT,
        device_id=TILL,
        type=VoucherType.RECEIPT,
        currency="VND",
        business_date="2026-11-21",
        created_at=NOON,
        source=source,
        postings=(Posting(CASH, Side.DEBIT, amount_minor), Posting(SALES, Side.CREDIT, amount_minor)),
    )
    return replace(voucher, **changes)
