import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("ALTER TABLE items ADD COLUMN name TEXT COLLATE NOCASE")


def downgrade():
    op.drop_column("items", "name")
