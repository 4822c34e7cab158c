"""Candidate losses, one file each: loss(logits, y) → [B], no reduction. Helpers begin with an underscore."""
