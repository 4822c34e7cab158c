"""Expected calibration error: Σ_b (n_b / N) |mean hit - mean confidence| over bins of equal width.

Guo et al. (2017), equation 3. Binary predictions are binned by the probability of the positive class (hit: the label
is positive), those for more classes by the probability of the most probable class (hit: it is the label). Bin b of 15
holds b/15 ≤ confidence < (b+1)/15; a confidence of 1 belongs to the last bin.
"""

from typing import TYPE_CHECKING

from autoloss.metrics._metric import Metric, Outputs

if TYPE_CHECKING:
    from torch import Tensor

BINS = 15


class Ece(Metric):
    """Expected calibration error."""

    title, phrase = "Calibration error", "calibration error"
    tasks = ("binary", "multiclass")
    higher_is_better = False

    def compute(self, outputs: Outputs) -> float:
        if outputs.task == "binary":
            return calibration_error(outputs.logits.sigmoid(), outputs.labels)
        top, predicted = outputs.log_probabilities.max(1)
        return calibration_error(top.exp(), predicted == outputs.labels)


def calibration_error(confidence: "Tensor", hit: "Tensor") -> float:
    """The expected calibration error.

    Args:
        confidence: [N] float64.
        hit: [N] 0/1 or bool.
    """
    bins = (confidence * BINS).long().clamp_(max=BINS - 1)
    excess = confidence.new_zeros(BINS).index_add_(0, bins, hit.double() - confidence)
    return excess.abs().sum().item() / len(bins)
