"""Alembic's way in: runs the missing migrations on the caller's connection, in the caller's transaction."""

from __future__ import annotations

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    version_table=given["version_table"],
    on_version_apply=given["on_version_apply"],
)
context.run_migrations()
