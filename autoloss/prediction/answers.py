"""Logits as the answers that people read: probabilities, or numbers."""

import numpy as np
import torch

from autoloss.prediction.encoder import Encoder


def columns(encoder: Encoder) -> list[str]:
    """The names of the columns with answers: `probability` (of the second class), `probability_…`, or `prediction`."""
    if encoder.known.task == "regression":
        return ["prediction"]
    if encoder.known.task == "binary":
        return ["probability"]
    learned = encoder.form.learned
    names = learned.classes if learned and learned.classes else range(encoder.known.n_outputs)
    return [f"probability_{name}" for name in names]


def answers(logits: torch.Tensor, task: str) -> np.ndarray:
    """float32 [n, columns] from logits [n] or [n, C]."""
    if task == "multiclass":
        return logits.softmax(1).numpy()
    return (logits.sigmoid() if task == "binary" else logits)[:, None].numpy()
