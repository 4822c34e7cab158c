"""Controllers on disk: controller.safetensors, and controller.json with what they were made for."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from autoloss.errors import UserError
from autoloss.methods.helpers.controller import Controller, Network, SharedDistribution
from autoloss.methods.helpers.table import Table

TENSORS, DESCRIPTION = "controller.safetensors", "controller.json"


def write(controller: Controller, identity: dict[str, object], average_weights: list[float], folder: Path) -> None:
    """Writes both files.

    Args:
        controller: its state is saved.
        identity: what another method must have in common with this one to load it.
        average_weights: [K] the controller as constant weights.
        folder: exists.
    """
    tensors = {name: tensor.contiguous() for name, tensor in controller.state_dict().items()}
    save_file(tensors, folder / TENSORS)
    content = {**identity, "average_weights": average_weights}
    (folder / DESCRIPTION).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read(controller: Controller, folder: Path, identity: dict[str, object]) -> None:
    """Gives a controller the state of a saved one.

    Args:
        controller: gets the state; where that is refused, it is as it was.
        folder: what `write` was given.
        identity: of the method that loads it.

    Raises:
        UserError: it cannot be read, or it is for other losses, another number of classes, another architecture.
    """
    found = description(folder)
    for key, expected in identity.items():
        if found.get(key) != expected:
            where = folder / DESCRIPTION
            raise UserError(f"{where}: {key}: found {found.get(key)!r}, this method expects {expected!r}")
    _fill(controller, folder / TENSORS)


def load_controller(folder: Path) -> Controller:
    """A saved controller, made anew: a network, a shared distribution or a table, as controller.json says.

    Raises:
        UserError: it cannot be read.
    """
    found = description(folder)
    try:
        controller = _made(found)
    except KeyError as error:
        raise _unreadable(folder / DESCRIPTION, f"expected a key {error}") from None
    except (TypeError, ValueError, RuntimeError) as error:
        raise _unreadable(folder / DESCRIPTION, error) from None
    _fill(controller, folder / TENSORS)
    return controller


def _made(found: dict[str, Any]) -> Controller:
    """An untrained controller as controller.json says."""
    task, n_outputs, n_losses = found["task"], found["n_outputs"], len(found["losses"])
    if "kl_strength" in found:
        return Table(task, n_outputs, n_losses, found["kl_strength"], found["preference"], [False] * n_losses)
    if found["example_input"]:
        return Network(task, n_outputs, n_losses, found["hidden"])
    return SharedDistribution(task, n_outputs, n_losses)


def _fill(controller: Controller, path: Path) -> None:
    """Loads the tensors of a controller, if they are those that it has."""
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, error) from None
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
    expected = {name: list(tensor.shape) for name, tensor in controller.state_dict().items()}
    for name in sorted(shapes.keys() | expected.keys()):
        if shapes.get(name) != expected.get(name):
            raise _unreadable(path, f"{name}: found shape {shapes.get(name)}, expected {expected.get(name)}")
    controller.load_state_dict(tensors)


def description(folder: Path) -> dict[str, Any]:
    """The content of controller.json.

    Raises:
        UserError: it cannot be read.
    """
    path = folder / DESCRIPTION
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if not isinstance(found, dict):
        raise _unreadable(path, "expected a JSON object")
    return found


def _unreadable(path: Path, reason: object) -> UserError:
    return UserError(f"{path}: no controller can be read there: {' '.join(str(reason).split())}")
