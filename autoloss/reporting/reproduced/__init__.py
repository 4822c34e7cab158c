"""Reproduced here? This machine's results beside those of another run: a folder, or a commit of the repository."""

from autoloss.reporting.reproduced.compare import DIFFERENT, Comparison, compare
from autoloss.reporting.reproduced.other import committed, find
from autoloss.reporting.reproduced.record import FILE, Record, of_results, to_text

__all__ = ["DIFFERENT", "FILE", "Comparison", "Record", "committed", "compare", "find", "of_results", "to_text"]
