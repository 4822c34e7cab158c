"""Mean absolute error, in units of the label."""

from autoloss.metrics._metric import Metric, Outputs


class Mae(Metric):
    """Mean absolute error."""

    title = phrase = "MAE"
    tasks = ("regression",)
    higher_is_better = False
    headline = True

    def compute(self, outputs: Outputs) -> float:
        return (outputs.logits - outputs.y).abs().mean().item()
