"""Many tests at once: Holm's correction."""

import math
from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p values (Holm 1979), in the order given.

    A NaN stands for a test that could not be made: it stays NaN and does not count among the tests.
    """
    adjusted = np.full(len(p_values), np.nan)
    made = [i for i in np.argsort(p_values, kind="stable") if not math.isnan(p_values[i])]  # NaN sorts last
    largest = 0.0
    for rank, i in enumerate(made):
        largest = max(largest, min(1.0, (len(made) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted.tolist()
