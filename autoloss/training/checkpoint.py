"""Everything a training run resumes from, in one safetensors file: a killed cell resumes bit for bit."""

import json
import os
import time
import zlib
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from autoloss import records
from autoloss.methods import Method
from autoloss.training.progress import Progress
from autoloss.training.state import State

OVERDUE = 10  # times the least time between two saves


class Checkpoint:
    """Saves a training run, and restores it.

    Args:
        path: the file; its folder must exist.
        every_seconds: the least time between two saves; a short training run is repeated faster than it is saved.
    """

    def __init__(self, path: Path, every_seconds: float):
        self.path, self.every_seconds = path, every_seconds
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Whether the last save is long enough ago."""
        return time.monotonic() - self._last >= self.every_seconds

    def is_overdue(self) -> bool:
        """Whether it is so long ago that training does not wait for its next evaluation."""
        return time.monotonic() - self._last >= OVERDUE * self.every_seconds

    def save(self, state: State) -> None:
        """Writes the state of a training run."""
        tensors = {f"model/{k}": v for k, v in state.model.state_dict().items()}
        tensors |= {f"best/{k}": v for k, v in state.best.items()}
        tensors |= {f"method/{k}": v for k, v in state.method.state_dict().items()}
        for name, each in _optimizers(state).items():
            for index, moments in each.state_dict()["state"].items():
                tensors |= {f"optimizer/{name}/{index}/{k}": v for k, v in moments.items()}
        tensors |= {f"random/{k}": v for k, v in _random_states(state.method).items()}
        partial = self.path.with_suffix(".partial")
        # clone: safetensors refuses tensors that share memory
        tensors = {k: v.detach().clone().contiguous() for k, v in tensors.items()}
        text = json.dumps(records.to_json(state.progress))
        save_file(tensors, partial, {"progress": text, "check": _check(tensors, text)})
        os.replace(partial, self.path)
        self._last = time.monotonic()

    def restore(self, state: State) -> bool:
        """Brings a run to the state that was saved; False if nothing was saved, or nothing intact."""
        if not self.path.is_file():
            return False
        device = next(state.model.parameters()).device
        try:
            with safe_open(self.path, "pt", device=str(device)) as file:
                about = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        except (OSError, SafetensorError):
            return False
        if about.get("check") != _check(tensors, about.get("progress", "")):
            return False
        state.progress = records.from_json(Progress, json.loads(about["progress"]), self.path)
        state.best = _under(tensors, "best/")
        state.model.load_state_dict(_under(tensors, "model/"))
        state.method.load_state_dict(_under(tensors, "method/"))
        for name, each in _optimizers(state).items():
            _restore_optimizer(each, _under(tensors, f"optimizer/{name}/"))
        _set_random_states(state.method, _under(tensors, "random/"))
        return True

    def remove(self) -> None:
        """Deletes the file."""
        self.path.unlink(missing_ok=True)


def _check(tensors: dict[str, Tensor], text: str) -> str:
    """A checksum of all that is saved."""
    check = zlib.crc32(text.encode())
    for name in sorted(tensors):
        check = zlib.crc32(f"{name} {tensors[name].dtype} {list(tensors[name].shape)}".encode(), check)
        check = zlib.crc32(tensors[name].detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes(), check)
    return f"{check:08x}"


def _optimizers(state: State) -> dict[str, torch.optim.Optimizer]:
    """The model's, and those of the method by name."""
    return {"model": state.optimizer} | {f"method.{name}": each for name, each in state.method.optimizers.items()}


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _random_states(method: Method) -> dict[str, Tensor]:
    states = {"torch": torch.get_rng_state(), "method": method.generator.get_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _set_random_states(method: Method, states: dict[str, Tensor]) -> None:
    torch.set_rng_state(states["torch"].cpu())
    method.generator.set_state(states["method"].cpu())
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"].cpu())
