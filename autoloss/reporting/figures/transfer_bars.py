"""Transferability, as in the paper: bars of CE*, SLF* and AL* on each target."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autoloss.reporting import labels
from autoloss.reporting.figures._bars import bar
from autoloss.reporting.figures._canvas import panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import method_line, style
from autoloss.reporting.groups import group
from autoloss.reporting.labels import headline_metrics, title
from autoloss.reporting.material import Material

Bars = Mapping[str, Mapping[str, np.ndarray]]  # {target: {method: [seeds] metric}}


def transfer_bars(material: Material, experiment: str, folder: Path) -> Figure | None:
    """The bars of one transfer experiment, a panel per metric; None without results."""
    results = [r for r in material.of(experiment) if r.state == "done"]
    panels: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for (dataset, model, method), members in group(results, "dataset", "model", "method").items():
        for metric in headline_metrics(material.config.datasets[dataset].task)[:2]:
            panel = f"{labels.metric(metric)}, {title(dataset)}"
            values = np.array(list(members.scores(metric).values()))
            panels.setdefault(panel, {}).setdefault(title(model), {})[method] = values
    if not panels:
        return None
    source = material.config.experiments[experiment]
    moved = {r.method for r in results if r.transfer_from}
    names = {m: title(m).replace("AutoLoss", "AL") + ("*" if m in moved else "") for m in source.methods}
    name = experiment if experiment.startswith("transfer") else f"transfer-{experiment}"
    data = f"on {title(source.source_dataset)}" if source.source_dataset else "on the same data"
    model = f"with {title(source.source_model)}" if source.source_model else "with the same model"
    return Figure(
        name,
        "Transferred controllers",
        f"learned {model} {data}",
        "Controllers learned elsewhere and then frozen (marked *), beside methods trained on the target. Bar: mean; "
        "whisker: one standard deviation; ring: a seed. The axis does not begin at zero.",
        f"Bar charts of {' and '.join(panels)} for {', '.join(names.values())}; numbers in the table.",
        *draw(panels, names, folder / name),
        topic="transfer",
        behind=tuple(results),
    )


def draw(metrics: Mapping[str, Bars], names: Mapping[str, str], stem: Path) -> tuple[Path, Path]:
    """Draws one panel per metric, with one group of bars per target.

    Args:
        metrics: {title of a panel: its bars}.
        names: {method: what stands under its bar}, in order.
        stem: path without ending; .svg and .png are written.
    """
    with style(stem.name):
        figure, axes_ = panels(len(metrics), 1, 1.6, (0.62, 0.12, 0.3, 0.55), (0, 0.85))
        for axes, (metric, bars) in zip(axes_[:, 0], metrics.items(), strict=True):
            _panel(axes, bars, list(bars), names)
            axes.set_title(metric)
        return save(figure, stem)


def _panel(axes, bars: Bars, targets: Sequence[str], names: Mapping[str, str]) -> None:
    every, ticks = [], {}
    for i, target in enumerate(targets):
        for j, method in enumerate(names):
            values = np.asarray(bars.get(target, {}).get(method, ()), float)
            place = i * (len(names) + 1) + j
            bar(axes, place, values, method_line(method, list(names))["color"], width=0.72)
            ticks[place] = names[method]
            every += values.tolist()
    axes.set_xticks(list(ticks), list(ticks.values()), rotation=0 if len(ticks) <= 9 else 45)
    middle = (len(names) - 1) / 2
    for i, target in enumerate(targets):
        axes.annotate(
            target, (i * (len(names) + 1) + middle, 0), xycoords=("data", "axes fraction"), xytext=(0, -26),
            textcoords="offset points", ha="center", fontsize=8.5,
        )  # fmt: skip
    axes.grid(False, axis="x")
    axes.tick_params(axis="x", length=0)
    if every:  # differences are far smaller than the values: the axis cannot begin at zero
        margin = 0.35 * (max(every) - min(every) or 1e-3)
        axes.set_ylim(min(every) - margin, max(every) + margin)
