"""What an optimiser's last step multiplied a gradient with: the A of `helpers.hypergradient`, elementwise.

A is held constant: its own dependence on the gradient is left out. It includes the sign of `maximize=True` and the
factor that clipping, or undoing the scale of mixed precision, put on the gradient. Weight decay and older momentum do
not depend on the newest gradient.
"""

from typing import Any

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.methods.contract.look_ahead import LookAhead


def precondition(ahead: LookAhead, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    """A·g for each parameter.

    Args:
        ahead: the step.
        gradients: g, by name of the parameter.

    Raises:
        UserError: the optimiser is none of Adam, AdamW, SGD, Adagrad, RMSprop.
    """
    optimizer, parameters = ahead.optimizer, dict(ahead.model.named_parameters())
    groups = {p: group for group in optimizer.param_groups for p in group["params"]}
    rule = next((rule for kind, rule in _RULES.items() if isinstance(optimizer, kind)), None)
    if rule is None:
        known = ", ".join(kind.__name__ for kind in _RULES)
        raise UserError(f"optimizer: found {type(optimizer).__name__}, the look-ahead is known for {known} and AdamW")
    result = {}
    for name, gradient in gradients.items():
        p = parameters[name]
        if p in groups:
            result[name] = rule(gradient, groups[p], optimizer.state[p])
            if groups[p]["maximize"]:
                result[name] = -result[name]
            if name in ahead.clipping:
                result[name] = result[name] * ahead.clipping[name]
    return result


def _adam(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    (beta1, beta2), step = group["betas"], state["step"].double()
    square = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"]
    denominator = square.sqrt().div_((1 - beta2**step).sqrt()).add_(group["eps"])
    return torch.div(gradient, denominator, out=denominator).mul_(group["lr"] * (1 - beta1) / (1 - beta1**step))


def _sgd(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    if group["nesterov"]:
        return gradient * (group["lr"] * (1 + group["momentum"]))
    return gradient * (group["lr"] * (1 - group["dampening"]))


def _adagrad(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    rate = group["lr"] / (1 + (state["step"].double() - 1) * group["lr_decay"])
    return gradient * (rate / (state["sum"].sqrt() + group["eps"]))


def _rmsprop(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    square = state["square_avg"]
    if group["centered"]:
        square = square - state["grad_avg"].square()
    return gradient * group["lr"] / (square.sqrt() + group["eps"])


_RULES = {
    torch.optim.Adam: _adam,  # AdamW is a subclass
    torch.optim.SGD: _sgd,
    torch.optim.Adagrad: _adagrad,
    torch.optim.RMSprop: _rmsprop,
}
