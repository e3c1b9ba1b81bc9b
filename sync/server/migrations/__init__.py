"""The ways from one schema of the office's database to the next."""
