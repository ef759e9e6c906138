"""What keys of other systems open, and how telling them goes: part of revision 0010 of the hub."""

from alembic import op

from storage.migrations.columns import big, small, text


def keep_scopes() -> None:
    """Create the column; a key of before keeps all that it opened."""
    op.add_column("api_keys", text("scopes", default="'checkouts:write,checkouts:read,events:write'"))


def keep_signing() -> None:
    """Create the columns of the secret that was replaced and of the last attempt, and the index of the latest news."""
    op.add_column("hooks", small("old_key_version", null=True))
    op.add_column("hooks", text("old_sealed", null=True))
    op.add_column("hooks", big("old_until", null=True))
    op.add_column("hooks", big("tried_at", null=True))
    op.add_column("hooks", text("answer", default="''"))
    op.create_index("hook_news_latest", "hook_news", ["merchant_id", "key_id", "created_at"])
