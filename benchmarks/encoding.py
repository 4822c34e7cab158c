"""Speed and memory of encoding, at several numbers of rows, and beside peers on the same rows in the same run.

Run: python -m benchmarks.encoding [--dataset criteo|avazu] [--rows 1000000 …] [--folder F] [--peers PYTHON] [--keep]

One file of generated rows, as many as the largest of --rows, is encoded again and again, each time in a process of
its own, first its first --rows rows and so on; then by the peers, if --peers names a python that has them
(benchmarks/encoding_peers/requirements.txt). The rate is rows per second of the clock; beside it stand the seconds
that the processors worked for the process and its children (neighbours stretch those less), the largest resident
memory of it and its children together, and the share of the processors that others used meanwhile.
Writes reports/benchmarks/encoding.csv.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from autoloss import registry

THRESHOLD = {"criteo": 10, "avazu": 4}
PEERS = ("torchfm", "fuxictr")
HERE = Path(__file__).parent


@dataclass
class Measured:
    """One encoding: rates per second of the clock, processor seconds, peak memory, others' share of the processors."""

    dataset: str
    who: str
    rows: int
    seconds: float
    rows_per_second: int
    cpu_seconds: float
    peak_memory_gb: float
    others_share: float


def main() -> None:
    """Generates, measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=THRESHOLD, default="criteo")
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000])
    parser.add_argument("--folder", type=Path, help="where the files go (default: a new one, removed in the end)")
    parser.add_argument("--peers", help="a python that has torchfm and fuxictr")
    parser.add_argument("--keep", action="store_true", help="keep the generated file")
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="encoding-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        results = _all(chosen.dataset, sorted(chosen.rows), folder, chosen.peers)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)
    _write(results)


def _all(dataset: str, rows: list[int], folder: Path, peers: str | None) -> list[Measured]:
    source = _generated(dataset, rows[-1], folder)
    results = []
    for n in rows:
        command = [sys.executable, str(HERE / "encoding_peers" / "autoloss_encode.py"), dataset]
        results.append(_measure(dataset, "autoloss", command, source, n, folder / "out"))
    if peers and dataset == "criteo":
        few = folder / "few.txt"
        with source.open("rb") as file, few.open("wb") as out:
            out.writelines(line for line, _ in zip(file, range(rows[0]), strict=False))
        for peer in PEERS:
            command = [peers, str(HERE / "encoding_peers" / f"{peer}_encode.py")]
            results.append(_measure(dataset, peer, command, few, rows[0], folder / "out"))
    return results


def _generated(dataset: str, rows: int, folder: Path) -> Path:
    form = registry.load("datasets", dataset)()
    if not (folder / "truth.npy").exists():
        begin = time.perf_counter()
        form.planted(folder, rows, 0)
        print(f"{dataset}: {rows} rows generated in {time.perf_counter() - begin:.1f} s", flush=True)
    return folder / form.planted_file


def _measure(dataset: str, who: str, command: list[str], source: Path, rows: int, out: Path) -> Measured:
    """Runs `command SOURCE OUT ROWS`, which prints how long the work took, imports left out, as its last line."""
    shutil.rmtree(out, ignore_errors=True)
    before, begin = psutil.cpu_times(), time.perf_counter()
    child = psutil.Popen([*command, str(source), str(out), str(rows)], stdout=subprocess.PIPE, text=True)
    peak, cpu = 0, {}
    while child.poll() is None:
        peak = max(peak, _look(child, cpu))
        time.sleep(0.1)
    wall, after = time.perf_counter() - begin, psutil.cpu_times()
    lines = child.stdout.read().splitlines()
    if child.returncode:
        raise SystemExit(f"{who}: exit status {child.returncode}: {lines[-1:]}")
    seconds = json.loads(lines[-1])["seconds"]
    worked = sum(cpu.values())
    busy = sum(getattr(after, k) - getattr(before, k) for k in ("user", "system", "nice", "steal") if hasattr(after, k))
    others = max(0.0, busy - worked) / (wall * psutil.cpu_count())
    shutil.rmtree(out, ignore_errors=True)
    result = Measured(dataset, who, rows, round(seconds, 2), round(rows / seconds), round(worked, 1),
                      round(peak / 1e9, 2), round(others, 2))  # fmt: skip
    print("{dataset} {who}: {rows} rows in {seconds} s, {rows_per_second}/s, {cpu_seconds} processor seconds, "
          "{peak_memory_gb} GB, others {others_share:.0%}".format(**asdict(result)), flush=True)  # fmt: skip
    return result


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


def _write(results: list[Measured]) -> None:
    path = Path("reports/benchmarks/encoding.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(results[0])))
        writer.writeheader()
        writer.writerows(asdict(result) for result in results)
    ours = next(r for r in results if r.who == "autoloss")
    for peer in (r for r in results if r.who != "autoloss"):
        ratio, work = ours.rows_per_second / peer.rows_per_second, peer.cpu_seconds / ours.cpu_seconds
        print(f"autoloss is {ratio:.1f} times as fast as {peer.who} ({work:.1f} times fewer processor seconds)")
    print(path)


if __name__ == "__main__":
    main()
