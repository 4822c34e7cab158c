"""What an optimiser's last step multiplied a gradient with: the A of `helpers.hypergradient`, elementwise.

A is held constant: its own dependence on the gradient is left out. It includes the sign of `maximize=True` and the
factor that clipping, or undoing the scale of mixed precision, put on the gradient. Weight decay and older momentum do
not depend on the newest gradient.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autoloss.errors import UserError
from autoloss.methods.contract.look_ahead import LookAhead
from autoloss.models import rows_read

MANY_ROWS = 100_000

# (a gradient g of a parameter, the optimiser's hyperparameters for it, its state after the step) → A·g
Rule = Callable[[Tensor, dict[str, Any], dict[str, Any]], Tensor]


def register_preconditioner(optimizer: type[torch.optim.Optimizer], rule: Rule) -> None:
    """Tells the look-ahead how an optimiser multiplies the newest gradient, its subclasses' too.

    Args:
        optimizer: the class.
        rule: (g, hyperparameters, state) → A·g, of one parameter: its gradient, what its group in `param_groups` holds
            beside the parameters, and its state after the step. As far as the step depends on the newest gradient g,
            it is -A·g. The look-ahead itself sees to `maximize` and to clipping.
    """
    _RULES[optimizer] = rule


def precondition(ahead: LookAhead, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    """A·g for each parameter.

    Args:
        ahead: the step.
        gradients: g, by name of the parameter; they may be overwritten.

    Raises:
        UserError: the optimiser is not known.
    """
    optimizer, parameters = ahead.optimizer, dict(ahead.model.named_parameters())
    rule = next((_RULES[kind] for kind in type(optimizer).__mro__ if kind in _RULES), None)
    if rule is None:
        known = ", ".join(kind.__name__ for kind in _RULES)
        raise UserError(
            f"optimizer: found {type(optimizer).__name__}, the look-ahead is known for {known} and AdamW; "
            "autoloss.register_preconditioner adds another"
        )
    result, rows = {}, _few_rows(ahead.model, gradients) if rule in _ELEMENTWISE else {}
    for name, gradient in gradients.items():
        if name in ahead.settings:
            settings = ahead.settings[name]
            state = optimizer.state[parameters[name]]
            if name in rows:
                result[name] = _in_rows(rows[name], rule, gradient, settings, state)
            else:
                result[name] = rule(gradient, settings, state)
            if settings.get("maximize"):
                result[name] = -result[name]
            if name in ahead.clipping:
                result[name] = result[name] * ahead.clipping[name]
    return result


def _few_rows(model: torch.nn.Module, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rows outside of which a gradient is 0, by name, for tables: a batch reads few of theirs."""
    known = rows_read(model, gradients)
    large = (name for name, gradient in gradients.items() if name not in known and _is_large_table(gradient))
    # the Euclidean norm is the fastest test by far; it overlooks gradients below 1e-22, which move nothing
    found = {name: torch.linalg.vector_norm(gradients[name], dim=1).nonzero().squeeze(1) for name in large}
    return known | found


def _is_large_table(gradient: Tensor) -> bool:
    # on a GPU, to find the rows would wait for the device
    return gradient.device.type == "cpu" and gradient.dim() == 2 and len(gradient) > MANY_ROWS


class _State(dict[str, Any]):
    """The optimiser's state of a table: of what is as large as the table, some rows, read when a rule asks for them."""

    def __init__(self, whole: dict[str, Any], rows: Tensor, table: Tensor):
        super().__init__()
        self.whole, self.rows, self.shape = whole, rows, table.shape

    def __missing__(self, name: str) -> Any:
        value = self.whole[name]
        is_table = isinstance(value, Tensor) and value.shape == self.shape
        return value.index_select(0, self.rows) if is_table else value


def _in_rows(rows: Tensor, rule: Rule, gradient: Tensor, settings: dict[str, Any], state: dict[str, Any]) -> Tensor:
    """A·g of a table, in place of g: A·g is 0 where g is. Rows may be repeated."""
    newest = rule(gradient.index_select(0, rows), settings, _State(state, rows, gradient))
    gradient.data.index_copy_(0, rows, newest)  # `data`: no row is added, as a change of the gradient itself might
    return gradient


def _adam(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    (beta1, beta2), step = group["betas"], state["step"].double()
    square = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"]
    denominator = square.sqrt().div_((1 - beta2**step).sqrt()).add_(group["eps"])
    return torch.div(gradient, denominator, out=denominator).mul_(group["lr"] * (1 - beta1) / (1 - beta1**step))


def _sgd(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    if group["nesterov"]:
        return gradient * (group["lr"] * (1 + group["momentum"]))
    damped = group["momentum"] and not group["first"]  # the first gradient is the momentum itself
    return gradient * (group["lr"] * (1 - group["dampening"]) if damped else group["lr"])


def _adagrad(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    rate = group["lr"] / (1 + (state["step"].double() - 1) * group["lr_decay"])
    return gradient * (rate / (state["sum"].sqrt() + group["eps"]))


def _rmsprop(gradient: Tensor, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    square = state["square_avg"]
    if group["centered"]:
        square = square - state["grad_avg"].square()
    return gradient * group["lr"] / (square.sqrt() + group["eps"])


_RULES: dict[type, Rule] = {
    torch.optim.Adam: _adam,  # AdamW is a subclass
    torch.optim.SGD: _sgd,
    torch.optim.Adagrad: _adagrad,
    torch.optim.RMSprop: _rmsprop,
}
_ELEMENTWISE = frozenset(_RULES.values())  # a rule that a user registers may mix the elements of a parameter
