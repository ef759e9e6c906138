"""The shop's own categories: made, renamed, moved in the tree and archived; the fourteen of the system stay."""

from dataclasses import replace
from typing import Final

from domain import trail
from domain.bodies import category_body, readable
from domain.categories import MAX_DEPTH, Category, CategoryKind, lineage
from domain.changes import Topic
from domain.errors import ErrorCode, NotFound, RuleBroken
from domain.ids import CategoryId, Instant, MessageId
from domain.messages import MessageKind
from domain.policy import Action, Actor, require
from domain.ports import UnitOfWork
from domain.services.outgoing import tell

MAX_NAME: Final = 60


def save_category(
    uow: UnitOfWork,
    actor: Actor,
    category_id: CategoryId,
    message_id: MessageId,
    at: Instant,
    *,
    kind: CategoryKind,
    name_vi: str,
    name_en: str = "",
    parent_id: CategoryId | None = None,
) -> Category:
    """Make a category of the shop's own, or give it other names or another parent; without `name_en` both are one.

    Raises NotPermitted, RuleBroken: NAME_INVALID, CATEGORY_SYSTEM for one of the fourteen, CATEGORY_KIND for a parent
    or a change of another kind, CATEGORY_CYCLE, CATEGORY_ARCHIVED, CATEGORY_UNKNOWN.
    """
    require(actor, Action.CHANGE_CATEGORY)
    vi = readable(name_vi)
    en = readable(name_en) or vi
    if not 0 < len(vi) <= MAX_NAME or len(en) > MAX_NAME:
        raise RuleBroken(ErrorCode.NAME_INVALID, limit=MAX_NAME)
    standing = uow.categories.get(category_id)
    if standing is not None and standing.system_key:
        raise RuleBroken(ErrorCode.CATEGORY_SYSTEM, name=standing.name_vi)
    if standing is not None and standing.kind is not kind:
        raise RuleBroken(ErrorCode.CATEGORY_KIND, name=standing.name_vi)
    archived_at = standing.archived_at if standing else None
    category = Category(category_id, uow.shop.merchant_id, kind, vi, en, "", parent_id, archived_at)
    line = lineage(category, uow.categories.get)
    if len(line) + uow.categories.levels_below(category.id) > MAX_DEPTH:
        raise RuleBroken(ErrorCode.CATEGORY_CYCLE)
    for parent in line[1:]:
        if parent.kind is not kind:
            raise RuleBroken(ErrorCode.CATEGORY_KIND, name=parent.name_vi)
        if parent.archived_at is not None:
            raise RuleBroken(ErrorCode.CATEGORY_ARCHIVED, name=parent.name_vi)
    if category != standing:
        _keep(uow, actor, category, standing, message_id, at)
    return category


def archive_category(
    uow: UnitOfWork, actor: Actor, category_id: CategoryId, message_id: MessageId, at: Instant, *, archived: bool
) -> Category:
    """Take a category out of use, or back into it; its vouchers keep it.

    Raises NotPermitted, NotFound(CATEGORY_UNKNOWN), RuleBroken: CATEGORY_SYSTEM for one of the fourteen,
    CATEGORY_IN_USE while others hang below it, CATEGORY_ARCHIVED when it comes back below one that is archived.
    """
    require(actor, Action.CHANGE_CATEGORY)
    standing = uow.categories.get(category_id)
    if standing is None:
        raise NotFound(ErrorCode.CATEGORY_UNKNOWN)
    if standing.system_key:
        raise RuleBroken(ErrorCode.CATEGORY_SYSTEM, name=standing.name_vi)
    if archived and uow.categories.has_children(category_id):
        raise RuleBroken(ErrorCode.CATEGORY_IN_USE, name=standing.name_vi)
    if not archived and any(parent.archived_at for parent in lineage(standing, uow.categories.get)[1:]):
        raise RuleBroken(ErrorCode.CATEGORY_ARCHIVED, name=standing.name_vi)
    if archived is (standing.archived_at is not None):
        return standing
    category = replace(standing, archived_at=at if archived else None)
    _keep(uow, actor, category, standing, message_id, at)
    return category


def category_facts(uow: UnitOfWork, category: Category) -> trail.Facts:
    """Return what the trail tells of a category."""
    parent = uow.categories.get(category.parent_id) if category.parent_id else None
    return {
        "name": category.name_vi,
        "name_en": category.name_en,
        "kind": category.kind.value,
        "parent": parent.name_vi if parent else "",
    }


def _keep(
    uow: UnitOfWork, actor: Actor, category: Category, standing: Category | None, message_id: MessageId, at: Instant
) -> None:
    if standing is None:
        uow.categories.add(category)
    else:
        uow.categories.save(category)
    body = category_body(category)
    tell(uow, MessageKind.CATEGORY, category.id, body, at, message_id=message_id, by=actor.user_id)
    after = category_facts(uow, category)
    if standing is None:
        uow.audit.add("category.made", category.id, actor.user_id, at, after)
    else:
        action = "category.changed"
        if standing.archived_at != category.archived_at:
            action = "category.restored" if category.archived_at is None else "category.archived"
        facts = {"name": category.name_vi, **trail.changed(category_facts(uow, standing), after)}
        uow.audit.add(action, category.id, actor.user_id, at, facts)
    uow.touch(Topic.CATEGORIES, category.id)
