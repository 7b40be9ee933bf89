"""Run by Alembic, with the connection that `tenprint.records.migrate` was given."""

from alembic import context

from tenprint.records._migrate import TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("target_metadata"),
    version_table=TABLE,
    include_name=context.config.attributes.get("include_name"),
    compare_type=True,
    render_as_batch=False,
    transactional_ddl=False,  # the caller's transaction holds it all
)
context.run_migrations()
