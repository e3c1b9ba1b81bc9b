"""Intents in, one frozen state out; no Qt."""
