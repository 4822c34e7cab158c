"""How long the report takes, by number of cells: made-up cells of nine methods, four models and three datasets.

Run: python -m benchmarks.report [--seeds 1 5]

Each report is rendered by a process of its own, from cells whose numbers are made up (tests/reporting/fake_files.py).
Beside the seconds of the clock stand those that the processors worked for it (neighbours stretch these less), its
largest resident memory, and the share of the processors that others used meanwhile.
Writes reports/benchmarks/report.csv.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

FAKES = Path(__file__).parent.parent / "tests" / "reporting"


@dataclass
class Measured:
    """One report: cells in it, seconds of clock and processors, memory, others' share of the processors."""

    cells: int
    seconds: float
    cpu_seconds: float
    peak_memory_gb: float
    others_share: float


def measure(seeds: int) -> Measured:
    """Renders one report in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.report", "--render", folder, "--seeds", str(seeds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def render(folder: str, seeds: int) -> Measured:
    """Makes the cells, and measures the report that is made of them."""
    sys.path.insert(0, str(FAKES))
    import fake_cells
    import fake_files

    from autoloss.reporting.render import render as render_report

    many = {name: {**about, "seeds": seeds} for name, about in fake_cells.MANY.items()}
    config = fake_cells.config(**many)
    plan = fake_files.project(Path(folder), config)
    start, others = time.perf_counter(), psutil.cpu_times()
    before = _worked()
    render_report(config, plan, Path(folder))
    seconds, worked = time.perf_counter() - start, _worked() - before
    busy = sum(getattr(psutil.cpu_times(), k) - getattr(others, k) for k in ("user", "system", "nice"))
    return Measured(
        cells=sum(len(cells) for cells in plan.experiments.values()),
        seconds=round(seconds, 2),
        cpu_seconds=round(worked, 2),
        peak_memory_gb=round(_peak_kilobytes() * 1024 / 1e9, 2),
        others_share=round(max(0.0, busy - worked) / seconds / psutil.cpu_count(), 2),
    )


def _worked() -> float:
    """Processor seconds of this process and of its children that have ended."""
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def _peak_kilobytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measures, prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--render", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.render:
        print(json.dumps(asdict(render(arguments.render, arguments.seeds[0]))))
        return
    rows = [asdict(measure(seeds)) for seeds in arguments.seeds]
    out = Path("reports/benchmarks/report.csv")
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(", ".join(f"{k} {v}" for k, v in row.items()))
    print(f"written: {out}")


if __name__ == "__main__":
    main()
