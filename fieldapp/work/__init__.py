"""What a technician does: rules, store and drivers together."""
