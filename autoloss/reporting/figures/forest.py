"""What each method gains over cross-entropy, with its interval, beside the paper's: the page's first picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from autoloss import metrics
from autoloss.reporting.comparisons import Comparison
from autoloss.reporting.figures._canvas import name_width, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import INK, METHOD_COLOURS, MUTED, style
from autoloss.reporting.goals import REFERENCE
from autoloss.reporting.groups import Place
from autoloss.reporting.labels import OURS, answering_metrics, title
from autoloss.reporting.material import Material

TOPIC = "answer"


@dataclass(frozen=True)
class Gain:
    """What a method gains over cross-entropy in one metric; positive where it is better.

    Attributes:
        mean, low, high: paired over seeds, with a 95 % interval; NaN limits where a single seed has none.
        paper: the paper's gain, None where it has no such number.
    """

    mean: float
    low: float
    high: float
    paper: float | None


def forest(material: Material, experiment: str, place: Place, folder: Path) -> Figure | None:
    """The gains at one place of a grid experiment; None without cross-entropy, or without another method."""
    gains: dict[str, dict[str, Gain]] = {}
    shown = answering_metrics(material.config.datasets[place.dataset].task)
    uniform = [name for name, method in material.config.methods.items() if method.use == "uniform"]
    for found in material.comparisons.minus_reference(experiment, also=uniform):
        if found.metric in shown and found.place == place and found.over_seeds.n:
            gains.setdefault(found.metric, {})[found.method] = _gain(material, found)
    if not gains:
        return None
    name = f"forest-{experiment}-{place.dataset}-{place.model}"
    return Figure(
        name,
        "Gain over cross-entropy",
        place.title,
        "Differences from cross-entropy, paired by seed, with 95 % intervals; right of the line is better. An arrow "
        "marks a method outside the frame. Hollow diamonds: the paper's differences (its logloss is not calibrated).",
        f"Forest plot, {place.title}. {_said(gains)}",
        *draw(gains, folder / name),
        topic=TOPIC,
        behind=tuple(r for r in material.of(experiment) if (r.dataset, r.model) == place and r.state == "done"),
    )


def draw(gains: Mapping[str, Mapping[str, Gain]], stem: Path) -> tuple[Path, Path]:
    """Draws one panel per metric and one row per method, AutoLoss on top.

    Args:
        gains: {metric: {method: its gain}}.
        stem: path without ending; .svg and .png are written.
    """
    methods = sorted({m: None for found in gains.values() for m in found}, key=lambda method: method != OURS)
    titles = [title(m) for m in methods]
    with style(stem.name):
        height, margins = 0.22 * len(methods) + 0.1, (name_width(titles), 0.12, 0.3, 0.46)
        figure, axes = panels(1, len(gains), height, margins, (0.2, 0), sharey=True)
        for panel, (metric, found) in zip(axes[0], gains.items(), strict=True):
            _panel(panel, found, methods)
            panel.set_title(metrics.get(metric).title, fontsize=8.5)
        figure.supxlabel("gain over cross-entropy: right is better", fontsize=8.5)
        axes[0, 0].set_yticks(range(len(methods)), titles)
        axes[0, 0].set_ylim(len(methods) - 0.5, -0.5)
        return save(figure, stem)


def _panel(axes: Axes, gains: Mapping[str, Gain], methods: Sequence[str]) -> None:
    reach = _reach(list(gains.values()))
    tick = max(t for t in (s * 10.0**k for k in range(-6, 2) for s in (1, 1.5, 2, 3, 4, 5, 6, 8)) if t <= 0.72 * reach)
    axes.axvline(0, color=INK, linewidth=0.9)
    for row, gain in ((methods.index(method), gain) for method, gain in gains.items()):
        ours = methods[row] == OURS
        colour = METHOD_COLOURS[OURS] if ours else INK
        if abs(gain.mean) > reach:
            side = float(np.sign(gain.mean))
            axes.plot(side * reach * 0.97, row, ">" if side > 0 else "<", color=colour, markersize=5)
        else:
            error = [[gain.mean - gain.low], [gain.high - gain.mean]] if np.isfinite(gain.low) else None
            axes.errorbar(
                gain.mean, row, xerr=error, fmt="o", color=colour, markersize=5 if ours else 4,
                elinewidth=2.0 if ours else 1.2, capsize=0, zorder=3,
            )  # fmt: skip
        if gain.paper is not None and abs(gain.paper) <= reach:
            axes.plot(
                gain.paper, row + 0.3, "D", markerfacecolor="none", markeredgecolor=MUTED, markersize=3.4, zorder=4
            )
    axes.set_xlim(-reach, reach)
    axes.set_xticks([-tick, 0, tick], [f"−{tick:g}", "0", f"{tick:g}"])
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")


def _reach(gains: Sequence[Gain]) -> float:
    """Half the width of the frame: one method far off must not squeeze all others together."""
    ends = [max(abs(v) for v in (g.mean, g.low, g.high, g.paper or 0) if np.isfinite(v)) for g in gains]
    return 1.08 * min(max(ends), 2.5 * float(np.median(ends))) or 1e-3


def _gain(material: Material, found: Comparison) -> Gain:
    seeds, metric = found.over_seeds, metrics.get(found.metric)
    # The paper has one logloss; it stands beside our calibrated one as well.
    name = "logloss" if metric.calibrated else found.metric
    theirs = material.paper_values(*found.place, name)
    ours, reference = theirs.get(found.method), theirs.get(REFERENCE)
    paper = None if ours is None or reference is None else ours - reference
    if metric.higher_is_better:
        return Gain(seeds.difference, seeds.low, seeds.high, paper)
    return Gain(-seeds.difference, -seeds.high, -seeds.low, None if paper is None else -paper)


def _said(gains: Mapping[str, Mapping[str, Gain]]) -> str:
    """AutoLoss's gains in words."""
    words = [
        f"{metrics.get(metric).title} {found[OURS].mean:+.4f} ({found[OURS].low:+.4f} to {found[OURS].high:+.4f})"
        for metric, found in gains.items()
        if OURS in found
    ]
    return f"AutoLoss's gain over cross-entropy: {'; '.join(words)}." if words else "Numbers in the table."
