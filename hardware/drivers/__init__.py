"""Machines stacked on a port: meters read and written."""
