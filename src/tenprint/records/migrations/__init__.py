"""Alembic's revisions of all rooms' tables but the store's own, which the store migrates."""
