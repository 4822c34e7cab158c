"""New rows through a trained model: the stored vocabulary and bins, the cell's weights, predictions on disk."""
