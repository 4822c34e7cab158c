"""What the scripts of this folder share: the workload, and training a few steps whenever they are told to."""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import torch

FIELDS, VALUES = 39, 27_867  # of each field: Criteo's 1,086,810 values in all, spread evenly
DIM = 16
BATCHES = 7  # so that AutoLoss updates its controller once in each turn


class Workload(NamedTuple):
    """What a trainer is to do.

    Attributes:
        batch: rows of a batch.
        mlp: widths of the hidden layers.
        threads: of the processor.
        regularised: whether there are batch norm and dropout.
        after: steps before the first turn.
    """

    batch: int
    mlp: list[int]
    threads: int
    regularised: bool
    after: int

    @property
    def dropout(self) -> float:
        """The probability that a hidden unit is dropped."""
        return 0.2 if self.regularised else 0.0


def workload() -> Workload:
    """The one on the command line; sets the number of threads."""
    work = Workload(*json.loads(sys.argv[1]))
    torch.set_num_threads(work.threads)
    torch.manual_seed(0)
    return work


def batches(work: Workload) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """(ids [B, F] within their fields, y [B]); a few values of a field are frequent and most are rare."""
    return [
        (
            (torch.rand(work.batch, FIELDS) ** 4 * VALUES).long(),
            torch.randint(0, 2, (work.batch,)).float(),
        )
        for _ in range(BATCHES)
    ]


def serve(
    work: Workload,
    step: Callable[[torch.Tensor, torch.Tensor], object],
    batches: list[tuple[torch.Tensor, torch.Tensor]],
):
    """Trains on all batches once, then again for each line of standard input, and prints what that took."""
    for i in range(work.after):
        step(*batches[i % len(batches)])
    while True:
        wall, cpu = time.perf_counter(), time.process_time()
        for ids, y in batches:
            step(ids, y)
        taken = {
            "seconds": (time.perf_counter() - wall) / len(batches),
            "cpu": (time.process_time() - cpu) / len(batches),
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
        print(json.dumps(taken), flush=True)
        if not sys.stdin.readline():
            return
