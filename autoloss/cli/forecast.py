"""`autoloss forecast`: what a scale costs, before anything is downloaded or trained."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoloss.disk import size
from autoloss.errors import UserError

if TYPE_CHECKING:
    from autoloss.cells.forecast.forecast import Forecast

ROOT = Path(".")
SHOWN = 15  # items
_ORIGINS = (
    "Time of a step: recorded by finished cells of this machine; measured here on random rows, for each model on each "
    "shape of data with a fixed loss, and for each method on each form of data (fields, outputs) with one model; or "
    "derived: the model's time with a fixed loss × what the method costs in comparison."
)


def forecast(
    scale: Annotated[
        str | None, typer.Option(help="demo, small or full: default that of params.yaml.", show_default=False)
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Jobs side by side, one per GPU or core: default as many as cores allow here."),
    ] = None,
    examples_per_second: Annotated[
        float | None,
        typer.Option(min=1, help="Another machine's speed at the reference step, which the forecast names."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Says what the cells of a scale cost: downloads, disk, training steps, hours, memory. Needs no data.

    autoloss forecast --scale full
    """
    from autoloss import records
    from autoloss.cells import hardware, plan
    from autoloss.cells.forecast import estimate, speed
    from autoloss.cells.forecast.forecast import forecast as make
    from autoloss.cells.known import all_facts
    from autoloss.config import load

    config = load(scale=scale)
    known = all_facts(config, ROOT)
    here = hardware.measuring(ROOT, config.device)
    the_plan = plan(config.with_bounds(most=True), ROOT, here, known)
    if not the_plan.cells:
        raise UserError(
            f"params.yaml: experiments: none at scale {config.scale}, so there is nothing to forecast; expected one "
            "without `scales`, or with this one among them"
        )
    runs = speed.finished_runs(the_plan.cells, ROOT)
    recorded = speed.recorded(runs, here)
    speeds = estimate.speeds(the_plan.cells, known, config.threads, recorded, _say)
    reference, rate = speed.reference(the_plan.cells, speeds)
    if examples_per_second:
        speeds = {kind: each.scaled(rate / examples_per_second) for kind, each in speeds.items()}
    jobs = workers or max(1, (os.cpu_count() or 1) // config.threads)
    found = make(config, the_plan, known, speeds, jobs, speed.likely_share(runs), ROOT)
    fewest = None
    if config.adaptive:
        least = plan(config.with_bounds(most=False), ROOT, here, known)
        fewest = make(config, least, known, speeds, jobs, speed.likely_share(runs), ROOT)
    if as_json:
        both = {"with_fewest_seeds": records.to_json(fewest)} if fewest else {}
        print(json.dumps(records.to_json(found) | both, indent=1))
        return
    _show(found)
    if fewest:
        print(
            "All this is for the most seeds. They are added until comparisons are decided; with the fewest, it is "
            f"{sum(fewest.cells['kind'].values()):,} cells, at most {_hours(fewest.hours)} of one job."
        )
    print(
        f"The reference step: {reference.method} with {reference.model} on {reference.dataset}, "
        f"{rate:,.0f} examples/s on this machine"
        + (f", {examples_per_second:,.0f} on the other." if examples_per_second else ".")
    )


def _show(found: "Forecast") -> None:
    print(f"Scale {found.scale}")
    print(f"{'data':28}{'rows':>12}{'values':>12}{'download':>11}{'disk':>9}")
    for data in found.data:
        rows = f"{data.rows:,}" if data.rows else "not known"
        print(
            f"{data.name:28}{rows:>12}{data.feature_values:>12,}{_size(data.download_bytes):>11}"
            f"{_size(data.disk_bytes):>9}" + ("" if data.there else "  not encoded yet")
        )
    print(f"\n{'the largest items':74}{'cells':>6}{'steps':>13}{'hours':>9}  time of a step")
    for item in found.items[:SHOWN]:
        name = f"{item.experiment}: {item.method}, {item.model}, {item.dataset}"
        kind = "" if item.kind == "train" else f" ({item.kind})"
        print(f"{name + kind:74}{item.cells:>6}{item.steps:>13,}{item.hours:>9,.1f}  {item.origin}")
    rest = found.items[SHOWN:]
    if rest:
        others = f"{len(rest)} others"
        print(f"{others:74}{sum(i.cells for i in rest):>6}{sum(i.steps for i in rest):>13,}"
              f"{sum(i.hours for i in rest):>9,.1f}")  # fmt: skip
    for by, counts in found.cells.items():
        print(f"cells by {by}: " + ", ".join(f"{name} {n:,}" for name, n in counts.items()))
    left = f" ({_hours(found.hours_left)} left)" if found.done else ""
    print(
        f"\n{sum(found.cells['kind'].values()):,} cells, {found.done:,} of them done: at most {found.steps:,} training "
        f"steps, {_hours(found.hours)} of one job{left}; {_hours(found.wall_hours)} with {found.workers} side by side "
        "(timing cells run alone)."
    )
    print(_early(found))
    print(_ORIGINS)
    print(
        f"Memory: up to {_size(found.job_bytes)} per job, and {_size(found.shared_bytes)} for the largest dataset, "
        f"which jobs on a machine's processors share. Disk: {_size(sum(d.disk_bytes for d in found.data))} of encoded "
        f"data, {_size(found.results_bytes)} of test predictions."
    )
    unsized = [data.name for data in found.data if data.download_bytes is None]
    if unsized:
        print(f"Not counted: the download of {', '.join(unsized)}, whose size is not published.")


def _early(found: "Forecast") -> str:
    least = (
        f"If validation stops every training run as early as its patience allows, {found.least:.0%} of that is left."
    )
    if found.likely is None:
        return least
    return f"{least} Finished runs that could stop early needed {found.likely:.0%} of their steps."


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:,.1f} h" if hours < 48 else f"{hours / 24:,.1f} days"


def _size(count: int | None) -> str:
    if count is None:
        return "?"
    return size(count) if count else "-"


def _say(text: str) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{text:100}", end=end, file=sys.stderr, flush=True)
