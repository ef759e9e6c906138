"""A till that is used with secrets as its people use it, and then falls: `python used_till.py FOLDER SECOND`.

The secrets come as JSON on standard input's first line; a second line lets it fall.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.approvals import Asked, Guarded
from domain.categories import category_id
from domain.drafts import Draft
from domain.ids import AccountId, ApprovalId, DraftId, Instant, PaymentId, UserId, id_for, new_id
from domain.policy import Actor, Role
from domain.ports import UnitOfWork
from domain.rails import Method
from domain.services.approvals import grant_approval
from domain.services.drafts import issue_draft, save_draft
from domain.services.payments import start_payment
from domain.services.people import add_user, record_sign_in
from domain.services.vouchers import void_voucher
from domain.vouchers import Party, VoucherType
from storage.passphrase import PassphraseFile
from wiring.clock import wall_clock
from wiring.folders import Folder
from wiring.key_places import unlock
from wiring.logs import join_structlog, keep_log, tell_crashes
from wiring.preferences import PreferenceFile
from wiring.shop import Shop
from wiring.till import TOKEN


def use(shop: Shop, told: dict[str, str], at: Instant) -> None:
    """Sign in, rightly and wrongly; sell, write, approve and void with secrets in every free text."""

    def run(op: Any) -> Any:
        return shop.till.command(op).result()

    device = shop.till.units.device.id
    cashier = Actor(UserId(new_id()), "Kim", Role.CASHIER, device)
    manager = Actor(UserId(new_id()), "Tìm", Role.MANAGER, device)
    owner = Actor(UserId(new_id()), "Chị Kim", Role.OWNER, device)
    pin_hash = shop.pins.hash(told["pin"])
    for person in (cashier, manager, owner):
        run(lambda uow, person=person: add_user(uow, person.user_id, person.name, person.role, pin_hash, at))
    for typed in (told["wrong_pin"], told["pin"]):
        right = shop.pins.matches(pin_hash, typed)
        run(lambda uow, right=right: record_sign_in(uow, manager.user_id, right, at))
    words = f"{told['control']} {told['card']}"
    run(
        lambda uow: start_payment(
            uow,
            cashier,
            PaymentId(new_id()),
            Method.CASH,
            45_000,
            at,
            online=False,
            customer_name=f"{told['name']} {told['card']}",
            customer_phone=told["phone"],
            note=words,
        )
    )
    merchant = shop.row.merchant_id
    draft = Draft(DraftId(new_id()), VoucherType.RECEIPT, "", at, at, owner.user_id, memo=words, amount_minor=70_000)
    wallet, category = AccountId(id_for("demo-wallet", merchant, "cash")), category_id(merchant, "other_income")
    draft = replace(draft, wallet_id=wallet, category_id=category, party=Party(words, words), business_date=day(shop))
    run(lambda uow: save_draft(uow, owner, draft))
    voucher = run(lambda uow: issue_draft(uow, owner, draft.id, at))
    asked = Asked(Guarded.VOID, voucher.id, voucher.total_minor)
    for right in (False, True):
        run(
            lambda uow, right=right: grant_approval(
                uow, manager, owner.user_id, right, asked, ApprovalId(new_id()), at, reason=words
            )
        )
    run(lambda uow: void_voucher(uow, owner, voucher.id, at, reason=words))
    run(lambda uow: save_draft(uow, owner, replace(draft, id=DraftId(new_id()))))


def day(shop: Shop) -> str:
    """Return the shop's day."""
    from domain.calendar import business_date

    return business_date(wall_clock(), shop.row.zone)


def main() -> None:
    """Use the till until told to fall."""
    folder, second = Folder(Path(sys.argv[1])), Path(sys.argv[2])
    tell_crashes()
    keep_log(folder.logs / "till.log")
    join_structlog()
    told: dict[str, str] = json.loads(sys.stdin.readline())
    PreferenceFile(folder.root / "preferences.json").save_backup_folder(str(second))
    store: PassphraseFile = unlock(folder, lambda: told["passphrase"])
    assert store.load(TOKEN) == told["token"].encode()
    shop = Shop(folder, lambda changes: None, lambda status: None)
    use(shop, told, wall_clock())
    shop.backups.back_up_now(wall_clock())
    use(shop, told, wall_clock())
    sys.stdout.write("used\n")
    sys.stdout.flush()
    sys.stdin.readline()

    def broken(uow: UnitOfWork) -> None:
        raise ValueError(f"{uow} {told}")

    try:
        shop.till.command(broken).result()
    except ValueError:
        import structlog

        structlog.get_logger("ui.threads").exception("work_failed")
        raise


if __name__ == "__main__":
    main()
