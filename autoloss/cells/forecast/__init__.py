"""What a plan costs, before it is started: data, steps, hours, memory, disk."""
