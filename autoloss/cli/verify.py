"""`autoloss verify`: a verdict on every claim of the paper; with --cells, whether what lies on the disk is intact;
with --against, whether another machine's results come out here."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from autoloss.errors import UserError

ROOT = Path(".")


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of text.")] = False,
    cells: Annotated[bool, typer.Option("--cells", help="Check every file of every cell instead.")] = False,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with another copy of this project, or with a commit, instead.", show_default=False),
    ] = None,
) -> None:
    """Judges each of the paper's claims by our results: a verdict and its explanation.

    autoloss verify

    autoloss verify --cells
    """
    if cells:
        _cells()
    elif against is not None:
        _against(against)
    else:
        _claims(as_json)


def _cells() -> None:
    """Names each damaged cell; the encoded data are checked too.

    Raises:
        UserError: something is damaged.
    """
    from autoloss import seals
    from autoloss.cells import inspect
    from autoloss.cells.cell import forget_last_check
    from autoloss.config import load
    from autoloss.data import facts
    from autoloss.data.verify import verify as check

    config, damaged, intact = load(), 0, 0
    for folder in inspect.folders(ROOT):
        if wrong := inspect.wrong(folder):
            print(f"damaged: {wrong}")
            forget_last_check(folder, ROOT)  # so that the next run finds it, too
        damaged, intact = damaged + bool(wrong), intact + (not wrong)
    for name in config.used_datasets():
        folder = ROOT / "data" / "encoded" / config.scale / name
        try:
            if (folder / facts.FILE).exists():
                check(folder)
                if seals.is_sealed(folder, facts.FILE):
                    seals.check(folder, facts.FILE)
                intact += 1
        except UserError as error:
            print(f"damaged: {error}")
            damaged += 1
    print(f"{intact} directories of cells and data are intact, {damaged} damaged")
    if damaged:
        raise UserError(
            "the next run sets damaged cells of its plan aside, in results/damaged, and trains again what is missing; "
            "`autoloss archive --prune` sets aside those that no plan needs"
        )


def _against(where: str) -> None:
    """Prints how this machine's results stand beside another's.

    Raises:
        UserError: some differ by more than seeds do.
    """
    from autoloss.cells import hardware, plan
    from autoloss.config import load
    from autoloss.reporting import reproduced, tables
    from autoloss.reporting.material import gather

    config = load()
    other = reproduced.find(where, ROOT)
    material = gather(config, plan(config, ROOT, hardware.measuring(ROOT, config.device)), ROOT)
    ours = reproduced.of_results(material.finished)
    found = reproduced.compare(ours, tables.csv_texts(tables.build(material)), other)
    for pair in found.pairs:
        print(f"{pair.verdict}: {pair.name}, seed {pair.seed}{pair.detail and f': {pair.detail}'}")
    for name, verdict in found.tables.items():
        print(f"{verdict}: table {name}")
    print(f"{found.only_here} training runs are only here, {found.only_there} only there")
    print(found.line())
    if different := sum(pair.verdict == reproduced.DIFFERENT for pair in found.pairs):
        raise UserError(f"{different} of {len(found.pairs)} training runs differ by more than seeds do")


def _claims(as_json: bool) -> None:
    from rich.console import Console

    from autoloss.cells import hardware, plan
    from autoloss.config import load
    from autoloss.reporting.claims import OUTCOMES
    from autoloss.reporting.material import gather

    config = load()
    verdicts = gather(config, plan(config, ROOT, hardware.measuring(ROOT, config.device)), ROOT).verdicts
    if as_json:
        print(json.dumps([asdict(v) for v in verdicts], indent=1))
        return
    console = Console(soft_wrap=True, highlight=False, markup=False)
    colours = dict(zip(OUTCOMES, ("green", "yellow", "red", "dim"), strict=True))
    for outcome in OUTCOMES:
        for verdict in (v for v in verdicts if v.verdict == outcome):
            console.print(f"{outcome}: {verdict.id}", style=colours[outcome])
            console.print(f"  {verdict.text}\n  {verdict.explanation}")
    count = {outcome: sum(v.verdict == outcome for v in verdicts) for outcome in OUTCOMES}
    console.print(f"{len(verdicts)} claims at scale {config.scale}: " + ", ".join(f"{n} {o}" for o, n in count.items()))
