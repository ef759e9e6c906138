"""What the hub does not do about money because a till asks for it: rights, approvals, and what there is to be seen."""

from collections.abc import Iterator

import pytest

from domain.approvals import Approval
from domain.errors import ErrorCode
from domain.holders import holder_id
from domain.ids import ApprovalId, Instant, MessageId, ResolutionId, UserId
from domain.messages import Message, MessageKind
from domain.people import User
from domain.policy import Role
from domain.resolution_bodies import resolution_body
from domain.resolutions import Act, Resolution, asked_for_resolution
from domain.services.holders import save_holder
from tests.builders import CASH, MERCHANT, NOON, OWNER, TILL, an_id
from tests.domain.resolution_samples import a_notice
from tests.property.shop_stage import Shop
from tests.property.test_convergence import verified
from tests.property.test_orders_of_resolutions import DUE, Scene

HOLDER = holder_id(MERCHANT, "0903111218")


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


def someone(shop: Shop, name: str, role: Role, disabled_at: Instant | None = None) -> UserId:
    user = User(UserId(an_id(name)), MERCHANT, name, role, "hash", disabled_at=disabled_at)
    shop.run(lambda uow: uow.people.add(user))
    return user.id


def forged(scene: Scene, act: Act, by: UserId, approver: UserId | None = None, subject: str = "") -> Resolution:
    """Return what a till would ask for that heeds no rights."""
    return Resolution(
        id=ResolutionId(an_id(f"forged {act}")),
        merchant_id=MERCHANT,
        device_id=TILL,
        subject_id=subject or scene.money,
        act=act,
        payment_id=scene.codes[0].id if act is Act.MATCH else None,
        wallet_id=CASH if act is Act.GIVE_BACK else None,
        amount_minor=DUE,
        currency="VND",
        reason="Khách xin lại",
        requested_by=by,
        approved_by=approver,
        requested_at=NOON,
        holder_id=HOLDER if act is Act.CREDIT else None,
    )


def told(shop: Shop, asked: Resolution) -> tuple[str, str]:
    """Let the hub hear of it; return how it stands then."""
    approval = None
    if asked.approved_by is not None:
        approval = Approval(
            ApprovalId(an_id("word")),
            asked_for_resolution(asked),
            "ok",
            asked.requested_by,
            asked.approved_by,
            NOON,
            Instant(NOON + 1_000),
        )
    body = resolution_body(asked, approval)
    [outcome] = shop.take(
        [Message(MessageId(an_id(f"told {asked.id}")), asked.id, MessageKind.RESOLUTION, body, MERCHANT, TILL)]
    )
    assert outcome.code is None
    [row] = shop.hub_books.ask("SELECT status, COALESCE(failure, '') FROM resolutions WHERE id = :id", id=asked.id)
    return row[0], row[1]


@pytest.mark.parametrize("act", [Act.MATCH, Act.GIVE_BACK, Act.CREDIT, Act.WRITE_OFF])
@pytest.mark.parametrize(
    ("role", "disabled_at", "code"),
    [
        (Role.CASHIER, None, ErrorCode.APPROVAL_NEEDED),
        (Role.AUDITOR, None, ErrorCode.NOT_PERMITTED),
        (Role.OWNER, NOON, ErrorCode.NOT_PERMITTED),
        (Role.MANAGER, None, None),
    ],
)
def test_the_hub_does_about_money_only_what_who_asks_may(
    shop: Shop, act: Act, role: Role, disabled_at: Instant | None, code: ErrorCode | None
) -> None:
    scene = Scene(shop, "rights")
    hoa = MessageId(an_id("hoa"))
    shop.run(lambda uow: save_holder(uow, OWNER, "0903111218", "Chị Hoà", hoa, NOON))
    asked = forged(scene, act, someone(shop, "Lan", role, disabled_at))
    assert told(shop, asked) == (("refused", code) if code else ("done", ""))
    still_there = shop.run(lambda uow: uow.resolutions.money(scene.money)) is not None
    assert still_there is (code is not None)
    assert verified(shop.hub_books, "hub") == {}


def test_the_word_of_somebody_who_may_not_approve_moves_no_money(shop: Shop) -> None:
    scene = Scene(shop, "word")
    lan, mai = someone(shop, "Lan", Role.CASHIER), someone(shop, "Mai", Role.CASHIER)
    assert told(shop, forged(scene, Act.GIVE_BACK, lan, mai)) == ("refused", ErrorCode.APPROVAL_NEEDED)
    assert shop.run(lambda uow: uow.resolutions.money(scene.money)) is not None


def test_where_the_owner_is_known_a_name_that_nobody_bears_moves_no_money(shop: Shop) -> None:
    scene = Scene(shop, "nobody")
    lan, nobody = someone(shop, "Lan", Role.CASHIER), UserId(an_id("nobody"))
    someone(shop, "Hoa", Role.OWNER)
    assert told(shop, forged(scene, Act.WRITE_OFF, nobody)) == ("refused", ErrorCode.NOT_PERMITTED)
    assert told(shop, forged(scene, Act.GIVE_BACK, lan, nobody)) == ("refused", ErrorCode.APPROVAL_NEEDED)
    assert shop.run(lambda uow: uow.resolutions.money(scene.money)) is not None


def test_a_managers_word_lets_a_cashier_give_money_back(shop: Shop) -> None:
    scene = Scene(shop, "word")
    lan, mai = someone(shop, "Lan", Role.CASHIER), someone(shop, "Mai", Role.MANAGER)
    assert told(shop, forged(scene, Act.GIVE_BACK, lan, mai)) == ("done", "")


def test_only_a_payment_is_seen_so_that_money_in_suspense_cannot_be_made_to_vanish(shop: Shop) -> None:
    scene = Scene(shop, "seen")
    owner = someone(shop, "Hoa", Role.OWNER)
    hidden = forged(scene, Act.SEEN, owner, subject=scene.money)
    assert told(shop, hidden) == ("refused", ErrorCode.PAYMENT_UNKNOWN)
    assert shop.run(lambda uow: uow.resolutions.money(scene.money)) is not None


def test_credit_of_a_customer_whom_the_hub_does_not_know_is_refused(shop: Shop) -> None:
    scene = Scene(shop, "stranger")
    asked = forged(scene, Act.CREDIT, someone(shop, "Hoa", Role.OWNER))
    assert told(shop, asked) == ("refused", ErrorCode.HOLDER_UNKNOWN)


def test_no_till_tells_what_a_provider_did(shop: Shop) -> None:
    scene = Scene(shop, "provider")
    forgery = a_notice(ResolutionId(an_id("forged notice")), act=Act.REFUNDED, subject_id=scene.money, currency="VND")
    message = Message(
        MessageId(an_id("told")), forgery.id, MessageKind.RESOLUTION, resolution_body(forgery), MERCHANT, TILL
    )
    [outcome] = shop.take([message])
    assert outcome.code is ErrorCode.MESSAGE_FOREIGN
    assert shop.run(lambda uow: uow.resolutions.money(scene.money)) is not None
