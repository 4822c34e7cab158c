"""The time to find that nothing is to be done: `dvc repro` and `autoloss plan` in a project of 540 finished cells.

Run: python -m benchmarks.nothing_to_do [--seeds 5]

The project is a copy of this one with tiny generated data and made-up results (tests/reporting/fake_files.py), all of
them sealed and archived. `dvc repro` and `autoloss track` run until nothing is to be done, then the commands are timed.
Writes reports/benchmarks/nothing_to_do.csv.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import psutil
import yaml

from benchmarks._processes import measured, processors
from benchmarks._table import write

PROJECT = Path(__file__).parents[1]
FAKES = PROJECT / "tests" / "reporting"
COPIED = ("autoloss", "workflow", "reports/paper", "shipped")
COMMANDS = {
    "autoloss plan": ("autoloss", "plan"),
    "autoloss run quality": ("autoloss", "run", "quality"),
    "dvc repro": ("dvc", "repro"),
}
FINISHING = (("dvc", "repro"), ("autoloss", "track"), ("dvc", "repro"))  # the first one records a part of the cells


@dataclass(frozen=True)
class Measured:
    """One command: finished cells, wall clock and processor seconds, and the share of the processors others used."""

    command: str
    cells: int
    seconds: float
    cpu_seconds: float
    others_share: float


def params(seeds: int) -> dict[str, object]:
    """A params.yaml of nine methods, four models and three datasets."""
    sys.path.insert(0, str(FAKES))
    import fake_cells

    rows = {"source": "synthetic", "rows": 2000, "threshold": 2}
    losses = fake_cells.LOSSES
    fixed = {name: {"use": "fixed", "losses": [name]} for name in ("focal", "kl", "hinge")}
    fixed["ce"] = {"use": "fixed", "losses": ["cross_entropy"]}
    return {
        "scale": "demo",
        "seeds": seeds,
        "datasets": {
            "criteo": {"task": "binary", **rows},
            "ml-20m": {"use": "movielens", "task": "multiclass", "n_classes": 5, **rows},
            "avazu": {"task": "binary", "archive": "x4", **rows},
        },
        "losses": {name: {} for name in losses},
        "models": {name: {} for name in ("deepfm", "ipnn", "nfm", "autoint")},
        "methods": {name: fixed.get(name, {"losses": losses}) for name in fake_cells.PAPER_METHODS},
        "training": {"paper": {}},
        "experiments": {"overall": {k: v for k, v in fake_cells.MANY["overall"].items() if k != "seeds"}},
    }


def make(root: Path, seeds: int) -> int:
    """Makes the project; returns how many cells it has."""
    for name in COPIED:
        shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(PROJECT / name, root)
    (root / "params.yaml").write_text(yaml.safe_dump(params(seeds)))
    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root)
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, check=True)
    import fake_files

    from autoloss import cells
    from autoloss.config import load
    from autoloss.data import prepare

    config = load()
    for name in config.datasets:
        prepare(config, name)
    planned = cells.plan(config).cells
    for cell in planned:
        fake_files.write_cell(cell, cell.folder())
    return len(planned)


def measure(seeds: int) -> list[Measured]:
    """Makes the project, lets `dvc repro` finish, and measures both commands."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        count = make(Path(folder) / "project", seeds)
        for words in FINISHING:
            subprocess.run([sys.executable, "-m", *words], check=True, stdout=subprocess.DEVNULL)
        for name, words in COMMANDS.items():
            begin = perf_counter()
            run = measured([sys.executable, "-m", *words], Path(folder) / "out")
            found.append(
                Measured(name, count, round(perf_counter() - begin, 1), round(run.cpu, 1), round(run.others, 2))
            )
        os.chdir(PROJECT)
    return found


def main() -> None:
    """Measures, prints and writes the table."""
    parser = argparse.ArgumentParser(description="The time to find that nothing is to be done.")
    parser.add_argument("--seeds", type=int, default=5)
    rows = [asdict(each) for each in measure(parser.parse_args().seeds)]
    out = PROJECT / "reports" / "benchmarks" / "nothing_to_do.csv"
    write(rows, out)
    print(f"{processors()} processors, {psutil.virtual_memory().total / 1e9:.0f} GB")


if __name__ == "__main__":
    main()
