"""Proof: pictures of every page, and how fast the window is."""
