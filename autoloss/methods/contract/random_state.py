"""The state of torch's own generators, so that a forward pass can draw its dropout masks again."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def rng_states(device: torch.device) -> list[Tensor]:
    """The states of the generators that a forward pass on `device` may draw from."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states


@contextmanager
def random_from(states: list[Tensor], device: torch.device) -> Iterator[None]:
    """Inside, torch's generators continue from `states`; afterwards they are as they were before."""
    kept = rng_states(device)
    _set_rng_states(states, device)
    try:
        yield
    finally:
        _set_rng_states(kept, device)


def _set_rng_states(states: list[Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
