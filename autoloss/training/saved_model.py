"""A trained model on disk: model.safetensors, and model.json with what its class is made with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_model, save_model

from autoloss import records, registry
from autoloss.training.spec import Spec, Task

WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"


@dataclass(frozen=True)
class SavedModel:
    """What a model is made with, and what it expects.

    Attributes:
        use, params: its plug-in and the keyword arguments of its class.
        field_sizes, field_names: of the feature fields.
        n_outputs: logits per example.
        task: what they mean.
    """

    use: str
    params: dict[str, Any]
    field_sizes: list[int]
    n_outputs: int
    task: Task
    field_names: list[str]


def save(model: torch.nn.Module, spec: Spec, folder: Path) -> None:
    """Writes the two files."""
    data = spec.data
    about = SavedModel(
        spec.model.use, spec.model.params, list(data.field_sizes), data.n_outputs, data.task, list(data.field_names)
    )
    save_model(model, str(folder / WEIGHTS))
    records.write(about, folder / DESCRIPTION)


def load(folder: Path) -> tuple[torch.nn.Module, SavedModel]:
    """The model in evaluation mode on the CPU, and what it expects.

    Raises:
        UserError: model.json is missing or damaged.
    """
    about = records.read(SavedModel, folder / DESCRIPTION)
    model = registry.load("models", about.use)(about.field_sizes, about.n_outputs, **about.params)
    load_model(model, folder / WEIGHTS)
    return model.eval(), about
