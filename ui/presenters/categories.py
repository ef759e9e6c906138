"""The shop's categories of income and expense as a tree, each with the account that it books against."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.accounts import CONTROL_ACCOUNTS, Control, Regime, account_code
from domain.books import ChartCategory
from domain.categories import MAX_DEPTH, Category, CategoryKind, contra_account, lineage
from domain.changes import Topic
from domain.errors import DomainError, ErrorCode, RuleBroken
from domain.ids import CategoryId, MerchantId, MessageId
from domain.policy import Action, Actor
from domain.ports import Queries
from domain.services.categories import archive_category
from ui.presenters.category_form import CategoryFormPresenter
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.reading import Reading

_CODES: Final = {row.key: row.code for row in CONTROL_ACCOUNTS}


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category in the tree: `level` counts from 1 at the top, `control` is the account that it books against.

    `code` is that account's in the shop's regime, empty for books without a chart of accounts. `closed` says that the
    category or one above it is archived.
    """

    row: ChartCategory
    level: int
    control: Control
    code: str
    closed: bool


@dataclass(frozen=True, slots=True)
class CategoriesState:
    """The whole tree, parents first, and the place in it: a category, or a whole kind where `chosen` is None.

    `allowed` is False for a role that may not see the books: then nothing was read.
    """

    allowed: bool = False
    loaded: bool = False
    can_change: bool = False
    nodes: tuple[CategoryNode, ...] = ()
    with_archived: bool = False
    kind: CategoryKind = CategoryKind.INCOME
    chosen: CategoryId | None = None
    working: bool = False
    problem: DomainError | None = None

    @property
    def chosen_node(self) -> CategoryNode | None:
        """The category that is chosen."""
        return next((node for node in self.nodes if node.row.id == self.chosen), None)

    @property
    def archived(self) -> int:
        """How many categories are archived."""
        return sum(node.row.archived for node in self.nodes)

    @property
    def shown(self) -> tuple[CategoryNode, ...]:
        """The categories in use, and whatever they hang below; with the archived ones if wished."""
        if self.with_archived:
            return self.nodes
        kept: set[CategoryId] = set()
        for node in reversed(self.nodes):
            if node.row.id in kept or not node.row.archived:
                kept.add(node.row.id)
                if node.row.parent_id is not None:
                    kept.add(node.row.parent_id)
        return tuple(node for node in self.nodes if node.row.id in kept)


class CategoriesPresenter(Presenter[CategoriesState]):
    """Walks the tree and changes it; asks nothing of the books for who may not see them."""

    watches = frozenset({Topic.CATEGORIES, Topic.SETTINGS})

    def __init__(self, desk: Desk) -> None:
        super().__init__(CategoriesState())
        self._desk = desk
        self._reading = Reading[tuple[CategoryNode, ...]](desk.work, self._show_tree, self._show_problem)

    def opened(self) -> None:
        """Who may see and change the books depends on who is signed in now."""
        if not self._desk.may(Action.SEE_BOOKS):
            self._become(CategoriesState(loaded=True))
            self._stale = True
        else:
            self._change(allowed=True, can_change=self._desk.may(Action.CHANGE_CATEGORY), problem=None)
        super().opened()

    def refresh(self) -> None:
        """Read the tree again."""
        if not self.state.allowed:
            self._stale = True
            return
        actor = self._desk.signed_in
        self._reading.ask(lambda queries: _read_tree(queries, actor))

    def choose(self, kind: CategoryKind, category_id: CategoryId | None) -> None:
        """Walk to a category, or to a whole kind."""
        self._change(kind=kind, chosen=category_id, problem=None)

    def show_archived(self, shown: bool) -> None:
        """Show or hide what is out of use."""
        self._change(with_archived=shown)
        self._stay_in_sight()

    def dismiss(self) -> None:
        """Close the refusal that is shown."""
        self._change(problem=None)

    def add_form(self, closed: Callable[[], None]) -> CategoryFormPresenter | None:
        """Return the form of a new category below the chosen one, or beside it where nothing can hang below it.

        None for who may not change categories. `closed` is called once the form has done.
        """
        if not self.state.can_change:
            return None
        node = self.state.chosen_node
        parent = None
        if node is not None:
            fits = node.level < MAX_DEPTH and not node.closed
            parent = node.row.id if fits else node.row.parent_id
        return self._form(None, self.state.kind, parent, closed)

    def edit_form(self, closed: Callable[[], None]) -> CategoryFormPresenter | None:
        """Return the form of the chosen category; None, and a refusal in the state, if it cannot be changed."""
        node = self.state.chosen_node
        if node is None or not self.state.can_change:
            return None
        if node.row.system_key:
            self._show_problem(RuleBroken(ErrorCode.CATEGORY_SYSTEM, name=node.row.name_vi))
            return None
        return self._form(node.row, node.row.kind, node.row.parent_id, closed)

    def archive(self) -> None:
        """Take the chosen category out of use, or bring it back."""
        node = self.state.chosen_node
        if node is None or not self.state.can_change or self.state.working:
            return
        actor, at = self._desk.signed_in, self._desk.now()
        message_id, row = MessageId(self._desk.new_id()), node.row
        self._change(working=True, problem=None)
        self._desk.work.command(
            lambda uow: archive_category(uow, actor, row.id, message_id, at, archived=not row.archived),
            self._archived,
            self._show_problem,
        )

    def _form(
        self, row: ChartCategory | None, kind: CategoryKind, parent: CategoryId | None, closed: Callable[[], None]
    ) -> CategoryFormPresenter:
        def done(saved: Category | None) -> None:
            if saved is not None:
                self._change(kind=saved.kind, chosen=saved.id, problem=None)
                self.refresh()
            closed()

        nodes = self.state.nodes
        return CategoryFormPresenter(self._desk, tuple(node.row for node in nodes), row, kind, parent, done)

    def _archived(self, category: Category) -> None:
        key = "categories.brought_back" if category.archived_at is None else "categories.archived_now"
        self._desk.notices.toast(Mood.OK, Words.of(key))
        self._change(working=False)
        self.refresh()

    def _show_tree(self, nodes: tuple[CategoryNode, ...]) -> None:
        if not self.state.allowed:
            return
        self._change(nodes=nodes, loaded=True, problem=None)
        self._stay_in_sight()

    def _stay_in_sight(self) -> None:
        """Go up from a category that is shown no longer."""
        shown = {node.row.id for node in self.state.shown}
        above = {node.row.id: node.row.parent_id for node in self.state.nodes}
        chosen = self.state.chosen
        while chosen is not None and chosen not in shown:
            chosen = above.get(chosen)
        self._change(chosen=chosen)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error, loaded=True, working=False)


def booked_on(rows: Sequence[ChartCategory]) -> dict[CategoryId, Control]:
    """Return the account that each category books against: that of the nearest system category above it."""
    # The rule reads whole categories; of whom they are plays no part in it.
    every = {
        row.id: Category(row.id, MerchantId(""), row.kind, row.name_vi, row.name_en, row.system_key, row.parent_id)
        for row in rows
    }
    return {key: contra_account(lineage(category, every.get)) for key, category in every.items()}


def shown_code(control: Control, regime: Regime) -> str:
    """Return the code that a regime shows for an account; empty for books without a chart of accounts."""
    return "" if regime is Regime.TT152 else account_code(control, _CODES[control], regime)


def _read_tree(queries: Queries, actor: Actor) -> tuple[CategoryNode, ...]:
    rows, regime = queries.books.categories(actor), queries.books.rules().regime
    controls = booked_on(rows)
    nodes: dict[CategoryId, CategoryNode] = {}
    for row in rows:
        control = controls[row.id]
        node = CategoryNode(row, 1, control, shown_code(control, regime), row.archived)
        above = nodes.get(row.parent_id) if row.parent_id is not None else None
        if above is not None:
            node = replace(node, level=above.level + 1, closed=row.archived or above.closed)
        nodes[row.id] = node
    return tuple(nodes.values())
