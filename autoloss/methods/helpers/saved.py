"""Controllers on disk: controller.safetensors, and controller.json with what they were made for."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from autoloss.errors import UserError
from autoloss.methods.helpers.controller import Controller, Network, SharedDistribution
from autoloss.methods.helpers.table import Table


def write(controller: Controller, identity: dict[str, object], average_weights: list[float], folder: Path) -> None:
    """Writes both files.

    Args:
        controller: its state is saved.
        identity: what another method must have in common with this one to load it.
        average_weights: [K] the controller as constant weights.
        folder: exists.
    """
    tensors = {name: tensor.contiguous() for name, tensor in controller.state_dict().items()}
    save_file(tensors, folder / "controller.safetensors")
    content = {**identity, "average_weights": average_weights}
    (folder / "controller.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read(folder: Path, identity: dict[str, object]) -> dict[str, Tensor]:
    """The state of a saved controller.

    Args:
        folder: what `write` was given.
        identity: of the method that loads it.

    Raises:
        UserError: it cannot be read, or it is for other losses, another number of classes, another architecture.
    """
    try:
        found = description(folder)
        tensors = load_file(folder / "controller.safetensors")
    except (OSError, SafetensorError) as error:
        raise UserError(f"{folder}: no controller can be read there: {' '.join(str(error).split())}") from None
    for key, expected in identity.items():
        if found.get(key) != expected:
            where = folder / "controller.json"
            raise UserError(f"{where}: {key}: found {found.get(key)!r}, this method expects {expected!r}")
    return tensors


def load_controller(folder: Path) -> Controller:
    """A saved controller, made anew: a network, a shared distribution or a table, as controller.json says.

    Raises:
        UserError: it cannot be read.
    """
    found = description(folder)
    task, n_outputs, n_losses = found["task"], found["n_outputs"], len(found["losses"])
    if "kl_strength" in found:
        controller = Table(task, n_outputs, n_losses, found["kl_strength"], found["preference"], [False] * n_losses)
    elif found["example_input"]:
        controller = Network(task, n_outputs, n_losses, found["hidden"])
    else:
        controller = SharedDistribution(task, n_outputs, n_losses)
    controller.load_state_dict(load_file(folder / "controller.safetensors"))
    return controller


def description(folder: Path) -> dict[str, Any]:
    """The content of controller.json.

    Raises:
        UserError: it cannot be read.
    """
    path = folder / "controller.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: no controller can be read there: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise UserError(f"{path}: no controller can be read there: expected a JSON object")
    return found
