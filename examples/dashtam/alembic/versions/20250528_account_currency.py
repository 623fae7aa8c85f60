"""Account currency and institution"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "d3b7e94c5a10"
down_revision = "8c1f0a6e27b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("institution", sa.String(100)))
    op.add_column("accounts", sa.Column("currency", sa.String(3), server_default="USD", nullable=False))
    op.alter_column("accounts", "currency", server_default=None)


def downgrade() -> None:
    op.drop_column("accounts", "currency")
    op.drop_column("accounts", "institution")
