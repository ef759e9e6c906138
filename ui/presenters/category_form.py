"""The form of one category: its names in both languages and its place, of which only possible ones are offered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.bodies import readable
from domain.books import ChartCategory
from domain.categories import MAX_DEPTH, Category, CategoryKind
from domain.errors import DomainError
from domain.ids import CategoryId, MessageId
from domain.services.categories import MAX_NAME, save_category
from ui.presenters.desk import Desk
from ui.presenters.presenter import Mood, Presenter, Words


@dataclass(frozen=True, slots=True)
class CategoryFormState:
    """What was typed; `parents` are the categories that this one can hang below, and None stands for the top.

    `wrong` names the fields that keep it from being saved.
    """

    is_new: bool
    kind: CategoryKind
    parents: tuple[ChartCategory, ...]
    parent: CategoryId | None = None
    name_vi: str = ""
    name_en: str = ""
    wrong: frozenset[str] = frozenset()
    saving: bool = False
    problem: DomainError | None = None

    @property
    def can_save(self) -> bool:
        """Whether everything needed is there."""
        return not self.wrong and not self.saving


class CategoryFormPresenter(Presenter[CategoryFormState]):
    """Holds one form; a new category's id is made when it opens, so that saving twice makes one category."""

    def __init__(
        self,
        desk: Desk,
        rows: Sequence[ChartCategory],
        standing: ChartCategory | None,
        kind: CategoryKind,
        parent: CategoryId | None,
        closed: Callable[[Category | None], None],
    ) -> None:
        """`rows` is the whole tree, parents first; `closed` is told the category as it was saved, or None."""
        self._rows = tuple(rows)
        self._standing = standing
        state = CategoryFormState(standing is None, kind, possible_parents(rows, kind, standing), parent)
        if standing is not None:
            state = CategoryFormState(False, kind, state.parents, parent, standing.name_vi, standing.name_en)
        super().__init__(state)
        self._desk = desk
        self._closed = closed
        self._id = standing.id if standing is not None else CategoryId(desk.new_id())
        self._edit()

    def choose_kind(self, kind: CategoryKind) -> None:
        """Make the new category one of income or of expense; its place is then the top."""
        if self.state.is_new and kind is not self.state.kind:
            self._edit(kind=kind, parents=possible_parents(self._rows, kind, None), parent=None)

    def choose_parent(self, parent: CategoryId | None) -> None:
        """Hang it below another category, or nowhere."""
        self._edit(parent=parent)

    def set_name_vi(self, name: str) -> None:
        """Type the Vietnamese name."""
        self._edit(name_vi=name)

    def set_name_en(self, name: str) -> None:
        """Type the English name; left empty, it is the Vietnamese one."""
        self._edit(name_en=name)

    def save(self) -> None:
        """Keep the category."""
        state = self.state
        if not state.can_save:
            return
        actor, at, message_id = self._desk.signed_in, self._desk.now(), MessageId(self._desk.new_id())
        self._change(saving=True, problem=None)
        self._desk.work.command(
            lambda uow: save_category(
                uow,
                actor,
                self._id,
                message_id,
                at,
                kind=state.kind,
                name_vi=state.name_vi,
                name_en=state.name_en,
                parent_id=state.parent,
            ),
            self._saved,
            self._refused,
        )

    def cancel(self) -> None:
        """Close the form and leave everything as it is."""
        self._closed(None)

    def _edit(self, **changes: object) -> None:
        self._change(**changes, problem=None)
        wrong = {
            "name_vi": not 0 < len(readable(self.state.name_vi)) <= MAX_NAME,
            "name_en": len(readable(self.state.name_en)) > MAX_NAME,
        }
        self._change(wrong=frozenset(field for field, is_wrong in wrong.items() if is_wrong))

    def _saved(self, category: Category) -> None:
        self._desk.notices.toast(Mood.OK, Words.of("categories.made" if self.state.is_new else "categories.saved"))
        self._closed(category)

    def _refused(self, error: DomainError) -> None:
        self._change(saving=False, problem=error)


def possible_parents(
    rows: Sequence[ChartCategory], kind: CategoryKind, moved: ChartCategory | None
) -> tuple[ChartCategory, ...]:
    """Return what a category of `kind` can hang below; `moved` is the one that goes there with all that is below it.

    The one it hangs below now is always among them. `rows` has parents first.
    """
    level: dict[CategoryId, int] = {}
    closed: set[CategoryId] = set()
    inside: set[CategoryId] = {moved.id} if moved is not None else set()
    for row in rows:
        parent = row.parent_id
        level[row.id] = level.get(parent, 0) + 1 if parent is not None else 1
        if row.archived or parent in closed:
            closed.add(row.id)
        if parent in inside:
            inside.add(row.id)
    below = max((level[key] for key in inside if key in level), default=0)
    height = below - level[moved.id] + 1 if moved is not None and moved.id in level else 1
    return tuple(
        row
        for row in rows
        if row.kind is kind
        and row.id not in inside
        and (
            (row.id not in closed and level[row.id] + height <= MAX_DEPTH)
            or (moved is not None and row.id == moved.parent_id)
        )
    )
