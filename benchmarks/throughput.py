"""Speed and memory of training steps, beside peers on the same workload in the same run.

Run: python -m benchmarks.throughput [--batch 2000 10000] [--threads 1 2] [--after 0 1500] [--rounds 5] [--peers PYTHON]

Every trainer is a DeepFM with Criteo's 39 fields and 1.09 million values and embeddings of size 16, in a process of its
own, on batches that are in memory, with L2 regularisation. They take turns of seven steps, so that other load on the
machine affects all alike. Two MLPs: 400-400-400 without batch norm and dropout, and the paper's, 128-128 with both.
--after trains that many steps first: an epoch of Criteo has 18,000, and a step does not take the same time throughout.
--peers names a Python that has the peers installed (benchmarks/throughput_peers/requirements.txt); without it, ours are
measured alone.
reports/benchmarks/throughput.csv gets the workloads measured; those of earlier runs stay in it:

examples_per_second, least, most    the median over turns, and the extremes, by wall clock
cpu_ms                              processor time of a step: other load disturbs it less
ours_faster, cpu_ours_faster        the trainer's time over that of autoloss (cross-entropy) in the same turn, median
of_limit                            the time of the MLP's matrix products alone over the trainer's, median
peak_memory_gb                      the most memory resident
others_share                        share of the processors that other processes used meanwhile
"""

import argparse
import csv
import itertools
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks._processes import processors
from benchmarks._turns import Trainer, Turn, beside_others

SCRIPTS = Path(__file__).parent / "throughput_peers"
OUT = Path("reports/benchmarks/throughput.csv")
OURS, LIMIT = "autoloss (cross-entropy)", "matrix products alone"
TRAINERS = {OURS: ("autoloss", "ce"), "autoloss (AutoLoss, f = 7)": ("autoloss", "autoloss"), LIMIT: ("products",)}
PEERS = {"deepctr-torch": ("deepctr",), "torchfm": ("torchfm",)}
MLPS = {"400-400-400": ([400, 400, 400], False), "128-128, batch norm, dropout": ([128, 128], True)}


@dataclass(frozen=True)
class Row:
    """A trainer on a workload; the columns are explained at the top of this file."""

    mlp: str
    batch: int
    threads: int
    after: int
    trainer: str
    examples_per_second: int
    least: int
    most: int
    cpu_ms: float
    ours_faster: float
    cpu_ours_faster: float
    of_limit: float
    peak_memory_gb: float
    others_share: float


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description="Speed and memory of training steps.")
    parser.add_argument("--batch", type=int, nargs="+", default=[2000, 10_000])
    parser.add_argument("--threads", type=int, nargs="+", default=[processors()])
    parser.add_argument("--after", type=int, nargs="+", default=[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", help="a Python that has deepctr-torch and torchfm")
    chosen = parser.parse_args()
    if not chosen.peers:
        print(f"{' and '.join(PEERS)} are left out: --peers names a Python that has them")
    for after, threads, mlp, batch in itertools.product(chosen.after, chosen.threads, MLPS, chosen.batch):
        _write(measure(mlp, batch, threads, after, chosen.rounds, chosen.peers))
    print(OUT)


def _write(rows: list[Row]) -> None:
    """Puts the rows of one workload into the file, in place of older ones."""
    new = [{name: str(value) for name, value in asdict(row).items()} for row in rows]
    old = list(csv.DictReader(OUT.read_text().splitlines())) if OUT.exists() else []
    kept = [row for row in old if row.keys() == new[0].keys() and _workload(row) != _workload(new[0])]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with OUT.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(new[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept + new)


def _workload(row: dict[str, str]) -> tuple[str, ...]:
    return row["mlp"], row["batch"], row["threads"], row["after"]


def measure(mlp: str, batch: int, threads: int, after: int, rounds: int, peers: str | None) -> list[Row]:
    """One row per trainer, from `rounds` turns of each."""
    widths, regularised = MLPS[mlp]
    work = json.dumps([batch, widths, threads, regularised, after])
    commands = {who: _command(sys.executable, script, work) for who, script in TRAINERS.items()}
    if peers:
        commands |= {who: _command(peers, script, work) for who, script in PEERS.items()}
    trainers: dict[str, Trainer] = {}
    turns: dict[str, list[Turn]] = {who: [] for who in commands}
    others: dict[str, list[float]] = {who: [] for who in commands}
    try:
        for who, command in commands.items():
            trainers[who] = Trainer(command)
        for _ in range(rounds):
            for who, trainer in trainers.items():
                turn, share = beside_others(trainer)
                turns[who].append(turn)
                others[who].append(share)
    finally:
        for trainer in trainers.values():
            trainer.end()
    rows = [_row((mlp, batch, threads, after), who, turns, statistics.median(others[who])) for who in commands]
    for row in rows:
        print(f"MLP {row.mlp}, batch {row.batch}, {row.threads} threads, after {row.after:,} steps, "
              f"{row.trainer}: {row.examples_per_second:,} "
              f"examples/s, {row.cpu_ms} ms of processor time a step; autoloss is {row.ours_faster} times as fast (by "
              f"processor time {row.cpu_ours_faster}); {row.of_limit:.0%} of the limit; {row.peak_memory_gb} GB; "
              f"others used {row.others_share:.0%} of the machine", flush=True)  # fmt: skip
    return rows


def _command(python: str, script: tuple[str, ...], work: str) -> list[str]:
    return [python, str(SCRIPTS / f"{script[0]}_steps.py"), work, *script[1:]]


def _row(workload: tuple[str, int, int, int], who: str, turns: dict[str, list[Turn]], others: float) -> Row:
    def over(one: str, other: str, of: Callable[[Turn], float]) -> float:
        """The median over turns of one trainer's time over another's."""
        return round(statistics.median(of(a) / of(b) for a, b in zip(turns[one], turns[other], strict=True)), 2)

    seconds = [turn.seconds for turn in turns[who]]
    mlp, batch, threads, after = workload
    return Row(
        mlp=mlp,
        batch=batch,
        threads=threads,
        after=after,
        trainer=who,
        examples_per_second=round(batch / statistics.median(seconds)),
        least=round(batch / max(seconds)),
        most=round(batch / min(seconds)),
        cpu_ms=round(1000 * statistics.median(turn.cpu for turn in turns[who]), 1),
        ours_faster=over(who, OURS, lambda turn: turn.seconds),
        cpu_ours_faster=over(who, OURS, lambda turn: turn.cpu),
        of_limit=over(LIMIT, who, lambda turn: turn.seconds),
        peak_memory_gb=round(max(turn.peak for turn in turns[who]) / 1e9, 2),
        others_share=round(others, 2),
    )


if __name__ == "__main__":
    main()
