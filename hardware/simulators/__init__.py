"""Simulated meters: the same machines in the other role."""
