"""The laptop's encrypted database, behind one thread."""
