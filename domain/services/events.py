"""Booking what other systems tell: one event, one voucher, wherever and however often it is told."""

from domain.accounts import Account, Control, control_id
from domain.calendar import business_date
from domain.cards import without_cards
from domain.categories import Category, category_id, contra_account, lineage
from domain.errors import Conflict, ErrorCode, NotFound, RuleBroken
from domain.events import BookEvent
from domain.ids import AccountId, CategoryId, Instant
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.posting_rules import RULES, TARGET, WALLET, Measure, Places, postings_for
from domain.rails import Method
from domain.services.accounts import usable_account
from domain.services.vouchers import post_event
from domain.vouchers import Party, Voucher


def book_event(uow: UnitOfWork, actor: Actor | None, event: BookEvent, at: Instant, *, via: str = "") -> Voucher:
    """Book an event by the rule of its kind and return its voucher; told again, return the voucher that stands.

    `actor` is the person who books it, None for a program that was let in; `via` says in the trail how it came.
    Raises NotPermitted, Conflict(EVENT_CHANGED) for an event that was booked with another content, RuleBroken
    (DATE_AHEAD, EVENT_INVALID for a target that is the wallet itself, ACCOUNT_ARCHIVED, ACCOUNT_IS_CONTROL,
    ACCOUNT_MISSING_FOR_METHOD, CATEGORY_KIND, CATEGORY_ARCHIVED) and NotFound (ACCOUNT_UNKNOWN, CATEGORY_UNKNOWN).
    """
    if actor is not None:
        require(actor, Action.BOOK_EVENT)
    standing = uow.vouchers.of_source(event.source)
    if standing is not None:
        if not _tells(uow, event, standing):
            raise Conflict(ErrorCode.EVENT_CHANGED, event=event.id, number=standing.number)
        return standing
    if event.occurred_on > business_date(at, uow.shop.zone):
        raise RuleBroken(ErrorCode.DATE_AHEAD, date=event.occurred_on)
    voucher = post_event(
        uow,
        event.source,
        event.kind,
        _places(uow, event),
        at,
        event.measures,
        memo=_memo(event),
        actor_id=None if actor is None else actor.user_id,
        category=_category(uow, event),
        party=_party(event),
        occurred_on=event.occurred_on,
    )
    uow.audit.add(
        "event.booked",
        voucher.id,
        voucher.actor_id,
        at,
        {
            "kind": voucher.source.kind,
            "event": event.id,
            "number": voucher.number,
            "amount": voucher.total_minor,
            "via": via,
        },
    )
    return voucher


def _memo(event: BookEvent) -> str:
    return without_cards(event.memo or event.id)


def _party(event: BookEvent) -> Party:
    return Party(without_cards(event.party.name), without_cards(event.party.address))


def _places(uow: UnitOfWork, event: BookEvent) -> Places:
    named = {line.account for line in RULES[event.kind].lines}
    wallet = _usable(uow, event.wallet, "wallet") if WALLET in named else None
    target = _usable(uow, event.target, "target") if TARGET in named else None
    if target is not None and target == wallet:
        raise RuleBroken(ErrorCode.EVENT_INVALID, field="target", problem="invalid")
    return Places(wallet=wallet, target=target)


def _usable(uow: UnitOfWork, reference: str, field: str) -> AccountId | None:
    """Return the wallet that an event names, or the default one; None if the shop has none."""
    account = _wallet(uow, reference) if reference else uow.accounts.default()
    if account is None:
        if reference:
            raise NotFound(ErrorCode.ACCOUNT_UNKNOWN, field=field)
        return None
    return usable_account(uow, account.id).id


def _wallet(uow: UnitOfWork, reference: str) -> Account | None:
    """Return the wallet of an id or a name, or the one that a method's money goes to."""
    known = uow.accounts.get(AccountId(reference)) or uow.accounts.named(reference)
    if known is None and reference in set(Method):
        return uow.accounts.wallet_for(Method(reference))
    return known


def _category(uow: UnitOfWork, event: BookEvent) -> CategoryId | None:
    """Return the category that an event names; it is of the kind, and booked on the account, of its rule's own one."""
    if not event.category:
        return None
    category = _named_category(uow, event.category)
    if category is None:
        raise NotFound(ErrorCode.CATEGORY_UNKNOWN, field="category")
    usual = uow.categories.get(category_id(uow.shop.merchant_id, RULES[event.kind].category or ""))
    if usual is None or category.kind is not usual.kind or _contra(uow, category) is not _contra(uow, usual):
        raise RuleBroken(ErrorCode.CATEGORY_KIND, name=category.name_vi)
    if category.archived_at is not None:
        raise RuleBroken(ErrorCode.CATEGORY_ARCHIVED, name=category.name_vi)
    return category.id


def _contra(uow: UnitOfWork, category: Category) -> Control:
    return contra_account(lineage(category, uow.categories.get))


def _named_category(uow: UnitOfWork, reference: str) -> Category | None:
    """Return the category of an id or of a system key such as `sales`."""
    system = category_id(uow.shop.merchant_id, reference)
    return uow.categories.get(CategoryId(reference)) or uow.categories.get(system)


def _tells(uow: UnitOfWork, event: BookEvent, voucher: Voucher) -> bool:
    """Whether a voucher books what the event tells; what the event leaves to the shop may be as it was booked."""
    booked = _booked_places(uow, event, voucher)
    for reference, account_id in ((event.wallet, booked.wallet), (event.target, booked.target)):
        if reference:
            named = _wallet(uow, reference)
            if named is None or named.id != account_id:
                return False
    if event.category:
        category = _named_category(uow, event.category)
        if category is None or category.id != voucher.category_id:
            return False
    if (voucher.memo, voucher.party) != (_memo(event), _party(event)):
        return False
    if event.occurred_on != (voucher.occurred_on or voucher.business_date):
        return False
    measures = _with_booked_tax(uow, event, voucher)
    return postings_for(event.kind, uow.shop.merchant_id, booked, measures) == voucher.postings


def _booked_places(uow: UnitOfWork, event: BookEvent, voucher: Voucher) -> Places:
    """Return the wallets of a voucher: on each side the account that is none of its rule's control accounts."""
    lines = RULES[event.kind].lines
    controls = {control_id(uow.shop.merchant_id, line.account) for line in lines if isinstance(line.account, Control)}
    free = {line.side: line.account_id for line in voucher.postings if line.account_id not in controls}
    side_of = {line.account: line.side for line in lines}
    return Places(
        wallet=free.get(side_of[WALLET]) if WALLET in side_of else None,
        target=free.get(side_of[TARGET]) if TARGET in side_of else None,
    )


def _with_booked_tax(uow: UnitOfWork, event: BookEvent, voucher: Voucher) -> dict[Measure, int]:
    measures = dict(event.measures)
    if "due" not in measures:
        return measures
    if "tax" not in measures:
        tax_line = next(line for line in RULES[event.kind].lines if line.measure == "tax")
        assert isinstance(tax_line.account, Control), "tax is kept on an account of the system"
        account_id = control_id(uow.shop.merchant_id, tax_line.account)
        measures["tax"] = sum(line.amount_minor for line in voucher.postings if line.account_id == account_id)
    measures["net"] = measures["due"] - measures["tax"]
    return measures
