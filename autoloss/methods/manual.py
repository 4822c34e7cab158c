"""Weights set by hand, as for the fused losses of UPSNet (Xiong et al., CVPR 2019).

Equation: L = mean_i Σ_j w_j c_j ℓ_ij, w given, c_j the gradient scale of `helpers.scale` (1 with normalise: false).

It also implements the ablation "the average of a learned controller as constant weights": `load_controller` takes the
mean weights that a controller chose over its training run.
"""

from collections.abc import Sequence
from pathlib import Path

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss
from autoloss.methods import Constant
from autoloss.methods.helpers import saved
from autoloss.ranges import NonNegativeFloat


class Manual(Constant):
    """Constant weights, as given.

    Args:
        losses, n_outputs: as in `Method`.
        weights: one per candidate, at least 0; empty: equal weights until `set_weights` or `load_controller`.
        normalise: whether candidates are brought to one gradient scale first.

    Raises:
        UserError: the weights do not fit the losses.
    """

    unused_when = {"weights": "controller_from"}

    def __init__(
        self,
        losses: Sequence[CandidateLoss],
        n_outputs: int,
        *,
        weights: tuple[NonNegativeFloat, ...] = (),
        normalise: bool = True,
    ):
        super().__init__(losses, n_outputs, normalise)
        self.set_weights(weights or [1 / len(self.losses)] * len(self.losses))

    def load_controller(self, folder: Path) -> None:
        """Takes the average weights of a saved controller.

        Raises:
            UserError: it cannot be read, or it is for other losses.
        """
        path = folder / "controller.json"
        found = saved.description(folder)
        if found.get("losses") != self.loss_names:
            raise UserError(f"{path}: losses: found {found.get('losses')}, this method expects {self.loss_names}")
        weights = found.get("average_weights")
        if not isinstance(weights, list) or not all(isinstance(weight, int | float) for weight in weights):
            raise UserError(f"{path}: average_weights: found {weights!r}, expected a list of numbers")
        self.set_weights(weights)
