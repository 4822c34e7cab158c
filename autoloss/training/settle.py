"""Settles a training process: threads, determinism, and memory that is not given back and taken anew."""

import ctypes
import os

import torch

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of glibc's mallopt


def machine(threads: int) -> None:
    """The same seed gives bit-identical results again on the same machine, device and thread count.

    Args:
        threads: of this process.
    """
    torch.set_num_threads(threads)
    # A row that no batch reads shrinks under weight decay, and so do its first moments in Adam: after 1,000 steps below
    # 1e-38, where a step of Adam takes 9 times as long. Before the other threads start, which inherit it.
    torch.set_flush_denormal(True)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Otherwise torch fills each new tensor with NaN, to expose reads of memory not yet written: 3 to 10 % of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch's own: large pages; a batch reads rows all over a table
    _keep_memory()


def _keep_memory() -> None:
    """Large temporaries stay on the heap: their page faults cost a third of a step."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    except (OSError, AttributeError):  # no glibc: nothing is changed
        pass
