"""Many comparisons at once: Holm's correction, the best baseline, and which results of a table earn a star."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autoloss.reporting.statistics.paired import Comparison, compare

Scores = Mapping[int, float]  # {seed: value}


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


def better(difference: float, higher_is_better: bool) -> bool:
    """Whether a − b = `difference` speaks for a; False for 0 and NaN."""
    return difference > 0 if higher_is_better else difference < 0


@dataclass(frozen=True)
class Block:
    """One place where methods compete: say, (criteo, deepfm, auc).

    Attributes:
        key: anything that names it.
        scores: {method: {seed: value}}; a method without results has an empty mapping.
        higher_is_better: True for AUC, False for logloss and times.
    """

    key: Hashable
    scores: Mapping[str, Scores]
    higher_is_better: bool


@dataclass(frozen=True)
class Starred:
    """The verdict of the significance test on one block.

    Attributes:
        key: the block's.
        baseline: the best baseline, or None when no baseline shares a seed with ours.
        comparison: ours − baseline.
        p_adjusted: the paired t-test's p after Holm over all blocks given together; NaN where no test was possible.
        significant: p_adjusted < alpha **and** ours is the better one.
        absent: methods without a single seed in common with ours, so that "best baseline" means best of the others.
    """

    key: Hashable
    baseline: str | None
    comparison: Comparison
    p_adjusted: float
    significant: bool
    absent: tuple[str, ...]


def best_baseline(block: Block, ours: str = "autoloss", others: Sequence[str] | None = None) -> str | None:
    """The method with the best mean over the seeds that it shares with `ours`; the first one on a tie.

    Args:
        block: the scores.
        ours: the method that the others are baselines of.
        others: the baselines to choose among; by default all but `ours`.
    """
    means = {}
    for method in block.scores if others is None else others:
        shared = _shared(block, method, ours)
        if method != ours and shared:
            means[method] = float(np.mean([block.scores[method][s] for s in shared]))
    if not means:
        return None
    return (max if block.higher_is_better else min)(means, key=means.__getitem__)


def star(
    blocks: Sequence[Block], ours: str = "autoloss", others: Sequence[str] | None = None, alpha: float = 0.05
) -> list[Starred]:
    """Compares `ours` with the best baseline in each block, with Holm's correction over all the blocks of the table.

    Args:
        blocks: those of one table.
        ours: the method that may earn a star.
        others: the baselines; by default every other method of a block.
        alpha: the level.
    """
    chosen = [best_baseline(block, ours, others) for block in blocks]
    comparisons = [
        compare(block.scores.get(ours, {}), {} if baseline is None else block.scores[baseline])
        for block, baseline in zip(blocks, chosen, strict=True)
    ]
    adjusted = holm([c.p for c in comparisons])
    return [
        Starred(
            block.key, baseline, comparison, p,
            significant=p < alpha and better(comparison.difference, block.higher_is_better),
            absent=tuple(
                m for m in (block.scores if others is None else others) if m != ours and not _shared(block, m, ours)
            ),
        )
        for block, baseline, comparison, p in zip(blocks, chosen, comparisons, adjusted, strict=True)
    ]  # fmt: skip


def _shared(block: Block, method: str, ours: str) -> list[int]:
    a, b = block.scores.get(method, {}), block.scores.get(ours, {})
    return [s for s in a if s in b and math.isfinite(a[s]) and math.isfinite(b[s])]
