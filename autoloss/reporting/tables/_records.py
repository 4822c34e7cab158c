"""The long form of an overall table: one csv line per training, in columns that do not change."""

from typing import Any

from autoloss.reporting.groups import Group
from autoloss.reporting.material import Material
from autoloss.reporting.statistics import Starred

FIELDS = (
    "scale", "dataset", "model", "method", "seeds", "auc_mean", "auc_std", "logloss_mean", "logloss_std",
    "logloss_calibrated_mean", "paper_auc", "paper_logloss", "p_value", "significant",
    # further columns only after these
    "experiment", "training", "seeds_planned", "failed", "missing", "logloss_calibrated_std", "ece_mean",
    "auc_hand_till_mean", "rmse_mean", "rmse_std", "mae_mean", "mae_std", "bayes_auc", "bayes_logloss",
    "paper_comparable", "best_baseline", "difference", "difference_low", "difference_high", "p_holm", "p_wilcoxon",
    "detectable",
)  # fmt: skip


def anchor(experiment: str, group: Group) -> str:
    """Where on the page the numbers of a training stand with all that is behind them."""
    first = group.results[0]
    return f"{experiment}-{first.dataset}-{first.model}-{first.method}"


def record(material: Material, group: Group, starred: Starred | None) -> dict[str, Any]:
    """One line.

    Args:
        material: knows the paper and the data.
        group: the planned seeds of one training.
        starred: the test of this method against the best baseline on the deciding metric, for AutoLoss only.
    """
    first = group.results[0]
    line: dict[str, Any] = {
        "scale": first.scale,
        "dataset": first.dataset,
        "model": first.model,
        "method": first.method,
        "seeds": group.counts["done"],
        "experiment": first.experiment,
        "training": first.training,
        "seeds_planned": group.planned,
        "failed": group.counts["failed"],
        "missing": group.counts["missing"],
        "paper_comparable": material.comparable(first.dataset, first.model, first.training),
    }
    for metric in ("auc", "logloss", "logloss_calibrated", "ece", "auc_hand_till", "rmse", "mae"):
        summary = group.summary(metric)
        line |= {f"{metric}_mean": summary.mean, f"{metric}_std": summary.std}
    bayes = material.meta.get(first.dataset, {}).get("bayes") or {}
    for metric in ("auc", "logloss"):
        line[f"paper_{metric}"] = material.paper_value(first.dataset, first.model, first.method, metric)
        line[f"bayes_{metric}"] = bayes.get(metric)
    if starred and starred.baseline:
        difference = starred.comparison
        line |= {
            "p_value": difference.p,
            "significant": starred.significant,
            "best_baseline": starred.baseline,
            "difference": difference.difference,
            "difference_low": difference.low,
            "difference_high": difference.high,
            "p_holm": starred.p_adjusted,
            "p_wilcoxon": difference.p_wilcoxon,
            "detectable": difference.detectable,
        }
    return {name: line.get(name) for name in FIELDS}
