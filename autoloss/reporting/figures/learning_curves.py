"""What each method has reached during training, minus what cross-entropy has reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from autoloss import metrics
from autoloss.reporting.figures._canvas import count_axis, legend_below, legend_height, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import INK, method_line, style
from autoloss.reporting.goals import REFERENCE
from autoloss.reporting.groups import Group, Place
from autoloss.reporting.labels import OURS, headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.training.history import Evaluation

History = Sequence[Evaluation]


@dataclass(frozen=True)
class Curve:
    """One method.

    Attributes:
        examples: [T] training examples seen.
        values: [seeds, T] a metric at the best evaluation so far, minus the reference's; positive where better.
    """

    examples: np.ndarray
    values: np.ndarray


def learning_curves(
    material: Material, experiment: str, place: Place, methods: Mapping[str, Group], folder: Path
) -> Figure | None:
    """The curves of one place in a grid experiment; None where nothing was trained.

    What they are compared with is cross-entropy, or the experiment's first method where that makes no sense.
    """
    task = material.config.datasets[place.dataset].task
    shown, deciding = headline_metrics(task)[:2], metrics.deciding(task).name
    reference = REFERENCE if REFERENCE in methods else next(iter(methods))
    histories = {m: {r.seed: r.history for r in g.done} for m, g in methods.items()}
    curves = {
        metric: {
            method: found
            for method, seeds in histories.items()
            if (found := curve(seeds, histories[reference], metric, deciding))
        }
        for metric in shown
    }
    if not any(curves.values()):
        return None
    name, where = f"learning-curves-{experiment}-{place.dataset}-{place.model}", place.title
    return Figure(
        name,
        "Learning curves",
        where,
        "The best result on validation data so far, compared with that of the reference at the same number of training "
        "examples and with the same seed: mean over seeds, and for AutoLoss a band of one standard deviation. Above "
        "zero is better. A training run that has stopped keeps its result.",
        f"Line plots of validation {' and '.join(shown)} relative to {title(reference)} against training examples "
        f"seen, one line per method, {where}.",
        *draw(curves, reference, list(methods), folder / name),
        topic=experiment,
        behind=tuple(r for g in methods.values() for r in g.done),
    )


def curve(seeds: Mapping[int, History], reference: Mapping[int, History], metric: str, deciding: str) -> Curve | None:
    """The curve of a method, or None where no seed can be compared.

    Args:
        seeds, reference: {seed: the evaluations of its training run}.
        metric: what is shown.
        deciding: the metric by which the best evaluation is chosen.
    """
    pairs = [
        (so_far(history, metric, deciding), so_far(reference[seed], metric, deciding))
        for seed, history in seeds.items()
        if seed in reference
    ]
    pairs = [(ours, theirs) for ours, theirs in pairs if len(ours) and len(theirs)]
    if not pairs:
        return None
    every = [line for pair in pairs for line in pair]
    length = max(map(len, every))
    examples = next(line for line in every if len(line) == length)[:, 0]
    sign = 1 if metrics.get(metric).higher_is_better else -1
    return Curve(examples, sign * np.stack([_kept(ours, length) - _kept(theirs, length) for ours, theirs in pairs]))


def so_far(history: History, metric: str, deciding: str) -> np.ndarray:
    """[T, 2] (training examples seen, the metric at the best evaluation so far)."""
    decides, reached, best = metrics.get(deciding), [], None
    for each in history:
        if metric not in each.valid or deciding not in each.valid:
            continue
        if best is None or decides.better(each.valid[deciding], best[deciding]):
            best = each.valid
        reached.append((each.train_examples, best[metric]))
    return np.array(reached, float).reshape(-1, 2)


def draw(
    curves: Mapping[str, Mapping[str, Curve]], reference: str, methods: Sequence[str], stem: Path
) -> tuple[Path, Path]:
    """Draws one panel per metric.

    Args:
        curves: {metric: {method: its curve}}.
        reference: the method whose results are subtracted.
        methods: all that are compared, in the order of the legend.
        stem: path without ending; .svg and .png are written.
    """
    with style(stem.name):
        bottom = 0.48 + legend_height(len(methods))
        figure, axes = panels(len(curves), 1, 1.75, (0.66, 0.12, 0.3, bottom), (0, 0.34), sharex="col")
        for panel, (metric, lines) in zip(axes[:, 0], curves.items(), strict=True):
            _panel(panel, lines, methods)
            panel.set_title(f"{metrics.get(metric).title}: gain over {title(reference)}")
        axes[-1, 0].set_xlabel("training examples seen")
        legend_below(figure, axes[0, 0])
        return save(figure, stem)


def _panel(axes: Axes, curves: Mapping[str, Curve], methods: Sequence[str]) -> None:
    axes.axhline(0, color=INK, linewidth=0.8)
    late = []
    for method in methods:
        line = method_line(method, methods)
        if method not in curves:
            axes.plot([], [], label=title(method), **line)
            continue
        found = curves[method]
        mean = found.values.mean(0)
        if method == OURS and len(found.values) > 1:
            deviation = found.values.std(0, ddof=1)
            axes.fill_between(
                found.examples, mean - deviation, mean + deviation, color=line["color"], alpha=0.15, linewidth=0
            )
        axes.plot(found.examples, mean, label=title(method), **line)
        late.append(mean[len(mean) // 2 :])
    if late:  # early differences are large, and would flatten what remains of them
        low, high = min(0.0, *(part.min() for part in late)), max(0.0, *(part.max() for part in late))
        margin = 0.2 * (high - low) or 1e-3
        axes.set_ylim(low - margin, high + margin)
    count_axis(axes)


def _kept(line: np.ndarray, length: int) -> np.ndarray:
    """The values, the last one repeated: a run that has stopped keeps its result."""
    return np.pad(line[:, 1], (0, length - len(line)), mode="edge")
