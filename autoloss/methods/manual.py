"""Weights set by hand, as for the fused losses of UPSNet (Xiong et al., CVPR 2019).

Equation: L = mean_i Σ_j w_j c_j ℓ_ij, w given, c_j the gradient scale of `helpers.scale` (1 with normalise: false).

It also carries the ablation "the average of a learned controller as constant weights": `load_controller` takes the
mean weights that a controller has chosen over its training.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from autoloss.errors import UserError
from autoloss.losses import CandidateLoss
from autoloss.methods import Constant
from autoloss.ranges import NonNegativeFloat


class Manual(Constant):
    """Constant weights, as given.

    Args:
        losses, n_outputs: as in `Method`.
        weights: one per candidate, 0 or more; left empty, all alike until `set_weights` or `load_controller`.
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
        try:
            found = json.loads(path.read_text())
            names, weights = found["losses"], found["average_weights"]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{path}: no controller can be read there ({error})") from None
        if names != self.loss_names:
            raise UserError(f"{path}: losses: found {names}, this method expects {self.loss_names}")
        self.set_weights(weights)
