"""The memory of a cell is its own, not that of the cells before it in the process."""

import subprocess
import sys

import pytest
import torch

from autoloss.training import memory

CPU = torch.device("cpu")
PEAKS = """
import torch
from autoloss.training import memory

for mb in (400, 10):
    memory.reset_peak(torch.device("cpu"))
    torch.ones(mb * 2**18).sum()
    print(memory.peak_mb(torch.device("cpu")))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can reset the peak of a process")
def test_a_small_run_after_a_large_one_has_a_small_peak():
    large, small = map(float, subprocess.check_output([sys.executable, "-c", PEAKS], text=True).split())
    assert large > 400 and 0 < small < large - 300


def test_a_system_that_cannot_reset_it_gives_the_peak_of_the_process(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_PROCESS", tmp_path / "nowhere")
    memory.reset_peak(CPU)
    assert memory.peak_mb(CPU) > 10
