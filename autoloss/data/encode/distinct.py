"""Counts different values in memory that does not grow with them: the smallest hashes and how often each occurs.

Bottom-k sampling (Cohen and Kaplan, PODC 2007): a value whose hash is among the k smallest at the end has been among
them since it was first seen, so its count is exact, and the kept values are a random sample of all.
"""

import numpy as np
import polars as pl

MOST = 1 << 16  # values that are kept


class Distinct:
    """The different values of a column."""

    def __init__(self) -> None:
        self._hashes, self._counts = np.empty(0, np.uint64), np.empty(0, np.int64)

    def add(self, values: pl.Series, counts: np.ndarray) -> None:
        """Adds values and how often each occurs (0 counts as seen); a value may come again."""
        hashes = values.hash(0).to_numpy()
        if len(self._hashes) == MOST:
            low = hashes <= self._hashes[-1]
            hashes, counts = hashes[low], counts[low]
        together = np.concatenate([self._hashes, hashes])
        kept, where = np.unique(together, return_inverse=True)
        sums = np.bincount(where, np.concatenate([self._counts, counts]), len(kept)).astype(np.int64)
        self._hashes, self._counts = kept[:MOST], sums[:MOST]

    def estimate(self) -> int:
        """How many there are: exact below 65,536, else with a standard error of 0.4 %."""
        kept = len(self._hashes)
        return kept if kept < MOST else round((kept - 1) / (float(self._hashes[-1]) / 2**64))

    def frequent(self, threshold: int) -> int:
        """How many occur at least `threshold` times: exact, or estimated from the kept values."""
        share = (self._counts >= threshold).mean() if len(self._counts) else 0.0
        return round(share * self.estimate())
