"""`autoloss plan`: every cell, its state, and why it would run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoloss.cli.select import Datasets, Experiments, Methods, Models

if TYPE_CHECKING:
    from autoloss.cells import Cell, Plan

ROOT = Path(".")
STATES = ("done", "running", "failed", "missing")
KEYS = ("kind", "dataset", "model", "method", "training", "seed")


@dataclass(frozen=True)
class Line:
    """A cell, its state, and why it would run (empty for one that is done), or how far it is.

    `name` is its id, as far as that is known.
    """

    cell: "Cell"
    name: str
    state: str
    reason: str


def plan(
    experiments: Experiments = None,
    datasets: Datasets = None,
    models: Models = None,
    methods: Methods = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only cells that are not done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list instead of a table.")] = False,
) -> None:
    """Shows every cell, its state, and why it would run.

    autoloss plan --missing

    autoloss plan --dataset ml-latest-small --method ce --method autoloss
    """
    from autoloss.cells import hardware, known
    from autoloss.cells import plan as make
    from autoloss.cells.select import Wanted, narrowed
    from autoloss.config import load

    whole = load()
    config = narrowed(whole, Wanted(experiments or (), datasets or (), models or (), methods or ()))
    data, here = known.all_facts(config, ROOT), hardware.measuring(ROOT, config.device)
    found = make(config, ROOT, here, data, whole)
    every = _lines(found)
    lines = [line for line in every if not (missing and line.state == "done")]
    if as_json:
        print(json.dumps([_content(line) for line in lines], indent=1))
        return
    for line in lines:
        print(f"{line.state:8}{line.name}" + (f"  ({line.reason})" if line.reason else ""))
    _summarise(found, {line.cell.id: line.state for line in every})
    if config.adaptive:
        least, most = (len(make(config.with_bounds(most=m), ROOT, here, data).cells) for m in (False, True))
        print(f"seeds are added until comparisons are decided: at least {least:,} cells, at most {most:,}")
    if names := known.missing(data):
        print(f"not encoded yet: {', '.join(names)}; `dvc repro data` does it, `autoloss forecast` says what all costs")


def _lines(found: "Plan") -> list[Line]:
    from autoloss.cells import explain

    reasons = explain.reasons(found.cells, ROOT)
    return [_line(cell, reasons[cell.id]) for cell in found.cells]


def _line(cell: "Cell", reason: str) -> Line:
    from autoloss.cells import known, state
    from autoloss.cells.pace import pace_line, read_pace
    from autoloss.cells.running import is_running

    name, now = known.name(cell), state(cell, ROOT)
    if now == "done" or not is_running(cell, ROOT):
        return Line(cell, name, now, reason)
    pace = read_pace(cell, ROOT)
    return Line(cell, name, "running", pace_line(pace) if pace else reason)


def _content(line: Line) -> dict[str, object]:
    keys = {key: getattr(line.cell, key) for key in KEYS}
    return {"cell": line.name, **keys, "state": line.state, "reason": line.reason}


def _summarise(found: "Plan", states: dict[str, str]) -> None:
    """The number of cells in each state, by experiment; a cell of two experiments counts in both."""
    own = {cell.id for cells in found.experiments.values() for cell in cells}
    groups = {name: [cell.id for cell in cells] for name, cells in found.experiments.items()}
    if others := [name for name in states if name not in own]:
        groups["(what others build on)"] = others
    width = max((len(name) for name in groups), default=0)
    print()
    for name, ids in groups.items():
        print(f"{name:{width}}  {_counted([states[id] for id in ids])}")
    print(f"{len(states)} cells: {_counted(list(states.values()))}")


def _counted(states: list[str]) -> str:
    return ", ".join(f"{states.count(state)} {state}" for state in STATES)
