"""What can be said of differences that seeds and test rows blur. Pure functions; thin data never raises."""

from autoloss.reporting.statistics.multiple import Block, Starred, best_baseline, better, holm, star
from autoloss.reporting.statistics.paired import Comparison, compare
from autoloss.reporting.statistics.power import minimum_detectable_difference, power, seeds_needed
from autoloss.reporting.statistics.summary import Summary, summarise

__all__ = [
    "Block", "Comparison", "Starred", "Summary", "best_baseline", "better", "compare", "holm",
    "minimum_detectable_difference", "power", "seeds_needed", "star", "summarise",
]  # fmt: skip
