"""One file a schema number; a landed one never changes."""
