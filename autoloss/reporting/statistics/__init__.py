"""What can be said of differences that seeds and test rows blur. Pure functions; thin data never raise."""

from autoloss.reporting.statistics.holm import holm
from autoloss.reporting.statistics.paired import PairedDifference, compare
from autoloss.reporting.statistics.power import minimum_detectable_difference, power, seeds_needed
from autoloss.reporting.statistics.summary import Summary, summarise

__all__ = [
    "PairedDifference",
    "Summary",
    "compare",
    "holm",
    "minimum_detectable_difference",
    "power",
    "seeds_needed",
    "summarise",
]
