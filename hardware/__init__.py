"""What stands on the wire: ports, protocols and meters; no screen, no database, no visit."""
