"""Mean, standard deviation and t interval of one metric over seeds."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Summary:
    """One metric over seeds.

    Attributes:
        n: finite values.
        missing: values that were NaN or infinite, and were left out.
        mean: NaN when n = 0.
        std: sample standard deviation (n − 1); NaN when n < 2.
        low, high: confidence interval of the mean; NaN when n < 2.
    """

    n: int
    missing: int
    mean: float
    std: float
    low: float
    high: float


def summarise(values: Iterable[float], confidence: float = 0.95, magnitude: float | None = None) -> Summary:
    """Summary of `values`: two-sided Student interval mean ± t(n − 1) · std / √n.

    Never raises on thin data: see `Summary` for n = 0, 1 and values that are not finite. Equal values give
    std = 0 and an interval of no width.

    Args:
        values: one per seed.
        confidence: of the interval.
        magnitude: the largest number that the values were computed from, if they are differences of larger ones:
            a spread within its rounding counts as 0.
    """
    given = np.asarray(list(values), dtype=np.float64)
    kept = given[np.isfinite(given)]
    n = len(kept)
    mean = float(kept.mean()) if n else float("nan")
    if n < 2:
        return Summary(n, len(given) - n, mean, float("nan"), float("nan"), float("nan"))
    std = float(np.std(kept, ddof=1))
    if std <= 1e-14 * (float(np.max(np.abs(kept))) if magnitude is None else magnitude):
        std = 0.0
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) * std / n**0.5
    return Summary(n, len(given) - n, mean, std, mean - half, mean + half)
