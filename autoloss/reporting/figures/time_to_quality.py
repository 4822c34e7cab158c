"""How soon each method comes near the best validation AUC of cross-entropy."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autoloss.reporting.figures._canvas import legend_below, legend_height, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import INK, method_line, style
from autoloss.reporting.goals import REFERENCE, best_auc
from autoloss.reporting.groups import Place
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.timings import Timing
from autoloss.training.history import Evaluation

Runs = Mapping[str, Sequence[np.ndarray]]  # {method: one [T, 2] of (seconds, best AUC so far − goal) per seed}


def time_to_quality(material: Material, place: Place, timings: Sequence[Timing], folder: Path) -> Figure | None:
    """The curves of one place; None without cross-entropy, which sets the goal."""
    goals = {r.seed: best_auc(r.history) for t in timings if t.method == REFERENCE for r in t.group.done}
    runs = {t.method: [so_far(r.history, goals[r.seed]) for r in t.group.done if r.seed in goals] for t in timings}
    runs = {method: [s for s in seeds if len(s)] for method, seeds in runs.items()}
    runs = {method: seeds for method, seeds in runs.items() if seeds}
    if not runs:
        return None
    name = f"time-to-quality-{place.dataset}-{place.model}"
    return Figure(
        name,
        "Time to quality",
        place.title,
        "The best validation AUC so far, minus the best that cross-entropy reaches with the same seed, against seconds "
        "of training. Thin lines are seeds, the bold line is their mean; zero is reached when the method is as good "
        "as cross-entropy ever gets.",
        f"Line plots of the best validation AUC so far against time, one per method, {place.title}.",
        *draw(runs, folder / name),
        topic="efficiency",
        behind=tuple(r for t in timings for r in t.group.results),
    )


def so_far(history: Sequence[Evaluation], goal: float) -> np.ndarray:
    """[T, 2] (seconds of training, best validation AUC so far minus the goal) at each evaluation."""
    points = [(each.train_seconds, each.valid["auc"] - goal) for each in history if "auc" in each.valid]
    found = np.array(points, float).reshape(-1, 2)
    if len(found):
        found[:, 1] = np.maximum.accumulate(found[:, 1])
    return found


def draw(runs: Runs, stem: Path) -> tuple[Path, Path]:
    """Draws each seed thin and, through means of time and AUC at each evaluation, each method bold.

    Args:
        runs: the seeds of each method, in the order of the legend.
        stem: path without ending; .svg and .png are written.
    """
    methods = list(runs)
    with style(stem.name):
        figure, axes_ = panels(1, 1, 2.3, (0.8, 0.15, 0.15, 0.48 + legend_height(len(methods))))
        axes = axes_[0, 0]
        axes.axhline(0, color=INK, linewidth=0.8)
        for method, seeds in runs.items():
            line = method_line(method, methods)
            for seed in seeds:
                axes.plot(*seed.T, color=line["color"], linewidth=0.6, alpha=0.4)
            length = min(map(len, seeds))
            axes.plot(*np.mean([s[:length] for s in seeds], 0).T, label=title(method), **line)
        # The beginning is far below in every curve, and would flatten what differs.
        late = np.concatenate([seed[len(seed) // 2 :, 1] for seeds in runs.values() for seed in seeds])
        margin = 0.06 * (np.ptp(late) or 1e-3)
        axes.set_ylim(late.min() - margin, max(late.max(), 0) + margin)
        axes.set(xlabel="seconds of training, without evaluations", ylabel="best AUC so far − CE's best")
        axes.set_xlim(left=0)
        legend_below(figure, axes)
        return save(figure, stem)
