"""What a method costs, relative to a plain cross-entropy step of the same model, side by side in one run.

Run: python -m benchmarks.controller_cost [--fields 10] [--size 1000] [--batch 2000] [--rounds 15]

Every variant trains its own copy of a DeepFM (dim 16, MLP 128-128, batch norm, dropout) on the same random batches.
The variants take turns, a few steps each, round after round, so that whatever else the machine does falls on all of
them alike; a round gives each variant's time divided by cross-entropy's in that round, and the median over rounds is
reported with its quartiles. On a CPU the seconds are those that the process has spent computing, which neighbours
stretch less than the clock's; on a GPU the clock's. Writes reports/benchmarks/controller_cost.csv.
"""

import argparse
import csv
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from autoloss import registry
from autoloss.methods._step import train_step

CANDIDATES = ("focal", "kl", "hinge", "cross_entropy")
STEPS = 14  # of a variant in a round: a multiple of f = 7
# name → (method, its losses, its parameters)
VARIANTS = {
    "ce": ("fixed", ("cross_entropy",), {}),
    "uniform": ("uniform", CANDIDATES, {}),
    "autoloss, controller frozen": ("autoloss", CANDIDATES, {}),
    "autoloss, f=7": ("autoloss", CANDIDATES, {"every": 7, "warmup": 0}),
    "autoloss, f=1": ("autoloss", CANDIDATES, {"every": 1, "warmup": 0}),
    "darts second order, f=7": ("darts", CANDIDATES, {"every": 7}),
    "darts first order, f=7": ("darts", CANDIDATES, {"order": 1, "every": 7}),
    "melu, f=7": ("melu", CANDIDATES, {"every": 7}),
    "slf": ("slf", CANDIDATES, {}),
}


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("fields", 10), ("size", 1000), ("batch", 2000), ("rounds", 15), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    rows = measure(chosen.fields, chosen.size, chosen.batch, chosen.rounds, chosen.device)
    path = Path("reports/benchmarks/controller_cost.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print("{variant:30s} {step_ms:>8} ms  {ratio:>6} × CE  (quartiles {low} to {high})".format(**row))
    updates = {row["variant"]: row["step_ms"] for row in rows}
    update = (updates["autoloss, f=1"] - updates["autoloss, controller frozen"]) / updates["ce"]
    print(f"one update of the controller costs {update:.2f} steps of cross-entropy")
    print(path)


def measure(fields: int, size: int, batch: int, rounds: int, device: str) -> list[dict[str, object]]:
    """One row per variant: its step in ms, and its time over cross-entropy's (median and quartiles over rounds).

    Args:
        fields, size: feature fields, and values of each.
        batch: rows of a batch.
        rounds: measured turns of each variant; one more goes before, unmeasured.
        device: cpu or cuda.
    """
    runs = {
        name: _runner(*variant, fields, size, batch, device, frozen="frozen" in name)
        for name, variant in VARIANTS.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            taken = run()
            if turn:
                seconds[name].append(taken)
    return [_row(name, times, seconds["ce"]) for name, times in seconds.items()]


def _runner(
    method: str,
    losses: tuple[str, ...],
    parameters: dict[str, object],
    fields: int,
    size: int,
    batch: int,
    device: str,
    frozen: bool,
) -> Callable[[], float]:
    """A function that takes some steps of a variant and returns the seconds."""
    torch.manual_seed(0)
    model = registry.load("models", "deepfm")((size,) * fields, 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    rule = registry.load("methods", method)([registry.load("losses", name)() for name in losses], 1, **parameters)
    rule.to(device)
    if frozen:
        rule.freeze()
    offsets = torch.arange(fields, device=device) * size
    batches = [
        (
            torch.randint(0, size, (batch, fields), device=device) + offsets,
            torch.randint(0, 2, (batch,), device=device).float(),
        )
        for _ in range(STEPS)
    ]

    def run() -> float:
        start = _now(device)
        for step, (ids, y) in enumerate(batches):
            train_step(model, optimizer, rule, ids, y, lambda: batches[-1], step)
        return _now(device) - start

    return run


def _now(device: str) -> float:
    """Seconds: of the processor on a CPU, of the clock on a GPU that has finished what it was given."""
    if not device.startswith("cuda"):
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def _row(name: str, times: list[float], reference: list[float]) -> dict[str, object]:
    low, middle, high = statistics.quantiles([t / r for t, r in zip(times, reference, strict=True)], n=4)
    step_ms = 1000 * statistics.median(times) / STEPS
    return {
        "variant": name,
        "step_ms": round(step_ms, 3),
        "ratio": round(middle, 3),
        "low": round(low, 3),
        "high": round(high, 3),
    }


if __name__ == "__main__":
    main()
