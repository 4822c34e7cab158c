"""`autoloss train`: trains cells in this process and says what came out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoloss.cli.select import Datasets, Experiments, Methods, Models
from autoloss.errors import UserError

if TYPE_CHECKING:
    from autoloss.cells import Cell
    from autoloss.config import Config

ROOT = Path(".")


def train(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CELLS]...", help="Ids of cells, or the beginnings of ids.")
    ] = None,
    experiments: Experiments = None,
    datasets: Datasets = None,
    models: Models = None,
    methods: Methods = None,
    seeds: Annotated[
        list[int] | None, typer.Option("--seed", help="Only cells with this seed; may be repeated.")
    ] = None,
    rerun: Annotated[
        bool,
        typer.Option("--rerun", "--again", help="Also train finished cells, beside their results, and compare."),
    ] = False,
) -> None:
    """Trains cells, one after another, in this process; named, or chosen with what they build on. Prepares their data.

    Several of these commands, also on several machines with one folder, share their cells: each cell is trained once.

    autoloss train --dataset orders --method ce --seed 0

    autoloss train ce-deepfm-orders-s0

    autoloss train --rerun ce-deepfm-orders-s0
    """
    from autoloss.cells import gpu
    from autoloss.cells.running import in_turn
    from autoloss.cells.select import Wanted, narrowed
    from autoloss.config import load

    config, wanted = load(), Wanted(experiments or (), datasets or (), models or (), methods or ())
    if names and (wanted or seeds):
        raise UserError("autoloss train: found both cells and options that choose cells, expected one of the two")
    if not (names or wanted or seeds):
        raise UserError(
            "autoloss train: expected cells (`autoloss plan` shows them), or options that choose some, such as "
            "--dataset and --method; `dvc repro` trains all"
        )
    cells = _named(config, names) if names else _chosen(narrowed(config, wanted), config, seeds or [])
    errors: list[str] = []
    with gpu.slot(config.device, config.gpu_slots):
        for cell in in_turn(cells, ROOT):
            errors += _train(cell, config, rerun)
    if errors:
        raise UserError("\n".join(errors))


def _named(config: "Config", names: list[str]) -> list["Cell"]:
    """The cells of these names, in the order of the names; prepares the data that they and what they build on lack."""
    planned = _planned(config)
    if lacking := {dataset for name in names for dataset in _lacking(name, planned)}:
        from autoloss.data import prepare  # polars and more, which a training job does without

        for dataset in sorted(lacking):
            prepare(config, dataset)
        planned = _planned(config)
    return [planned[_id(name, list(planned))] for name in names]


def _planned(config: "Config") -> dict[str, "Cell"]:
    """All cells by name, whatever data are encoded."""
    from autoloss.cells import hardware, known, plan

    cells = plan(config, ROOT, hardware.measuring(ROOT, config.device), known.all_facts(config, ROOT)).cells
    return {known.name(cell): cell for cell in cells}


def _lacking(name: str, planned: dict[str, "Cell"]) -> set[str]:
    """The datasets without which it is not known which cell a name is: the digest depends on them."""
    from autoloss.cells import known
    from autoloss.cells.find import completed

    wanted, some = completed(name, planned)
    some = some or [start for start in planned if wanted.startswith(f"{start}-")]
    return known.not_encoded(planned[some[0]]) if len(some) == 1 else set()


def _id(name: str, planned: list[str]) -> str:
    from autoloss.cells.find import completed, several

    wanted, some = completed(name, planned)
    if not some:
        raise UserError(f"{wanted}: not in the plan of params.yaml and this code (any more); see `autoloss plan`")
    if len(some) > 1:
        raise several(wanted, some, "cells")
    return some[0]


def _chosen(config: "Config", whole: "Config", seeds: list[int]) -> list["Cell"]:
    """The cells of a part of a configuration with these seeds (none: all) and what they build on; prepares their data.

    Timings are left out: they are measured alone, by `dvc repro timing`.
    """
    from autoloss.cells import plan
    from autoloss.cells.plan import collect
    from autoloss.data import prepare

    grids = {name: each for name, each in config.experiments.items() if each.kind != "timing"}
    config = config.model_copy(update={"experiments": grids})
    for name in config.used_datasets():
        prepare(config, name)
    found: dict[str, Cell] = {}
    for cells in plan(config, ROOT, whole=whole).experiments.values():
        for cell in cells:
            if not seeds or cell.seed in seeds:
                collect(cell, found)
    if not found:
        raise UserError("autoloss train: no cell of params.yaml is chosen by these options; see `autoloss plan`")
    return list(found.values())


def _train(cell: "Cell", config: "Config", rerun: bool) -> list[str]:
    """Trains one cell, or says that it is done; returns what went wrong."""
    from autoloss.cells import run, state
    from autoloss.cells.progress import summary
    from autoloss.cells.rerun import rerun as train_anew

    where = cell.folder(ROOT)
    if state(cell, ROOT) == "done":
        if not rerun:
            print(f"{where}: already done: {summary(cell, ROOT)}; --rerun trains it again and compares", flush=True)
            return []
        try:
            print(train_anew(cell, ROOT, config.device, config.threads), flush=True)
        except UserError as error:
            return [str(error)]
        return []
    if errors := run.run([cell], ROOT, config.device, config.threads):
        return [f"{error} (the log: {ROOT / 'logs' / 'cells' / f'{cell.id}.log'})" for error in errors]
    print(f"{where}: {summary(cell, ROOT)}", flush=True)
    return []
