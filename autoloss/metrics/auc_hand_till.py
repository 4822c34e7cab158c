"""AUC averaged over ordered pairs of classes (Hand and Till, 2001, equation 7), ranked by log p_c."""

from autoloss.metrics._metric import Metric, Outputs
from autoloss.metrics.auc import by_class, mean


class AucHandTill(Metric):
    """One-vs-one AUC; classes that do not occur are left out."""

    title = phrase = "AUC (Hand–Till)"
    tasks = ("multiclass",)
    higher_is_better = True

    def compute(self, outputs: Outputs) -> float:
        return mean([auc for _, one_vs_one in outputs.shared(by_class) for auc in one_vs_one])
