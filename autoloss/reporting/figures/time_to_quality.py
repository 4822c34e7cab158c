"""The best validation AUC so far against the seconds of training: who is where, and when."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autoloss.reporting.figures._canvas import legend_below, legend_height, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import MUTED, method_line, style
from autoloss.reporting.goals import REFERENCE
from autoloss.reporting.groups import Place
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.timings import Timing

Runs = Mapping[str, Sequence[np.ndarray]]  # {method: one [T, 2] of (seconds, best AUC so far) per seed}


def so_far(history: Sequence[dict]) -> np.ndarray:
    """[T, 2] (seconds of training, best validation AUC so far) at each evaluation."""
    points = [(line["train_seconds"], line["valid"]["auc"]) for line in history if line.get("valid", {}).get("auc")]
    found = np.array(points, float).reshape(-1, 2)
    found[:, 1] = np.maximum.accumulate(found[:, 1]) if len(found) else found[:, 1]
    return found


def time_to_quality(material: Material, place: Place, timings: Sequence[Timing], folder: Path) -> Figure | None:
    """The curves of one place; None where no training run has finished."""
    runs = {t.method: [so_far(material.histories[r.cell_id]) for r in t.group.done] for t in timings}
    runs = {method: [s for s in seeds if len(s)] for method, seeds in runs.items()}
    runs = {method: seeds for method, seeds in runs.items() if seeds}
    if not runs:
        return None
    goal = float(np.mean([s[-1, 1] for s in runs[REFERENCE]])) if REFERENCE in runs else None
    name, where = f"time-to-quality-{place.dataset}-{place.model}", f"{title(place.model)} on {title(place.dataset)}"
    return Figure(
        name,
        f"Time to quality, {where}",
        "The best validation AUC so far against seconds of training. Thin lines are seeds, the bold line is their "
        "mean; the dashed level is the best that cross-entropy reaches, averaged over seeds.",
        f"Line plots of the best validation AUC so far against time, one per method, {where}.",
        *draw(runs, goal, folder / name),
        topic="efficiency",
        behind=tuple(r for t in timings for r in t.group.results),
    )


def draw(runs: Runs, goal: float | None, stem: Path) -> tuple[Path, Path]:
    """Draws each seed thin and, through means of time and AUC at each evaluation, each method bold.

    Args:
        runs: the seeds of each method, in the order of the legend.
        goal: CE's best validation AUC, drawn as a line; None draws none.
        stem: path without ending; .svg and .png are written.
    """
    methods = list(runs)
    with style(stem.name):
        figure, axes_ = panels(1, 1, (5.8, 3.0), (0.75, 0.2, 0.2, 0.5 + legend_height(len(methods), 2)))
        axes = axes_[0, 0]
        late = []
        for method, seeds in runs.items():
            line = method_line(method, methods)
            for seed in seeds:
                axes.plot(*seed.T, color=line["color"], linewidth=0.6, alpha=0.4)
                late.append(seed[len(seed) // 3 :, 1])
            length = min(map(len, seeds), default=0)
            if length:
                axes.plot(*np.mean([s[:length] for s in seeds], 0).T, label=title(method), **line)
        if goal is not None:
            axes.axhline(goal, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
            axes.annotate("CE's best", (1, goal), xycoords=("axes fraction", "data"), xytext=(0, 3),
                          textcoords="offset points", ha="right", fontsize=8, color=MUTED)  # fmt: skip
        if late:
            every = np.concatenate(late)
            margin = 0.06 * (np.ptp(every) or 1e-3)
            axes.set_ylim(every.min() - margin, every.max() + margin)
        axes.set(xlabel="seconds of training, evaluations apart", ylabel="best validation AUC so far")
        axes.set_xlim(left=0)
        legend_below(figure, axes, 2)
        return save(figure, stem)
