import os

import sqlalchemy as sa
from alembic import context


tables = sa.MetaData()
sa.Table("items", tables, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text), sa.Column("price", sa.Integer))

with sa.create_engine(os.environ["DATABASE_URL"]).begin() as connection:
    context.configure(connection=connection, target_metadata=tables)
    with context.begin_transaction():
        context.run_migrations()
