"""What was decided about money that no payment took: on both sides."""

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, Table
from sqlalchemy import text as sql

from domain.resolutions import TOLD, Act, ResolutionStatus
from storage.tables.columns import big, ledger, one_of, text

resolutions = Table(
    "resolutions",
    ledger,
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
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint(one_of("act", Act)),
    CheckConstraint(one_of("status", ResolutionStatus)),
    CheckConstraint("amount_minor > 0"),
    CheckConstraint("(act = 'match') = (payment_id IS NOT NULL)"),
    CheckConstraint("(act = 'give_back') = (wallet_id IS NOT NULL)"),
    CheckConstraint("(act = 'credit') = (holder_id IS NOT NULL)"),
    CheckConstraint(f"({one_of('act', [act for act in Act if act in TOLD])}) = (provider IS NOT NULL)"),
    CheckConstraint("(provider IS NULL) = (requested_by IS NOT NULL)"),
    CheckConstraint("(status = 'refused') = (failure IS NOT NULL)"),
    sqlite_strict=True,
)
Index(
    "one_resolution",
    resolutions.c.merchant_id,
    resolutions.c.subject_id,
    unique=True,
    sqlite_where=sql("status = 'done' AND provider IS NULL"),
    postgresql_where=sql("status = 'done' AND provider IS NULL"),
)
Index("resolutions_of_subject", resolutions.c.merchant_id, resolutions.c.subject_id)
Index(
    "resolutions_told",
    resolutions.c.merchant_id,
    resolutions.c.act,
    sqlite_where=sql("provider IS NOT NULL"),
    postgresql_where=sql("provider IS NOT NULL"),
)
Index("resolutions_of_payment", resolutions.c.merchant_id, resolutions.c.payment_id)
