"""What a method is, and how a training step uses it."""
