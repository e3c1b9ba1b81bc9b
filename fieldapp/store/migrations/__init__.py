"""The ways from each schema of the laptop's database to the next, walked by alembic."""
