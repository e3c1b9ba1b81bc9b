"""Both ends of the line between laptop and office."""
