"""AutoLoss: automated loss function search in recommendations, reproduced."""
