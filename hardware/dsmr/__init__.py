"""What a Dutch meter holds: objects, events, alarms."""
