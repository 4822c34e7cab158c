"""From a specification to the model, the candidate losses and the method, as the registry finds them."""

from typing import Any

import torch

from autoloss import registry
from autoloss.data.encoded import EncodedData
from autoloss.methods import Method
from autoloss.models import start_at
from autoloss.training.spec import PlugIn, Spec


def build(spec: Spec, data: EncodedData, seed: int) -> tuple[torch.nn.Module, Method]:
    """Makes a model and a method, initialised from `seed` alone; a regression starts at the mean training label.

    Args:
        spec: names the model, the method and the losses.
        data: gives field sizes, outputs and the device.
        seed: of the initial weights, dropout, and the method's own noise.

    Returns:
        Both on the device of the data.
    """
    torch.manual_seed(seed)
    model = _make("models", spec.model, data.facts.field_sizes, data.facts.n_outputs)
    if data.facts.task == "regression":
        start_at(model, data.train.y.mean().cpu())
    losses = [_make("losses", loss) for loss in spec.losses.values()]
    # a seed of its own: methods start alike from one seed, whatever the model drew
    torch.manual_seed(seed + 1)
    method = _make("methods", spec.method, losses, data.facts.n_outputs)
    method.loss_names = list(spec.losses)
    method.seed(seed + 2)
    torch.manual_seed(seed + 3)
    device = data.train.ids.device
    return model.to(device), method.to(device)


def _make(kind: str, plug_in: PlugIn, *args: Any) -> Any:
    return registry.load(kind, plug_in.use)(*args, **plug_in.params)
