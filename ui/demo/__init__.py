"""A whole practice day on this machine."""
