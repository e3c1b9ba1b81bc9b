"""The laptop's end."""
