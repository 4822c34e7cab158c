"""What can be said of differences that seeds and test rows blur. Pure functions; thin data never raise."""

from autoloss.statistics.holm import holm
from autoloss.statistics.paired import PairedDifference, compare, repeated_p, within_reach
from autoloss.statistics.power import ALPHA, minimum_detectable_difference, power, seeds_needed
from autoloss.statistics.summary import Summary, summarise
from autoloss.statistics.uncertainty import Uncertainty, over_rows, over_seeds_and_rows

__all__ = [
    "ALPHA",
    "PairedDifference",
    "Summary",
    "Uncertainty",
    "compare",
    "holm",
    "minimum_detectable_difference",
    "over_rows",
    "over_seeds_and_rows",
    "power",
    "repeated_p",
    "seeds_needed",
    "summarise",
    "within_reach",
]
