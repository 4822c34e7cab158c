"""Cross-entropy: -log p_y."""

from torch import Tensor

from autoloss.losses import Loss, Prediction


class CrossEntropy(Loss):
    """-log p_y, with p the softmax of the logits (for binary: -log σ(t·z), t = 2y - 1).

    For soft labels q, -Σ_c q_c log p_c.
    """

    soft_labels = True
    outer_objective = True

    def per_example(self, prediction: Prediction) -> Tensor:
        """[B] the loss of each example."""
        return -prediction.log_prob_true
