"""Speed and memory of encoding at several numbers of rows, and beside peers on the same rows in the same run.

Run: python -m benchmarks.encoding [--dataset criteo|avazu] [--rows 1000000 …] [--full] [--repeats 3]
                                   [--peers PYTHON] [--folder F] [--keep]

One file of synthetic rows, as long as the largest of --rows, is encoded several times, each time in a new process: its
first --rows rows, for each number given. --full adds the published number of rows, which takes half an hour and up to
25 GB of disk. The smallest number of rows is measured --repeats times. --peers names a Python that has the peers
installed (benchmarks/encoding_peers/requirements.txt; Criteo only); ours and theirs then take turns. The file is
removed at the end. reports/benchmarks/encoding.csv keeps its rows for other numbers of rows, and gets:

seconds, least, most    wall clock without imports: the median of the runs, and the extremes
cpu_seconds             processor time of the process and its children (other load disturbs it less)
peak_memory_gb          the most memory resident of it and its children together, in any run
others_share            share of the processors that other processes used meanwhile
times_ours, …           the peer's seconds divided by ours in the same turn: median and extremes; processor time alike
"""

import argparse
import csv
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autoloss import registry
from autoloss.datasets import Format
from benchmarks._processes import Run, measured

DATASETS = ("criteo", "avazu")
PEERS = ("torchfm", "fuxictr")
OURS = "autoloss"
SCRIPTS = Path(__file__).parent / "encoding_peers"
OUT = Path("reports/benchmarks/encoding.csv")
COLUMNS: tuple[str, ...] = (
    "dataset", "who", "rows", "runs", "seconds", "least", "most", "rows_per_second", "cpu_seconds", "peak_memory_gb",
    "others_share", "times_ours", "times_least", "times_most", "cpu_times_ours",
)  # fmt: skip


@dataclass(frozen=True)
class Encoding:
    """One encoding: seconds without imports, and what else was measured."""

    seconds: float
    run: Run


def main() -> None:
    """Generates, measures, prints and writes."""
    parser = argparse.ArgumentParser(description="Speed and memory of encoding.")
    parser.add_argument("--dataset", choices=DATASETS, default="criteo")
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000])
    parser.add_argument("--full", action="store_true", help="the published number of rows as well")
    parser.add_argument("--repeats", type=int, default=3, help="runs at the smallest number of rows")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a new folder, removed at the end)")
    parser.add_argument("--peers", help="a Python that has torchfm and fuxictr")
    parser.add_argument("--keep", action="store_true", help="keep the generated file")
    chosen = parser.parse_args()
    form: Format = registry.load("datasets", chosen.dataset)()
    published = [form.published.rows] if chosen.full and form.published else []
    rows: list[int] = sorted({*chosen.rows, *published})
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="encoding-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        source = _generated(form, rows[-1], folder)
        for n in rows:
            smallest = n == rows[0]
            peers = PEERS if smallest and chosen.peers and chosen.dataset == "criteo" else ()
            commands = _commands(chosen.dataset, source, n, chosen.peers, peers)
            _record(chosen.dataset, n, _in_turns(commands, source, n, chosen.repeats if smallest else 1))
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)


def _generated(form: Format, rows: int, folder: Path) -> Path:
    if not (folder / "truth.npy").exists():
        begin = time.perf_counter()
        form.synthetic(folder, rows, 0)
        print(f"{rows} rows generated in {time.perf_counter() - begin:.1f} s", flush=True)
    return folder / form.synthetic_file


def _commands(dataset: str, source: Path, rows: int, python: str, peers: tuple[str, ...]) -> dict[str, list[str]]:
    """Who encodes → its command; the peers read a file that holds their rows alone."""
    commands = {OURS: [sys.executable, str(SCRIPTS / "autoloss_encode.py"), dataset, str(source)]}
    if peers:
        few = source.with_name("few.txt")
        with source.open("rb") as file, few.open("wb") as out:
            out.writelines(line for line, _ in zip(file, range(rows), strict=False))
        commands |= {peer: [python, str(SCRIPTS / f"{peer}_encode.py"), str(few)] for peer in peers}
    return commands


def _in_turns(commands: dict[str, list[str]], source: Path, rows: int, repeats: int) -> dict[str, list[Encoding]]:
    """Who encodes → `repeats` encodings; a command prints its seconds as its last line."""
    found: dict[str, list[Encoding]] = {who: [] for who in commands}
    out = source.with_name("out")
    for _ in range(repeats):
        for who, command in commands.items():
            run = measured([*command, str(out), str(rows)], out)
            found[who].append(Encoding(json.loads(run.output)["seconds"], run))
            print(f"{who}: {rows} rows in {found[who][-1].seconds:.2f} s, {run.cpu:.1f} processor seconds, "
                  f"{run.peak / 1e9:.2f} GB, others {run.others:.0%}", flush=True)  # fmt: skip
    return found


def _record(dataset: str, rows: int, found: dict[str, list[Encoding]]) -> None:
    """Writes the encodings of one number of rows; the file's other rows stay."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    table: dict[tuple[str, str, int], dict[str, str]] = {}
    if OUT.exists():
        with OUT.open(newline="") as file:
            table = {(row["dataset"], row["who"], int(row["rows"])): row for row in csv.DictReader(file)}
    for who, theirs in found.items():
        row = {"dataset": dataset, "who": who, "rows": str(rows), **_summary(rows, theirs)}
        if who != OURS:
            row |= _ratios(theirs, found[OURS])
            print("autoloss is {times_ours} times as fast as {who} ({times_least} to {times_most}), with "
                  "{cpu_times_ours} times less processor time".format(**row))  # fmt: skip
        table[dataset, who, rows] = row
    with OUT.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS), restval="", extrasaction="ignore")
        writer.writeheader()
        keys = sorted(table, key=lambda key: (DATASETS.index(key[0]), key[1] != OURS, key[1:]))
        writer.writerows(table[key] for key in keys)
    print(OUT)


def _summary(rows: int, found: list[Encoding]) -> dict[str, str]:
    def median(of: Callable[[Encoding], float]) -> float:
        return statistics.median(map(of, found))

    seconds = [one.seconds for one in found]
    return {
        "runs": str(len(found)),
        "seconds": f"{statistics.median(seconds):.2f}",
        "least": f"{min(seconds):.2f}",
        "most": f"{max(seconds):.2f}",
        "rows_per_second": str(round(rows / statistics.median(seconds))),
        "cpu_seconds": f"{median(lambda one: one.run.cpu):.1f}",
        "peak_memory_gb": f"{max(one.run.peak for one in found) / 1e9:.2f}",
        "others_share": f"{median(lambda one: one.run.others):.2f}",
    }


def _ratios(theirs: list[Encoding], ours: list[Encoding]) -> dict[str, str]:
    times = [t.seconds / o.seconds for t, o in zip(theirs, ours, strict=True)]
    work = [t.run.cpu / o.run.cpu for t, o in zip(theirs, ours, strict=True)]
    return {
        "times_ours": f"{statistics.median(times):.1f}",
        "times_least": f"{min(times):.1f}",
        "times_most": f"{max(times):.1f}",
        "cpu_times_ours": f"{statistics.median(work):.1f}",
    }


if __name__ == "__main__":
    main()
