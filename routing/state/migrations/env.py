"""How Alembic reaches the database: through the connection it was handed, nothing else."""

from alembic import context

from routing.state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
