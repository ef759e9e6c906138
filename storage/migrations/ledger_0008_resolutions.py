"""Credit and what providers told: what revision 0008 of the till and revision 0010 of the hub let a resolution be."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, text
from storage.migrations.frozen import run_script

_COLUMNS = (
    "merchant_id, id, device_id, subject_id, act, payment_id, wallet_id, amount_minor, currency, reason, requested_by, "
    "approved_by, requested_at, status, failure, settled_at, revision"
)
_ACTS = (
    "act IN ('match', 'give_back', 'credit', 'write_off', 'seen', 'refunded', 'charged_back', 'lost', "
    "'foreign', 'foreign_gone')"
)
_SOMEBODYS = "(act = 'credit') = (holder_id IS NOT NULL)"
_TOLD = "(act IN ('refunded', 'charged_back', 'lost', 'foreign', 'foreign_gone')) = (provider IS NOT NULL)"
_ASKED = "(provider IS NULL) = (requested_by IS NOT NULL)"


def let_resolutions_tell() -> None:
    """Let money without a payment become a holder's credit, and let the hub tell what its provider did with it."""
    if op.get_context().dialect.name == "sqlite":
        _rebuild()
    else:
        _widen()
    told = sa.text("provider IS NOT NULL")
    columns = ["merchant_id", "act"]
    op.create_index("resolutions_told", "resolutions", columns, sqlite_where=told, postgresql_where=told)
    run_script("ledger_0008_resolutions")


def _widen() -> None:
    """Add the columns and the conditions; no row of before needs another look."""
    op.add_column("resolutions", text("holder_id", null=True))
    op.add_column("resolutions", text("provider", null=True))
    op.alter_column("resolutions", "requested_by", nullable=True)
    op.drop_constraint("resolutions_act_check", "resolutions", type_="check")
    op.create_check_constraint("resolutions_act_check", "resolutions", _ACTS)
    op.create_check_constraint("resolutions_credit_check", "resolutions", _SOMEBODYS)
    op.create_check_constraint("resolutions_told_check", "resolutions", _TOLD)
    op.create_check_constraint("resolutions_asked_check", "resolutions", _ASKED)


def _rebuild() -> None:
    """Copy the resolutions to a table of wider conditions; foreign keys and guards are off meanwhile."""
    bind = op.get_bind()
    guards = bind.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name <> 'resolution_facts'"
    ).fetchall()
    for name in ("resolution_facts", *(name for name, _ in guards)):
        bind.exec_driver_sql(f'DROP TRIGGER "{name}"')
    op.create_table(
        "resolutions_0008",
        text("merchant_id"),
        text("id"),
        text("device_id"),
        text("subject_id"),
        text("act"),
        text("payment_id", null=True),
        text("wallet_id", null=True),
        big("amount_minor"),
        text("currency"),
        text("reason"),
        text("requested_by", null=True),
        text("approved_by", null=True),
        big("requested_at"),
        text("status"),
        text("failure", null=True),
        big("settled_at", null=True),
        big("revision"),
        text("holder_id", null=True),
        text("provider", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.CheckConstraint(_ACTS),
        sa.CheckConstraint("status IN ('asked', 'done', 'refused')"),
        sa.CheckConstraint("amount_minor > 0"),
        sa.CheckConstraint("(act = 'match') = (payment_id IS NOT NULL)"),
        sa.CheckConstraint("(act = 'give_back') = (wallet_id IS NOT NULL)"),
        sa.CheckConstraint(_SOMEBODYS),
        sa.CheckConstraint(_TOLD),
        sa.CheckConstraint(_ASKED),
        sa.CheckConstraint("(status = 'refused') = (failure IS NOT NULL)"),
        sqlite_strict=True,
    )
    bind.exec_driver_sql(f"INSERT INTO resolutions_0008 ({_COLUMNS}) SELECT {_COLUMNS} FROM resolutions")
    op.drop_table("resolutions")
    op.rename_table("resolutions_0008", "resolutions")
    op.create_index("resolutions_of_subject", "resolutions", ["merchant_id", "subject_id"])
    op.create_index("resolutions_of_payment", "resolutions", ["merchant_id", "payment_id"])
    for _, statement in guards:
        bind.exec_driver_sql(statement)
