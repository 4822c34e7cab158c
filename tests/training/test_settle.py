"""Training does not slow down as the rows of a table that are seldom read shrink to nothing."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys, torch
from autoloss.training import settle
settle.machine(int(sys.argv[1]))
table = torch.nn.Parameter(torch.zeros(400_000))  # enough for all threads
table.grad = torch.zeros_like(table)
optimizer = torch.optim.Adam([table], fused=True)
optimizer.step()
moments = optimizer.state[table]["exp_avg"].fill_(1e-37)
for _ in range(40):
    optimizer.step()  # 0.9 of it each: 1.5e-39 at the end, below the least normal number
print(int((moments != 0).sum()), torch.get_num_threads())
"""


@pytest.mark.parametrize("threads", ["1", "2"])
def test_numbers_below_the_normal_ones_are_zero_in_every_thread(threads):
    ended = subprocess.run([sys.executable, "-c", PROGRAM, threads], check=True, capture_output=True, text=True)
    assert ended.stdout.split() == ["0", threads]
