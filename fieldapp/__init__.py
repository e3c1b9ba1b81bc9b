"""The technician's trade: rules, the encrypted store, and the work itself."""
