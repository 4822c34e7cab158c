"""Speed and memory of encoding, at several numbers of rows, and beside peers on the same rows in the same run.

Run: python -m benchmarks.encoding [--dataset criteo|avazu] [--rows 1000000 …] [--full] [--repeats 3]
                                   [--peers PYTHON] [--folder F] [--keep]

One file of generated rows, as many as the largest of --rows (--full adds as many as are published, which takes half an
hour and up to 25 GB of disk), is encoded again and again, each time in a process of its own: its first --rows rows,
and so on. The smallest number of rows is measured --repeats times, and, if --peers names a python that has them
(benchmarks/encoding_peers/requirements.txt; Criteo only), in turns with the peers: ours, theirs, ours, … The file is
removed in the end. In reports/benchmarks/encoding.csv, where other numbers of rows stay as they are:

seconds, least, most    of the clock, imports left out: the median of the runs, and the extremes
cpu_seconds             that the processors worked for the process and its children (neighbours stretch those less)
peak_memory_gb          the most that was resident of it and its children together, in any run
others_share            of the processors, that others used meanwhile
times_ours, …           the peer's seconds by ours in the same turn: median and extremes; and processor seconds alike
"""

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from autoloss import registry

DATASETS = ("criteo", "avazu")
PEERS = ("torchfm", "fuxictr")
OURS = "autoloss"
HERE = Path(__file__).parent
OUT = Path("reports/benchmarks/encoding.csv")
COLUMNS = ("dataset", "who", "rows", "runs", "seconds", "least", "most", "rows_per_second", "cpu_seconds",
           "peak_memory_gb", "others_share", "times_ours", "times_least", "times_most", "cpu_times_ours")  # fmt: skip


@dataclass
class Run:
    """One encoding: seconds of the clock and of the processors, peak bytes, others' share of the processors."""

    seconds: float
    cpu: float
    peak: int
    others: float


def main() -> None:
    """Generates, measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=DATASETS, default="criteo")
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000])
    parser.add_argument("--full", action="store_true", help="as many rows as are published, too")
    parser.add_argument("--repeats", type=int, default=3, help="runs at the smallest number of rows")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a new one, removed in the end)")
    parser.add_argument("--peers", help="a python that has torchfm and fuxictr")
    parser.add_argument("--keep", action="store_true", help="keep the generated file")
    chosen = parser.parse_args()
    form = registry.load("datasets", chosen.dataset)()
    rows = sorted({*chosen.rows, *([form.expected.rows] if chosen.full else [])})
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="encoding-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        source = _generated(form, rows[-1], folder)
        peers = PEERS if chosen.peers and chosen.dataset == "criteo" else ()
        for n, repeats in zip(rows, (chosen.repeats, *[1] * len(rows)), strict=False):
            runs = _in_turns(chosen.dataset, source, n, repeats, chosen.peers, peers if n == rows[0] else ())
            _record(chosen.dataset, n, runs)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)


def _generated(form: object, rows: int, folder: Path) -> Path:
    if not (folder / "truth.npy").exists():
        begin = time.perf_counter()
        form.synthetic(folder, rows, 0)
        print(f"{rows} rows generated in {time.perf_counter() - begin:.1f} s", flush=True)
    return folder / form.synthetic_file


def _in_turns(
    dataset: str, source: Path, rows: int, repeats: int, python: str | None, peers: tuple[str, ...]
) -> dict[str, list[Run]]:
    """The runs of everyone, one after another, `repeats` times round."""
    ours = [sys.executable, str(HERE / "encoding_peers" / "autoloss_encode.py"), dataset, str(source)]
    commands = {OURS: ours}
    if peers:
        few = source.with_name("few.txt")
        with source.open("rb") as file, few.open("wb") as out:
            out.writelines(line for line, _ in zip(file, range(rows), strict=False))
        commands |= {p: [python, str(HERE / "encoding_peers" / f"{p}_encode.py"), str(few)] for p in peers}
    runs: dict[str, list[Run]] = {who: [] for who in commands}
    for _ in range(repeats):
        for who, command in commands.items():
            run = _measured(command, source.with_name("out"), rows)
            runs[who].append(run)
            print(f"{dataset} {who}: {rows} rows in {run.seconds:.2f} s, {run.cpu:.1f} processor seconds, "
                  f"{run.peak / 1e9:.2f} GB, others {run.others:.0%}", flush=True)  # fmt: skip
    return runs


def _measured(command: list[str], out: Path, rows: int) -> Run:
    """Runs `command OUT ROWS`, which prints how long the work took, imports left out, as its last line."""
    shutil.rmtree(out, ignore_errors=True)
    before, begin = psutil.cpu_times(), time.perf_counter()
    log = out.with_suffix(".log")
    with log.open("w") as said:
        child = psutil.Popen([*command, str(out), str(rows)], stdout=subprocess.PIPE, stderr=said, text=True)
        peak, cpu = 0, {}
        while child.poll() is None:
            peak = max(peak, _look(child, cpu))
            time.sleep(0.05)
    wall, after = time.perf_counter() - begin, psutil.cpu_times()
    lines = child.stdout.read().splitlines()
    shutil.rmtree(out, ignore_errors=True)
    if child.returncode:
        raise SystemExit(f"{command[1]}: exit status {child.returncode}: {log.read_text()[-500:]}")
    worked = sum(cpu.values())
    busy = sum(getattr(after, k) - getattr(before, k) for k in ("user", "system", "nice", "steal") if hasattr(after, k))
    others = max(0.0, busy - worked) / (wall * psutil.cpu_count())
    return Run(json.loads(lines[-1])["seconds"], worked, peak, others)


def _look(process: psutil.Process, cpu: dict[int, float]) -> int:
    """Resident bytes of a process and its descendants now; their processor seconds so far go to `cpu`."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            with one.oneshot():
                total += one.memory_info().rss
                times = one.cpu_times()
                cpu[one.pid] = times.user + times.system
    except psutil.NoSuchProcess:
        pass
    return total


def _record(dataset: str, rows: int, runs: dict[str, list[Run]]) -> None:
    """Writes the runs at one number of rows; what else stands in the file stays."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    table = {}
    if OUT.exists():
        with OUT.open(newline="") as file:
            table = {(r["dataset"], r["who"], int(r["rows"])): r for r in csv.DictReader(file)}
    for who, mine in runs.items():
        row = {"dataset": dataset, "who": who, "rows": rows, **_summary(rows, mine)}
        if who != OURS:
            row |= _ratios(mine, runs[OURS])
            print("autoloss is {times_ours} times as fast as {who} ({times_least} to {times_most}), with "
                  "{cpu_times_ours} times fewer processor seconds".format(**row))  # fmt: skip
        table[dataset, who, rows] = row
    with OUT.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(
            table[key] for key in sorted(table, key=lambda k: (DATASETS.index(k[0]), k[1] != OURS, *k[1:]))
        )
    print(OUT)


def _summary(rows: int, runs: list[Run]) -> dict[str, object]:
    def median(of: Callable[[Run], float]) -> float:
        return statistics.median(map(of, runs))

    seconds = [run.seconds for run in runs]
    return {"runs": len(runs), "seconds": f"{median(lambda r: r.seconds):.2f}", "least": f"{min(seconds):.2f}",
            "most": f"{max(seconds):.2f}", "rows_per_second": round(rows / median(lambda r: r.seconds)),
            "cpu_seconds": f"{median(lambda r: r.cpu):.1f}", "peak_memory_gb": f"{max(r.peak for r in runs) / 1e9:.2f}",
            "others_share": f"{median(lambda r: r.others):.2f}"}  # fmt: skip


def _ratios(theirs: list[Run], ours: list[Run]) -> dict[str, str]:
    times = [t.seconds / o.seconds for t, o in zip(theirs, ours, strict=True)]
    work = [t.cpu / o.cpu for t, o in zip(theirs, ours, strict=True)]
    return {"times_ours": f"{statistics.median(times):.1f}", "times_least": f"{min(times):.1f}",
            "times_most": f"{max(times):.1f}", "cpu_times_ours": f"{statistics.median(work):.1f}"}  # fmt: skip


if __name__ == "__main__":
    main()
