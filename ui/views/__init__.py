"""The window: what renders a presenter's State and sends intents; the only rooms with Qt."""
