"""Who is named in transactions, for an expunge"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "api_osia_named",
        sa.Column("task", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("task", "person"),
    )
    op.create_index("api_osia_named_person", "api_osia_named", ["person"], unique=False)
    op.create_table(
        "desk_named",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("key", "person"),
    )
    op.create_index("desk_named_person", "desk_named", ["person"], unique=False)
    op.create_index("desk_cases_person", "desk_cases", ["person"], unique=False)
    # What was found is in the answers. Whom those name, the rooms read later: it is encrypted.
    op.execute(
        "DELETE FROM desk_parts WHERE name = 'found' AND key IN (SELECT key FROM desk_transactions"
        " WHERE state = 'answered' AND NOT todo AND NOT under_review)"
    )
    op.execute(
        "INSERT INTO desk_named (key, person) SELECT key, '' FROM desk_transactions"
        " WHERE vault_key IS NOT NULL AND (under_review OR operation NOT IN"
        " ('check', 'enrol', 'verify-person', 'verify-prints'))"
    )
    op.execute("INSERT INTO api_osia_named (task, person) SELECT id, '' FROM api_osia_tasks")
