"""The time to render the report, by number of cells: made-up cells of nine methods, four models and three datasets.

Run: python -m benchmarks.report [--seeds 1 5]

Each report is rendered in a process of its own, from made-up numbers (tests/reporting/fake_files.py). Recorded are the
wall clock, the processor time (which other load disturbs less), the largest resident memory, and the share of the
processors that other processes used meanwhile. Writes reports/benchmarks/report.csv.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks._processes import busy, processors
from benchmarks._table import write

FAKES = Path(__file__).parent.parent / "tests" / "reporting"


@dataclass(frozen=True)
class Measured:
    """One report: its cells, wall clock and processor seconds, memory, and the share of the processors others used."""

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
    """Makes up the cells, and measures the rendering of their report."""
    sys.path.insert(0, str(FAKES))
    import fake_cells
    import fake_files

    from autoloss.reporting.render import render as render_report

    config = fake_cells.config(overall={**fake_cells.MANY["overall"], "seeds": seeds})
    plan = fake_files.project(Path(folder), config)
    start, before_all = time.perf_counter(), psutil.cpu_times()
    before = _worked()
    render_report(config, plan, Path(folder))
    seconds, worked = time.perf_counter() - start, _worked() - before
    others = max(0.0, busy(before_all, psutil.cpu_times()) - worked)
    return Measured(
        cells=sum(len(cells) for cells in plan.experiments.values()),
        seconds=round(seconds, 2),
        cpu_seconds=round(worked, 2),
        peak_memory_gb=round(_peak_kilobytes() * 1024 / 1e9, 2),
        others_share=round(others / seconds / processors(), 2),
    )


def _worked() -> float:
    """Processor seconds of this process and of its finished children."""
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def _peak_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measures, prints and writes the table."""
    parser = argparse.ArgumentParser(description="The time to render the report.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--render", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.render:
        print(json.dumps(asdict(render(arguments.render, arguments.seeds[0]))))
        return
    rows = [asdict(measure(seeds)) for seeds in arguments.seeds]
    write(rows, Path("reports/benchmarks/report.csv"))


if __name__ == "__main__":
    main()
