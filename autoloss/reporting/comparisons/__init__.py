"""Every comparison of two methods, computed once: tables, stars and verdicts all read it here."""

from autoloss.reporting.comparisons.comparison import ALPHA, Comparison, compared
from autoloss.reporting.comparisons.families import correct, correction, design
from autoloss.reporting.comparisons.measures import TIMES, after_calibration, higher_is_better, phrase
from autoloss.reporting.comparisons.of_project import (
    Ablation,
    Comparisons,
    Key,
    against_best,
)

__all__ = [
    "ALPHA",
    "TIMES",
    "Ablation",
    "Comparison",
    "Comparisons",
    "Key",
    "after_calibration",
    "against_best",
    "compared",
    "correct",
    "correction",
    "design",
    "higher_is_better",
    "phrase",
]
