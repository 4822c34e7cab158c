"""The cost of a method relative to a plain cross-entropy step of the same model, measured side by side in one run.

Run: python -m benchmarks.controller_cost [--fields 10] [--size 1000] [--mlp 128 128] [--batch 2000] [--rounds 15]

Every variant trains its own copy of a DeepFM (dim 16, batch norm, dropout) on the same random batches. The
variants take turns, a few steps each, round after round, so that other load on the machine affects all of them alike.
Each round gives a variant's time divided by cross-entropy's in that round; the report has the median over rounds and
the quartiles. On a CPU, time is the processor time of this process, which other processes disturb less than the wall
clock; on a GPU it is the wall clock. Writes reports/benchmarks/controller_cost.csv.
"""

import argparse
import csv
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from autoloss import registry
from autoloss.methods import train_step
from autoloss.models import kept_gradients
from autoloss.training import settle

CANDIDATES = ("focal", "kl", "hinge", "cross_entropy")
STEPS = 14  # of a variant in a round: a multiple of f = 7


@dataclass(frozen=True)
class Variant:
    """A method, its candidate losses and its parameters."""

    method: str
    losses: tuple[str, ...] = CANDIDATES
    parameters: dict[str, Any] = field(default_factory=dict)
    frozen: bool = False


@dataclass(frozen=True)
class Workload:
    """Feature fields, values per field, widths of the hidden layers, rows per batch, and the device."""

    fields: int
    size: int
    mlp: tuple[int, ...]
    batch: int
    device: str


@dataclass(frozen=True)
class Row:
    """A variant's step in ms, and its time over cross-entropy's: median and quartiles over rounds."""

    variant: str
    step_ms: float
    ratio: float
    low: float
    high: float


VARIANTS = {
    "ce": Variant("fixed", ("cross_entropy",)),
    "uniform": Variant("uniform"),
    "autoloss, controller frozen": Variant("autoloss", frozen=True),
    "autoloss, f=7": Variant("autoloss", parameters={"every": 7, "warmup": 0}),
    "autoloss, f=1": Variant("autoloss", parameters={"every": 1, "warmup": 0}),
    "darts second order, f=7": Variant("darts", parameters={"every": 7}),
    "darts first order, f=7": Variant("darts", parameters={"order": 1, "every": 7}),
    "melu, f=7": Variant("melu", parameters={"every": 7}),
    "slf": Variant("slf"),
}


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description="The cost of each method relative to a cross-entropy step.")
    for name, default in (("fields", 10), ("size", 1000), ("batch", 2000), ("rounds", 15), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--mlp", type=int, nargs="+", default=[128, 128])
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    settle.machine(chosen.threads)
    rows = measure(Workload(chosen.fields, chosen.size, tuple(chosen.mlp), chosen.batch, chosen.device), chosen.rounds)
    path = Path("reports/benchmarks/controller_cost.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(rows[0])))
        writer.writeheader()
        writer.writerows(map(asdict, rows))
    for row in rows:
        print(f"{row.variant:30s} {row.step_ms:>8} ms  {row.ratio:>6} × CE  (quartiles {row.low} to {row.high})")
    step = {row.variant: row.step_ms for row in rows}
    update = (step["autoloss, f=1"] - step["autoloss, controller frozen"]) / step["ce"]
    print(f"an update of the controller costs as much as {update:.2f} steps of cross-entropy")
    print(path)


def measure(workload: Workload, rounds: int) -> list[Row]:
    """One row per variant, from `rounds` rounds after one that is not measured."""
    runs = {name: _runner(variant, workload) for name, variant in VARIANTS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            taken = run()
            if turn:
                seconds[name].append(taken)
    return [_row(name, times, seconds["ce"]) for name, times in seconds.items()]


def _runner(variant: Variant, work: Workload) -> Callable[[], float]:
    """A function that trains the variant for a few steps and returns the seconds they took."""
    torch.manual_seed(0)
    model = registry.load("models", "deepfm")((work.size,) * work.fields, 1, mlp=work.mlp).to(work.device)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    losses = [registry.load("losses", name)() for name in variant.losses]
    rule = registry.load("methods", variant.method)(losses, 1, **variant.parameters).to(work.device)
    if variant.frozen:
        rule.freeze()
    offsets = torch.arange(work.fields, device=work.device) * work.size
    batches = [
        (
            torch.randint(0, work.size, (work.batch, work.fields), device=work.device) + offsets,
            torch.randint(0, 2, (work.batch,), device=work.device).float(),
        )
        for _ in range(STEPS)
    ]

    def run() -> float:
        start = _now(work.device)
        with kept_gradients(model):
            for ids, y in batches:
                train_step(model, optimizer, rule, ids, y, lambda: batches[-1])
        return _now(work.device) - start

    return run


def _now(device: str) -> float:
    """Seconds: processor time on a CPU; on a GPU, the wall clock once all queued work is done."""
    if not device.startswith("cuda"):
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def _row(name: str, times: list[float], reference: list[float]) -> Row:
    low, middle, high = statistics.quantiles([t / r for t, r in zip(times, reference, strict=True)], n=4)
    step_ms = 1000 * statistics.median(times) / STEPS
    return Row(name, round(step_ms, 3), round(middle, 3), round(low, 3), round(high, 3))


if __name__ == "__main__":
    main()
