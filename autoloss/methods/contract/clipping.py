"""What happens to gradients between backward and step: clipping by norm, and undoing the scale of mixed precision.

Both multiply all gradients of a parameter group by one number. That number is measured on the group's small parameters
(up to 65,536 elements; on all of them where none is small), by comparing their gradients right after the backward pass
with those that the optimiser gets. Nothing waits for the device.
"""

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

SMALL = 65_536  # elements


class Clipping:
    """Watches the gradients of a model during one step.

    Args:
        model: whose parameters have gradients.
        optimizer: of these parameters.

    Attributes:
        by_name: after `measure`, the factor of each parameter, a scalar; empty if nothing was changed.
    """

    def __init__(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer):
        self.by_name: dict[str, Tensor] = {}
        self._names = {p: name for name, p in model.named_parameters()}
        self._optimizer = optimizer
        self._seen: dict[Tensor, Tensor] = {}  # the gradient after the backward pass
        self._groups = [[p for p in group["params"] if p.requires_grad] for group in optimizer.param_groups]
        self._handles: list[RemovableHandle] = [
            p.register_post_accumulate_grad_hook(self._note) for group in self._groups for p in _probes(group)
        ]

    def measure(self) -> None:
        """Compares; called before the optimiser's step."""
        scaler = getattr(self._optimizer, "grad_scale", None)  # a fused optimiser undoes the scale itself
        for group in self._groups:
            pairs = [(p.grad.to_dense(), self._seen[p]) for p in group if p in self._seen and p.grad is not None]
            if not pairs or (scaler is None and _surely_the_same(pairs)):
                continue
            factor = _ratio(pairs)
            if scaler is not None:
                factor = factor / scaler
            self.by_name |= {self._names[p]: factor for p in group if p in self._names}

    def stop(self) -> None:
        """Removes the hooks."""
        for handle in self._handles:
            handle.remove()

    def _note(self, p: Tensor) -> None:
        if p.grad is not None:
            self._seen[p] = p.grad.to_dense().detach().clone()


def _probes(group: list[Tensor]) -> list[Tensor]:
    return [p for p in group if p.numel() <= SMALL] or group


def _surely_the_same(pairs: list[tuple[Tensor, Tensor]]) -> bool:
    """Whether nothing was changed; False where to know it would wait for the device."""
    return all(now.device.type == "cpu" and torch.equal(now, then) for now, then in pairs)


def _ratio(pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Scalar r that fits now = r · then best; 1 where the gradient was zero."""
    products = [((now * then).sum(), (then * then).sum()) for now, then in pairs]
    above, below = (torch.stack(sums).sum() for sums in zip(*products, strict=True))
    return torch.where(below > 0, above / below, 1.0)
