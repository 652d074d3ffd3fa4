"""The steps that bring a warehouse from one schema to the next (Alembic)."""
